import { Button, Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconFileImport } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams } from 'react-router-dom';
import type { User } from '@/lib/contract';
import { initials } from '@/lib/format';
import { roles } from '@/lib/roles';
import { sayError } from '@/lib/say';
import { useDirectory } from '@/stores/live-store';
import { personName, useChoices, useNameOf } from '../choices';
import { DataTable, type Column } from '../data-table';
import { userKind } from '../kinds';
import { ListScreen } from '../list-screen';
import { StateTag } from '../state-tag';
import { usePages } from '../use-pages';
import { ImportUsersDialog } from './import-users-dialog';
import { UserDrawer } from './user-drawer';
import list from '../list-screen.module.css';

const any = '';

function PersonCell({ user }: { user: User }) {
  return (
    <span className={list.person}>
      <span className={list.avatar} aria-hidden="true">{initials(user.firstName, user.lastName)}</span>
      <span>{personName(user)}<span className={list.sub}>{user.loginId}</span></span>
    </span>
  );
}

function useColumns(): Column<User>[] {
  const { t } = useTranslation();
  const siteName = useNameOf('sites');
  return [
    { key: 'lastName', head: t('admin.user.name'), sortable: true, cell: (user) => <PersonCell user={user} /> },
    { key: 'role', head: t('admin.user.role'), sortable: true, cell: (user) => t(`admin.role.${user.role}`) },
    { key: 'site', head: t('admin.site.one'), cell: (user) => siteName(user.siteId) || '–' },
    { key: 'extension', head: t('col.extension'), wideOnly: true, cell: (user) => <span className="num">{user.extension ?? '–'}</span> },
    { key: 'email', head: t('admin.user.email'), wideOnly: true, cell: (user) => user.email ?? '–' },
    { key: 'isActive', head: t('col.state'), cell: (user) => <StateTag tone={user.isActive === false ? 'off' : 'good'} text={t(user.isActive === false ? 'admin.user.inactive' : 'admin.user.active')} /> },
  ];
}

interface Filter { role: string; siteId: string; isActive: string }

function Filters({ filter, onChange }: { filter: Filter; onChange: (filter: Filter) => void }) {
  const { t } = useTranslation();
  const sites = useChoices('sites');
  const select = (name: keyof Filter, label: string, all: string, data: { value: string; label: string }[]) => (
    <Select
      className={list.filter} aria-label={label} value={filter[name]} allowDeselect={false} data={[{ value: any, label: all }, ...data]}
      onChange={(value) => onChange({ ...filter, [name]: value ?? any })} data-testid={`filter-${name}`}
    />
  );
  return (
    <>
      {select('role', t('admin.user.role'), t('admin.user.allRoles'), roles.map((value) => ({ value, label: t(`admin.role.${value}`) })))}
      {select('siteId', t('supervision.site'), t('supervision.allSites'), sites)}
      {select('isActive', t('col.state'), t('admin.user.allStates'), [{ value: 'true', label: t('admin.user.actives') }, { value: 'false', label: t('admin.user.inactives') }])}
    </>
  );
}

/** People: searched, sorted and paged by the server, kept right by its events. */
export default function UsersPage() {
  const { t } = useTranslation();
  const { id } = useParams();
  const navigate = useNavigate();
  const [query, setQuery] = useState('');
  const [filter, setFilter] = useState<Filter>({ role: any, siteId: any, isActive: any });
  const [sort, setSort] = useState('lastName');
  const [importing, setImporting] = useState(false);
  const [q] = useDebouncedValue(query.trim(), 250);
  const revision = useDirectory((directory) => directory.userChanges);
  const pages = usePages<User>('/users', { q, sort, ...filter }, revision);
  const known = useDirectory((directory) => directory.users);
  const rows = useMemo(() => pages.rows.map((user) => known[user.id] ?? user), [pages.rows, known]);
  const columns = useColumns();
  return (
    <>
      <ListScreen
        kind={userKind} state={pages.state} onRetry={pages.retry} empty={rows.length === 0} query={query} onQuery={setQuery}
        narrowed={q !== '' || Object.values(filter).some((value) => value !== any)} filters={<Filters filter={filter} onChange={setFilter} />}
        actions={<Button variant="default" leftSection={<IconFileImport size={17} />} onClick={() => setImporting(true)} data-testid="users-import">{t('admin.userImport.open')}</Button>}
      >
        <DataTable label={t('admin.user.many')} rows={rows} columns={columns} hrefOf={(user) => `/utilisateurs/${encodeURIComponent(user.id)}`} sort={sort} onSort={setSort} muted={(user) => user.isActive === false} />
        {pages.hasMore && (
          <div className={list.more}><Button variant="subtle" size="compact-sm" loading={pages.loadingMore} onClick={() => void pages.loadMore().catch(sayError)} data-testid="list-more">{t('admin.more')}</Button></div>
        )}
      </ListScreen>
      {id !== undefined && <UserDrawer key={id} id={id} close={() => navigate('/utilisateurs')} />}
      {importing && <ImportUsersDialog close={() => setImporting(false)} />}
    </>
  );
}
