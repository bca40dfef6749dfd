import { TagsInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useLabels, useRetryChoices } from '../choices';
import { useField } from '../editor-context';
import { ChoiceField, ManyField, NumberField, Section, SwitchField } from '../fields';

/** Minutes before each new attempt, in order. */
function Intervals() {
  const { t } = useTranslation();
  const { value, set, error, readOnly } = useField<number[]>('retryIntervals');
  return (
    <TagsInput
      label={t('admin.campaign.retryIntervals')} description={t('admin.campaign.retryIntervalsHint')} inputWrapperOrder={['label', 'input', 'description', 'error']}
      value={value.map(String)} onChange={(next) => set(next.map((text) => Math.round(Number(text.replace(',', '.')))).filter((minutes) => Number.isFinite(minutes) && minutes >= 0))}
      error={error} readOnly={readOnly} allowDuplicates acceptValueOnBlur data-field="retryIntervals" data-testid="field-retryIntervals"
    />
  );
}

export function DialingTab() {
  const { t } = useTranslation();
  const outcomes = useRetryChoices();
  const modes = useLabels('mode', ['MANUAL', 'PROGRESSIVE', 'PREDICTIVE']);
  const actions = useLabels('voicemailAction', ['HANGUP', 'LEAVE_MESSAGE']);
  const mode = useField<string>('dialingMode').value;
  const amd = useField<boolean>('amdEnabled').value;
  return (
    <>
      <Section columns={2}>
        <ChoiceField name="dialingMode" label={t('admin.campaign.mode')} hint={t(`admin.modeHint.${mode}`)} data={modes} />
        <NumberField name="minAgentsBeforeStart" label={t('admin.campaign.minAgents')} hint={t('admin.campaign.minAgentsHint')} max={10000} />
      </Section>
      {mode === 'PREDICTIVE' && (
        <Section title={t('admin.campaign.pace')} columns={2}>
          <NumberField name="maxAbandonRate" label={t('admin.campaign.maxAbandon')} max={100} decimals={2} suffix=" %" />
          <NumberField name="paceFactor" label={t('admin.campaign.paceFactor')} min={0.1} max={20} decimals={3} step={0.1} />
        </Section>
      )}
      <Section title={t('admin.campaign.times')} columns={3}>
        <NumberField name="maxRingDuration" label={t('admin.campaign.maxRing')} min={1} max={300} suffix=" s" />
        <NumberField name="wrapUpTime" label={t('admin.wrapUpTime')} max={3600} suffix=" s" />
        <NumberField name="maxCallDuration" label={t('admin.campaign.maxCall')} hint={t('admin.zeroNoLimit')} max={86400} suffix=" s" />
      </Section>
      <Section title={t('admin.campaign.retries')} columns={3}>
        <NumberField name="retryAttempts" label={t('admin.campaign.retryAttempts')} max={100} />
        <Intervals />
        <ManyField name="retryOnStatus" label={t('admin.campaign.retryOn')} hint={t('admin.campaign.retryOnHint')} data={outcomes} />
      </Section>
      <Section title={t('admin.campaign.amd')} columns={3}>
        <SwitchField name="amdEnabled" label={t('admin.campaign.amdEnabled')} />
        {amd && <NumberField name="amdConfidence" label={t('admin.campaign.amdConfidence')} max={100} suffix=" %" />}
        {amd && <ChoiceField name="voicemailAction" label={t('admin.campaign.voicemail')} data={actions} />}
      </Section>
    </>
  );
}
