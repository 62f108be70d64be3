// A person signs in to a client, allows or denies, and signs out.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { launchBrowser, openWindow, signIn } from './support/browser.mjs';
import { beginRun, decide, next, steps } from './support/playground.mjs';
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
  ({ page, context, trouble } = await openWindow(browser, [dev.issuer]));
});
afterEach(async () => {
  await context.close();
  assert.deepEqual(trouble, []);
});

const text = () => page.locator('main').innerText();

test('code and PKCE from the request to a revoked token', async () => {
  await beginRun(page, dev.issuer, { prompt: 'consent' });
  await signIn(page, dev.user);
  assert.match(await page.locator('h1').innerText(), /Playground asks for access/);
  await decide(page, 'allow');
  assert.match(await text(), /iss is the issuer we asked/);

  await next(page, 'redeem');
  assert.match(await text(), /the ID token has our nonce/);
  assert.match(await text(), /"typ": "at\+jwt"/);
  await next(page, 'userinfo');
  assert.match(await text(), new RegExp(`"preferred_username": "${dev.user.username}"`));
  await next(page, 'refresh');
  await next(page, 'revoke');
  await next(page, 'userinfo');
  assert.match(await text(), /401/);
  assert.equal((await steps(page)).length, 7);
});

test('a form of another site is refused', async () => {
  for (const path of ['start', 'next']) {
    const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    const response = await page.request.post(`${dev.issuer}/playground/${path}`, { headers, form: { scope: 'openid' } });
    assert.equal(response.status(), 403, path);
  }
});

test('it shows what a library got wrong, and what to change', async () => {
  const { client_id, redirect_uri } = dev.web_client;
  const asked = async (parameters) => {
    const query = new URLSearchParams({ client_id, redirect_uri, response_type: 'code', scope: 'openid', ...parameters });
    const response = await page.request.get(`${dev.issuer}/oauth2/authorize?${query}`, { maxRedirects: 0 });
    return response.headers().location ?? response.text();
  };
  assert.match(await asked({}), /PKCE\+is\+required/);
  assert.match(await asked({ code_challenge: 'x'.repeat(43), code_challenge_method: 'plain' }), /S256/);
  assert.match(await asked({ redirect_uri: `${redirect_uri}/` }), /the slash at the end/);

  await page.goto(`${dev.issuer}/playground`);
  const refused = await page.locator('#refused').innerText();

  // What is like the refusal before it is counted, and has no row of its own for a minute.
  assert.match(refused, /most libraries have a switch for it/);
  assert.ok(refused.includes(`differs in the slash at the end: ${redirect_uri}`), refused);
});

test('a wrong password is refused without saying what was wrong, and the right one works', async () => {
  await beginRun(page, dev.issuer);
  const messages = [];
  for (const wrong of [{ ...dev.user, password: 'wrong' }, { username: 'nobody', password: 'wrong' }]) {
    await signIn(page, wrong);
    assert.match(await page.title(), /^Error: /);
    assert.equal(await page.getByLabel('Username').inputValue(), wrong.username);
    assert.equal(await page.locator('input[name=password]').inputValue(), '');
    messages.push(await page.getByRole('alert').innerText());
  }
  assert.equal(messages[0], messages[1]);
  await signIn(page, dev.user);
  await page.locator('#consent, #next').waitFor();
});

test('who denies goes back without a code', async () => {
  await beginRun(page, dev.issuer, { prompt: 'consent' });
  await signIn(page, dev.user);
  await decide(page, 'deny');
  assert.match(await text(), /error = access_denied/);
  assert.doesNotMatch(await text(), /code = /);
});

test('who cancels the sign-in goes back without a code', async () => {
  await beginRun(page, dev.issuer);
  await page.getByRole('button', { name: /^Cancel/ }).click();
  assert.match(await text(), /error = access_denied/);
});

test('the answer travels in a posted form', async () => {
  await beginRun(page, dev.issuer, { response_mode: 'form_post', prompt: 'consent' });
  await signIn(page, dev.user);
  await decide(page, 'allow');
  await page.getByText('POST /playground/callback').waitFor();
  await next(page, 'redeem');
  assert.match(await text(), /the ID token has our nonce/);
});

test('a second request needs neither password nor consent', async () => {
  await beginRun(page, dev.issuer, { prompt: 'consent' });
  await signIn(page, dev.user);
  await decide(page, 'allow');
  await beginRun(page, dev.issuer, { prompt: 'none' });
  assert.match(await text(), /code = /);
});

test('a role that lacks a scope does not give it', async () => {
  await beginRun(page, dev.issuer, { scope: 'openid records:read records:delete', prompt: 'consent' });
  await signIn(page, dev.user);
  assert.doesNotMatch(await page.locator('main').innerText(), /[Dd]elete/);
  await decide(page, 'allow');
  await next(page, 'redeem');
  assert.match(await text(), /"scope": "openid records:read"/);
});

test('who signs out is signed out, and the back button shows nothing', async () => {
  await page.goto(`${dev.issuer}/sign-in`);
  await signIn(page, dev.user);
  await page.getByText('You are signed in as').waitFor();
  await page.locator('#sign-out button').click();
  await page.locator('#signed-out').waitFor();
  await page.goBack();
  assert.doesNotMatch(await text(), new RegExp(`signed in as ${dev.user.username}`));
  await beginRun(page, dev.issuer, { prompt: 'none' });
  assert.match(await text(), /error = login_required/);
});

test('a request that cannot be answered to its client gets a page of ours', async () => {
  const evil = 'https://evil.example/"><script>alert(1)</script>';
  const query = new URLSearchParams({ client_id: dev.web_client.client_id, response_type: 'code', redirect_uri: evil });
  const response = await page.goto(`${dev.issuer}/oauth2/authorize?${query}`);
  assert.equal(response.status(), 400);
  assert.match(await page.locator('#error-id').innerText(), /\S/);
  assert.equal(await page.locator('main script, main a[href*=evil]').count(), 0);
});
