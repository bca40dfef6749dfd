import { useTranslation } from 'react-i18next';
import { NavLink } from 'react-router-dom';
import { didKind, siteKind, trunkKind } from '../kinds';
import list from '../list-screen.module.css';

/** Sites, trunks and numbers belong together: one row of links above each. */
export function TelephonyTabs() {
  const { t } = useTranslation();
  return (
    <nav className={list.tabs} aria-label={t('nav.telephony')}>
      {[siteKind, trunkKind, didKind].map((kind) => (
        <NavLink key={kind.name} to={kind.home} className={list.tab} data-testid={`tab-${kind.name}`}>{t(`admin.${kind.name}.many`)}</NavLink>
      ))}
    </nav>
  );
}
