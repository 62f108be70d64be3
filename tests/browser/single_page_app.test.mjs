// A single-page application of another origin: what browsers let it do (CORS), and what they do not.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { startApplication } from './support/application.mjs';
import { launchBrowser, openWindow, signIn } from './support/browser.mjs';
import { startPortcullis } from './support/portcullis.mjs';

let dev, browser, application, stranger, callback, client, page;

before(async () => {
  [application, stranger] = await Promise.all([startApplication('localhost'), startApplication('localhost')]);
  callback = `${application.origin}/callback`;
  dev = await startPortcullis();
  browser = await launchBrowser();
  const scopes = ['openid', 'profile', 'records:read'].flatMap((scope) => ['--scope', scope]);
  client = dev.run('client', 'create', '--name', 'Diary', '--type', 'browser', '--redirect-uri', callback, ...scopes);
  await sleep(1000); // by then a running server has seen it
  ({ page } = await openWindow(browser, [dev.issuer, application.origin, stranger.origin]));
});
after(async () => {
  await browser?.close();
  await dev?.stop();
  application.stop();
  stranger.stop();
});

/** What a script of the page that is open gets from us: the status and the JSON. Fails as `fetch` does. */
const ask = (path, { form, ...options } = {}) =>
  page.evaluate(
    async ([url, form, options]) => {
      const post = form && { method: 'POST', body: new URLSearchParams(form) };
      const response = await fetch(url, { ...post, ...options });
      return { status: response.status, ...(await response.json()) };
    },
    [`${dev.issuer}${path}`, form, options],
  );

let access_token;

test('it signs a person in and reads who that is', async () => {
  const code_verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: callback,
    response_type: 'code',
    scope: 'openid profile records:read',
    code_challenge: createHash('sha256').update(code_verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  await page.goto(`${dev.issuer}/oauth2/authorize?${query}`);
  await signIn(page, dev.user);
  await page.locator('#consent button[value=allow]').click();
  await page.waitForURL((url) => url.href.startsWith(callback));
  const code = new URL(page.url()).searchParams.get('code');

  assert.equal((await ask('/.well-known/openid-configuration')).issuer, dev.issuer);
  assert.ok((await ask('/oauth2/jwks')).keys.length > 0);
  const { client_id } = client;
  const form = { grant_type: 'authorization_code', client_id, redirect_uri: callback, code, code_verifier };
  const tokens = await ask('/oauth2/token', { form });
  assert.equal(tokens.status, 200);
  ({ access_token } = tokens);
  const person = await ask('/oauth2/userinfo', { headers: { authorization: `Bearer ${access_token}` } });
  assert.equal(person.preferred_username, dev.user.username);
});

test('it calls an API of another origin, which says where tokens are from', async () => {
  const api = new URL(dev.api.url).pathname;
  const called = await ask(api, { headers: { authorization: `Bearer ${access_token}` } });
  assert.equal(called.status, 200);
  assert.equal(called.read_by.client_id, client.client_id);

  const challenge = await page.evaluate(async (url) => (await fetch(url)).headers.get('www-authenticate'), dev.api.url);
  const metadata = new URL(/resource_metadata="([^"]+)"/.exec(challenge)[1]);
  assert.equal(metadata.href, `${dev.issuer}/.well-known/oauth-protected-resource${api}`);
  for (const path of [metadata.pathname, '/.well-known/oauth-protected-resource']) {
    const found = await ask(path);
    assert.deepEqual(found.authorization_servers, [dev.issuer]);
    assert.equal(found.resource, dev.api.identifier);
    assert.ok(found.scopes_supported.includes('records:read'));
  }
});

test('a script of an origin that no client registered learns nothing', async () => {
  await page.goto(stranger.origin);
  assert.equal((await ask('/.well-known/openid-configuration')).issuer, dev.issuer);
  const blocked = /Failed to fetch/;
  const headers = { authorization: `Bearer ${access_token}` };
  const form = { grant_type: 'refresh_token', client_id: client.client_id };
  await assert.rejects(ask('/oauth2/userinfo', { headers }), blocked);
  await assert.rejects(ask(new URL(dev.api.url).pathname, { headers }), blocked);
  await assert.rejects(ask('/oauth2/token', { form }), blocked);
});
