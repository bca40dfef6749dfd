// What administrators do, by the data-testids of web/README.md.

/** Another page of the dashboard, as a link would lead to it: without loading the document anew. */
export async function go({ page }, path) {
  await page.evaluate((to) => {
    globalThis.history.pushState({}, '', to);
    globalThis.dispatchEvent(new globalThis.PopStateEvent('popstate', { state: {} }));
  }, path);
  await page.waitForURL((url) => url.pathname === path);
}

/** The row of a list that shows this text. */
export function row({ page }, text) {
  return page.locator('[data-testid^=row-]').filter({ hasText: text }).first();
}

/** Opens the form of the row that shows this text. */
export async function open(someone, text) {
  await row(someone, text).getByRole('link').click();
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
