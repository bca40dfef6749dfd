import { ActionIcon, Menu } from '@mantine/core';
import { IconMenu2 } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link, NavLink, useLocation } from 'react-router-dom';
import classes from './nav-bar.module.css';

const places = [
  { to: '/supervision', text: 'nav.supervision' }, { to: '/utilisateurs', text: 'nav.users' }, { to: '/telephonie', text: 'nav.telephony' },
  { to: '/files', text: 'nav.queues' }, { to: '/campagnes', text: 'nav.campaigns' },
] as const;

/** The pages of supervisors and administrators: a row of links, or a menu where there is no room. */
export function NavBar() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  return (
    <nav className={classes.nav} aria-label={t('nav.title')}>
      <span className={classes.row}>
        {places.map(({ to, text }) => <NavLink key={to} to={to} className={classes.link} data-testid={`nav${to.replace('/', '-')}`}>{t(text)}</NavLink>)}
      </span>
      <Menu position="bottom-start" width={220} withinPortal>
        <Menu.Target><ActionIcon className={classes.burger} variant="default" size="lg" aria-label={t('nav.title')} data-testid="nav-menu"><IconMenu2 size={18} /></ActionIcon></Menu.Target>
        <Menu.Dropdown>
          {places.map(({ to, text }) => (
            <Menu.Item key={to} component={Link} to={to} aria-current={pathname.startsWith(to) ? 'page' : undefined} className={classes.item} data-testid={`menu${to.replace('/', '-')}`}>{t(text)}</Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </nav>
  );
}
