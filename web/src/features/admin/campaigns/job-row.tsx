import { Button, Progress } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Job } from '@/lib/contract';
import { saveFile } from '@/lib/save-file';
import { sayError } from '@/lib/say';
import { takeObject, useConnection } from '@/stores/live-store';
import { api } from '@/stores/session-store';
import { StateTag } from '../state-tag';
import classes from './job-row.module.css';

const tones = { queued: 'warn', running: 'warn', done: 'good', failed: 'off' } as const;
const askEveryMs = 2_000;

/** While the live link is away, progress is asked for. */
function useAskedProgress(job: Job) {
  const live = useConnection((connection) => connection.status === 'online');
  const busy = job.state === 'queued' || job.state === 'running';
  useEffect(() => {
    if (live || !busy) return undefined;
    const timer = setInterval(() => { api.get<Job>(`/jobs/${encodeURIComponent(job.id)}`).then((news) => takeObject('jobs', news), () => undefined); }, askEveryMs);
    return () => clearInterval(timer);
  }, [live, busy, job.id]);
}

function Result({ job }: { job: Job }) {
  const { t, i18n } = useTranslation();
  const [busy, setBusy] = useState(false);
  const number = (value = 0) => value.toLocaleString(i18n.language);
  const rejected = job.result?.invalid ?? 0;
  async function download() {
    setBusy(true);
    try {
      saveFile(await api.file(`/jobs/${encodeURIComponent(job.id)}/rejected`), `${t('admin.contacts.rejectedFile')}-${(job.fileName ?? job.id).replace(/\.[^.]*$/, '')}.csv`);
    } catch (error) {
      sayError(error);
    } finally {
      setBusy(false);
    }
  }
  return (
    <div className={classes.result}>
      <span className="num" data-testid="job-result">{t('admin.contacts.result', { valid: number(job.result?.valid), invalid: number(rejected), duplicates: number(job.result?.duplicates) })}</span>
      {rejected > 0 && <Button variant="default" size="compact-sm" leftSection={<IconDownload size={15} />} loading={busy} onClick={() => void download()} data-testid="job-rejected">{t('admin.contacts.rejected')}</Button>}
    </div>
  );
}

/** One import: how far it is, and what became of it. */
export function JobRow({ job }: { job: Job }) {
  const { t, i18n } = useTranslation();
  useAskedProgress(job);
  const state = job.state ?? 'queued';
  const running = state === 'queued' || state === 'running';
  const percent = job.total ? Math.min(100, (100 * (job.done ?? 0)) / job.total) : 0;
  return (
    <li className={classes.job} data-testid={`job-${job.id}`} data-state={state}>
      <div className={classes.head}>
        <strong className={classes.name}>{job.fileName || t('admin.contacts.import')}</strong>
        <StateTag tone={tones[state]} text={t(`admin.job.${state}`)} testId="job-state" />
        {job.createdAt && <span className="dim num">{new Date(job.createdAt).toLocaleString(i18n.language, { dateStyle: 'short', timeStyle: 'short' })}</span>}
      </div>
      {running && (
        <div className={classes.progress}>
          <Progress value={percent} animated={state === 'running'} aria-label={t('admin.contacts.progressOf', { file: job.fileName ?? '' })} />
          <span className="dim num" data-testid="job-progress">
            {job.phase ? t([`admin.jobPhase.${job.phase}`, 'admin.job.running']) : t('admin.job.running')}{job.total ? ` · ${(job.done ?? 0).toLocaleString(i18n.language)} / ${job.total.toLocaleString(i18n.language)}` : ''}
          </span>
        </div>
      )}
      {state === 'done' && <Result job={job} />}
      {state === 'failed' && <span className={classes.reason} role="alert">{job.reason ?? t('errors.generic')}</span>}
    </li>
  );
}
