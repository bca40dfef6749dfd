import { Loader } from '@mantine/core';
import { Suspense, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Outlet } from 'react-router-dom';
import { BrandMark } from '@/components/brand-mark';
import { ThemeSwitch } from '@/components/preference-switches';
import { isSupervisor } from '@/lib/roles';
import { startLive } from '@/stores/live-link';
import { useSession } from '@/stores/session-store';
import { ConfirmHost } from '@/components/confirm';
import { ConnectionBadge, ConnectionBanner } from './connection-state';
import { NavBar } from './nav-bar';
import { NoticeCenter } from './notice-center';
import { useNoticeToasts } from './use-notice-toasts';
import { UserMenu } from './user-menu';
import classes from './app-layout.module.css';

/** A page on its way; the frame stays. */
function PageLoading() {
  const { t } = useTranslation();
  return <div className={classes.loading} role="status"><Loader size="sm" />{t('app.loading')}</div>;
}

/** What surrounds every page of a signed-in user; holds the live connection open while it is shown. */
export function AppLayout() {
  const { t } = useTranslation();
  const supervisor = useSession((session) => isSupervisor(session.user?.role));
  useEffect(() => startLive(), []);
  useNoticeToasts();
  return (
    <div className={classes.app}>
      <header className={classes.header}>
        <div className={classes.brand}>
          <BrandMark size={28} />
          <strong className={classes.name}>{t('app.name')}</strong>
          {!supervisor && <span className={classes.page}>{t('nav.agent')}</span>}
        </div>
        {supervisor && <NavBar />}
        <div className={classes.tools}>
          <ConnectionBadge />
          <NoticeCenter />
          <span className={classes.wideOnly}><ThemeSwitch /></span>
          <UserMenu />
        </div>
      </header>
      <ConnectionBanner />
      <main className={classes.main}><Suspense fallback={<PageLoading />}><Outlet /></Suspense></main>
      <ConfirmHost />
    </div>
  );
}
