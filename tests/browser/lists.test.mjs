// Lists of the console, and the search for everything.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { launchBrowser, openWindow, signIn } from './support/browser.mjs';
import { startPortcullis } from './support/portcullis.mjs';

let dev, browser, page, context, trouble;

before(async () => {
  dev = await startPortcullis();
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

test('"/" leads to the search for everything, but not while somebody types', async () => {
  await page.goto(`${dev.issuer}/admin/clients`);
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'search');
  await page.keyboard.type('ALICE');
  await page.keyboard.press('Enter');
  await page.locator('h1', { hasText: /^Search$/ }).waitFor();
  const hit = page.locator('main').getByRole('link', { name: 'alice', exact: true });
  assert.match(await hit.getAttribute('href'), /^\/admin\/users\//);

  await page.goto(`${dev.issuer}/admin/clients`);
  await page.locator('#q').focus();
  await page.keyboard.type('https://');
  assert.equal(await page.locator('#q').inputValue(), 'https://');
});

test('a list is put in order, filtered and worked through without a script', async () => {
  const storageState = await context.storageState();
  const plain = await openWindow(browser, [dev.issuer], { storageState, javaScriptEnabled: false });
  await plain.page.goto(`${dev.issuer}/admin/users`);
  const names = () => plain.page.locator('tbody th').allInnerTexts();
  const forwards = await names();
  await plain.page.getByRole('link', { name: 'Username' }).click();
  assert.deepEqual(await names(), forwards.toReversed());
  assert.equal(await plain.page.locator('th[aria-sort=descending]').innerText(), 'Username');

  await plain.page.getByLabel('Username, name or email').fill('alice');
  await plain.page.getByRole('button', { name: 'Filter list' }).click();
  assert.equal(await plain.page.locator('.total').innerText(), '1 user');
  await plain.page.getByRole('link', { name: 'Select all on this page' }).click();
  assert.ok(await plain.page.getByLabel('Select alice').isChecked());
  await plain.page.getByRole('button', { name: 'Disable' }).click();
  await plain.page.getByRole('heading', { name: 'Disable 1 user?' }).waitFor();
  await plain.page.getByRole('button', { name: 'Disable' }).click();
  assert.match(await plain.page.locator('[role=status]').first().innerText(), /Disabled/);
  assert.match((await names()).join(' '), /alice\s+Disabled/);
  assert.deepEqual(plain.trouble, []);
  await plain.context.close();
});
