import { ActionIcon, Button, Switch, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { PhysicalExtension } from '@/lib/contract';
import { useDirectory } from '@/stores/live-store';
import { timezones } from '../choices';
import { EditorDrawer } from '../editor-drawer';
import { useField } from '../editor-context';
import { ChoiceField, Section, SwitchField, TextField, Wide } from '../fields';
import { siteKind } from '../kinds';
import { useEditor } from '../use-editor';
import form from '../form.module.css';

function Extensions() {
  const { t } = useTranslation();
  const { value, set, problems, readOnly } = useField<PhysicalExtension[]>('physicalExtensions');
  const change = (index: number, next: Partial<PhysicalExtension>) => set(value.map((one, at) => (at === index ? { ...one, ...next } : one)));
  return (
    <div className={form.rows} data-field="physicalExtensions">
      {value.length === 0 && <p className={form.muted}>{t('admin.site.noExtensions')}</p>}
      {value.map((one, index) => (
        <div className={form.row} key={index}>
          <TextInput
            className={form.grow} aria-label={t('admin.site.extension')} placeholder={t('admin.site.extension')} value={one.number} maxLength={20} readOnly={readOnly}
            onChange={(event) => change(index, { number: event.currentTarget.value })} error={problems[`physicalExtensions[${index}].number`]}
          />
          <Switch mt={8} label={t('admin.site.directMedia')} checked={one.directMediaEnabled} disabled={readOnly} onChange={(event) => change(index, { directMediaEnabled: event.currentTarget.checked })} />
          {!readOnly && <ActionIcon variant="subtle" color="gray" size={34} aria-label={t('admin.takeOff')} onClick={() => set(value.filter((_, at) => at !== index))}><IconX size={17} /></ActionIcon>}
        </div>
      ))}
      {!readOnly && <div><Button variant="default" size="compact-sm" leftSection={<IconPlus size={15} />} onClick={() => set([...value, { number: '', directMediaEnabled: false }])}>{t('admin.site.addExtension')}</Button></div>}
    </div>
  );
}

export function SiteDrawer({ id, close }: { id: string; close: () => void }) {
  const { t } = useTranslation();
  const editor = useEditor(siteKind, id);
  const trunks = useDirectory((directory) => Object.values(directory.trunks).filter((one) => one.siteId === editor.id).length);
  const users = useDirectory((directory) => Object.values(directory.users).filter((one) => one.siteId === editor.id).length);
  return (
    <EditorDrawer editor={editor} name={editor.state.base.name as string} close={close} consequence={t('admin.site.removeText', { trunks, users })}>
      <Section columns={2}>
        <Wide><TextField name="name" label={t('admin.name')} autoFocus /></Wide>
        <TextField name="ipAddress" label={t('admin.site.ipAddress')} nullable maxLength={100} placeholder="10.1.0.10" />
        <ChoiceField name="timezone" label={t('admin.timezone')} data={timezones} />
        <Wide><SwitchField name="directMediaEnabled" label={t('admin.site.directMedia')} hint={t('admin.site.directMediaHint')} /></Wide>
      </Section>
      <Section title={t('admin.site.extensions')} hint={t('admin.site.extensionsHint')}><Extensions /></Section>
    </EditorDrawer>
  );
}
