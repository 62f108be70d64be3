// Signing out in a browser: each client's page is loaded in a frame, and then the browser goes on.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { launchBrowser, openWindow, signIn } from './support/browser.mjs';
import { inspect } from './support/inspection.mjs';
import { startPortcullis } from './support/portcullis.mjs';

let dev, browser, application, origin, client, hangs;
const framed = [];

before(async () => {
  application = createServer((request, response) => {
    const { pathname } = new URL(request.url, origin);
    if (pathname === '/out') framed.push(request.url);
    if (pathname === '/out' && hangs) return;
    response.setHeader('content-type', 'text/html');
    response.end('<!DOCTYPE html><html lang="en"><title>Diary</title><link rel="icon" href="data:,">');
  });
  application.listen(0, '127.0.0.1');
  await once(application, 'listening');
  origin = `http://localhost:${application.address().port}`;
  dev = await startPortcullis();
  browser = await launchBrowser();
  const uris = { 'redirect-uri': '/callback', 'post-logout-redirect-uri': '/bye', 'frontchannel-logout-uri': '/out' };
  const options = Object.entries(uris).flatMap(([name, path]) => [`--${name}`, `${origin}${path}`]);
  client = dev.run(
    ...['client', 'create', '--name', 'Diary', '--type', 'browser', '--scope', 'openid', ...options],
    '--frontchannel-logout-session-required',
  );
  await sleep(1000); // by then a running server has seen it
});
after(async () => {
  await browser?.close();
  await dev?.stop();
  application.close();
  application.closeAllConnections();
});

/** Signs in to the client in a new window, and returns that with the ID token. */
async function signedIn(options) {
  const window = await openWindow(browser, [dev.issuer, origin], options);
  const code_verifier = randomBytes(32).toString('base64url');
  const { client_id } = client;
  const redirect_uri = `${origin}/callback`;
  const code_challenge = createHash('sha256').update(code_verifier).digest('base64url');
  const request = { client_id, redirect_uri, response_type: 'code', scope: 'openid', code_challenge };
  const query = new URLSearchParams({ ...request, code_challenge_method: 'S256' });
  await window.page.goto(`${dev.issuer}/oauth2/authorize?${query}`);
  await signIn(window.page, dev.user);
  const allow = window.page.locator('#consent button[value=allow]');
  await Promise.race([allow.click().catch(() => {}), window.page.waitForURL(`${redirect_uri}?**`)]);
  await window.page.waitForURL(`${redirect_uri}?**`);
  const code = new URL(window.page.url()).searchParams.get('code');
  const form = { grant_type: 'authorization_code', client_id, redirect_uri, code, code_verifier };
  const answer = await fetch(`${dev.issuer}/oauth2/token`, { method: 'POST', body: new URLSearchParams(form) });
  const { id_token } = await answer.json();
  const { sid } = JSON.parse(Buffer.from(id_token.split('.')[1], 'base64url'));
  return { ...window, id_token, sid };
}

for (const [how, javaScriptEnabled, isHanging] of [
  ['with scripts', true, false],
  ['without scripts', false, false],
  ['though a client hangs', true, true],
]) {
  test(`the browser goes on when the frames have loaded, ${how}`, async () => {
    hangs = isHanging;
    framed.length = 0;
    const { page, id_token, sid, trouble } = await signedIn({ javaScriptEnabled });
    const state = '"<a>&\'%20 #';
    const query = new URLSearchParams({ id_token_hint: id_token, post_logout_redirect_uri: `${origin}/bye`, state });
    await page.goto(`${dev.issuer}/oauth2/end-session?${query}`, { waitUntil: 'commit' });
    await page.waitForURL(`${origin}/bye?**`);

    assert.deepEqual([...new URL(page.url()).searchParams], [['state', state]]);
    const expected = new URLSearchParams({ iss: dev.issuer, sid });
    assert.deepEqual(framed, [`/out?${expected}`]);
    assert.deepEqual(trouble, []);
  });
}

test('the page with the frames is sound', async () => {
  hangs = true; // the page stays, because a frame never loads
  const { page, context, id_token } = await signedIn({ bypassCSP: true });
  await page.route('**/assets/signed-out*', (route) => route.abort());
  const query = new URLSearchParams({ id_token_hint: id_token, post_logout_redirect_uri: `${origin}/bye` });
  await page.goto(`${dev.issuer}/oauth2/end-session?${query}`, { waitUntil: 'commit' });
  await page.locator('#signed-out').waitFor();
  assert.equal(await page.locator('iframe').count(), 1);
  await inspect(page, 'signed-out-of-others');
  await context.close();
});
