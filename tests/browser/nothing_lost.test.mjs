// Nothing is lost in the console and nothing happens twice: reload, a lost tab, a session that ends in the middle, two editors.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { launchBrowser, openWindow, signIn } from './support/browser.mjs';
import { startPortcullis } from './support/portcullis.mjs';

let dev, browser, page, context, trouble;

before(async () => {
  dev = await startPortcullis();
  browser = await launchBrowser();
  ({ page, context, trouble } = await openWindow(browser, [dev.issuer]));
  await open('/admin/sign-in');
  await signIn(page, dev.admin);
});
after(async () => {
  await browser?.close();
  await dev?.stop();
});
afterEach(() => assert.deepEqual(trouble.splice(0), []));

const open = (path, window = page) => window.goto(`${dev.issuer}${path}`);
const name = (window = page) => window.locator('#client_name');
const rows = async () => {
  await open('/admin/clients?q=Nightly');
  return page.locator('tbody tr').count();
};

async function fillService(clientName) {
  await open('/admin/clients/new');
  await name().fill(clientName);
  await page.locator('#client input[name=type][value=service]').check();
  await page.locator('#client input[value="records:read"]').check();
}

test('F5 after registering shows the same secret and makes no second client', async () => {
  await fillService('Nightly');
  await page.locator('#client button:not([type=button])').last().click();
  const secret = await page.locator('#client-secret').innerText();
  await page.reload();
  assert.equal(await page.locator('#client-secret').innerText(), secret);

  await page.getByRole('navigation', { name: 'Client' }).getByRole('link', { name: 'Secrets' }).click();
  await page.getByLabel('Keep the old secret for').selectOption('3600');
  await page.getByRole('button', { name: 'Rotate secret' }).click();
  const rotated = await page.locator('#client-secret').innerText();
  assert.notEqual(rotated, secret);
  await page.reload();
  assert.equal(await page.locator('#client-secret').innerText(), rotated);
  await page.getByRole('button', { name: 'I have stored it' }).click();
  assert.equal(await page.locator('#client-secret').count(), 0);
  assert.equal(await rows(), 1);
});

test('what was typed survives a lost tab', async () => {
  const lost = await context.newPage();
  await open('/admin/apis/new', lost);
  const kept = lost.waitForResponse((response) => response.url().endsWith('/admin/unsent'));
  await lost.locator('#name').fill('Half a name');
  assert.equal((await kept).status(), 204);
  await lost.close();

  await open('/admin/apis/new');
  assert.equal(await page.locator('#name').inputValue(), 'Half a name');
  await page.getByText('Not sent yet.').waitFor();
  await page.getByRole('button', { name: 'Forget it' }).click();
  assert.equal(await page.locator('#name').inputValue(), '');
});

test('a session that ends in the middle of a form keeps what was typed, and the way back', async () => {
  await fillService('Late & long');
  const elsewhere = await context.newPage();
  await open('/admin/clients', elsewhere);
  const cookies = await context.cookies();
  await elsewhere.getByRole('button', { name: 'Sign out' }).click();
  await elsewhere.close();
  await context.addCookies(cookies); // this tab has not heard of it

  await page.locator('#client button:not([type=button])').last().click();
  await signIn(page, dev.admin);

  assert.equal(new URL(page.url()).pathname, '/admin/clients/new');
  assert.equal(await name().inputValue(), 'Late & long');
  assert.ok(await page.locator('#client input[value="records:read"]').isChecked());
  await page.locator('#client button:not([type=button])').last().click();
  await page.locator('#client-secret').waitFor();
  await open('/admin/clients/new');
  assert.equal(await page.getByText('Not sent yet.').count(), 0);
});

test('two minutes before the end the page says so, and who is there can stay (WCAG 2.2.1)', async () => {
  const watched = await context.newPage();
  await watched.clock.install();
  await open('/admin/roles/new', watched);
  const notice = watched.locator('#session-ends');
  await watched.clock.fastForward('11:30');
  assert.ok(await notice.isHidden());
  await watched.clock.fastForward('00:40');
  await notice.waitFor();
  assert.match(await notice.innerText(), /What you typed is kept/);

  const stayed = watched.waitForResponse((response) => response.url().endsWith('/admin/session'));
  await notice.getByRole('button', { name: 'Stay signed in' }).click();
  assert.ok((await (await stayed).json()) > Date.now());
  await watched.close();
});

test('the second of two editors gets both changes', async () => {
  await open('/admin/roles/new');
  await page.locator('#name').fill('night-shift');
  await page.locator('#description').fill('Old');
  await page.locator('#role button').click();
  const second = await context.newPage();
  await open('/admin/roles/night-shift', second);
  await open('/admin/roles/night-shift');
  await page.locator('#description').fill('New');
  await page.locator('#role button').click();

  await second.locator('#role input[value="records:read"]').check();
  await second.locator('#role button').click();

  await second.getByText('Their change is in the form now').waitFor();
  assert.equal(await second.locator('#description').inputValue(), 'New');
  assert.ok(await second.locator('#role input[value="records:read"]').isChecked());
  await second.locator('#role button').click();
  assert.equal(new URL(second.url()).pathname, '/admin/roles');
  await second.close();
});

test('a scope that is in use does not go by a slip', async () => {
  await open('/admin/apis');
  await page.getByRole('link', { name: 'Health records' }).click();
  await page.getByRole('link', { name: 'Change API' }).click();
  await page.getByLabel('Take away records:read').check();
  await page.getByLabel('New scope', { exact: true }).first().fill('record:read');
  await page.getByLabel('What the new scope allows').first().fill('A slip');
  await page.getByRole('button', { name: 'Save API' }).click();

  assert.match(await page.locator('h1').innerText(), /in use\?$/);
  assert.match(await page.locator('#impact').innerText(), /clients? (is|are) registered for it/);
  await page.getByRole('link', { name: 'Back to the form' }).click();
  assert.equal(await page.getByLabel('New scope', { exact: true }).first().inputValue(), 'record:read');
  assert.ok(await page.getByLabel('Take away records:read').isChecked());
  await page.getByRole('button', { name: 'Forget it' }).click();
  assert.ok(!(await page.getByLabel('Take away records:read').isChecked()));
});

test('a change that was saved is undone, without what was changed since', async () => {
  await open('/admin/roles/night-shift');
  await page.locator('#description').fill('Wrong');
  await page.locator('#role input[value="records:write"]').check();
  await page.locator('#role button').click();

  await page.getByRole('link', { name: 'Undo' }).click();
  await page.locator('#put-back').waitFor();
  assert.equal(await page.locator('#description').inputValue(), 'New');
  assert.ok(!(await page.locator('#role input[value="records:write"]').isChecked()));
  await page.locator('#role button').click();
  if (await page.locator('#impact').count()) await page.locator('main button').last().click();

  await open('/admin/roles/night-shift');
  assert.equal(await page.locator('#description').inputValue(), 'New');
  assert.ok(await page.locator('#role input[value="records:read"]').isChecked());
  assert.ok(!(await page.locator('#role input[value="records:write"]').isChecked()));
});
