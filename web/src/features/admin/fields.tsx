import { MultiSelect, NumberInput, PasswordInput, Select, Switch, Textarea, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useField, useForm } from './editor-context';
import classes from './form.module.css';

export interface Choice { value: string; label: string }

interface FieldProps { name: string; label: string; hint?: string }

/** What every input of the form has in common. */
function useCommon({ name, label, hint }: FieldProps) {
  const { editor } = useForm();
  const { error, readOnly } = useField(name);
  return {
    label, description: hint, error, readOnly, withAsterisk: !readOnly && editor.kind.required.includes(name),
    'data-testid': `field-${name}`, 'data-field': name, inputWrapperOrder: ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[],
  };
}

interface TextProps extends FieldProps { nullable?: boolean; maxLength?: number; type?: 'text' | 'email' | 'tel'; placeholder?: string; mono?: boolean; autoFocus?: boolean }

export function TextField({ nullable, maxLength = 200, type = 'text', placeholder, autoFocus, ...field }: TextProps) {
  const { value, set } = useField<string | null>(field.name);
  return (
    <TextInput
      {...useCommon(field)} value={value ?? ''} onChange={(event) => { const text = event.currentTarget.value; set(nullable && text === '' ? null : text); }}
      type={type} maxLength={maxLength} placeholder={placeholder} autoComplete="off" data-autofocus={autoFocus || undefined}
    />
  );
}

export function AreaField(field: FieldProps) {
  const { value, set } = useField<string>(field.name);
  return <Textarea {...useCommon(field)} value={value} onChange={(event) => set(event.currentTarget.value)} rows={3} maxLength={2000} />;
}

/** Goes in and never comes out: what is saved can only be replaced. */
export function SecretField({ maxLength = 128, ...field }: FieldProps & { maxLength?: number }) {
  const { t } = useTranslation();
  const { value, set, isNew, readOnly } = useField<string>(field.name);
  const common = useCommon(field);
  return (
    <PasswordInput
      {...common} value={value} onChange={(event) => set(event.currentTarget.value)} maxLength={maxLength} autoComplete="new-password"
      placeholder={isNew || readOnly ? undefined : t('admin.secretKept')} visibilityToggleButtonProps={{ 'aria-label': t('admin.showSecret') }}
    />
  );
}

interface NumberProps extends FieldProps { nullable?: boolean; min?: number; max?: number; decimals?: number; suffix?: string; step?: number }

export function NumberField({ min = 0, max, decimals = 0, suffix, step, ...field }: NumberProps) {
  const { value, set } = useField<number | null>(field.name);
  return (
    <NumberInput
      {...useCommon(field)} value={value ?? ''} onChange={(next) => set(next === '' ? null : Number(next))}
      min={min} max={max} decimalScale={decimals} decimalSeparator="," allowedDecimalSeparators={[',', '.']} suffix={suffix} step={step} clampBehavior="blur"
    />
  );
}

export function SwitchField(field: FieldProps) {
  const { value, set, readOnly, error } = useField<boolean>(field.name);
  return (
    <Switch
      label={field.label} description={field.hint} error={error} checked={value} disabled={readOnly} onChange={(event) => set(event.currentTarget.checked)}
      data-testid={`field-${field.name}`} data-field={field.name}
    />
  );
}

interface ChoiceProps extends FieldProps { data: readonly Choice[]; clearable?: boolean; placeholder?: string }

export function ChoiceField({ data, clearable, placeholder, ...field }: ChoiceProps) {
  const { value, set, readOnly } = useField<string | null>(field.name);
  // An id that leads nowhere (any more) is still shown as what it is.
  const known = !value || data.some((choice) => choice.value === value) ? data : [...data, { value, label: value }];
  return (
    <Select
      {...useCommon(field)} data={[...known]} value={value} onChange={(next) => set(next)} clearable={clearable && !readOnly} allowDeselect={false}
      searchable={data.length > 8} placeholder={placeholder} comboboxProps={{ withinPortal: true }}
    />
  );
}

export function ManyField({ data, placeholder, ...field }: Omit<ChoiceProps, 'clearable'>) {
  const { t } = useTranslation();
  const { value, set, readOnly } = useField<string[]>(field.name);
  const unknown = value.filter((id) => !data.some((choice) => choice.value === id)).map((id) => ({ value: id, label: id }));
  return (
    <MultiSelect
      {...useCommon(field)} data={[...data, ...unknown]} value={value} onChange={set} searchable clearable={!readOnly} hidePickedOptions
      placeholder={value.length === 0 ? placeholder : undefined} nothingFoundMessage={t('admin.noneFound')}
    />
  );
}

/** A titled group of fields. */
export function Section({ title, hint, children, columns = 1 }: { title?: string; hint?: string; children: ReactNode; columns?: 1 | 2 | 3 }) {
  return (
    <section className={classes.section} aria-label={title}>
      {title && <h3 className={classes.sectionTitle}>{title}</h3>}
      {hint && <p className={classes.sectionHint}>{hint}</p>}
      <div className={classes.grid} data-columns={columns}>{children}</div>
    </section>
  );
}

/** Takes the whole width of a section with columns. */
export function Wide({ children }: { children: ReactNode }) { return <div className={classes.wide}>{children}</div>; }
