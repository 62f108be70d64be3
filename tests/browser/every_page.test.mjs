// Every page as people see it: axe finds nothing, light or dark, wide or narrow, and nothing scrolls sideways at 320 px.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { AxeBuilder } from '@axe-core/playwright';

import { launchBrowser, openWindow, screenshot, signIn } from './support/browser.mjs';
import { beginRun, decide, next } from './support/playground.mjs';
import { startPortcullis } from './support/portcullis.mjs';

let dev, browser, page;

before(async () => {
  [dev, browser] = await Promise.all([startPortcullis(), launchBrowser()]);
  // Our policy allows no script but ours: axe is one of the others.
  ({ page } = await openWindow(browser, [dev.issuer], { bypassCSP: true }));
});
after(async () => {
  await browser?.close();
  await dev?.stop();
});

const open = (path) => page.goto(`${dev.issuer}${path}`);

/** Fails with all that is wrong with the page that is open. */
async function inspect(name) {
  const wrong = [];
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [1280, 375]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      const { violations } = await new AxeBuilder({ page }).analyze();
      for (const { id, help, nodes } of violations) {
        wrong.push(`${colorScheme} ${width} px: ${id} (${help}): ${nodes.map(({ html }) => html).join('\n')}`);
      }
      await screenshot(page, `${name}-${colorScheme}-${width}`);
    }
  }
  await page.setViewportSize({ width: 320, height: 900 });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (overflow > 0) {
    wrong.push(`it scrolls sideways by ${overflow} px at 320 px`);
    await screenshot(page, `${name}-light-320`);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  assert.deepEqual(wrong, [], name);
}

/** A test for each page, in the order in which one leads to the next. */
function pageIs(name, lead) {
  test(name, async () => {
    await lead();
    await inspect(name.replaceAll(' ', '-'));
  });
}

pageIs('home', () => open('/'));
pageIs('error', () => open('/oauth2/authorize?client_id=nobody'));
pageIs('not found', () => open('/nowhere'));
pageIs('playground', () => open('/playground'));
pageIs('sign-in', () => beginRun(page, dev.issuer, { prompt: 'consent', response_mode: 'form_post' }));
pageIs('sign-in refused', () => signIn(page, { username: 'nobody', password: 'wrong' }));
pageIs('consent', () => signIn(page, dev.user));
pageIs('form post', async () => {
  await page.route('**/assets/form-post*', (route) => route.abort());
  await decide(page, 'allow');
  await page.locator('#form-post').waitFor();
});
pageIs('playground run', async () => {
  await page.locator('#form-post button').click();
  await next(page, 'redeem');
  await next(page, 'userinfo');
});
pageIs('home signed in', () => open('/'));
pageIs('sign-out', () => open('/sign-out'));
pageIs('signed out', async () => {
  await open('/');
  await page.locator('#sign-out button').click();
  await page.locator('#signed-out').waitFor();
});

pageIs('console sign-in', () => open('/admin/sign-in'));
pageIs('clients', () => signIn(page, dev.admin));
pageIs('clients none found', () => open('/admin/clients?q=nothing-is-called-so'));
pageIs('client new', () => open('/admin/clients/new'));
pageIs('client refused', () => page.locator('#client button').click());
pageIs('client with secret', async () => {
  await page.getByLabel('Name', { exact: true }).fill('Statistics');
  await page.locator('#client input[name=type][value=service]').check();
  await page.locator('#client input[value="records:read"]').check();
  await page.locator('#client').getByRole('button', { name: 'Register client' }).click();
  await page.locator('#client-secret').waitFor();
});
pageIs('client', () => open(`/admin/clients/${dev.web_client.client_id}`));
pageIs('client edit', () => open(`/admin/clients/${dev.web_client.client_id}/edit`));
pageIs('client delete', () => open(`/admin/clients/${dev.web_client.client_id}/delete`));
pageIs('apis', () => open('/admin/apis'));
pageIs('api', () => page.locator('tbody a').first().click());
pageIs('api edit', () => page.getByRole('link', { name: 'Change API' }).click());
pageIs('api new', () => open('/admin/apis/new'));
pageIs('roles', () => open('/admin/roles'));
pageIs('role', () => page.locator('tbody a').first().click());
pageIs('role new', () => open('/admin/roles/new'));
pageIs('users', () => open('/admin/users'));
pageIs('user', () => page.locator('tbody a').last().click());
pageIs('user edit', () => page.getByRole('link', { name: 'Change user' }).click());
pageIs('user new', () => open('/admin/users/new'));
pageIs('keys', () => open('/admin/keys'));
pageIs('audit', () => open('/admin/audit'));
pageIs('audit none found', () => open('/admin/audit?client=nobody'));
