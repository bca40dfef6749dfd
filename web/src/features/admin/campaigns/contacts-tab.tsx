import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Campaign, Job } from '@/lib/contract';
import { takeObject, useDirectory } from '@/stores/live-store';
import { api } from '@/stores/session-store';
import { Section } from '../fields';
import { ImportForm } from './import-form';
import { JobRow } from './job-row';
import { StatsBar } from './stats-bar';
import form from '../form.module.css';
import classes from './campaign-page.module.css';

/** Contacts change by the thousand: the figures are asked for at most so often. */
const figuresEveryMs = 1_500;

/** Figures of the campaign's contacts, asked for again when contacts changed. */
function useFigures(campaignId: string, revision: unknown) {
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      api.get<Campaign>(`/campaigns/${encodeURIComponent(campaignId)}`).then((campaign) => { takeObject('campaigns', campaign); setFailed(false); }, () => setFailed(true));
    }, figuresEveryMs);
    return () => clearTimeout(timer);
  }, [campaignId, revision]);
  return failed;
}

/** The imports of this campaign, newest first: those before our time, too. */
function useJobs(campaignId: string): Job[] {
  useEffect(() => {
    let current = true;
    // Without the older ones the page still shows those of now.
    api.get<{ items: Job[] }>('/jobs?limit=50').then(({ items }) => { if (current) for (const job of items) takeObject('jobs', job); }, () => undefined);
    return () => { current = false; };
  }, []);
  const jobs = useDirectory((directory) => directory.jobs);
  return Object.values(jobs).filter((job) => job.campaignId === campaignId).sort((a, b) => (b.createdAt ?? '').localeCompare(a.createdAt ?? '')).slice(0, 10);
}

export function ContactsTab({ campaignId }: { campaignId: string }) {
  const { t } = useTranslation();
  const stats = useDirectory((directory) => directory.campaigns[campaignId]?.contactStats);
  const changes = useDirectory((directory) => directory.contactChanges[campaignId] ?? 0);
  const jobs = useJobs(campaignId);
  const ended = jobs.filter((job) => job.state === 'done' || job.state === 'failed').length;
  const failed = useFigures(campaignId, `${changes}/${ended}`);
  return (
    <div className={classes.panel} data-testid="contacts-tab">
      <StatsBar stats={stats} />
      {failed && <p className={form.muted} role="status">{t('admin.contacts.staleFigures')}</p>}
      <Section title={t('admin.contacts.import')}><ImportForm campaignId={campaignId} /></Section>
      {jobs.length > 0 && (
        <Section title={t('admin.contacts.imports')}>
          <ul style={{ listStyle: 'none', margin: 0, padding: 0 }} className={form.rows}>{jobs.map((job) => <JobRow key={job.id} job={job} />)}</ul>
        </Section>
      )}
    </div>
  );
}
