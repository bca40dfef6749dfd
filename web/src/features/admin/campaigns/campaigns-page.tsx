import { useTranslation } from 'react-i18next';
import type { Campaign } from '@/lib/contract';
import { useLive } from '@/stores/live-store';
import { DataTable, type Column } from '../data-table';
import { campaignKind } from '../kinds';
import { ListScreen } from '../list-screen';
import { StateTag } from '../state-tag';
import { useRows } from '../use-rows';
import { StatsBar } from './stats-bar';

const searched = ['name', 'description'];
const valueOf = (campaign: Campaign, key: string) => (key === 'agents' ? campaign.assignedUserIds?.length
  : key === 'contacts' ? campaign.contactStats?.total : campaign[key as keyof Campaign]);

function Dialed({ id }: { id: string }) {
  const ringing = useLive((live) => live.campaigns[id]?.ringing);
  return <span className="num">{ringing ?? '–'}</span>;
}

export default function CampaignsPage() {
  const { t } = useTranslation();
  const list = useRows('campaigns', 'name', valueOf, searched);
  const columns: Column<Campaign>[] = [
    { key: 'name', head: t('admin.name'), sortable: true, cell: (campaign) => campaign.name },
    { key: 'isActive', head: t('col.state'), cell: (campaign) => <StateTag tone={campaign.isActive ? 'good' : 'off'} text={t(campaign.isActive ? 'admin.campaign.running' : 'admin.campaign.stopped')} testId={`state-${campaign.id}`} /> },
    { key: 'dialingMode', head: t('admin.campaign.mode'), cell: (campaign) => (campaign.dialingMode ? t(`admin.mode.${campaign.dialingMode}`) : '–') },
    { key: 'agents', head: t('admin.campaign.agents'), sortable: true, right: true, cell: (campaign) => <span className="num">{campaign.assignedUserIds?.length ?? 0}</span> },
    { key: 'contacts', head: t('admin.campaign.contacts'), sortable: true, cell: (campaign) => <StatsBar stats={campaign.contactStats} compact /> },
    { key: 'ringing', head: t('admin.campaign.dialed'), right: true, wideOnly: true, cell: (campaign) => <Dialed id={campaign.id} /> },
  ];
  return (
    <ListScreen kind={campaignKind} count={list.rows.length} state={list.state} empty={list.rows.length === 0} query={list.query} onQuery={list.setQuery} narrowed={list.narrowed}>
      <DataTable label={t('admin.campaign.many')} rows={list.rows} columns={columns} hrefOf={(campaign) => `${campaignKind.home}/${encodeURIComponent(campaign.id)}`} sort={list.sort} onSort={list.setSort} muted={(campaign) => !campaign.isActive} />
    </ListScreen>
  );
}
