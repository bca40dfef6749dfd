import { useCallback, useEffect, useRef, useState } from 'react';
import { api } from '@/stores/session-store';
import type { ListState } from './list-screen';

interface Page<T> { items: T[]; nextCursor: string | null }

const pageSize = 50;
const mostAtOnce = 500;
/** Events come in bursts; one look afterwards is enough. */
const calmMs = 250;

/** A list that the server searches, sorts and cuts into pages. `revision`: when it changes, the shown rows are asked for again. */
export function usePages<T>(path: string, params: Readonly<Record<string, string | undefined>>, revision: number) {
  const [rows, setRows] = useState<T[]>([]);
  const [next, setNext] = useState<string | null>(null);
  const [state, setState] = useState<ListState>('loading');
  const [more, setMore] = useState(false);
  const asked = useRef(0);
  /** Somebody waits for the answer to his own question: a failure must be told. */
  const awaited = useRef(false);
  const shown = useRef(0);
  shown.current = rows.length;
  const query = new URLSearchParams(Object.entries(params).filter((pair): pair is [string, string] => Boolean(pair[1]))).toString();

  const load = useCallback(async (limit: number, quiet: boolean) => {
    const turn = ++asked.current;
    if (!quiet) {
      awaited.current = true;
      // Rows stay until others come: no flash at each letter of a search.
      setState((before) => (before === 'ready' ? before : 'loading'));
    }
    try {
      const page = await api.get<Page<T>>(`${path}?${query}${query ? '&' : ''}limit=${limit}`);
      if (turn !== asked.current) return;
      setRows(page.items);
      setNext(page.nextCursor);
      setState('ready');
      awaited.current = false;
    } catch {
      if (turn === asked.current && awaited.current) setState('failed');
    }
  }, [path, query]);

  useEffect(() => { void load(pageSize, false); }, [load]);
  /** The question of now: one that was asked when the timer started would undo it. */
  const latest = useRef(load);
  latest.current = load;

  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return undefined;
    }
    const timer = setTimeout(() => void latest.current(Math.min(mostAtOnce, Math.max(pageSize, shown.current)), true), calmMs);
    return () => clearTimeout(timer);
  }, [revision]);

  async function loadMore(): Promise<void> {
    if (!next || more) return;
    const turn = asked.current;
    setMore(true);
    try {
      const page = await api.get<Page<T>>(`${path}?${query}${query ? '&' : ''}limit=${pageSize}&cursor=${encodeURIComponent(next)}`);
      if (turn !== asked.current) return;
      setRows((before) => [...before, ...page.items]);
      setNext(page.nextCursor);
    } finally {
      setMore(false);
    }
  }

  return { rows, state, hasMore: next !== null, loadingMore: more, loadMore, retry: () => void load(pageSize, false) };
}
