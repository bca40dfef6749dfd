import { useTranslation } from 'react-i18next';
import { useNavigate, useParams } from 'react-router-dom';
import type { Trunk } from '@/lib/contract';
import { useLive } from '@/stores/live-store';
import { useNameOf } from '../choices';
import { DataTable, type Column } from '../data-table';
import { trunkKind } from '../kinds';
import { ListScreen } from '../list-screen';
import { StateTag } from '../state-tag';
import { useRows } from '../use-rows';
import { TelephonyTabs } from './telephony-tabs';
import { TrunkDrawer } from './trunk-drawer';

const searched = ['name', 'domain'];
const valueOf = (trunk: Trunk, key: string) => trunk[key as keyof Trunk];
const tones = { up: 'good', degraded: 'warn', down: 'off' } as const;

function TrunkState({ id }: { id: string }) {
  const { t } = useTranslation();
  const state = useLive((live) => live.trunks[id]?.state);
  return state ? <StateTag tone={tones[state]} text={t(`trunk.${state}`)} /> : <>–</>;
}

export default function TrunksPage() {
  const { t } = useTranslation();
  const { id } = useParams();
  const navigate = useNavigate();
  const list = useRows('trunks', 'name', valueOf, searched);
  const siteName = useNameOf('sites');
  const columns: Column<Trunk>[] = [
    { key: 'name', head: t('admin.name'), sortable: true, cell: (trunk) => trunk.name },
    { key: 'domain', head: t('admin.trunk.domain'), sortable: true, cell: (trunk) => trunk.domain ?? '–' },
    { key: 'siteId', head: t('admin.site.one'), cell: (trunk) => siteName(trunk.siteId) || '–' },
    { key: 'authType', head: t('admin.trunk.authType'), wideOnly: true, cell: (trunk) => (trunk.authType ? t(`admin.authType.${trunk.authType}`) : '–') },
    { key: 'channelLimit', head: t('admin.trunk.channelLimit'), sortable: true, right: true, cell: (trunk) => <span className="num">{trunk.channelLimit ?? '–'}</span> },
    { key: 'state', head: t('col.state'), cell: (trunk) => <TrunkState id={trunk.id} /> },
  ];
  return (
    <>
      <ListScreen kind={trunkKind} count={list.rows.length} state={list.state} empty={list.rows.length === 0} query={list.query} onQuery={list.setQuery} narrowed={list.narrowed} tabs={<TelephonyTabs />}>
        <DataTable label={t('admin.trunk.many')} rows={list.rows} columns={columns} hrefOf={(trunk) => `${trunkKind.home}/${encodeURIComponent(trunk.id)}`} sort={list.sort} onSort={list.setSort} />
      </ListScreen>
      {id !== undefined && <TrunkDrawer key={id} id={id} close={() => navigate(trunkKind.home)} />}
    </>
  );
}
