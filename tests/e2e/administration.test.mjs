// Administrators at work: what one saves the other sees without a reload, conflicts are told, lost connections survived.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startInstance } from '../support/node.mjs';
import { waitFor } from '../support/wait.mjs';
import { field, go, link, open as openForm, row, save, saved, toggle } from './administration.mjs';
import { launch, online, person, picture, sidewaysScroll, signIn } from './browser.mjs';

const hostile = '<img src=x onerror="globalThis.hacked=1">';

describe('administration', { timeout: 400_000 }, () => {
  let evs, browser, ann, bob;
  const open = async (loginId, options) => {
    const someone = await person(browser, evs.base, options);
    await signIn(someone, loginId);
    return someone;
  };

  /** A test that leaves pictures of both pages behind when it fails. */
  const check = (name, run) => it(name, async () => {
    try {
      await run();
    } catch (error) {
      for (const [who, someone] of Object.entries({ ann, bob })) await picture(someone, `failed-${who}-${name.replace(/\W+/g, '-')}`).catch(() => undefined);
      throw error;
    }
  });

  before(async () => {
    evs = await startInstance({ applyAsterisk: false });
    browser = await launch();
    [ann, bob] = [await open('9000'), await open('9999')];
  });

  after(async () => {
    await browser?.close();
    await evs?.close();
  });

  check('shows each what the other creates, changes and deletes', async () => {
    const loads = [ann.loads, bob.loads];
    await go(ann, '/telephonie/sites');
    await go(bob, '/telephonie/sites');
    await ann.page.getByTestId('list-new').click();
    await field(ann, 'name').fill('Marseille');
    await save(ann);
    await row(bob, 'Marseille').waitFor();

    await openForm(ann, 'Marseille');
    await openForm(bob, 'Marseille');
    await field(bob, 'ipAddress').fill('10.9.0.1');
    await save(bob);
    // Ann has typed nothing: her form follows.
    await waitFor('the new address in the open form', async () => await field(ann, 'ipAddress').inputValue() === '10.9.0.1');
    assert.equal(await ann.page.getByTestId('form-rival').count(), 0);
    await ann.page.getByTestId('form-cancel').click();
    await row(ann, '10.9.0.1').waitFor();

    await openForm(bob, 'Marseille');
    await openForm(ann, 'Marseille');
    await ann.page.getByTestId('form-remove').click();
    assert.match(await ann.page.getByTestId('confirm-text').textContent(), /disparaît définitivement/);
    await ann.page.getByTestId('confirm-yes').click();
    await row(ann, 'Marseille').waitFor({ state: 'detached' });
    await bob.page.getByTestId('form-gone').waitFor();
    await bob.page.getByTestId('form-cancel').click();
    await row(bob, 'Marseille').waitFor({ state: 'detached' });
    assert.deepEqual([ann.loads, bob.loads], loads, 'a page was loaded again');
  });

  check('tells a conflicting save, and loses neither change', async () => {
    await openForm(ann, 'Lyon');
    await openForm(bob, 'Lyon');
    await field(ann, 'name').fill('Lyon Part-Dieu');
    await field(bob, 'ipAddress').fill('10.2.2.2');
    await save(bob);
    await ann.page.getByTestId('form-rival').waitFor();
    assert.equal(await field(ann, 'name').inputValue(), 'Lyon Part-Dieu', 'what was typed stays');
    assert.equal(await field(ann, 'ipAddress').inputValue(), '10.2.2.2', 'the rest follows');

    await ann.page.getByTestId('form-save').click();
    await ann.page.getByTestId('conflict-dialog').waitFor();
    await picture(ann, 'administration-conflict');
    await ann.page.getByTestId('conflict-keep').click();
    await save(ann);
    await row(bob, 'Lyon Part-Dieu').waitFor();
    const [site] = await evs.query("select name, ip_address from sites where id = 'site-lyon'");
    assert.deepEqual(site, { name: 'Lyon Part-Dieu', ip_address: '10.2.2.2' });
  });

  check('takes the other version where that is wanted', async () => {
    await openForm(ann, 'Paris');
    await openForm(bob, 'Paris');
    await field(ann, 'name').fill('Perdu');
    await field(bob, 'name').fill('Paris 9e');
    await save(bob);
    await ann.page.getByTestId('rival-take').click();
    await waitFor('the name that Bob gave', async () => await field(ann, 'name').inputValue() === 'Paris 9e');
    await ann.page.getByTestId('form-cancel').click();
  });

  check('creates, refuses, deactivates and deletes a user before the eyes of the other', async () => {
    await go(ann, '/utilisateurs');
    await go(bob, '/utilisateurs');
    await ann.page.getByTestId('list-new').click();
    await ann.page.getByTestId('form-save').click();
    await ann.page.getByText('Ce champ est obligatoire.').waitFor();
    await field(ann, 'firstName').fill('Zoé');
    await field(ann, 'lastName').fill('Aaron');
    await field(ann, 'loginId').fill('1001');
    await field(ann, 'password').fill('un mot de passe long');
    await ann.page.getByTestId('form-save').click();
    // The server's own sentence, at the field.
    await ann.page.getByText('déjà pris').first().waitFor();
    await field(ann, 'loginId').fill('2001');
    await save(ann);
    await row(bob, 'Zoé Aaron').waitFor();
    const zoe = await evs.login('2001', 'un mot de passe long');
    assert.equal(zoe.user.firstName, 'Zoé');

    await openForm(bob, 'Zoé Aaron');
    assert.equal(await bob.page.getByTestId('form-remove').count(), 0, 'an active user cannot be deleted');
    await bob.page.getByTestId('user-active').click();
    await bob.page.getByTestId('confirm-yes').click();
    await row(ann, 'Zoé Aaron').getByText('Désactivé').waitFor();
    await bob.page.getByTestId('form-remove').click();
    await bob.page.getByTestId('confirm-yes').click();
    await row(ann, 'Zoé Aaron').waitFor({ state: 'detached' });
    await row(bob, 'Zoé Aaron').waitFor({ state: 'detached' });
  });

  check('pages, searches, sorts and filters the users on the server', async () => {
    await evs.query(`insert into users (id, login_id, first_name, last_name, role) select 'user-x' || n, 'x' || n, 'Prénom' || n, 'Zz' || lpad(n::text, 3, '0'), 'Agent'
      from generate_series(1, 120) n`);
    await bob.page.getByTestId('list-search').fill('Zz0');
    await row(bob, 'Zz001').waitFor();
    await row(bob, 'Super').waitFor({ state: 'detached' });
    await waitFor('the first page', async () => await bob.page.locator('[data-testid^=row-user-]').count() === 50);
    await bob.page.getByTestId('list-more').click();
    await row(bob, 'Zz099').waitFor();
    await bob.page.getByTestId('sort-lastName').click();
    await waitFor('the falling order', async () => (await bob.page.locator('[data-testid^=row-user-]').first().textContent()).includes('Zz099'));
    await bob.page.getByTestId('list-search').fill('');
    await bob.page.getByTestId('filter-role').click();
    await bob.page.getByRole('option', { name: 'Superviseur' }).click();
    await row(bob, 'Zz099').waitFor({ state: 'detached' });
    await bob.page.getByTestId('row-user-1000').waitFor();
    await evs.query("delete from users where id like 'user-x%'");
  });

  check('imports users from a file, with a report a line', async () => {
    await go(ann, '/utilisateurs');
    await ann.page.getByTestId('users-import').click();
    const lines = ['Identifiant;Prénom;Nom;Site;Rôle', '3001;Inès;Import;Paris 9e;agent', '1001;Double;Import;;agent', '3002;Théo;Import;Nulle part;agent'];
    await ann.page.getByTestId('import-users').getByTestId('file-input').setInputFiles({ name: 'equipe.csv', mimeType: 'text/csv', buffer: Buffer.from(lines.join('\r\n'), 'latin1') });
    await ann.page.getByTestId('import-send').click();
    const report = ann.page.getByTestId('import-report');
    await report.getByText('1 utilisateur créé.').waitFor();
    await report.getByText('2 lignes refusées.').waitFor();
    await report.getByText('déjà pris').waitFor();
    await picture(ann, 'administration-import-users');
    await ann.page.getByTestId('import-close').click();
    await ann.page.getByTestId('list-search').fill('3001');
    await row(ann, 'Inès Import').waitFor();
    await row(ann, 'Paris 9e').waitFor();
  });

  check('edits a trunk, whose password never comes back', async () => {
    await go(ann, '/telephonie/trunks');
    await ann.page.getByTestId('list-new').click();
    await field(ann, 'name').fill('Secours');
    await field(ann, 'domain').fill('pbx.exemple.fr:5070');
    await field(ann, 'login').fill('evs');
    await save(ann);
    await evs.query("update trunks set sip_secret = 'canari-4711', register_string = 'evs:canari-4711@pbx' where name = 'Secours'");
    await openForm(ann, 'Secours');
    await field(ann, 'channelLimit').fill('12');
    await save(ann);
    await openForm(ann, 'Secours');
    assert.equal(await field(ann, 'password').inputValue(), '');
    assert.equal((await ann.page.content()).includes('canari-4711'), false);
    await ann.page.getByTestId('form-cancel').click();
    const [trunk] = await evs.query("select sip_secret, register_string, channel_limit from trunks where name = 'Secours'");
    assert.deepEqual(trunk, { sip_secret: 'canari-4711', register_string: 'evs:canari-4711@pbx', channel_limit: 12 }, 'what was not typed is not touched');
  });

  check('edits a queue: members in order, times, overflow', async () => {
    await go(ann, '/files');
    await openForm(ann, 'Support');
    const support = () => evs.query("select m.user_id from queue_members m join queues q on q.id = m.queue_id where q.id = 'queue-support' order by m.position").then((all) => all.map((one) => one.user_id));
    const was = await support();
    await ann.page.getByTestId(`member-${was[1]}`).getByRole('button').first().click(); // up
    await ann.page.getByTestId(`member-${was[2]}`).getByRole('button').last().click(); // off
    await field(ann, 'maxWait').fill('120');
    await ann.page.getByTestId('field-overflow').click();
    await ann.page.getByRole('option', { name: 'Raccrocher' }).click();
    await save(ann);
    assert.deepEqual(await support(), [was[1], was[0], ...was.slice(3)]);
    const [queue] = await evs.query("select max_wait_s, overflow_to from queues where id = 'queue-support'");
    assert.deepEqual(queue, { max_wait_s: 120, overflow_to: 'hangup' });
  });

  check('creates a campaign tab by tab', async () => {
    await go(bob, '/campagnes');
    await go(ann, '/campagnes');
    await ann.page.getByTestId('list-new').click();
    await field(ann, 'callerId').fill('+33140000009');
    await ann.page.getByTestId('tab-schedule').click();
    await toggle(ann, 'day-1');
    await ann.page.getByTestId('tab-agents').click();
    await toggle(ann, 'agent-user-1001');
    await ann.page.getByTestId('form-save').click();
    // The name is missing: its tab comes forward.
    await ann.page.getByText('Ce champ est obligatoire.').waitFor();
    await field(ann, 'name').fill('Relance énergie');
    await ann.page.getByTestId('form-save').click();
    await saved(ann);
    await ann.page.getByTestId('contact-stats').waitFor();
    await row(bob, 'Relance énergie').waitFor();
    const [campaign] = await evs.query("select c.schedule, array_agg(a.user_id) as agents from campaigns c join campaign_agents a on a.campaign_id = c.id where c.name = 'Relance énergie' group by c.id");
    assert.deepEqual(campaign.agents, ['user-1001']);
    assert.deepEqual(campaign.schedule, [{ dayOfWeek: 1, active: true, startTime: '09:00', endTime: '18:00' }]);
  });

  check('shows hostile names as what they are', async () => {
    await evs.query('insert into sites (id, name) values ($1, $2)', ['site-x', hostile]);
    await evs.query('insert into queues (id, name) values ($1, $2)', ['queue-x', hostile]);
    await evs.query('insert into campaigns (id, name, description) values ($1, $2, $2)', ['campaign-x', hostile]);
    await evs.query("insert into users (id, login_id, first_name, last_name, role) values ('user-hostile', 'hostile', $1, $1, 'Agent')", [hostile]);
    for (const [path, id] of [['/telephonie/sites', 'site-x'], ['/files', 'queue-x'], ['/utilisateurs', 'user-hostile'], ['/campagnes', 'campaign-x']]) {
      await go(ann, path);
      await ann.page.getByTestId(`row-${id}`).getByText(hostile).first().waitFor();
      await ann.page.getByTestId(`row-${id}`).getByRole('link').click();
      await ann.page.locator('[data-testid=editor-form], [data-testid=campaign-page]').first().waitFor();
      await go(ann, path);
    }
    await go(ann, '/supervision');
    await ann.page.getByTestId('agents-panel').waitFor();
    assert.equal(await ann.page.evaluate(() => globalThis.hacked), undefined);
    assert.equal(await ann.page.locator('img[src=x]').count(), 0);
  });

  check('lets a supervisor read and not write', async () => {
    const sam = await open('1000');
    await go(sam, '/telephonie/sites');
    assert.equal(await sam.page.getByTestId('list-new').count(), 0);
    await openForm(sam, 'Lyon');
    await sam.page.getByTestId('form-read-only').waitFor();
    assert.equal(await sam.page.getByTestId('form-save').count(), 0);
    assert.equal(await field(sam, 'name').getAttribute('readonly'), '');
    await sam.leave();
  });

  check('works by keyboard', async () => {
    await go(ann, '/telephonie/sites');
    await link(ann, 'Lyon').focus();
    await ann.page.keyboard.press('Enter');
    await ann.page.getByTestId('editor-form').waitFor();
    await waitFor('the focus in the form', () => ann.page.evaluate(() => globalThis.document.activeElement?.closest('[data-testid=editor-form]') !== null));
    await field(ann, 'name').fill('Autre');
    await ann.page.keyboard.press('Escape');
    // Something was typed: leaving asks.
    await ann.page.getByTestId('confirm-yes').waitFor();
    await ann.page.keyboard.press('Escape');
    await ann.page.getByTestId('confirm-yes').waitFor({ state: 'detached' });
    assert.equal(await field(ann, 'name').inputValue(), 'Autre');
    await ann.page.getByTestId('form-cancel').click();
    await ann.page.getByTestId('confirm-yes').click();
    await ann.page.getByTestId('editor-form').waitFor({ state: 'detached' });
  });

  check('survives the server going away and coming back', async () => {
    const { loads } = ann;
    await openForm(ann, 'Lyon');
    await field(ann, 'ipAddress').fill('10.3.3.3');
    await evs.stop();
    await ann.page.getByTestId('connection-banner').waitFor();
    await ann.page.getByTestId('form-save').click();
    await ann.page.getByTestId('form-error').waitFor({ timeout: 30_000 });
    await ann.page.getByTestId('form-away').waitFor();
    assert.equal(await field(ann, 'ipAddress').inputValue(), '10.3.3.3', 'what was typed stays');
    await picture(ann, 'administration-away');
    await evs.start();
    await ann.page.getByTestId('connection-banner').waitFor({ state: 'detached', timeout: 40_000 });
    await online(ann, 30_000);
    await save(ann);
    await row(ann, '10.3.3.3').waitFor();
    assert.equal(ann.loads, loads);
  });

  check('sends a save again by itself when its answer was lost, and does it once', async () => {
    await online(bob, 30_000);
    await go(bob, '/telephonie/sites');
    await bob.page.getByTestId('list-new').click();
    await field(bob, 'name').fill('Une seule fois');
    let lost = 0;
    await bob.page.route('**/api/sites', async (route) => {
      if (route.request().method() !== 'POST' || lost++ > 0) return route.continue();
      await route.fetch(); // it arrives
      return route.abort('connectionreset'); // its answer does not
    });
    await save(bob);
    await bob.page.unroute('**/api/sites');
    assert.equal(lost, 2);
    const [{ count }] = await evs.query("select count(*)::int as count from sites where name = 'Une seule fois'");
    assert.equal(count, 1);
  });

  check('renews an expired token silently', async () => {
    evs.writeConfig({ auth: { access_ttl: '10s' } });
    evs.reload();
    await evs.waitForLog(/reload|configuration/i).catch(() => undefined);
    const eve = await open('9000');
    await go(eve, '/telephonie/sites');
    const { loads } = eve;
    let renewed = 0;
    eve.page.on('response', (answer) => { if (answer.url().endsWith('/api/auth/refresh') && answer.status() === 200) renewed += 1; });
    await waitFor('two renewals', () => renewed >= 2, { timeout: 40_000, every: 200 });
    await openForm(eve, 'Lyon');
    await field(eve, 'ipAddress').fill('10.4.4.4');
    await save(eve);
    assert.equal(eve.loads, loads);
    assert.equal(await eve.page.getByTestId('login-form').count(), 0);
    assert.deepEqual(eve.complaints, []);
    await eve.leave();
  });

  check('fits 1440 and 390 px, light and dark', async () => {
    for (const colorScheme of ['light', 'dark']) {
      for (const width of [1440, 390]) {
        const someone = await open('9000', { colorScheme, width });
        const places = [['users', '/utilisateurs'], ['user', '/utilisateurs/user-1001'], ['trunks', '/telephonie/trunks'], ['queue', '/files/queue-accueil'],
          ['campaigns', '/campagnes'], ['campaign', '/campagnes/campaign-demo']];
        for (const [name, path] of places) {
          await go(someone, path);
          await someone.page.locator('[data-testid^=row-], [data-testid=contact-stats], [data-testid^=field-]').first().waitFor();
          await picture(someone, `administration-${name}-${colorScheme}-${width}`);
          assert.equal(await sidewaysScroll(someone), 0, `${name} ${colorScheme} ${width} scrolls sideways`);
        }
        assert.deepEqual(someone.complaints, []);
        await someone.leave();
      }
    }
  });
});
