// Choosing among more scopes than anybody reads, with a script and without.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';

import { launchBrowser, openWindow, screenshot, signIn } from './support/browser.mjs';
import { startPortcullis } from './support/portcullis.mjs';

let dev, browser, page, context, trouble;

/** Two hundred APIs of ten scopes. */
const numbers = (count) => [...Array(count).keys()];
const apis = numbers(200).map((n) => ({
  identifier: `urn:interface:${n}`,
  name: `Interface ${n}`,
  scopes: Object.fromEntries(numbers(10).map((scope) => [`i${n}:s${scope}`, `Do the thing ${scope}`])),
}));

before(async () => {
  dev = await startPortcullis();
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-picking-'));
  await writeFile(join(folder, 'registry.json'), JSON.stringify({ apis }));
  dev.run('registry', 'apply', join(folder, 'registry.json'), '--yes');
  await rm(folder, { recursive: true });
  browser = await launchBrowser();
  ({ page, context, trouble } = await openWindow(browser, [dev.issuer]));
  await page.goto(`${dev.issuer}/admin/sign-in`);
  await signIn(page, dev.admin);
});
after(async () => {
  await browser?.close();
  await dev?.stop();
});
afterEach(() => assert.deepEqual(trouble.splice(0), []));

const box = (window, scope) => window.locator(`#scope-found input[value="${scope}"]`);
const chip = (window, scope) => window.locator(`#scope-picked input[value="${scope}"]`);

test('a search finds scopes while one types, and keeps what was ticked', async () => {
  await page.goto(`${dev.issuer}/admin/clients/new`);
  const { height } = await page.locator('main').boundingBox();
  assert.ok(height < 8 * 720, `${height} pixels: two thousand scopes do not fill the page`);
  await page.locator('#client_name').fill('Picked');
  await page.locator('#client input[name=type][value=service]').check();
  await page.locator('#scope-find').pressSequentially('INTERFACE 7 s3');
  await box(page, 'i7:s3').check();
  await page.locator('#scope-find').fill('i9:s');
  await box(page, 'i9:s1').check();
  assert.ok(await chip(page, 'i7:s3').isChecked());
  assert.equal(await page.evaluate(() => document.activeElement.value), 'i9:s1', 'what has the focus keeps it');
  await screenshot(page, 'client-new-picker');
  await page.locator('#client_name').press('Enter');
  await page.getByRole('heading', { name: 'Picked' }).waitFor();
  await page.getByRole('navigation', { name: 'Client' }).getByRole('link', { name: 'Scopes' }).click();
  const scopes = await page.locator('main').innerText();
  assert.ok(scopes.includes('i7:s3') && scopes.includes('i9:s1'), scopes);
});

test('without a script the same search keeps the form', async () => {
  const storageState = await context.storageState();
  const plain = await openWindow(browser, [dev.issuer], { storageState, javaScriptEnabled: false });
  await plain.page.goto(`${dev.issuer}/admin/roles/new`);
  await plain.page.locator('#name').fill('picker');
  await plain.page.getByText('All 202 groups').or(plain.page.getByText(/All \d+ groups/)).click();
  await plain.page.getByRole('button', { name: 'Interface 150', exact: true }).click();
  assert.equal(await plain.page.locator('#name').inputValue(), 'picker');
  await plain.page.locator('#scopes-found input[value="i150:s4"]').check();
  await plain.page.getByRole('button', { name: 'Add role' }).click();
  await plain.page.goto(`${dev.issuer}/admin/roles/picker`);
  assert.equal(await plain.page.locator('#scopes-picked input[value="i150:s4"]').count(), 1);
  assert.deepEqual(plain.trouble, []);
  await plain.context.close();
});

test('a language is chosen at the foot of a page, and stays', async () => {
  const person = await openWindow(browser, [dev.issuer], { locale: 'en-GB' });
  await person.page.goto(`${dev.issuer}/sign-in`);
  await person.page.getByRole('button', { name: 'Cymraeg' }).click();
  assert.equal(new URL(person.page.url()).pathname, '/sign-in');
  assert.equal(await person.page.locator('html').getAttribute('lang'), 'cy');
  await person.page.goto(`${dev.issuer}/accessibility`);
  assert.equal(await person.page.locator('html').getAttribute('lang'), 'cy');
  await screenshot(person.page, 'language-switch');
  assert.deepEqual(person.trouble, []);
  await person.context.close();
});
