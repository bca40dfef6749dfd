import { createTheme, localStorageColorSchemeManager, type MantineColorScheme } from '@mantine/core';

const schemeKey = 'evs-color-scheme';

export const colorSchemeManager = localStorageColorSchemeManager({ key: schemeKey });

/** Before the first paint, so that a dark page never flashes white. */
export function applyInitialColorScheme(): void {
  const wanted: MantineColorScheme = colorSchemeManager.get('auto');
  const dark = wanted === 'dark' || (wanted === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
}

/** Colours live in theme.css: the provider must not need inline <style> elements (Content-Security-Policy). */
export const theme = createTheme({
  primaryColor: 'blue',
  defaultRadius: 'md',
  cursorType: 'pointer',
});
