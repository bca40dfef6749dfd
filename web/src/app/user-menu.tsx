import { Menu, UnstyledButton, useMantineColorScheme, type MantineColorScheme } from '@mantine/core';
import { IconCheck, IconDeviceDesktop, IconLanguage, IconLogout, IconMoon, IconSun } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { languages, setLanguage, type Language } from '@/i18n';
import { initials } from '@/lib/format';
import { signOut, useSession } from '@/stores/session-store';
import classes from './user-menu.module.css';

const schemes: [MantineColorScheme, typeof IconSun][] = [['light', IconSun], ['dark', IconMoon], ['auto', IconDeviceDesktop]];
const languageNames: Record<Language, string> = { fr: 'Français', en: 'English' };

export function UserMenu() {
  const { t, i18n } = useTranslation();
  const user = useSession((session) => session.user);
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  if (!user) return null;
  return (
    <Menu position="bottom-end" width={230} withinPortal>
      <Menu.Target>
        <UnstyledButton className={classes.target} aria-label={t('settings.account')} data-testid="user-menu">
          <span className={classes.avatar}>{initials(user.firstName, user.lastName)}</span>
          <span className={classes.who}>
            <span className={classes.name}>{user.firstName} {user.lastName}</span>
            <span className={classes.role}>{user.role}</span>
          </span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{user.firstName} {user.lastName} · {user.loginId}</Menu.Label>
        <Menu.Divider />
        <Menu.Label>{t('settings.theme')}</Menu.Label>
        {schemes.map(([scheme, Icon]) => (
          <Menu.Item
            key={scheme} leftSection={<Icon size={16} />} rightSection={colorScheme === scheme ? <IconCheck size={15} /> : null}
            onClick={() => setColorScheme(scheme)} data-testid={`theme-${scheme}`}
          >{t(`settings.${scheme}`)}</Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{t('settings.language')}</Menu.Label>
        {languages.map((language) => (
          <Menu.Item
            key={language} leftSection={<IconLanguage size={16} />} rightSection={i18n.language === language ? <IconCheck size={15} /> : null}
            onClick={() => void setLanguage(language)} lang={language} data-testid={`language-${language}`}
          >{languageNames[language]}</Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item color="red" leftSection={<IconLogout size={16} />} onClick={() => void signOut()} data-testid="sign-out">{t('auth.signOut')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
