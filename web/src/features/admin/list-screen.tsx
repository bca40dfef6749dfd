import { Button, CloseButton, Loader, TextInput } from '@mantine/core';
import { IconPlus, IconSearch } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import { EmptyState, Panel } from '@/components/panel';
import { isAdministrator } from '@/lib/roles';
import { useSession } from '@/stores/session-store';
import { newId, type Kind } from './kinds';
import classes from './list-screen.module.css';

export type ListState = 'loading' | 'failed' | 'ready';

interface Props {
  kind: Kind;
  count?: number;
  state: ListState;
  onRetry?: () => void;
  empty: boolean;
  query: string;
  onQuery: (query: string) => void;
  /** Beside the search. */
  filters?: ReactNode;
  /** Whether anything narrows the list: an empty one then says something else. */
  narrowed: boolean;
  /** Beside the button for a new one. */
  actions?: ReactNode;
  tabs?: ReactNode;
  children: ReactNode;
}

/** A list page: search, filters, the button for a new one; and what it says while there is nothing to show. */
export function ListScreen(props: Props) {
  const { t } = useTranslation();
  const { kind } = props;
  const mayWrite = useSession((session) => isAdministrator(session.user?.role));
  const title = t(`admin.${kind.name}.many`);
  return (
    <div className={classes.page} data-testid={`list-${kind.name}`}>
      <h1 className="sr-only">{title}</h1>
      {props.tabs}
      <div className={classes.bar}>
        <TextInput
          className={classes.search} value={props.query} onChange={(event) => props.onQuery(event.currentTarget.value)} leftSection={<IconSearch size={16} />}
          placeholder={t(`admin.${kind.name}.search`)} aria-label={t('supervision.searchLabel')} data-testid="list-search" maxLength={100}
          rightSection={props.query ? <CloseButton size="sm" aria-label={t('admin.clear')} onClick={() => props.onQuery('')} /> : null}
        />
        {props.filters}
        {mayWrite && (
          <div className={classes.actions}>
            {props.actions}
            <Button component={Link} to={`${kind.home}/${newId}`} leftSection={<IconPlus size={17} />} data-testid="list-new">{t(`admin.${kind.name}.new`)}</Button>
          </div>
        )}
      </div>
      <Panel title={title} count={props.count}>
        {props.state === 'loading' && <div className={classes.waiting} role="status"><Loader size="sm" />{t('app.loading')}</div>}
        {props.state === 'failed' && (
          <div className={classes.waiting} role="alert" data-testid="list-failed">{t('admin.loadFailed')}<Button variant="default" size="compact-sm" onClick={props.onRetry}>{t('app.retry')}</Button></div>
        )}
        {props.state === 'ready' && (props.empty
          ? <EmptyState text={t(props.narrowed ? 'supervision.noMatch' : `admin.${kind.name}.none`)} hint={props.narrowed ? undefined : t(`admin.${kind.name}.noneHint`)} />
          : props.children)}
      </Panel>
    </div>
  );
}
