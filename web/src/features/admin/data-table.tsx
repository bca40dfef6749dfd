import { UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link, useNavigate } from 'react-router-dom';
import classes from './data-table.module.css';

export interface Column<T> {
  key: string;
  head: string;
  cell: (row: T) => ReactNode;
  sortable?: boolean;
  right?: boolean;
  /** Left out on a narrow screen. */
  wideOnly?: boolean;
}

/** Name of the column, with "-" in front: falling. */
export type SortBy = string;

interface Props<T> {
  label: string;
  rows: readonly T[];
  columns: readonly Column<T>[];
  /** Address of the row's form. */
  hrefOf: (row: T) => string;
  sort?: SortBy;
  onSort?: (sort: SortBy) => void;
  muted?: (row: T) => boolean;
}

function Head<T>({ column, sort, onSort }: { column: Column<T>; sort?: SortBy; onSort?: (sort: SortBy) => void }) {
  const falling = sort === `-${column.key}`;
  const active = falling || sort === column.key;
  const Icon = falling ? IconChevronDown : IconChevronUp;
  return (
    <th scope="col" data-right={column.right || undefined} data-wide={column.wideOnly || undefined} aria-sort={active ? (falling ? 'descending' : 'ascending') : undefined}>
      {column.sortable && onSort ? (
        <UnstyledButton className={classes.sort} data-active={active || undefined} onClick={() => onSort(active && !falling ? `-${column.key}` : column.key)} data-testid={`sort-${column.key}`}>
          {column.head}<Icon size={14} aria-hidden="true" />
        </UnstyledButton>
      ) : column.head}
    </th>
  );
}

/** Rows that lead to forms: the first cell is the link, a click anywhere follows it. On a narrow screen each row is a card. */
export function DataTable<T extends { id: string }>({ label, rows, columns, hrefOf, sort, onSort, muted }: Props<T>) {
  const navigate = useNavigate();
  return (
    <div className={classes.scroll}>
      <table className={classes.table} aria-label={label}>
        <thead><tr>{columns.map((column) => <Head key={column.key} column={column} sort={sort} onSort={onSort} />)}</tr></thead>
        <tbody>
          {rows.map((row) => (
            <tr
              key={row.id} data-testid={`row-${row.id}`} data-muted={muted?.(row) || undefined}
              onClick={(event) => { if (!(event.target as HTMLElement).closest('a, button')) navigate(hrefOf(row)); }}
            >
              {columns.map((column, index) => (
                <td key={column.key} data-label={column.head} data-right={column.right || undefined} data-wide={column.wideOnly || undefined}>
                  {index === 0 ? <Link className={classes.link} to={hrefOf(row)}>{column.cell(row)}</Link> : column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
