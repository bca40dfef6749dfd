import { ActionIcon, Select } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconUserPlus, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useDirectory } from '@/stores/live-store';
import { personName, useAgentChoices } from './choices';
import { useField } from './editor-context';
import classes from './form.module.css';

/** People of a queue, in the order in which they are asked (top_down): added, moved, taken off; by keyboard, too. */
export function PeopleList({ name }: { name: string }) {
  const { t } = useTranslation();
  const { value, set, error, readOnly } = useField<string[]>(name);
  const users = useDirectory((directory) => directory.users);
  const free = useAgentChoices().filter((choice) => !value.includes(choice.value));
  const nameOf = (id: string) => { const user = users[id]; return user ? `${personName(user)} (${user.loginId})` : id; };
  function move(from: number, to: number) {
    const next = [...value];
    const [taken] = next.splice(from, 1);
    if (taken !== undefined) next.splice(to, 0, taken);
    set(next);
  }
  return (
    <div className={classes.rows} data-field={name} data-testid={`field-${name}`}>
      {!readOnly && (
        <Select
          data={free} value={null} onChange={(id) => { if (id) set([...value, id]); }} searchable placeholder={t('admin.queue.addMember')} aria-label={t('admin.queue.addMember')}
          leftSection={<IconUserPlus size={16} />} nothingFoundMessage={t('admin.noneFound')} limit={100} data-testid={`${name}-add`}
        />
      )}
      {value.length === 0 && <p className={classes.muted}>{t('admin.queue.noMembers')}</p>}
      <ol style={{ listStyle: 'none', margin: 0, padding: 0 }} className={classes.rows}>
        {value.map((id, index) => (
          <li className={classes.member} key={id} data-testid={`member-${id}`}>
            <span><span className="dim num">{index + 1}. </span>{nameOf(id)}</span>
            {!readOnly && (
              <>
                <ActionIcon variant="subtle" color="gray" aria-label={t('admin.moveUp', { name: nameOf(id) })} disabled={index === 0} onClick={() => move(index, index - 1)}><IconArrowUp size={16} /></ActionIcon>
                <ActionIcon variant="subtle" color="gray" aria-label={t('admin.moveDown', { name: nameOf(id) })} disabled={index === value.length - 1} onClick={() => move(index, index + 1)}><IconArrowDown size={16} /></ActionIcon>
                <ActionIcon variant="subtle" color="gray" aria-label={t('admin.takeOffNamed', { name: nameOf(id) })} onClick={() => set(value.filter((other) => other !== id))}><IconX size={16} /></ActionIcon>
              </>
            )}
          </li>
        ))}
      </ol>
      {error && <span className={classes.error} role="alert">{error}</span>}
    </div>
  );
}
