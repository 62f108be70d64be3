// Every language as people see it when they sign in, and the whole way with a keyboard alone.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launchBrowser, openWindow } from './support/browser.mjs';
import { inspect } from './support/inspection.mjs';
import { beginRun } from './support/playground.mjs';
import { startPortcullis } from './support/portcullis.mjs';

let dev, browser;

before(async () => {
  dev = await startPortcullis();
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await dev?.stop();
});

/** The pages that anybody can open, each with words that it must have. */
const languages = {
  en: { locale: 'en-GB', signIn: 'Sign in', consent: /asks for access to your account/, error: /cannot be accepted/ },
  cy: { locale: 'cy-GB', signIn: 'Mewngofnodi', consent: /yn gofyn am fynediad/, error: /Ni ellir derbyn/ },
  mi: { locale: 'mi-NZ', signIn: 'Takiuru', consent: /E tono ana/, error: /Kāore e taea te whakaae/ },
};

for (const [tag, { locale, signIn, consent, error }] of Object.entries(languages)) {
  test(`the pages of signing in for somebody who reads ${tag}`, async () => {
    const { page, context } = await openWindow(browser, [dev.issuer], { locale, bypassCSP: true });
    const isPage = async (name, heading) => {
      assert.equal(await page.locator('html').getAttribute('lang'), tag, name);
      assert.match(await page.locator('h1').innerText(), heading);
      await inspect(page, `${tag}-${name}`);
    };

    await page.goto(`${dev.issuer}/`);
    await isPage('home', /^Portcullis$/);
    await page.goto(`${dev.issuer}/accessibility`);
    await isPage('accessibility', /./);
    await page.goto(`${dev.issuer}/oauth2/authorize?client_id=nobody`);
    await isPage('error', error);
    await beginRun(page, dev.issuer, { prompt: 'consent' });
    await isPage('sign-in', new RegExp(`^${signIn}$`));
    // Somebody else each time: failures add up to a wait.
    await page.locator('#username').fill(`nobody-${tag}`);
    await page.locator('#password').fill('wrong');
    await page.locator('#sign-in button:not([type])').click();
    await page.locator('.summary').waitFor();
    await isPage('sign-in-refused', new RegExp(`^${signIn}$`));
    await page.locator('#username').fill(dev.user.username);
    await page.locator('#password').fill(dev.user.password);
    await page.locator('#sign-in button:not([type])').click();
    await page.locator('#consent').waitFor();
    await isPage('consent', consent);
    await context.close();
  });
}

test('a person signs in with a keyboard alone, and sees where they are', async () => {
  const { page, context } = await openWindow(browser, [dev.issuer], { locale: 'cy-GB' });
  await beginRun(page, dev.issuer, { prompt: 'consent' });

  await page.locator('#username:focus').waitFor(); // autofocus comes when the browser has the time
  await page.keyboard.type(dev.user.username);
  assert.equal(await page.locator('#username').inputValue(), dev.user.username);
  await page.keyboard.press('Tab');
  await page.keyboard.type('wrong');
  await page.keyboard.press('Enter');
  await page.locator('.summary').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('role')), 'alert');
  assert.match(await page.title(), /^Gwall: /);

  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'username');
  await page.keyboard.press('Tab');
  await page.keyboard.type(dev.user.password);
  await page.keyboard.press('Tab');
  const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.equal(ring, 'solid');
  await page.keyboard.press('Space');
  assert.equal(await page.locator('#password').getAttribute('type'), 'text');
  assert.match(await page.evaluate(() => document.activeElement.innerText), /^Cuddio/);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.locator('#consent').waitFor();
  await context.close();
});
