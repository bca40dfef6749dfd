import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { Panel } from '@/components/panel';
import type { LiveCampaign } from '@/lib/contract';
import { useLive } from '@/stores/live-store';
import { useLineName } from './use-board';
import classes from './side-panels.module.css';

const CampaignCard = memo(function CampaignCard({ campaign }: { campaign: LiveCampaign }) {
  const { t, i18n } = useTranslation();
  const name = useLineName(undefined, campaign.campaignId);
  return (
    <li className={classes.item} data-testid={`campaign-card-${campaign.campaignId}`}>
      <strong className={classes.name}>{name}</strong>
      <div className={classes.facts}>
        <span>{t('campaign.agents', { count: campaign.agents ?? 0 })}</span>
        <span>{t('campaign.ringing', { count: campaign.ringing ?? 0 })}</span>
        <span>{t('campaign.answered', { count: campaign.answered ?? 0 })}</span>
        <span>{t('campaign.abandon', { rate: (campaign.abandonRate ?? 0).toLocaleString(i18n.language, { maximumFractionDigits: 1 }) })}</span>
      </div>
    </li>
  );
});

/** Only where there are campaigns. */
export function CampaignsPanel() {
  const { t } = useTranslation();
  const campaigns = useLive((live) => live.campaigns);
  const list = Object.values(campaigns);
  if (list.length === 0) return null;
  return (
    <Panel title={t('supervision.campaigns')} count={list.length} testId="campaigns-panel">
      <ul className={classes.list}>{list.map((campaign) => <CampaignCard key={campaign.campaignId} campaign={campaign} />)}</ul>
    </Panel>
  );
}
