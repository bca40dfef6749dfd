import { CloseButton, Select, TextInput } from '@mantine/core';
import { IconBuilding, IconSearch } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useDirectory } from '@/stores/live-store';
import { useFilter } from './use-board';
import classes from './board-toolbar.module.css';

const everywhere = '';

export function BoardToolbar() {
  const { t } = useTranslation();
  const { siteId, query } = useFilter();
  const sites = useDirectory((directory) => directory.sites);
  const options = useMemo(() => [
    { value: everywhere, label: t('supervision.allSites') },
    ...Object.values(sites).map((site) => ({ value: site.id, label: site.name })).sort((a, b) => a.label.localeCompare(b.label, 'fr')),
  ], [sites, t]);
  return (
    <div className={classes.bar}>
      <TextInput
        className={classes.search} value={query} placeholder={t('supervision.search')} aria-label={t('supervision.searchLabel')}
        onChange={(event) => useFilter.setState({ query: event.currentTarget.value })}
        leftSection={<IconSearch size={16} />} data-testid="board-search"
        rightSection={query ? <CloseButton size="sm" aria-label={t('app.close')} onClick={() => useFilter.setState({ query: '' })} /> : null}
      />
      <Select
        className={classes.site} data={options} value={siteId ?? everywhere} allowDeselect={false} aria-label={t('supervision.site')}
        onChange={(value) => useFilter.setState({ siteId: value || null })}
        leftSection={<IconBuilding size={16} />} data-testid="site-filter"
      />
    </div>
  );
}
