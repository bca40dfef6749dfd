import { ActionIcon, Button, NumberInput, Select } from '@mantine/core';
import { IconPlus, IconUserCheck, IconUserOff, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Role, User } from '@/lib/contract';
import { notAbove, roles } from '@/lib/roles';
import { say } from '@/lib/say';
import { api, useSession } from '@/stores/session-store';
import { takeObject } from '@/stores/live-store';
import { sayError } from '@/lib/say';
import { useChoices } from '../choices';
import { confirmAction } from '@/components/confirm';
import { EditorDrawer } from '../editor-drawer';
import { useField } from '../editor-context';
import { ChoiceField, ManyField, SecretField, Section, SwitchField, TextField, Wide } from '../fields';
import { userKind } from '../kinds';
import { useEditor, type Editor } from '../use-editor';
import { useSkills } from '../use-skills';
import form from '../form.module.css';

interface Level { skillId: string; level: number }

function SkillLevels() {
  const { t } = useTranslation();
  const { value, set, error, readOnly } = useField<Level[]>('skills');
  const skills = useSkills();
  const free = skills.filter((choice) => !value.some((one) => one.skillId === choice.value));
  const change = (index: number, next: Partial<Level>) => set(value.map((one, at) => (at === index ? { ...one, ...next } : one)));
  if (skills.length === 0 && value.length === 0) return <p className={form.muted}>{t('admin.user.noSkills')}</p>;
  return (
    <div className={form.rows} data-field="skills">
      {value.map((one, index) => (
        <div className={form.row} key={one.skillId}>
          <Select className={form.grow} aria-label={t('admin.user.skill')} data={skills.filter((choice) => choice.value === one.skillId || free.includes(choice))} value={one.skillId} allowDeselect={false} readOnly={readOnly} onChange={(skillId) => skillId && change(index, { skillId })} />
          <NumberInput className={form.slim} aria-label={t('admin.user.level')} prefix={`${t('admin.user.level')} `} value={one.level} min={1} max={5} readOnly={readOnly} onChange={(level) => change(index, { level: Number(level) || 1 })} />
          {!readOnly && <ActionIcon variant="subtle" color="gray" size={34} aria-label={t('admin.takeOff')} onClick={() => set(value.filter((_, at) => at !== index))}><IconX size={17} /></ActionIcon>}
        </div>
      ))}
      {error && <span className={form.error} role="alert">{error}</span>}
      {!readOnly && free.length > 0 && (
        <div><Button variant="default" size="compact-sm" leftSection={<IconPlus size={15} />} onClick={() => { const [first] = free; if (first) set([...value, { skillId: first.value, level: 3 }]); }}>{t('admin.user.addSkill')}</Button></div>
      )}
    </div>
  );
}

function UserFields({ isNew }: { isNew: boolean }) {
  const { t } = useTranslation();
  const own = useSession((session) => session.user?.role);
  const sites = useChoices('sites');
  const profiles = useChoices('agentProfiles');
  const campaigns = useChoices('campaigns');
  const roleChoices = roles.filter((role) => notAbove(own, role)).map((value) => ({ value, label: t(`admin.role.${value}`) }));
  return (
    <>
      <Section title={t('admin.user.identity')} columns={2}>
        <TextField name="firstName" label={t('admin.user.firstName')} maxLength={100} autoFocus />
        <TextField name="lastName" label={t('admin.user.lastName')} maxLength={100} />
        <TextField name="loginId" label={t('auth.loginId')} maxLength={64} />
        <TextField name="email" label={t('admin.user.email')} type="email" nullable maxLength={254} />
      </Section>
      <Section title={t('admin.user.access')} columns={2}>
        <ChoiceField name="role" label={t('admin.user.role')} data={roleChoices} />
        <ChoiceField name="siteId" label={t('admin.site.one')} data={sites} clearable placeholder={t('admin.user.noSite')} />
        <Wide><SecretField name="password" label={t('auth.password')} hint={t(isNew ? 'admin.user.passwordHint' : 'admin.user.passwordChange')} /></Wide>
      </Section>
      <Section title={t('admin.user.phone')} columns={2}>
        <TextField name="extension" label={t('admin.user.extension')} type="tel" nullable maxLength={15} />
        <TextField name="mobileNumber" label={t('admin.user.mobile')} type="tel" nullable maxLength={32} />
        <Wide><SwitchField name="useMobileAsStation" label={t('admin.user.useMobile')} /></Wide>
      </Section>
      <Section title={t('admin.user.work')}>
        <ChoiceField name="agentProfileId" label={t('admin.user.profile')} data={profiles} clearable placeholder={t('admin.noneChosen')} />
        <ManyField name="campaignIds" label={t('admin.campaign.many')} data={campaigns} placeholder={t('admin.noneChosen')} />
        <SwitchField name="planningEnabled" label={t('admin.user.planning')} />
      </Section>
      <Section title={t('admin.user.skills')}><SkillLevels /></Section>
    </>
  );
}

/** Deactivating signs a person out everywhere at once; activating lets him in again. */
function ActiveButton({ editor, name }: { editor: Editor; name: string }) {
  const { t } = useTranslation();
  const active = editor.state.base.isActive !== false;
  async function toggle() {
    if (active && !(await confirmAction({ title: t('admin.user.deactivateTitle', { name }), text: t('admin.user.deactivateText'), action: t('admin.user.deactivate') }))) return;
    try {
      const { value } = await api.send<User>('PUT', `/users/${encodeURIComponent(editor.id ?? '')}`, { isActive: !active });
      takeObject('users', value);
      say('green', t(active ? 'admin.user.deactivated' : 'admin.user.activated'));
    } catch (error) {
      sayError(error);
    }
  }
  return (
    <Button
      variant="subtle" color={active ? 'red' : 'teal'} leftSection={active ? <IconUserOff size={16} /> : <IconUserCheck size={16} />} disabled={editor.busy}
      onClick={() => void toggle()} data-testid="user-active"
    >{t(active ? 'admin.user.deactivate' : 'admin.user.activate')}</Button>
  );
}

export function UserDrawer({ id, close }: { id: string; close: () => void }) {
  const { t } = useTranslation();
  const editor = useEditor(userKind, id);
  const own = useSession((session) => session.user);
  const { base } = editor.state;
  const name = `${base.firstName as string} ${base.lastName as string}`.trim() || (base.loginId as string);
  const above = editor.id !== undefined && !notAbove(own?.role, base.role as Role);
  const self = editor.id === own?.id;
  return (
    <EditorDrawer
      editor={editor} name={name} close={close} readOnly={above ? t('admin.user.above') : undefined}
      consequence={base.isActive === false ? t('admin.user.removeText') : undefined}
      extra={!self && editor.id !== undefined && <ActiveButton editor={editor} name={name} />}
    >
      <UserFields isNew={editor.id === undefined} />
    </EditorDrawer>
  );
}
