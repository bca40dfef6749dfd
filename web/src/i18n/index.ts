import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import adminFr from './admin-fr.json';
import fr from './fr.json';

export const languages = ['fr', 'en'] as const;
export type Language = (typeof languages)[number];

const key = 'evs-language';

function remembered(): Language {
  try {
    return localStorage.getItem(key) === 'en' ? 'en' : 'fr';
  } catch {
    return 'fr';
  }
}

/** French is part of the page; other languages are fetched when asked for. */
export async function setLanguage(language: Language): Promise<void> {
  if (language === 'en' && !i18next.hasResourceBundle('en', 'translation')) {
    const [en, admin] = await Promise.all([import('./en.json'), import('./admin-en.json')]);
    i18next.addResourceBundle('en', 'translation', { ...en.default, admin: admin.default });
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  try {
    localStorage.setItem(key, language);
  } catch { /* Private windows forget; that is all. */ }
}

export async function startI18n(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: 'fr',
    fallbackLng: 'fr',
    resources: { fr: { translation: { ...fr, admin: adminFr } } },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  if (remembered() !== 'fr') await setLanguage(remembered());
}
