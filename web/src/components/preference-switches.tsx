import { ActionIcon, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { IconMoon, IconSun } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { setLanguage } from '@/i18n';

export function ThemeSwitch() {
  const { t } = useTranslation();
  const { setColorScheme } = useMantineColorScheme();
  const shown = useComputedColorScheme('light', { getInitialValueInEffect: false });
  const next = shown === 'dark' ? 'light' : 'dark';
  const label = `${t('settings.theme')} : ${t(`settings.${next}`)}`;
  return (
    <ActionIcon variant="default" size="lg" aria-label={label} title={label} onClick={() => setColorScheme(next)} data-testid="theme-toggle">
      {shown === 'dark' ? <IconSun size={18} /> : <IconMoon size={18} />}
    </ActionIcon>
  );
}

export function LanguageSwitch() {
  const { t, i18n } = useTranslation();
  const next = i18n.language === 'fr' ? 'en' : 'fr';
  return (
    <ActionIcon
      variant="default" size="lg" aria-label={`${t('settings.language')} : ${next.toUpperCase()}`}
      onClick={() => void setLanguage(next)} data-testid="language-toggle"
    >
      <span style={{ fontSize: 12, fontWeight: 650 }}>{next.toUpperCase()}</span>
    </ActionIcon>
  );
}
