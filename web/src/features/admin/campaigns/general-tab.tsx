import { useTranslation } from 'react-i18next';
import { timezones, useChoices, useLabels } from '../choices';
import { AreaField, ChoiceField, NumberField, Section, SwitchField, TextField, Wide } from '../fields';

export function GeneralTab() {
  const { t } = useTranslation();
  const scripts = useChoices('savedScripts');
  const groups = useChoices('qualificationGroups');
  const profiles = useLabels('compliance', ['FR', 'US', 'none']);
  return (
    <>
      <Section columns={2}>
        <TextField name="name" label={t('admin.name')} />
        <TextField name="callerId" label={t('admin.campaign.callerId')} hint={t('admin.campaign.callerIdHint')} type="tel" maxLength={32} placeholder="+33140000009" />
        <Wide><AreaField name="description" label={t('admin.description')} /></Wide>
        <ChoiceField name="scriptId" label={t('admin.campaign.script')} data={scripts} clearable placeholder={t('admin.noneChosen')} />
        <ChoiceField name="qualificationGroupId" label={t('admin.campaign.qualifications')} data={groups} clearable placeholder={t('admin.noneChosen')} />
      </Section>
      <Section title={t('admin.campaign.frame')} columns={3}>
        <ChoiceField name="complianceProfile" label={t('admin.campaign.compliance')} data={profiles} />
        <ChoiceField name="timezone" label={t('admin.timezone')} data={timezones} />
        <NumberField name="priority" label={t('admin.priority')} min={-1000} max={1000} />
      </Section>
      <Section title={t('admin.campaign.recording')} columns={2}>
        <SwitchField name="recordingEnabled" label={t('admin.recordingEnabled')} />
        <SwitchField name="recordingBeep" label={t('admin.campaign.beep')} hint={t('admin.campaign.beepHint')} />
      </Section>
    </>
  );
}
