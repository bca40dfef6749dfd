import { Alert, Button, MultiSelect, Select, Switch } from '@mantine/core';
import { IconAlertCircle, IconInfoCircle } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Job } from '@/lib/contract';
import { decodeText, parseCsv } from '@/lib/csv';
import { errorText } from '@/lib/error-text';
import { say } from '@/lib/say';
import { xlsxHead } from '@/lib/xlsx-head';
import { takeObject } from '@/stores/live-store';
import { api } from '@/stores/session-store';
import { FileDrop } from '../file-drop';
import { PreviewTable } from '../preview-table';
import { contactFields, custom, guessColumns, ignored, mappingOf } from './contact-columns';
import form from '../form.module.css';

/** Enough of a file for its headings and a look at it. */
const headBytes = 256 * 1024;
const shownRows = 5;

interface Chosen {
  file: File;
  /** Headings and first rows; empty: the file cannot be looked into here, the server will. */
  rows: string[][];
  columns: string[];
}

async function lookInto(file: File): Promise<Chosen> {
  const workbook = /\.xlsx$/i.test(file.name);
  try {
    const rows = workbook ? await xlsxHead(file, shownRows + 1)
      : parseCsv(decodeText(await wholeCharacters(file)), shownRows + 1);
    return { file, rows, columns: guessColumns(rows[0] ?? []) };
  } catch {
    return { file, rows: [], columns: [] };
  }
}

/** The beginning of a file, to the end of a line, so that no character is cut in two. */
async function wholeCharacters(file: File): Promise<Uint8Array> {
  const bytes = new Uint8Array(await file.slice(0, headBytes).arrayBuffer());
  const end = file.size > bytes.length ? bytes.lastIndexOf(10) : -1;
  return end > 0 ? bytes.subarray(0, end + 1) : bytes;
}

interface MappingProps { chosen: Chosen; onColumns: (columns: string[]) => void }

function Mapping({ chosen, onColumns }: MappingProps) {
  const { t } = useTranslation();
  const [headings = []] = chosen.rows;
  const choices = [
    ...contactFields.map((value) => ({ value, label: t(`admin.contactField.${value}`) })),
    { value: custom, label: t('admin.contacts.customField') }, { value: ignored, label: t('admin.contacts.ignored') },
  ];
  const choose = (at: number, field: string) => onColumns(chosen.columns.map((was, index) => (index === at ? field : was === field && field !== custom && field !== ignored ? custom : was)));
  const heads = headings.map((heading, index) => (
    <span key={index} style={{ display: 'grid', gap: 4 }}>
      {heading || `#${index + 1}`}
      <Select
        size="xs" w={160} data={choices} value={chosen.columns[index] ?? ignored} allowDeselect={false} comboboxProps={{ withinPortal: true }}
        aria-label={t('admin.contacts.meaning', { column: heading })} onChange={(field) => choose(index, field ?? ignored)} data-testid={`column-${index}`}
      />
    </span>
  ));
  return <PreviewTable label={t('admin.file.preview')} heads={heads} rows={chosen.rows.slice(1)} testId="import-preview" />;
}

/** A list of contacts from a file: columns are given a meaning, then the server reads it as a job. */
export function ImportForm({ campaignId }: { campaignId: string }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<Chosen>();
  const [dedupe, setDedupe] = useState(true);
  const [fields, setFields] = useState<string[]>(['phoneNumber']);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();

  async function send() {
    if (!chosen) return;
    setBusy(true);
    setProblem(undefined);
    const body = new FormData();
    body.append('mapping', JSON.stringify(mappingOf(chosen.rows[0] ?? [], chosen.columns)));
    body.append('deduplicationConfig', JSON.stringify({ enabled: dedupe, fieldIds: fields }));
    body.append('file', chosen.file, chosen.file.name);
    try {
      const { jobId } = await api.post<{ jobId: string }>(`/campaigns/${encodeURIComponent(campaignId)}/contacts/import`, body);
      takeObject('jobs', { id: jobId, campaignId, fileName: chosen.file.name, createdAt: new Date().toISOString() } as Job);
      say('green', t('admin.contacts.started'));
      setChosen(undefined);
    } catch (error) {
      setProblem(errorText(error));
    } finally {
      setBusy(false);
    }
  }

  if (!chosen) {
    return (
      <div className={form.rows} data-testid="contacts-import">
        {problem && <Alert color="red" icon={<IconAlertCircle size={18} />} role="alert">{problem}</Alert>}
        <FileDrop accept=".csv,.txt,.xlsx,text/csv" hint={t('admin.contacts.hint')} onFile={(file) => { setProblem(undefined); void lookInto(file).then(setChosen); }} />
      </div>
    );
  }
  const seen = chosen.rows.length > 0;
  const noPhone = seen && !chosen.columns.includes('phoneNumber');
  const names = seen ? chosen.columns.flatMap((field, index) => (field === custom ? [chosen.rows[0]?.[index] ?? ''] : [])).filter((name) => name.trim() !== '') : [];
  const sameBy = [...contactFields.map((value) => ({ value: value as string, label: t(`admin.contactField.${value}`) })), ...[...new Set(names)].map((name) => ({ value: name, label: name }))];
  return (
    <div className={form.rows} style={{ gap: 14 }} data-testid="contacts-import">
      <strong style={{ overflowWrap: 'anywhere' }}>{chosen.file.name}</strong>
      {problem && <Alert color="red" icon={<IconAlertCircle size={18} />} role="alert" data-testid="import-error">{problem}</Alert>}
      {seen ? <Mapping chosen={chosen} onColumns={(columns) => setChosen({ ...chosen, columns })} /> : <Alert color="blue" icon={<IconInfoCircle size={18} />}>{t('admin.contacts.unseen')}</Alert>}
      {noPhone && <Alert color="yellow" icon={<IconAlertCircle size={18} />} data-testid="import-no-phone">{t('admin.contacts.noPhone')}</Alert>}
      <Switch label={t('admin.contacts.dedupe')} description={t('admin.contacts.dedupeHint')} checked={dedupe} onChange={(event) => setDedupe(event.currentTarget.checked)} data-testid="import-dedupe" />
      {dedupe && <MultiSelect label={t('admin.contacts.sameBy')} data={sameBy} value={fields} onChange={setFields} error={fields.length === 0 ? t('admin.required') : undefined} />}
      <div className={form.actions}>
        <Button loading={busy} disabled={noPhone || (dedupe && fields.length === 0)} onClick={() => void send()} data-testid="import-start">{t('admin.contacts.start')}</Button>
        <Button variant="default" disabled={busy} onClick={() => { setChosen(undefined); setProblem(undefined); }}>{t('admin.file.other')}</Button>
      </div>
    </div>
  );
}
