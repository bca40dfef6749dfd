// Pictures of the built pages with pretend data, light and dark, wide and narrow: node dev/screenshots.mjs [folder [page...]]
// Fails when a page scrolls sideways or breaks the Content-Security-Policy.
import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { startMock } from './mock-server.mjs';

/** Further arguments name the pages; none: all. */
const names = process.argv.slice(3);
const wanted = (name) => names.length === 0 || names.includes(name);
const folder = process.argv[2] ?? '../build/artifacts/web';
mkdirSync(folder, { recursive: true });
const mock = await startMock(0, { busy: 12 });
await new Promise((done) => setTimeout(done, wanted('live') ? 15000 : 500));
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const problems = [];

async function shoot(name, colorScheme, width, steps) {
  const page = await browser.newPage({ colorScheme, viewport: { width, height: width < 500 ? 844 : 900 } });
  const where = `${name}-${colorScheme}-${width}`;
  page.on('console', (line) => { if (line.type() === 'error' && !/401/.test(line.text())) problems.push(`${where}: ${line.text()}`); });
  page.on('pageerror', (error) => problems.push(`${where}: ${error.message}`));
  await page.goto(`http://127.0.0.1:${mock.port}/`);
  await page.getByTestId('login-submit').waitFor();
  await steps(page);
  await page.waitForTimeout(400);
  const sideways = await page.evaluate(() => { const { scrollWidth, clientWidth } = globalThis.document.documentElement; return scrollWidth - clientWidth; });
  if (sideways > 0) problems.push(`${where}: scrolls sideways by ${sideways} px`);
  await page.screenshot({ path: `${folder}/${where}.png`, fullPage: width < 500 });
  await page.close();
}

async function signIn(page, who) {
  await page.getByTestId('login-id').fill(who);
  await page.getByTestId('login-password').fill(who);
  await page.getByTestId('login-submit').click();
  await page.locator('[data-testid=connection-state][data-status=online]').waitFor();
  await page.waitForTimeout(600);
}

/** An administrator on a page of his; `steps` afterwards. */
const admin = (path, steps = async () => undefined) => async (page) => {
  await signIn(page, '9000');
  // As a click would: a new document would spend the session's refresh cookie while others use it.
  await page.evaluate((to) => { globalThis.history.pushState({}, '', to); globalThis.dispatchEvent(new globalThis.PopStateEvent('popstate')); }, path);
  await page.waitForTimeout(700);
  await steps(page);
};

const administration = [
  ['users', '/utilisateurs'], ['user', '/utilisateurs/user-1001'], ['sites', '/telephonie/sites'], ['site', '/telephonie/sites/site-paris'],
  ['trunk', '/telephonie/trunks/trunk-paris'], ['dids', '/telephonie/numeros'], ['queues', '/files'], ['queue', '/files/queue-accueil'],
  ['campaigns', '/campagnes'], ['campaign', '/campagnes/campaign-demo'],
  ['campaign-dialing', '/campagnes/campaign-demo', (page) => page.getByTestId('tab-dialing').click()],
  ['campaign-agents', '/campagnes/campaign-demo', (page) => page.getByTestId('tab-agents').click()],
  ['campaign-schedule', '/campagnes/campaign-demo', (page) => page.getByTestId('tab-schedule').click()],
  ['campaign-rules', '/campagnes/campaign-demo', (page) => page.getByTestId('tab-rules').click()],
  ['import', '/campagnes/campaign-relance', (page) => page.getByTestId('file-input').setInputFiles({
    name: 'prospects.csv', mimeType: 'text/csv', buffer: Buffer.from('Nom;Prénom;Téléphone;Code postal;Ville\nDurand;Chloé;06 12 34 56 78;75011;Paris\nMartin;Léo;0145000010;69002;Lyon\n') })],
  ['new-user-refused', '/utilisateurs/nouveau', (page) => page.getByTestId('form-save').click()],
];

for (const scheme of ['light', 'dark']) {
  for (const width of [1440, 390]) {
    for (const [name, path, steps] of administration) if (wanted(name)) await shoot(`admin-${name}`, scheme, width, admin(path, steps));
    if (!wanted('live')) continue;
    await shoot('login', scheme, width, async () => undefined);
    await shoot('supervision', scheme, width, (page) => signIn(page, '1000'));
    if (width === 390) await shoot('supervision-agents', scheme, width, async (page) => { await signIn(page, '1000'); await page.getByTestId('section-switch').getByText('Agents').click(); });
    await shoot('agent', scheme, width, async (page) => {
      await signIn(page, '1001');
      if (scheme === 'dark' && width === 1440) { await page.getByTestId('dial-number').fill('04 72 00 00 01'); await page.getByTestId('dial-submit').click(); await page.waitForTimeout(3500); }
    });
  }
}
await browser.close();
mock.close();
process.stdout.write(problems.length ? `${problems.join('\n')}\n` : `pictures in ${folder}\n`);
process.exit(problems.length ? 1 : 0);
