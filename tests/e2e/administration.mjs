// What administrators do, by the data-testids of web/README.md.

const pages = [
  ['/supervision', 'agents-panel'], ['/utilisateurs', 'list-user'], ['/telephonie/sites', 'list-site'], ['/telephonie/trunks', 'list-trunk'],
  ['/telephonie/numeros', 'list-did'], ['/files', 'list-queue'], ['/campagnes/', 'campaign-page'], ['/campagnes', 'list-campaign'],
];

/** Another page of the dashboard, as a link would lead to it: without loading the document anew. */
export async function go({ page }, path) {
  await page.evaluate((to) => {
    globalThis.history.pushState({}, '', to);
    globalThis.dispatchEvent(new globalThis.PopStateEvent('popstate', { state: {} }));
  }, path);
  await page.getByTestId(pages.find(([start]) => path.startsWith(start))[1]).waitFor();
}

/** The row of a list that shows this text. */
export function row({ page }, text) {
  return page.locator('[data-testid^=row-]').filter({ hasText: text }).first();
}

/** The link to the form of the object of this name. */
export function link({ page }, name) {
  return page.locator('[data-testid^=row-] a').filter({ hasText: name }).first();
}

/** Opens the form of the object of this name. */
export async function open(someone, name) {
  await link(someone, name).click();
  await someone.page.locator('[data-testid^=field-]').first().waitFor();
}

export function field({ page }, name) { return page.getByTestId(`field-${name}`); }

/** Saves a form at the side of its list; resolves when it has closed. */
export async function save(someone) {
  await someone.page.getByTestId('form-save').click();
  await someone.page.getByTestId('editor-form').waitFor({ state: 'detached' });
}

/** The page has said that it is saved. */
export function saved({ page }) { return page.getByText(/^(Enregistré|Créé)\.$/).first().waitFor(); }

/** Turns a switch or a box by keyboard. */
export async function toggle({ page }, testId) {
  await page.getByTestId(testId).focus();
  await page.keyboard.press('Space');
}
