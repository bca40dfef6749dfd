import { Alert, Button, Group, Modal, Stack } from '@mantine/core';
import { IconAlertCircle, IconCheck } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '@/lib/api-client';
import { decodeText, parseCsv } from '@/lib/csv';
import { errorText } from '@/lib/error-text';
import { searchable } from '@/lib/format';
import { idempotencyKey } from '@/lib/idempotency-key';
import { useDirectory } from '@/stores/live-store';
import { api } from '@/stores/session-store';
import { FileDrop } from '../file-drop';
import { PreviewTable } from '../preview-table';
import { userRows, type UserRows } from './user-rows';

interface Line { index: number; ok: boolean; loginId?: string; error?: string; fields?: Record<string, string> }
interface Report { created: number; failed: number; report: Line[] }

/** As many as the server takes at once. */
const batch = 200;
const mostUsers = 5_000;

/** All rows in batches; the lines of the report count from the first row of the file. */
async function sendAll(users: readonly Record<string, string>[]): Promise<Report> {
  const whole: Report = { created: 0, failed: 0, report: [] };
  for (let from = 0; from < users.length; from += batch) {
    let part: Report;
    try {
      part = await api.post<Report>('/users/bulk', { users: users.slice(from, from + batch) }, { key: idempotencyKey() });
    } catch (error) {
      // None of them could be made: the report says why.
      if (!(error instanceof ApiError) || !Array.isArray((error.body as Partial<Report> | undefined)?.report)) throw error;
      part = error.body as Report;
    }
    whole.created += part.created;
    whole.failed += part.failed;
    whole.report.push(...part.report.map((line) => ({ ...line, index: line.index + from })));
  }
  return whole;
}

function ReportView({ report }: { report: Report }) {
  const { t } = useTranslation();
  const failed = report.report.filter((line) => !line.ok);
  const why = (line: Line) => {
    const fields = Object.entries(line.fields ?? {}).map(([name, sentence]) => `${t([`admin.userImport.field.${name}`, name])} : ${sentence}`);
    return fields.length > 0 ? fields.join(' ') : line.error ?? '';
  };
  return (
    <Stack gap="sm" data-testid="import-report">
      {report.created > 0 && <Alert color="teal" icon={<IconCheck size={18} />}>{t('admin.userImport.created', { count: report.created })}</Alert>}
      {failed.length > 0 && (
        <>
          <Alert color="red" icon={<IconAlertCircle size={18} />}>{t('admin.userImport.failed', { count: failed.length })}</Alert>
          <PreviewTable
            label={t('admin.userImport.failedLines')} heads={[t('admin.userImport.line'), t('auth.loginId'), t('admin.userImport.why')]}
            rows={failed.map((line) => [line.index + 2, line.loginId ?? '–', why(line)])}
          />
        </>
      )}
    </Stack>
  );
}

function Preview({ file, rows }: { file: UserRows; rows: readonly (readonly string[])[] }) {
  const { t } = useTranslation();
  const heads = (rows[0] ?? []).map((head, index) => (
    <span key={index}>{head}<br /><span className="dim">{file.columns[index] ? t(`admin.userImport.field.${file.columns[index]}`) : t('admin.userImport.ignored')}</span></span>
  ));
  return (
    <>
      {!file.columns.includes('loginId') && <Alert color="red" icon={<IconAlertCircle size={18} />} data-testid="import-no-login">{t('admin.userImport.noLogin')}</Alert>}
      <PreviewTable label={t('admin.file.preview')} heads={heads} rows={rows.slice(1, 6)} />
    </>
  );
}

/** Many users from a CSV file: looked at first, then made, with a report a line. */
export function ImportUsersDialog({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const sites = useDirectory((directory) => directory.sites);
  const [rows, setRows] = useState<string[][]>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [report, setReport] = useState<Report>();

  const siteIdOf = (name: string) => Object.values(sites).find((site) => site.id === name || searchable(site.name) === searchable(name))?.id;
  const file = rows && userRows(rows, siteIdOf);

  async function read(chosen: File) {
    setProblem(undefined);
    const found = parseCsv(decodeText(new Uint8Array(await chosen.arrayBuffer())), mostUsers + 2);
    if (found.length < 2) setProblem(t('admin.file.empty'));
    else if (found.length > mostUsers + 1) setProblem(t('admin.userImport.tooMany', { most: mostUsers }));
    else setRows(found);
  }

  async function send() {
    if (!file) return;
    setBusy(true);
    setProblem(undefined);
    try {
      setReport(await sendAll(file.users));
    } catch (error) {
      setProblem(errorText(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <Modal opened onClose={close} title={t('admin.userImport.title')} size={760} centered lockScroll={false} closeButtonProps={{ 'aria-label': t('app.close') }} closeOnClickOutside={!busy}>
      <Stack gap="md" data-testid="import-users">
        {problem && <Alert color="red" icon={<IconAlertCircle size={18} />} role="alert">{problem}</Alert>}
        {report && <ReportView report={report} />}
        {!report && !file && <FileDrop accept=".csv,text/csv,text/plain" hint={t('admin.userImport.hint')} onFile={(chosen) => void read(chosen)} />}
        {!report && file && rows && <Preview file={file} rows={rows} />}
        <Group justify="flex-end">
          {report || !file ? <Button variant="default" onClick={close} data-testid="import-close">{t('app.close')}</Button> : (
            <>
              <Button variant="default" disabled={busy} onClick={() => setRows(undefined)}>{t('admin.file.other')}</Button>
              <Button loading={busy} disabled={!file.columns.includes('loginId')} onClick={() => void send()} data-testid="import-send">{t('admin.userImport.send', { count: file.users.length })}</Button>
            </>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}
