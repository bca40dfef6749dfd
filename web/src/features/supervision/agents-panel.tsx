import { Button, Switch } from '@mantine/core';
import { memo, useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { MessageDialog } from '@/components/message-dialog';
import { EmptyState, Panel } from '@/components/panel';
import { useLive, useNotices } from '@/stores/live-store';
import { AgentRow } from './agent-row';
import { agentName, sortAgents, type AgentSort, type Sort } from './board';
import { SortableHead } from './sortable-head';
import { useAgentsShown, useFilter, useSiteName } from './use-board';
import classes from './board-table.module.css';

const page = 100;

interface HeadProps { sort: Sort<AgentSort>; onSort: (sort: Sort<AgentSort>) => void }

const Head = memo(function Head(head: HeadProps) {
  const { t } = useTranslation();
  return (
    <thead>
      <tr>
        <SortableHead label={t('col.agent')} by="agent" {...head} />
        <SortableHead label={t('col.state')} by="state" {...head} />
        <SortableHead label={t('col.since')} by="since" {...head} />
        <th scope="col">{t('col.call')}</th>
        <SortableHead label={t('col.site')} by="site" {...head} />
        <SortableHead label={t('col.today')} by="today" className={classes.right} {...head} />
        <th scope="col"><span className="sr-only">{t('col.actions')}</span></th>
      </tr>
    </thead>
  );
});

function OnlyConnectedSwitch() {
  const { t } = useTranslation();
  const checked = useFilter((filter) => filter.onlyConnected);
  return <Switch size="xs" label={t('supervision.onlyConnected')} checked={checked} onChange={(event) => useFilter.setState({ onlyConnected: event.currentTarget.checked })} data-testid="only-connected" />;
}

/** One element for good, so that the panel's many redraws pass it by. */
const aside = <OnlyConnectedSwitch />;

export function AgentsPanel() {
  const { t } = useTranslation();
  const agents = useAgentsShown();
  const calls = useLive((live) => live.calls);
  const total = useLive((live) => Object.keys(live.agents).length);
  const notices = useNotices((state) => state.list);
  const siteName = useSiteName();
  const [sort, setSort] = useState<Sort<AgentSort>>({ by: 'state', down: false });
  const [limit, setLimit] = useState(page);
  const [writeTo, setWriteTo] = useState<string>();
  const stopWriting = useCallback(() => setWriteTo(undefined), []);
  const addressee = useLive((live) => (writeTo ? live.agents[writeTo] : undefined));
  const rows = useMemo(() => sortAgents(agents, sort, siteName), [agents, sort, siteName]);
  const hands = useMemo(() => new Set(notices.filter((notice) => notice.kind === 'raised-hand').map((notice) => notice.agentId)), [notices]);
  return (
    <Panel
      title={t('supervision.agents')} count={agents.length} testId="agents-panel"
      aside={aside}
    >
      {rows.length === 0 ? <EmptyState text={t(total === 0 ? 'supervision.noAgents' : 'supervision.noMatch')} /> : (
        <div className={classes.scroll}>
          <table className={`${classes.table} ${classes.agents}`} aria-label={t('supervision.agents')}>
            <Head sort={sort} onSort={setSort} />
            <tbody>
              {rows.slice(0, limit).map((agent) => (
                <AgentRow
                  key={agent.agentId} agent={agent} call={agent.callId ? calls[agent.callId] : undefined}
                  siteName={siteName(agent.siteId)} handRaised={hands.has(agent.agentId)} onWrite={setWriteTo}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {rows.length > limit && (
        <div className={classes.more}>
          <Button variant="subtle" size="compact-sm" onClick={() => setLimit(limit + page)}>{t('supervision.showMore', { count: Math.min(page, rows.length - limit) })}</Button>
        </div>
      )}
      <MessageDialog agentId={writeTo} name={addressee && agentName(addressee)} onClose={stopWriting} />
    </Panel>
  );
}
