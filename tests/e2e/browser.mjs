// Debian's Chromium, driven by Playwright: one process a test file, one context a person.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where pictures go; they are looked at by people, never compared. */
export const artifacts = join(process.env.EVS_ARTIFACTS ?? join(root, 'build/artifacts'), 'e2e');

export function launch() {
  return chromium.launch({
    executablePath: process.env.EVS_CHROMIUM || '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'],
  });
}

/**
 * A person at a browser of his own. `complaints` collects what the page's console and its scripts had to say (the first
 * look for a session is answered with 401, which is no complaint; nor is a server that is away); `loads` counts documents.
 */
export async function person(browser, base, { colorScheme = 'light', width = 1440 } = {}) {
  const context = await browser.newContext({ baseURL: base, colorScheme, locale: 'fr-FR', timezoneId: 'Europe/Paris',
    viewport: { width, height: width < 500 ? 844 : 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints = [];
  const seen = { loads: 0 };
  page.on('domcontentloaded', () => { seen.loads += 1; });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (line) => {
    if (line.type() === 'error' && !/status of 401|ERR_CONNECTION|WebSocket connection/.test(line.text())) complaints.push(line.text());
  });
  return { context, page, complaints, get loads() { return seen.loads; }, leave: () => context.close() };
}

/** Fills in the login form; in the demo the password is the login. Resolves when the page is in step with the server. */
export async function signIn({ page }, loginId) {
  await page.goto('/');
  await page.getByTestId('login-id').fill(loginId);
  await page.getByTestId('login-password').fill(loginId);
  await page.getByTestId('login-submit').click();
  await online({ page });
}

export function online({ page }, timeout = 15_000) {
  return page.locator('[data-testid=connection-state][data-status=online]').waitFor({ timeout });
}

export async function picture({ page }, name) {
  mkdirSync(artifacts, { recursive: true });
  await page.screenshot({ path: join(artifacts, `${name}.png`), fullPage: true });
}

/** How many pixels the page is too wide. */
export function sidewaysScroll({ page }) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = globalThis.document.documentElement;
    return scrollWidth - clientWidth;
  });
}
