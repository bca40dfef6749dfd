import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AgentsPanel } from './agents-panel';
import { BoardToolbar } from './board-toolbar';
import { CallsPanel } from './calls-panel';
import { CampaignsPanel } from './campaigns-panel';
import { EndedPanel } from './ended-panel';
import { KpiRow } from './kpi-row';
import { QueuesPanel } from './queues-panel';
import { TrunksPanel } from './trunks-panel';
import classes from './supervision-page.module.css';

const sections = ['calls', 'agents', 'queues', 'trunks'] as const;
type Section = (typeof sections)[number];

/** The live board. On a narrow screen one section shows at a time. */
export default function SupervisionPage() {
  const { t } = useTranslation();
  const [section, setSection] = useState<Section>('calls');
  return (
    <div className={classes.page} data-section={section}>
      <h1 className="sr-only">{t('supervision.title')}</h1>
      <BoardToolbar />
      <KpiRow />
      <SegmentedControl
        className={classes.sections} fullWidth value={section} aria-label={t('supervision.section')}
        onChange={(value) => setSection(value as Section)} data-testid="section-switch"
        data={sections.map((value) => ({ value, label: t(`supervision.${value === 'calls' || value === 'queues' ? `${value}Short` : value}`) }))}
      />
      <div className={classes.grid}>
        <div className={classes.wide}>
          <div data-in="calls"><CallsPanel /></div>
          <div data-in="agents"><AgentsPanel /></div>
        </div>
        <div className={classes.narrow}>
          <div data-in="queues"><QueuesPanel /></div>
          <div data-in="trunks"><TrunksPanel /></div>
          <div data-in="queues"><CampaignsPanel /></div>
          <div data-in="calls"><EndedPanel /></div>
        </div>
      </div>
    </div>
  );
}
