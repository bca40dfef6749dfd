import { Button, Checkbox, CloseButton, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { searchable } from '@/lib/format';
import { useAgentChoices } from '../choices';
import { useField } from '../editor-context';
import form from '../form.module.css';
import classes from './agents-tab.module.css';

/** Who works for the campaign: a list to tick. Those whom this reader may not see stay as they are. */
export function AgentsTab() {
  const { t } = useTranslation();
  const { value, set, error, readOnly } = useField<string[]>('assignedUserIds');
  const agents = useAgentChoices();
  const [query, setQuery] = useState('');
  const shown = agents.filter((choice) => searchable(choice.label).includes(searchable(query.trim())));
  const chosen = new Set(value);
  const all = shown.every((choice) => chosen.has(choice.value));
  const ids = shown.map((choice) => choice.value);
  return (
    <div className={form.rows} data-field="assignedUserIds" data-testid="field-assignedUserIds">
      <div className={classes.bar}>
        <TextInput
          className={classes.search} value={query} onChange={(event) => setQuery(event.currentTarget.value)} leftSection={<IconSearch size={16} />} placeholder={t('admin.campaign.searchAgents')} aria-label={t('admin.campaign.searchAgents')}
          rightSection={query ? <CloseButton size="sm" aria-label={t('admin.clear')} onClick={() => setQuery('')} /> : null}
        />
        <span className="dim num" data-testid="agents-count">{t('admin.campaign.agentsOf', { count: value.length, total: agents.length })}</span>
        {!readOnly && shown.length > 0 && (
          <Button variant="default" size="compact-sm" onClick={() => set(all ? value.filter((id) => !ids.includes(id)) : [...new Set([...value, ...ids])])}>{t(all ? 'admin.campaign.tickNone' : 'admin.campaign.tickAll')}</Button>
        )}
      </div>
      {error && <span className={form.error} role="alert">{error}</span>}
      {shown.length === 0 && <p className={form.muted}>{t('admin.noneFound')}</p>}
      <div className={classes.list}>
        {shown.map((choice) => (
          <Checkbox
            key={choice.value} label={choice.label} checked={chosen.has(choice.value)} disabled={readOnly} data-testid={`agent-${choice.value}`}
            onChange={(event) => set(event.currentTarget.checked ? [...value, choice.value] : value.filter((id) => id !== choice.value))}
          />
        ))}
      </div>
    </div>
  );
}
