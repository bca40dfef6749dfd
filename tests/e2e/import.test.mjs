// Contact lists from a file: a look at the columns, progress while it runs, figures at once in both browsers, rejected rows to take away.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { startInstance } from '../support/node.mjs';
import { waitFor } from '../support/wait.mjs';
import { go } from './administration.mjs';
import { launch, person, picture, signIn } from './browser.mjs';
import { workbook } from './workbook.mjs';

describe('import of contacts', { timeout: 240_000 }, () => {
  let evs, browser, ann, bob;
  const page = '/campagnes/campaign-demo';
  const choose = (name, buffer) => ann.page.getByTestId('contacts-import').getByTestId('file-input').setInputFiles({ name, mimeType: 'application/octet-stream', buffer });
  const figure = async ({ page: where }, name) => Number((await where.getByTestId(`stats-${name}`).textContent()).replace(/\D/g, ''));
  const finished = (someone, times) => waitFor(`${times} finished imports`, async () => await someone.page.locator('[data-testid^=job-][data-state=done]').count() === times, { timeout: 60_000 });

  before(async () => {
    evs = await startInstance({ applyAsterisk: false });
    browser = await launch();
    [ann, bob] = [await person(browser, evs.base), await person(browser, evs.base)];
    await signIn(ann, '9000');
    await signIn(bob, '1000');
    for (const one of [ann, bob]) {
      await go(one, page);
      await one.page.getByTestId('contact-stats').waitFor();
    }
  });

  after(async () => {
    await browser?.close();
    await evs?.close();
  });

  it('takes a CSV list, shows its progress to both, and gives rejected rows back with the reason', async () => {
    const rows = Array.from({ length: 60_000 }, (_, n) => `Nom${n};Prénom${n};06${String(10_000_000 + n)};75011;Paris`);
    rows.splice(10, 0, 'Faux;Numéro;12;75011;Paris', 'Encore;Lui;0610000000;75011;Paris');
    await choose('prospects.csv', Buffer.from(`Nom;Prénom;Téléphone;Code postal;Ville\r\n${rows.join('\r\n')}\r\n`, 'latin1'));
    await ann.page.getByTestId('import-preview').getByText('Prénom0').waitFor();
    assert.equal(await ann.page.getByTestId('column-2').inputValue(), 'Téléphone');
    assert.equal(await ann.page.getByTestId('column-4').inputValue(), 'Champ libre');
    await picture(ann, 'import-mapping');

    const seen = [];
    await ann.page.exposeFunction('noteProgress', (text) => { seen.push(text); });
    await ann.page.evaluate(() => {
      new MutationObserver(() => {
        const text = globalThis.document.querySelector('[data-testid=job-progress]')?.textContent;
        if (text) void globalThis.noteProgress(text);
      }).observe(globalThis.document.body, { subtree: true, childList: true, characterData: true });
    });
    await ann.page.getByTestId('import-start').click();
    await bob.page.locator('[data-testid^=job-][data-state]').first().waitFor();
    await Promise.all([finished(ann, 1), finished(bob, 1)]);
    assert.ok(new Set(seen).size >= 2, `progress was seen: ${[...new Set(seen)]}`);
    assert.match(await ann.page.getByTestId('job-result').textContent(), /60\s000 importés · 2 refusés \(dont 1 doublon/);
    for (const one of [ann, bob]) await waitFor('the figures', async () => await figure(one, 'total') === 60_000 && await figure(one, 'pending') === 60_000);
    await picture(ann, 'import-finished');

    const [download] = await Promise.all([ann.page.waitForEvent('download'), ann.page.getByTestId('job-rejected').click()]);
    const text = readFileSync(await download.path(), 'utf8');
    assert.match(text, /Faux.*\n?/);
    assert.match(text, /Doublon/);
    assert.match(text, /invalide/);
  });

  it('looks into a workbook, too', async () => {
    await choose('salon.xlsx', workbook([['Contact', 'Portable'], ['Chloé & Léo', '06 98 00 00 01'], ['Double', '06 10 00 00 00']]));
    await ann.page.getByTestId('import-preview').getByText('Chloé & Léo').waitFor();
    assert.equal(await ann.page.getByTestId('column-1').inputValue(), 'Téléphone');
    await ann.page.getByTestId('column-0').click();
    await ann.page.getByRole('option', { name: 'Nom', exact: true }).click();
    await ann.page.getByTestId('import-start').click();
    await finished(ann, 2);
    await waitFor('one more contact', async () => await figure(ann, 'total') === 60_001);
    const [{ last_name: name }] = await evs.query("select last_name from contacts where phone_e164 = '+33698000001'");
    assert.equal(name, 'Chloé & Léo');
  });

  it('pauses and starts the campaign, for both to see', async () => {
    await ann.page.getByTestId('campaign-pause').click();
    await bob.page.getByTestId('campaign-start').waitFor();
    await bob.page.getByTestId('campaign-start').click();
    await ann.page.getByTestId('campaign-stop').click();
    assert.match(await ann.page.getByTestId('confirm-text').textContent(), /rendues/);
    await ann.page.getByTestId('confirm-yes').click();
    await bob.page.getByTestId('campaign-state').getByText('Arrêtée').waitFor();
    const [{ is_active: active }] = await evs.query("select is_active from campaigns where id = 'campaign-demo'");
    assert.equal(active, false);
  });

  it('says what is missing before anything is sent', async () => {
    await choose('sans.csv', Buffer.from('Nom;Ville\nDurand;Paris\n'));
    await ann.page.getByTestId('import-no-phone').waitFor();
    assert.equal(await ann.page.getByTestId('import-start').isDisabled(), true);
    assert.deepEqual(ann.complaints, []);
    assert.deepEqual(bob.complaints, []);
  });
});
