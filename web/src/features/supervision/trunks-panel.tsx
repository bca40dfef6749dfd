import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState, Panel } from '@/components/panel';
import type { LiveTrunk } from '@/lib/contract';
import { useLive } from '@/stores/live-store';
import { useFilter, useSiteName, useTrunkName } from './use-board';
import classes from './side-panels.module.css';

const TrunkCard = memo(function TrunkCard({ trunk, siteName }: { trunk: LiveTrunk; siteName: string }) {
  const { t } = useTranslation();
  const name = useTrunkName(trunk.trunkId);
  const state = trunk.state ?? 'down';
  const used = trunk.channelsInUse ?? 0;
  const limit = trunk.channelLimit ?? 0;
  const share = limit > 0 ? Math.min(100, (100 * used) / limit) : 0;
  return (
    <li className={classes.item} data-testid={`trunk-card-${trunk.trunkId}`} data-state={state}>
      <div className={classes.line}>
        <strong className={classes.name}>{name}</strong>
        <span className={classes.health} data-state={state} data-testid="trunk-state">{t(`trunk.${state}`)}</span>
      </div>
      <div className={classes.line}>
        <span className="dim">{siteName}</span>
        <span className="dim num" data-testid="trunk-channels">{limit > 0 ? t('trunk.channels', { used, limit }) : t('trunk.channelsNoLimit', { used })}</span>
      </div>
      {limit > 0 && <div className={classes.track}><div className={classes.fill} data-low={share >= 90 || undefined} style={{ width: `${share}%` }} /></div>}
    </li>
  );
});

export function TrunksPanel() {
  const { t } = useTranslation();
  const trunks = useLive((live) => live.trunks);
  const siteId = useFilter((filter) => filter.siteId);
  const siteName = useSiteName();
  const list = Object.values(trunks).filter((trunk) => !siteId || trunk.siteId === siteId);
  return (
    <Panel title={t('supervision.trunks')} count={list.length} testId="trunks-panel">
      {list.length === 0 ? <EmptyState text={t('supervision.noTrunks')} /> : (
        <ul className={classes.list}>{list.map((trunk) => <TrunkCard key={trunk.trunkId} trunk={trunk} siteName={siteName(trunk.siteId)} />)}</ul>
      )}
    </Panel>
  );
}
