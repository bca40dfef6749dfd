import { ActionIcon, Button, Switch, TextInput } from '@mantine/core';
import { IconCopy, IconPlus, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useField } from '../editor-context';
import form from '../form.module.css';

interface Span { dayOfWeek: number; active: boolean; startTime: string; endTime: string }

/** 1 Monday ... 7 Sunday; 0 is Sunday, too. */
const days = [1, 2, 3, 4, 5, 6, 7];
const dayOf = (span: Span) => (Number(span.dayOfWeek) === 0 ? 7 : Number(span.dayOfWeek));

interface DayProps { day: number; value: readonly Span[]; set: (value: Span[]) => void; problems: Readonly<Record<string, string>>; readOnly: boolean }

function Day({ day, value, set, problems, readOnly }: DayProps) {
  const { t } = useTranslation();
  const spans = value.map((span, index) => ({ span, index })).filter(({ span }) => dayOf(span) === day);
  const on = spans.some(({ span }) => span.active);
  const change = (index: number, next: Partial<Span>) => set(value.map((span, at) => (at === index ? { ...span, ...next } : span)));
  const add = () => set([...value, { dayOfWeek: day, active: true, startTime: spans.length === 0 ? '09:00' : '14:00', endTime: spans.length === 0 ? '12:30' : '18:00' }]);
  function toggle(active: boolean) {
    if (active && spans.length === 0) set([...value, { dayOfWeek: day, active: true, startTime: '09:00', endTime: '18:00' }]);
    else set(value.map((span) => (dayOf(span) === day ? { ...span, active } : span)));
  }
  const time = (index: number, name: 'startTime' | 'endTime', at: string) => (
    <TextInput
      className={form.time} type="time" aria-label={`${t(`admin.day.${day}`)}, ${t(`admin.schedule.${name}`)}`} value={at} readOnly={readOnly}
      onChange={(event) => change(index, { [name]: event.currentTarget.value })} error={problems[`schedule[${index}].${name}`]}
    />
  );
  return (
    <div className={form.day}>
      <Switch mt={7} label={t(`admin.day.${day}`)} checked={on} disabled={readOnly} onChange={(event) => toggle(event.currentTarget.checked)} data-testid={`day-${day}`} />
      {on ? (
        <div className={form.rows}>
          {spans.filter(({ span }) => span.active).map(({ span, index }) => (
            <div className={form.row} key={index}>
              {time(index, 'startTime', span.startTime)}{time(index, 'endTime', span.endTime)}
              {!readOnly && <ActionIcon variant="subtle" color="gray" size={34} aria-label={t('admin.takeOff')} onClick={() => set(value.filter((_, at) => at !== index))}><IconX size={17} /></ActionIcon>}
              {!readOnly && <ActionIcon variant="subtle" color="gray" size={34} aria-label={t('admin.schedule.add')} title={t('admin.schedule.add')} onClick={add}><IconPlus size={17} /></ActionIcon>}
            </div>
          ))}
        </div>
      ) : <span className={form.muted} style={{ lineHeight: '34px' }}>{t('admin.schedule.closed')}</span>}
    </div>
  );
}

export function ScheduleTab() {
  const { t } = useTranslation();
  const { value, set, error, problems, readOnly } = useField<Span[]>('schedule');
  const monday = value.filter((span) => dayOf(span) === 1);
  const likeMonday = () => set([...value.filter((span) => dayOf(span) === 1 || dayOf(span) > 5), ...[2, 3, 4, 5].flatMap((day) => monday.map((span) => ({ ...span, dayOfWeek: day })))]);
  return (
    <div className={form.rows} data-field="schedule">
      <p className={form.muted}>{t(value.length === 0 ? 'admin.schedule.always' : 'admin.schedule.hint')}</p>
      {error && <span className={form.error} role="alert">{error}</span>}
      <div>{days.map((day) => <Day key={day} day={day} value={value} set={set} problems={problems} readOnly={readOnly} />)}</div>
      {!readOnly && monday.length > 0 && <div><Button variant="default" size="compact-sm" leftSection={<IconCopy size={15} />} onClick={likeMonday}>{t('admin.schedule.likeMonday')}</Button></div>}
    </div>
  );
}
