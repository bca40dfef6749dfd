import { useTranslation } from 'react-i18next';
import { useDirectory } from '@/stores/live-store';
import { useChoices, useLabels } from '../choices';
import { EditorDrawer } from '../editor-drawer';
import { ChoiceField, NumberField, SecretField, Section, TextField, Wide } from '../fields';
import { trunkKind } from '../kinds';
import { useEditor } from '../use-editor';

export function TrunkDrawer({ id, close }: { id: string; close: () => void }) {
  const { t } = useTranslation();
  const editor = useEditor(trunkKind, id);
  const sites = useChoices('sites');
  const others = useChoices('trunks').filter((choice) => choice.value !== editor.id);
  const authTypes = useLabels('authType', ['ip', 'register']);
  const dids = useDirectory((directory) => Object.values(directory.dids).filter((did) => did.trunkId === editor.id).length);
  const registers = editor.state.draft.authType === 'register';
  return (
    <EditorDrawer editor={editor} name={editor.state.base.name as string} close={close} consequence={t('admin.trunk.removeText', { count: dids })}>
      <Section columns={2}>
        <TextField name="name" label={t('admin.name')} autoFocus />
        <ChoiceField name="siteId" label={t('admin.site.one')} data={sites} clearable placeholder={t('admin.noneChosen')} />
        <Wide><TextField name="domain" label={t('admin.trunk.domain')} hint={t('admin.trunk.domainHint')} maxLength={255} placeholder="pbx.exemple.fr:5060" /></Wide>
      </Section>
      <Section title={t('admin.trunk.auth')} columns={2}>
        <Wide><ChoiceField name="authType" label={t('admin.trunk.authType')} data={authTypes} /></Wide>
        <TextField name="login" label={t('auth.loginId')} nullable maxLength={100} />
        <SecretField name="password" label={t('auth.password')} maxLength={200} hint={t('admin.trunk.passwordHint')} />
        {registers && <Wide><TextField name="registerString" label={t('admin.trunk.registerString')} hint={t('admin.trunk.registerHint')} nullable maxLength={300} /></Wide>}
      </Section>
      <Section title={t('admin.trunk.routing')} columns={2}>
        <TextField name="dialPattern" label={t('admin.trunk.dialPattern')} maxLength={100} />
        <TextField name="inboundContext" label={t('admin.trunk.inboundContext')} maxLength={64} />
        <TextField name="forceCallerId" label={t('admin.trunk.forceCallerId')} type="tel" nullable maxLength={32} />
        <ChoiceField name="failoverTrunkId" label={t('admin.trunk.failover')} data={others} clearable placeholder={t('admin.noneChosen')} />
      </Section>
      <Section title={t('admin.trunk.limits')} columns={2}>
        <NumberField name="channelLimit" label={t('admin.trunk.channelLimit')} hint={t('admin.noLimitHint')} max={10000} nullable />
        <NumberField name="callsPerSecond" label={t('admin.trunk.callsPerSecond')} hint={t('admin.noLimitHint')} max={10000} decimals={3} nullable />
      </Section>
    </EditorDrawer>
  );
}
