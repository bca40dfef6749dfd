import { Button } from '@mantine/core';
import { IconPhoneOff } from '@tabler/icons-react';
import { memo, useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState, Panel } from '@/components/panel';
import { useDirectory, useLive } from '@/stores/live-store';
import { sortCalls, type CallSort, type Sort } from './board';
import { CallRow } from './call-row';
import { SortableHead } from './sortable-head';
import { useCallsShown, useFilter } from './use-board';
import classes from './board-table.module.css';

const page = 100;

interface HeadProps { sort: Sort<CallSort>; onSort: (sort: Sort<CallSort>) => void }

const Head = memo(function Head(head: HeadProps) {
  const { t } = useTranslation();
  return (
    <thead>
      <tr>
        <th scope="col"><span className="sr-only">{t('col.direction')}</span></th>
        <SortableHead label={t('col.from')} by="from" {...head} />
        <SortableHead label={t('col.to')} by="to" {...head} />
        <SortableHead label={t('col.agent')} by="agent" {...head} />
        <th scope="col">{t('col.queue')}</th>
        <th scope="col">{t('col.trunk')}</th>
        <SortableHead label={t('col.state')} by="status" {...head} />
        <SortableHead label={t('col.duration')} by="duration" className={classes.right} {...head} />
        <th scope="col"><span className="sr-only">{t('col.actions')}</span></th>
      </tr>
    </thead>
  );
});

export function CallsPanel() {
  const { t } = useTranslation();
  const calls = useCallsShown();
  const total = useLive((live) => Object.keys(live.calls).length);
  const users = useDirectory((directory) => directory.users);
  const searching = useFilter((filter) => filter.query !== '' || filter.siteId !== null);
  const [sort, setSort] = useState<Sort<CallSort>>({ by: 'duration', down: false });
  const [limit, setLimit] = useState(page);
  const nameOf = useCallback((id?: string | null) => (id ? users[id]?.lastName ?? id : ''), [users]);
  const rows = useMemo(() => sortCalls(calls, sort, nameOf), [calls, sort, nameOf]);
  return (
    <Panel title={t('supervision.calls')} count={calls.length} testId="calls-panel">
      {rows.length === 0 ? (
        searching && total > 0
          ? <EmptyState text={t('supervision.noMatch')} />
          : <EmptyState icon={<IconPhoneOff size={28} stroke={1.5} />} text={t('supervision.noCalls')} hint={t('supervision.noCallsHint')} />
      ) : (
        <div className={`${classes.scroll} ${classes.calm}`}>
          <table className={`${classes.table} ${classes.calls}`} aria-label={t('supervision.calls')}>
            <Head sort={sort} onSort={setSort} />
            <tbody>{rows.slice(0, limit).map((call) => <CallRow key={call.callId} call={call} />)}</tbody>
          </table>
        </div>
      )}
      {rows.length > limit && (
        <div className={classes.more}>
          <Button variant="subtle" size="compact-sm" onClick={() => setLimit(limit + page)}>{t('supervision.showMore', { count: Math.min(page, rows.length - limit) })}</Button>
        </div>
      )}
    </Panel>
  );
}
