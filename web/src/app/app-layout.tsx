import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Outlet } from 'react-router-dom';
import { BrandMark } from '@/components/brand-mark';
import { ThemeSwitch } from '@/components/preference-switches';
import { isSupervisor } from '@/lib/roles';
import { startLive } from '@/stores/live-link';
import { useSession } from '@/stores/session-store';
import { ConnectionBadge, ConnectionBanner } from './connection-state';
import { NoticeCenter } from './notice-center';
import { useNoticeToasts } from './use-notice-toasts';
import { UserMenu } from './user-menu';
import classes from './app-layout.module.css';

/** What surrounds every page of a signed-in user; holds the live connection open while it is shown. */
export function AppLayout() {
  const { t } = useTranslation();
  const role = useSession((session) => session.user?.role);
  useEffect(() => startLive(), []);
  useNoticeToasts();
  return (
    <div className={classes.app}>
      <header className={classes.header}>
        <div className={classes.brand}>
          <BrandMark size={28} />
          <strong className={classes.name}>{t('app.name')}</strong>
          <span className={classes.page}>{t(isSupervisor(role) ? 'nav.supervision' : 'nav.agent')}</span>
        </div>
        <div className={classes.tools}>
          <ConnectionBadge />
          <NoticeCenter />
          <span className={classes.wideOnly}><ThemeSwitch /></span>
          <UserMenu />
        </div>
      </header>
      <ConnectionBanner />
      <main className={classes.main}><Outlet /></main>
    </div>
  );
}
