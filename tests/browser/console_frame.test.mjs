// The frame of the console: its rail, the menu on a phone, and what stays in view while a page scrolls.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { launchBrowser, openWindow, signIn } from './support/browser.mjs';
import { startPortcullis } from './support/portcullis.mjs';

const REGISTRY_AND_PEOPLE = ['Clients', 'APIs', 'Roles', 'Users', 'Sessions'];
const SECURITY_AND_SETTINGS = ['Attacks', 'Blocked networks', 'Keys', 'Audit log', 'Branding', 'In force', 'Admin API'];
const PARTS = ['Home', ...REGISTRY_AND_PEOPLE, ...SECURITY_AND_SETTINGS];
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
const rail = (window) => window.getByRole('navigation', { name: 'Console' });
const focused = (window) =>
  window.evaluate(() => (document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim());

/** The texts of what has the focus, one Tab after the other, until a button or link is called `last`. */
async function tabTo(window, last) {
  const passed = [];
  while (passed.at(-1) !== last && passed.length < 40) {
    await window.keyboard.press('Tab');
    passed.push(await focused(window));
  }
  return passed;
}

test('the rail is walked by keyboard, in the order in which it is read', async () => {
  await open('/admin/roles');
  assert.deepEqual(await tabTo(page, 'Sign out'), ['Skip to the content', 'Portcullis', 'Search everything', ...PARTS, 'Sign out']);
  await open('/admin/roles');
  await tabTo(page, 'Keys');
  await page.keyboard.press('Enter');
  await page.locator('h1', { hasText: /^Keys$/ }).waitFor();
  assert.equal(await rail(page).locator('[aria-current]').innerText(), 'Keys');
});

test('the skip link leads past the rail', async () => {
  await open('/admin/apis');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  assert.equal(await focused(page), 'Register API');
});

test('on a phone a button opens the menu, by keyboard and without JavaScript', async () => {
  const storageState = await context.storageState();
  const viewport = { width: 375, height: 667 };
  const phone = await openWindow(browser, [dev.issuer], { storageState, viewport, javaScriptEnabled: false });
  await open('/admin/clients', phone.page);
  const button = phone.page.getByRole('button', { name: 'Menu', exact: true });
  assert.ok(await rail(phone.page).isHidden());

  await button.press('Enter');
  await rail(phone.page).waitFor();
  await phone.page.keyboard.press('Escape');
  assert.ok(await rail(phone.page).isHidden());

  await button.click();
  await phone.page.getByRole('button', { name: 'Close menu' }).click();
  assert.ok(await rail(phone.page).isHidden());

  await button.click();
  await rail(phone.page).getByRole('link', { name: 'Audit log' }).click();
  assert.equal(await phone.page.locator('h1').innerText(), 'Audit log');
  await phone.context.close();
  assert.deepEqual(phone.trouble, []);
});

// WCAG 2.4.11: headings, table heads and form actions stay in view, and never over what has the focus.
for (const [width, height] of [[1280, 600], [375, 600], [320, 256]]) {
  test(`nothing hides what has the focus, at ${width} by ${height}`, async () => {
    await page.setViewportSize({ width, height });
    for (const path of [`/admin/clients/${dev.web_client.client_id}/edit`, '/admin/audit', '/admin/keys', '/admin']) {
      for (const key of ['Tab', 'Shift+Tab']) {
        await open(path);
        for (let pressed = 0; pressed < 60; pressed += 1) {
          await page.keyboard.press(key);
          assert.equal(await page.evaluate(hidden), null, `${path} at ${key} ${pressed + 1}`);
        }
      }
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  });
}

/** What has the focus, if no corner nor the middle of it can be seen. */
function hidden() {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const { left, right, top, bottom } = element.getBoundingClientRect();
  const [x, y] = [(left + right) / 2, (top + bottom) / 2];
  const points = [[x, y], [left + 2, top + 2], [right - 2, top + 2], [left + 2, bottom - 2], [right - 2, bottom - 2]];
  const seen = points.some(([x, y]) => {
    const found = document.elementFromPoint(x, y);
    return found && (element.contains(found) || found.contains(element));
  });
  return seen ? null : element.outerHTML;
}
