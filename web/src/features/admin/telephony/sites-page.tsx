import { useTranslation } from 'react-i18next';
import { useNavigate, useParams } from 'react-router-dom';
import type { Site } from '@/lib/contract';
import { useDirectory } from '@/stores/live-store';
import { DataTable, type Column } from '../data-table';
import { siteKind } from '../kinds';
import { ListScreen } from '../list-screen';
import { useRows } from '../use-rows';
import { SiteDrawer } from './site-drawer';
import { TelephonyTabs } from './telephony-tabs';

const searched = ['name', 'ipAddress'];
const valueOf = (site: Site, key: string) => site[key as keyof Site];

export default function SitesPage() {
  const { t } = useTranslation();
  const { id } = useParams();
  const navigate = useNavigate();
  const list = useRows('sites', 'name', valueOf, searched);
  const trunks = useDirectory((directory) => directory.trunks);
  const users = useDirectory((directory) => directory.users);
  const at = (all: Readonly<Record<string, { siteId?: string | null }>>, site: Site) => Object.values(all).filter((one) => one.siteId === site.id).length;
  const columns: Column<Site>[] = [
    { key: 'name', head: t('admin.name'), sortable: true, cell: (site) => site.name },
    { key: 'ipAddress', head: t('admin.site.ipAddress'), sortable: true, cell: (site) => site.ipAddress ?? '–' },
    { key: 'timezone', head: t('admin.timezone'), sortable: true, wideOnly: true, cell: (site) => site.timezone ?? '–' },
    { key: 'trunks', head: t('admin.trunk.many'), right: true, cell: (site) => <span className="num">{at(trunks, site)}</span> },
    { key: 'users', head: t('admin.user.many'), right: true, cell: (site) => <span className="num">{at(users, site)}</span> },
  ];
  return (
    <>
      <ListScreen kind={siteKind} count={list.rows.length} state={list.state} empty={list.rows.length === 0} query={list.query} onQuery={list.setQuery} narrowed={list.narrowed} tabs={<TelephonyTabs />}>
        <DataTable label={t('admin.site.many')} rows={list.rows} columns={columns} hrefOf={(site) => `${siteKind.home}/${encodeURIComponent(site.id)}`} sort={list.sort} onSort={list.setSort} />
      </ListScreen>
      {id !== undefined && <SiteDrawer key={id} id={id} close={() => navigate(siteKind.home)} />}
    </>
  );
}
