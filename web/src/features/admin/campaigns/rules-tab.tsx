import { ActionIcon, Autocomplete, Button, NumberInput, Select, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useLabels } from '../choices';
import { useField } from '../editor-context';
import { NumberField, Section, SwitchField } from '../fields';
import form from '../form.module.css';

interface Quota { id: string; contactField: string; operator: string; value: string; limit: number; currentCount?: number }
interface Filter { id: string; type: string; contactField: string; operator: string; value: string }

const contactFields = ['postalCode', 'lastName', 'firstName', 'phoneNumber'] as const;
const newRuleId = () => `rule-${Date.now().toString(36)}${Math.random().toString(36).slice(2, 7)}`;

interface FieldInputProps { value: string; onChange: (name: string) => void; error?: string; readOnly: boolean }

/** A field of the contact: one that all have, by its name for people, or a custom one as its list calls it. */
function ContactFieldInput({ value, onChange, error, readOnly }: FieldInputProps) {
  const { t } = useTranslation();
  const known = contactFields.map((name) => ({ name: name as string, label: t(`admin.contactField.${name}`) }));
  return (
    <Autocomplete
      className={form.grow} aria-label={t('admin.rule.field')} data={known.map(({ label }) => label)} value={known.find(({ name }) => name === value)?.label ?? value}
      onChange={(text) => onChange(known.find(({ label }) => label === text)?.name ?? text)} error={error} readOnly={readOnly} maxLength={100}
    />
  );
}

interface RulesProps<T> { name: string; make: () => T; addLabel: string; none: string; row: (rule: T, change: (next: Partial<T>) => void, problem: (field: string) => string | undefined, readOnly: boolean) => ReactNode }

/** A list of rules, each a row of inputs. */
function Rules<T extends { id: string }>({ name, make, addLabel, none, row }: RulesProps<T>) {
  const { t } = useTranslation();
  const { value, set, error, problems, readOnly } = useField<T[]>(name);
  return (
    <div className={form.rows} data-field={name} data-testid={`field-${name}`}>
      {value.length === 0 && <p className={form.muted}>{none}</p>}
      {value.map((rule, index) => (
        <div className={form.row} key={rule.id}>
          {row(rule, (next) => set(value.map((one, at) => (at === index ? { ...one, ...next } : one))), (field) => problems[`${name}[${index}].${field}`], readOnly)}
          {!readOnly && <ActionIcon variant="subtle" color="gray" size={34} aria-label={t('admin.takeOff')} onClick={() => set(value.filter((_, at) => at !== index))}><IconX size={17} /></ActionIcon>}
        </div>
      ))}
      {error && <span className={form.error} role="alert">{error}</span>}
      {!readOnly && <div><Button variant="default" size="compact-sm" leftSection={<IconPlus size={15} />} onClick={() => set([...value, make()])} data-testid={`${name}-add`}>{addLabel}</Button></div>}
    </div>
  );
}

function Quotas() {
  const { t } = useTranslation();
  const operators = useLabels('operator', ['equals', 'starts_with']);
  return (
    <Rules<Quota>
      name="quotaRules" none={t('admin.quota.none')} addLabel={t('admin.quota.add')} make={() => ({ id: newRuleId(), contactField: 'postalCode', operator: 'starts_with', value: '', limit: 100, currentCount: 0 })}
      row={(rule, change, problem, readOnly) => (
        <>
          <ContactFieldInput value={rule.contactField} readOnly={readOnly} onChange={(contactField) => change({ contactField })} error={problem('contactField')} />
          <Select className={form.grow} aria-label={t('admin.rule.operator')} data={operators} value={rule.operator} allowDeselect={false} readOnly={readOnly} onChange={(operator) => operator && change({ operator })} />
          <TextInput className={form.grow} aria-label={t('admin.rule.value')} placeholder={t('admin.rule.value')} value={rule.value} maxLength={200} readOnly={readOnly} onChange={(event) => change({ value: event.currentTarget.value })} error={problem('value')} />
          <NumberInput className={form.slim} aria-label={t('admin.quota.limit')} value={rule.limit} min={0} max={1e9} readOnly={readOnly} onChange={(limit) => change({ limit: Number(limit) || 0 })} error={problem('limit')} />
          <span className="dim num" style={{ lineHeight: '34px' }} title={t('admin.quota.count')}>{rule.currentCount ?? 0} / {rule.limit}</span>
        </>
      )}
    />
  );
}

function Filters() {
  const { t } = useTranslation();
  const types = useLabels('filterType', ['include', 'exclude']);
  const operators = useLabels('operator', ['equals', 'starts_with', 'contains', 'is_not_empty']);
  return (
    <Rules<Filter>
      name="filterRules" none={t('admin.filter.none')} addLabel={t('admin.filter.add')} make={() => ({ id: newRuleId(), type: 'include', contactField: 'postalCode', operator: 'starts_with', value: '' })}
      row={(rule, change, problem, readOnly) => (
        <>
          <Select className={form.slim} aria-label={t('admin.filter.type')} data={types} value={rule.type} allowDeselect={false} readOnly={readOnly} onChange={(type) => type && change({ type })} />
          <ContactFieldInput value={rule.contactField} readOnly={readOnly} onChange={(contactField) => change({ contactField })} error={problem('contactField')} />
          <Select className={form.grow} aria-label={t('admin.rule.operator')} data={operators} value={rule.operator} allowDeselect={false} readOnly={readOnly} onChange={(operator) => operator && change({ operator })} />
          {rule.operator !== 'is_not_empty' && <TextInput className={form.grow} aria-label={t('admin.rule.value')} placeholder={t('admin.rule.value')} value={rule.value} maxLength={200} readOnly={readOnly} onChange={(event) => change({ value: event.currentTarget.value })} error={problem('value')} />}
        </>
      )}
    />
  );
}

export function RulesTab() {
  const { t } = useTranslation();
  const timeouts = useField<boolean>('unlockTimeoutsEnabled').value;
  return (
    <>
      <Section title={t('admin.quota.title')} hint={t('admin.quota.hint')}>
        <SwitchField name="quotasEnabled" label={t('admin.quota.enabled')} />
        <Quotas />
      </Section>
      <Section title={t('admin.filter.title')} hint={t('admin.filter.hint')}><Filters /></Section>
      <Section title={t('admin.unlock.title')} hint={t('admin.unlock.hint')} columns={2}>
        <SwitchField name="unlockTimeoutsEnabled" label={t('admin.unlock.enabled')} />
        {timeouts && <NumberField name="unlockTimeoutMinutes" label={t('admin.unlock.minutes')} min={5} max={60} suffix=" min" />}
      </Section>
    </>
  );
}
