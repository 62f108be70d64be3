// The audit log while it is watched: what happens comes on top by itself, is announced, and can be stopped.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { launchBrowser, openWindow, signIn } from './support/browser.mjs';
import { startPortcullis } from './support/portcullis.mjs';

let dev, browser, page, trouble;

before(async () => {
  dev = await startPortcullis();
  browser = await launchBrowser();
  ({ page, trouble } = await openWindow(browser, [dev.issuer]));
  await page.goto(`${dev.issuer}/admin`);
  await signIn(page, dev.admin);
});
after(async () => {
  await browser?.close();
  await dev?.stop();
});
afterEach(() => assert.deepEqual(trouble.splice(0), []));

test('what happens comes on top by itself, and is announced', async () => {
  await page.goto(`${dev.issuer}/admin/audit?event=sign_in`);
  await page.getByRole('link', { name: 'Watch live' }).click();
  const sentences = page.locator('.log .what');
  const known = await sentences.count();

  const other = await openWindow(browser, [dev.issuer]);
  await other.page.goto(`${dev.issuer}/account`);
  await signIn(other.page, dev.user);

  await page.waitForFunction((known) => document.querySelectorAll('.log .what').length > known, known);
  assert.match(await sentences.first().innerText(), new RegExp(`${dev.user.username} signed in`));
  assert.match(await page.locator('#live [role=status]').innerText(), /^1 new event\.$/);
  await other.context.close();
});

test('it stands still when its reader says so', async () => {
  await page.getByRole('link', { name: 'Stop' }).click();
  assert.equal(await page.locator('#live').count(), 0);
  assert.equal(new URL(page.url()).searchParams.get('event'), 'sign_in');
});

test('six events stand on the screen of a phone', async () => {
  const phone = await openWindow(browser, [dev.issuer], { viewport: { width: 375, height: 667 } });
  await phone.page.goto(`${dev.issuer}/admin`);
  await signIn(phone.page, dev.admin);
  await phone.page.goto(`${dev.issuer}/admin/audit`);
  const seen = await phone.page.evaluate(() => {
    const rows = [...document.querySelectorAll('.log > li')];
    return rows.filter((row) => row.getBoundingClientRect().bottom <= innerHeight).length;
  });
  assert.ok(seen >= 6, `${seen} events`);
  assert.ok(await phone.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await phone.context.close();
});
