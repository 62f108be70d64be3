// An administrator tests the sign-in of a client: here, and with a user who opens the link in a window of their own.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launchBrowser, openWindow, screenshot, signIn } from './support/browser.mjs';
import { startPortcullis } from './support/portcullis.mjs';

let dev, browser, admin;

before(async () => {
  dev = await startPortcullis();
  browser = await launchBrowser();
  admin = await openWindow(browser, [dev.issuer]);
  await admin.page.goto(`${dev.issuer}/admin/sign-in`);
  await signIn(admin.page, dev.admin);
});
after(async () => {
  await browser?.close();
  await dev?.stop();
});

async function begin() {
  await admin.page.goto(`${dev.issuer}/admin/clients/${dev.web_client.client_id}`);
  await admin.page.getByRole('link', { name: 'Test sign-in' }).click();
  await admin.page.getByRole('button', { name: 'Begin test' }).click();
  return admin.page.getByRole('link', { name: 'Sign in here' }).getAttribute('href');
}

test('a user follows the link, and the administrator sees what the client would have got', async () => {
  const link = await begin();
  await screenshot(admin.page, 'sign-in-test-under-way');
  const user = await openWindow(browser, [dev.issuer]);
  await user.page.goto(link);
  await signIn(user.page, dev.user);
  const notice = await user.page.locator('#test').innerText();
  assert.match(notice, /This is a test, which .*admin.* began/);
  await screenshot(user.page, 'sign-in-test-consent');
  await user.page.locator('button[value=allow]').click();
  assert.equal(await user.page.locator('h1').innerText(), 'The test is over');
  assert.equal(await user.page.getByRole('link', { name: 'See the result' }).count(), 0);
  await user.page.reload();
  assert.equal(await user.page.locator('h1').innerText(), 'The test is over');
  await user.page.goBack();
  assert.deepEqual(user.trouble, []);

  await admin.page.getByRole('link', { name: 'Look for the result' }).click();
  assert.match(await admin.page.locator('#outcome').innerText(), /would have got tokens/);
  assert.match(await admin.page.locator('pre[aria-label="ID token"]').innerText(), /"aud": /);
  await screenshot(admin.page, 'sign-in-test-tokens');
  await admin.page.reload();
  assert.match(await admin.page.locator('#outcome').innerText(), /would have got tokens/);
  await admin.page.getByRole('link', { name: 'Why each scope' }).click();
  assert.equal(await admin.page.locator('h1').innerText(), 'Why?');
  await user.context.close();
});

test('the administrator follows the link in their own window, and is still at the console', async () => {
  await begin();
  await admin.page.getByRole('link', { name: 'Sign in here' }).click();
  await signIn(admin.page, dev.user);
  await admin.page.locator('button[value=deny]').click();
  await admin.page.getByRole('link', { name: 'See the result' }).click();
  assert.match(await admin.page.locator('#outcome').innerText(), /would have got an error/);
  assert.match(await admin.page.locator('main').innerText(), /access_denied/);
  assert.deepEqual(admin.trouble, []);
});
