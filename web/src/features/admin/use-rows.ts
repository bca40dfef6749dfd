import { useMemo, useState } from 'react';
import { searchable } from '@/lib/format';
import { useDirectory } from '@/stores/live-store';
import type { CollectionName, DirectoryState } from '@/stores/directory-state';
import type { SortBy } from './data-table';
import type { ListState } from './list-screen';

type Row<K extends CollectionName> = DirectoryState[K][string];

const textOf = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '');

/** Rising by text or number; what is missing comes last. */
function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const left = textOf(a), right = textOf(b);
  if (left === '' || right === '') return Number(left === '') - Number(right === '');
  return left.localeCompare(right, 'fr', { numeric: true });
}

/** A list that the store holds whole: searched and sorted here, changed by whoever changes it. */
export function useRows<K extends CollectionName>(collection: K, first: SortBy, valueOf: (row: Row<K>, key: string) => unknown, searched: readonly string[]) {
  const all = useDirectory((directory) => directory[collection]) as Readonly<Record<string, Row<K>>>;
  const loaded = useDirectory((directory) => directory.loaded);
  const [query, setQuery] = useState('');
  const [sort, setSort] = useState(first);
  const rows = useMemo(() => {
    const wanted = searchable(query.trim());
    const falling = sort.startsWith('-');
    const key = falling ? sort.slice(1) : sort;
    return Object.values(all)
      .filter((row) => wanted === '' || searched.some((name) => searchable(textOf(valueOf(row, name))).includes(wanted)))
      .sort((a, b) => (falling ? -1 : 1) * compare(valueOf(a, key), valueOf(b, key)) || compare(a.id, b.id));
  }, [all, query, sort, valueOf, searched]);
  const state: ListState = loaded ? 'ready' : 'loading';
  return { rows, query, setQuery, sort, setSort, state, narrowed: query.trim() !== '' };
}
