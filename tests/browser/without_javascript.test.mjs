// Everything works where scripts are off.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { launchBrowser, openWindow, signIn } from './support/browser.mjs';
import { beginRun, decide, next } from './support/playground.mjs';
import { startPortcullis } from './support/portcullis.mjs';

let dev, browser, page, context, trouble;

before(async () => {
  dev = await startPortcullis();
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await dev?.stop();
});
beforeEach(async () => {
  ({ page, context, trouble } = await openWindow(browser, [dev.issuer], { javaScriptEnabled: false }));
});
afterEach(async () => {
  await context.close();
  assert.deepEqual(trouble, []);
});

const text = () => page.locator('main').innerText();

test('a person signs in and allows', async () => {
  await beginRun(page, dev.issuer, { prompt: 'consent' });
  await signIn(page, { ...dev.user, password: 'wrong' });
  assert.match(await page.title(), /^Error: /);
  assert.equal(await page.locator('button[data-shows]:visible').count(), 0);
  await signIn(page, dev.user);
  await decide(page, 'allow');
  await next(page, 'redeem');
  assert.match(await text(), /the ID token has our nonce/);
});

test('a posted answer waits for the person', async () => {
  await beginRun(page, dev.issuer, { prompt: 'consent', response_mode: 'form_post' });
  await signIn(page, dev.user);
  await decide(page, 'allow');
  await page.locator('#form-post').getByRole('button', { name: 'Continue' }).click();
  assert.match(await text(), /POST \/playground\/callback/);
});

test('a client is registered, mistakes included', async () => {
  await page.goto(`${dev.issuer}/admin`);
  await signIn(page, dev.admin);
  await page.getByRole('link', { name: 'Clients', exact: true }).click();
  await page.getByRole('link', { name: 'Register client' }).click();
  await page.locator('#client button').click();
  assert.match(await page.title(), /^Error: /);
  assert.ok((await page.getByRole('alert').getByRole('link').count()) > 0);

  await page.getByLabel('Name', { exact: true }).fill('Statistics');
  await page.locator('#client input[name=type][value=service]').check();
  await page.locator('#client input[value="records:read"]').check();
  await page.locator('#client').getByRole('button', { name: 'Register client' }).click();
  assert.equal(await page.locator('h1').innerText(), 'Statistics');
  assert.match(await page.locator('#client-secret').innerText(), /^\S{43,}$/);
});
