import { UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import type { Sort } from './board';
import classes from './board-table.module.css';

interface Props<K> { label: string; by: K; sort: Sort<K>; onSort: (sort: Sort<K>) => void; className?: string }

/** A column head that sorts: first click up, second click down. */
export function SortableHead<K extends string>({ label, by, sort, onSort, className }: Props<K>) {
  const active = sort.by === by;
  const Icon = active && sort.down ? IconChevronDown : IconChevronUp;
  return (
    <th scope="col" className={className} aria-sort={active ? (sort.down ? 'descending' : 'ascending') : 'none'}>
      <UnstyledButton className={classes.sort} data-active={active || undefined} onClick={() => onSort({ by, down: active && !sort.down })} data-testid={`sort-${by}`}>
        {label}<Icon size={14} aria-hidden="true" />
      </UnstyledButton>
    </th>
  );
}
