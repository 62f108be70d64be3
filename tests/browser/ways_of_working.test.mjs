// The day of an administrator, in four ways of working: with the keyboard alone, at 400 %, on a phone, and without JavaScript.
// A client is registered, found by its redirect URI, its sign-in tested and its secret rotated; it is changed, the change is
// undone, it is disabled, and the audit log says who did it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launchBrowser, openWindow, screenshot, signIn } from './support/browser.mjs';
import { startPortcullis } from './support/portcullis.mjs';

let dev, browser, storageState;

before(async () => {
  dev = await startPortcullis();
  browser = await launchBrowser();
  const { page, context } = await openWindow(browser, [dev.issuer]);
  await page.goto(`${dev.issuer}/admin/sign-in`);
  await signIn(page, dev.admin);
  await page.waitForURL('**/admin');
  storageState = await context.storageState();
  await context.close();
});
after(async () => {
  await browser?.close();
  await dev?.stop();
});

/** With a mouse, or a finger. */
const byPointer = {
  act: (page, target) => target.click(),
  type: (page, target, text) => target.fill(text),
  choose: (page, target) => target.check(),
};

/** With nothing but the keys that everybody has. */
const byKeyboard = {
  async act(page, target) {
    await tabTo(page, target);
    // Whatever is done here leads to another page. A click waits for that, a key does not.
    await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
  },
  async type(page, target, text) {
    await tabTo(page, target);
    await page.keyboard.press('Control+A');
    await page.keyboard.type(text);
  },
  async choose(page, target) {
    const name = await target.getAttribute('name');
    if ((await target.getAttribute('type')) === 'radio') {
      await tabTo(page, page.locator(`input[name="${name}"]`));
      for (let pressed = 0; pressed < 10 && !(await target.isChecked()); pressed += 1) await page.keyboard.press('ArrowDown');
    } else {
      await tabTo(page, target);
      await page.keyboard.press('Space');
    }
    assert.ok(await target.isChecked());
  },
};

/** Presses Tab until one of these has the focus. */
async function tabTo(page, targets) {
  await targets.first().waitFor();
  const has = () => targets.evaluateAll((elements) => elements.includes(document.activeElement));
  for (let pressed = 0; pressed < 300; pressed += 1) {
    if (await has()) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`Tab does not reach ${targets}`);
}

for (const [way, hands, options] of [
  ['keyboard', byKeyboard, {}],
  ['zoom', byPointer, { viewport: { width: 320, height: 256 } }],
  ['phone', byPointer, { viewport: { width: 375, height: 667 }, hasTouch: true, isMobile: true }],
  ['plain', byPointer, { javaScriptEnabled: false }],
]) {
  test(`a day at work: ${way}`, async () => {
    const { page, context, trouble } = await openWindow(browser, [dev.issuer], { storageState, ...options });
    const main = page.locator('main');
    const act = (target) => hands.act(page, target.first());
    const button = (name) => main.getByRole('button', { name, exact: true });
    const link = (name) => main.getByRole('link', { name, exact: true });
    const name = `Ward ${way}`;
    const look = async (what) => {
      await screenshot(page, `work-${way}-${what}`);
      const width = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(width <= 0, `${what}: the page is wider than its window by ${width}`);
    };
    const part = async (wanted) => {
      const menu = page.getByRole('button', { name: 'Menu', exact: true });
      if (await menu.isVisible()) await act(menu);
      await act(page.getByRole('navigation', { name: 'Console' }).getByRole('link', { name: wanted, exact: true }));
      await page.locator('h1', { hasText: wanted }).waitFor();
    };

    await page.goto(`${dev.issuer}/admin`);
    await part('Clients');
    await act(link('Register client'));
    await hands.type(page, page.locator('#client_name'), name);
    await hands.choose(page, page.locator('#client input[name=type][value=web]'));
    await hands.type(page, page.locator('#redirect_uris'), `https://${way}.ward.example/callback`);
    await hands.choose(page, page.locator('#client input[value=openid]'));
    await look('register');
    await act(page.locator('#client').getByRole('button', { name: 'Register client' }));
    await page.locator('#client-secret').waitFor();
    await look('registered');
    await act(button('I have stored it'));

    await part('Clients');
    await hands.type(page, page.locator('#q'), `https://${way}.ward.example/callback`);
    await act(button('Filter list'));
    await page.locator('.total', { hasText: '1 client' }).waitFor();
    await look('found');
    await act(link(name));

    await act(link('Test sign-in'));
    await act(button('Begin test'));
    await page.locator('#under-way').waitFor();
    await look('test');
    await act(page.locator('.crumbs').getByRole('link', { name }));

    await act(page.getByRole('navigation', { name: 'Client' }).getByRole('link', { name: 'Secrets' }));
    await act(button('Rotate secret'));
    await page.locator('#client-secret').waitFor();
    await look('rotated');
    await act(button('I have stored it'));

    await act(link('Change client'));
    await hands.type(page, page.locator('#client_name'), `${name} B`);
    await act(button('Save client'));
    await link('Undo').waitFor();
    await look('changed');
    await act(link('Undo'));
    assert.equal(await page.locator('#client_name').inputValue(), name);
    await act(button('Save client'));
    await page.locator('h1', { hasText: name }).waitFor();
    assert.equal((await page.locator('h1').innerText()).trim(), name);

    await act(button('Disable client'));
    await button('Enable client').waitFor();

    await part('Audit log');
    const newest = await page.locator('.log').first().innerText();
    assert.match(newest, /admin/);
    assert.match(newest, new RegExp(`disabled[\\s\\S]*${name}|${name}[\\s\\S]*disabled`));
    await look('log');
    await context.close();
    assert.deepEqual(trouble, []);
  });
}
