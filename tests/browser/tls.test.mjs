// Everything over TLS, by a certificate that `portcullis dev --tls` makes: a browser signs in, and a program that trusts the
// authority gets a token.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { after, before, test } from 'node:test';

import { launchBrowser, openWindow, signIn } from './support/browser.mjs';
import { beginRun, decide, next } from './support/playground.mjs';
import { basic, startPortcullis } from './support/portcullis.mjs';

let dev, browser;

before(async () => {
  dev = await startPortcullis('--tls', '--mtls-listen', '127.0.0.1:0');
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await dev?.stop();
});

/** Posts a form as a program does that trusts these authorities, and has what `tls` says. */
async function post(url, ca, headers, body, tls = {}) {
  const sent = request(url, { method: 'POST', ca, headers, ...tls });
  sent.end(body);
  const [answer] = await once(sent, 'response');
  const protocol = answer.socket.getProtocol();
  let text = '';
  for await (const part of answer) text += part;
  return { status: answer.statusCode, headers: answer.headers, text, protocol };
}

test('the issuer is https, and a browser signs in there', async () => {
  assert.match(dev.issuer, /^https:\/\/localhost:/);
  const { page, context, trouble } = await openWindow(browser, [dev.issuer], { ignoreHTTPSErrors: true });
  await beginRun(page, dev.issuer, { prompt: 'consent' });
  await signIn(page, dev.user);
  await decide(page, 'allow');
  await next(page, 'redeem');
  assert.match(await page.locator('main').innerText(), /the ID token has our nonce/);
  const cookies = await context.cookies();
  assert.ok(cookies.length > 0 && cookies.every(({ secure }) => secure));
  await context.close();
  assert.deepEqual(trouble, []);
});

test('a program that trusts the authority gets a token, and no other does', async () => {
  const authority = await readFile(dev.tls_authority, 'utf8');
  const headers = { authorization: basic(dev.service_client), 'content-type': 'application/x-www-form-urlencoded' };
  const body = 'grant_type=client_credentials&scope=records:read';
  const answer = await post(`${dev.issuer}/oauth2/token`, authority, headers, body);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.protocol, 'TLSv1.3');
  // On localhost other programs serve too, in clear.
  assert.equal(answer.headers['strict-transport-security'], undefined);
  await assert.rejects(post(`${dev.issuer}/oauth2/token`, undefined, headers, body), /certificate|issuer/i);
});

test('where clients show certificates, one with and one without is served', async () => {
  const [ca, cert, key] = await Promise.all(
    [dev.tls_authority, dev.client_certificate, dev.client_key].map((file) => readFile(file, 'utf8')),
  );
  const document = await fetchDocument(ca);
  const endpoint = document.mtls_endpoint_aliases.token_endpoint;
  assert.equal(endpoint, `${dev.mtls_url}/oauth2/token`);
  const headers = { authorization: basic(dev.service_client), 'content-type': 'application/x-www-form-urlencoded' };
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3']) {
    for (const shown of [{}, { cert, key }]) {
      const body = 'grant_type=client_credentials&scope=records:read';
      const answer = await post(endpoint, ca, headers, body, { maxVersion, agent: false, ...shown });
      assert.deepEqual([answer.status, answer.protocol], [200, maxVersion], answer.text);
    }
  }
});

async function fetchDocument(ca) {
  const sent = request(`${dev.issuer}/.well-known/openid-configuration`, { ca });
  sent.end();
  const [answer] = await once(sent, 'response');
  let text = '';
  for await (const part of answer) text += part;
  return JSON.parse(text);
}
