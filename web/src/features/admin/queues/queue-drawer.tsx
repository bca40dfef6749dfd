import { ActionIcon, Button, NumberInput, Select } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useDirectory } from '@/stores/live-store';
import { useChoices, useLabels } from '../choices';
import { EditorDrawer } from '../editor-drawer';
import { useField } from '../editor-context';
import { ChoiceField, NumberField, Section, SwitchField, TextField, Wide } from '../fields';
import { queueKind } from '../kinds';
import { PeopleList } from '../people-list';
import { useEditor } from '../use-editor';
import { useSkills } from '../use-skills';
import form from '../form.module.css';

interface Wanted { skillId: string; minLevel: number; relaxAfter?: number }

function WantedSkills() {
  const { t } = useTranslation();
  const { value, set, error, readOnly } = useField<Wanted[]>('skills');
  const skills = useSkills();
  const free = skills.filter((choice) => !value.some((one) => one.skillId === choice.value));
  const change = (index: number, next: Partial<Wanted>) => set(value.map((one, at) => (at === index ? { ...one, ...next } : one)));
  return (
    <div className={form.rows} data-field="skills">
      {value.length === 0 && <p className={form.muted}>{t(skills.length === 0 ? 'admin.user.noSkills' : 'admin.queue.anySkill')}</p>}
      {value.map((one, index) => (
        <div className={form.row} key={one.skillId}>
          <Select className={form.grow} aria-label={t('admin.user.skill')} data={skills.filter((choice) => choice.value === one.skillId || free.includes(choice))} value={one.skillId} allowDeselect={false} readOnly={readOnly} onChange={(skillId) => skillId && change(index, { skillId })} />
          <NumberInput className={form.slim} aria-label={t('admin.queue.minLevel')} prefix={`${t('admin.queue.from')} `} value={one.minLevel} min={1} max={5} readOnly={readOnly} onChange={(level) => change(index, { minLevel: Number(level) || 1 })} />
          <NumberInput className={form.slim} aria-label={t('admin.queue.relaxAfter')} title={t('admin.queue.relaxAfter')} suffix=" s" value={one.relaxAfter ?? 0} min={0} max={86400} readOnly={readOnly} onChange={(seconds) => change(index, { relaxAfter: Number(seconds) || 0 })} />
          {!readOnly && <ActionIcon variant="subtle" color="gray" size={34} aria-label={t('admin.takeOff')} onClick={() => set(value.filter((_, at) => at !== index))}><IconX size={17} /></ActionIcon>}
        </div>
      ))}
      {error && <span className={form.error} role="alert">{error}</span>}
      {!readOnly && free.length > 0 && (
        <div><Button variant="default" size="compact-sm" leftSection={<IconPlus size={15} />} onClick={() => { const [first] = free; if (first) set([...value, { skillId: first.value, minLevel: 1, relaxAfter: 60 }]); }}>{t('admin.user.addSkill')}</Button></div>
      )}
    </div>
  );
}

interface Overflow { to: string; id?: string | null }
const nowhere = 'none';

/** Where a caller goes who has waited too long. */
function OverflowFields({ own }: { own?: string }) {
  const { t } = useTranslation();
  const { value, set, error, readOnly } = useField<Overflow | null>('overflow');
  const places = useLabels('overflow', [nowhere, 'queue', 'ivr', 'voicemail', 'hangup']);
  const queues = useChoices('queues').filter((choice) => choice.value !== own);
  const flows = useChoices('ivrFlows');
  const targets = value?.to === 'queue' ? queues : value?.to === 'ivr' ? flows : undefined;
  return (
    <>
      <Select
        label={t('admin.queue.overflow')} data={places} value={value?.to ?? nowhere} allowDeselect={false} readOnly={readOnly} data-field="overflow" data-testid="field-overflow"
        onChange={(to) => set(!to || to === nowhere ? null : { to, ...(to === 'queue' || to === 'ivr' ? { id: null } : {}) })} error={targets ? undefined : error}
      />
      {targets && value && (
        <Select label={t('admin.queue.overflowTarget')} data={targets} value={value.id ?? null} allowDeselect={false} searchable readOnly={readOnly} onChange={(id) => set({ ...value, id })} error={error} withAsterisk />
      )}
    </>
  );
}

interface Target { percent: number; seconds: number }

function ServiceLevel() {
  const { t } = useTranslation();
  const { value, set, problems, readOnly } = useField<Target>('serviceLevelTarget');
  const number = (name: keyof Target, label: string, suffix: string, min: number, max: number) => (
    <NumberInput
      label={label} value={value[name]} min={min} max={max} suffix={suffix} readOnly={readOnly} error={problems[`serviceLevelTarget.${name}`]}
      onChange={(next) => set({ ...value, [name]: next === '' ? null : Number(next) })} data-field="serviceLevelTarget" data-testid={`field-serviceLevelTarget-${name}`}
    />
  );
  return <>{number('percent', t('admin.queue.percent'), ' %', 0, 100)}{number('seconds', t('admin.queue.within'), ' s', 1, 3600)}</>;
}

export function QueueDrawer({ id, close }: { id: string; close: () => void }) {
  const { t } = useTranslation();
  const editor = useEditor(queueKind, id);
  const strategies = useLabels('strategy', ['longest_idle', 'least_talk', 'fewest_calls', 'round_robin', 'top_down']);
  const music = useChoices('audioFiles');
  const dids = useDirectory((directory) => Object.values(directory.dids).filter((did) => did.queueId === editor.id).length);
  return (
    <EditorDrawer editor={editor} name={editor.state.base.name as string} close={close} consequence={t('admin.queue.removeText', { count: dids })} wide>
      <Section columns={2}>
        <Wide><TextField name="name" label={t('admin.name')} autoFocus /></Wide>
        <ChoiceField name="strategy" label={t('admin.queue.strategy')} data={strategies} />
        <NumberField name="priority" label={t('admin.priority')} hint={t('admin.queue.priorityHint')} min={-1000} max={1000} />
      </Section>
      <Section title={t('admin.queue.members')} hint={t('admin.queue.membersHint')}><PeopleList name="memberIds" /></Section>
      <Section title={t('admin.queue.skills')} hint={t('admin.queue.skillsHint')}><WantedSkills /></Section>
      <Section title={t('admin.queue.times')} columns={3}>
        <NumberField name="ringTimeout" label={t('admin.queue.ringTimeout')} min={1} max={300} suffix=" s" />
        <NumberField name="wrapUpTime" label={t('admin.wrapUpTime')} max={3600} suffix=" s" />
        <NumberField name="maxWait" label={t('admin.queue.maxWait')} hint={t('admin.zeroNoLimit')} max={86400} suffix=" s" />
      </Section>
      <Section title={t('admin.queue.overflowTitle')} columns={2}><OverflowFields own={editor.id} /></Section>
      <Section title={t('queue.sl')} columns={2}><ServiceLevel /></Section>
      <Section title={t('admin.queue.comfort')}>
        <ChoiceField name="musicId" label={t('admin.queue.music')} data={music} clearable placeholder={t('admin.queue.standardMusic')} />
        <SwitchField name="announcePosition" label={t('admin.queue.announcePosition')} />
        <SwitchField name="callbackOffered" label={t('admin.queue.callbackOffered')} />
        <SwitchField name="recordingEnabled" label={t('admin.recordingEnabled')} />
      </Section>
    </EditorDrawer>
  );
}
