import { Button, Loader } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import classes from './full-page-state.module.css';

/** The page while it starts, or, with `onRetry`, when the server cannot be reached. */
export function FullPageState({ onRetry }: { onRetry?: () => void }) {
  const { t } = useTranslation();
  return (
    <div className={classes.page} role="status">
      {onRetry ? (
        <>
          <IconPlugConnectedX size={40} stroke={1.5} />
          <strong>{t('app.unreachable')}</strong>
          <span className="dim">{t('app.unreachableHint')}</span>
          <Button onClick={onRetry}>{t('app.retry')}</Button>
        </>
      ) : <><Loader size="sm" /><span className="dim">{t('app.loading')}</span></>}
    </div>
  );
}
