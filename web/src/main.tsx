import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './app/theme.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app';
import { applyInitialColorScheme } from './app/theme';
import { startI18n } from './i18n';
import { restoreSession } from './stores/session-store';

applyInitialColorScheme();
void startI18n().then(() => {
  const root = document.getElementById('root');
  if (root) createRoot(root).render(<StrictMode><App /></StrictMode>);
});
void restoreSession();
