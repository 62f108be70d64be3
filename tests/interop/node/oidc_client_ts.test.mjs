// oidc-client-ts in a real Chromium: the single-page app of docs/integrate/browser.md.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

import { command, dev, extract, register } from './portcullis.mjs';

const MODULES = fileURLToPath(new URL('node_modules', import.meta.url));
// What a bundler would put into app.js.
const IMPORTS = {
  'oidc-client-ts': '/modules/oidc-client-ts/dist/esm/oidc-client-ts.js',
  'jwt-decode': '/modules/jwt-decode/build/esm/index.js',
};

let server, browser, page, client, origin;

/** Serves the app's files, the library, and an API that passes the request on. */
async function answer(request, response, recipe) {
  const { pathname } = new URL(request.url, origin);
  if (pathname === '/api') {
    const { authorization } = request.headers;
    const answer = await fetch(dev.api.url, { headers: { authorization } });
    return response.writeHead(answer.status).end(await answer.text());
  }
  if (pathname === '/app.js') return send(response, 'text/javascript', join(recipe, 'app.js'));
  const [, module] = pathname.match(/^\/modules\/(.+)$/) ?? [];
  if (module) return send(response, 'text/javascript', join(MODULES, module));
  const html = readFileSync(join(recipe, 'index.html'), 'utf8');
  const map = `<script type="importmap">${JSON.stringify({ imports: IMPORTS })}</script>`;
  response.setHeader('content-type', 'text/html').end(html.replace('<p ', `${map}<p `));
}

const send = (response, type, file) => response.setHeader('content-type', type).end(readFileSync(file));

before(async () => {
  let recipe;
  server = createServer((request, response) => answer(request, response, recipe)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // Not localhost: the server's Strict-Transport-Security is for all of that host.
  origin = `http://127.0.0.1:${server.address().port}`;
  client = await register({
    client_name: 'Single-page app',
    type: 'browser',
    redirect_uris: [`${origin}/callback`],
    post_logout_redirect_uris: [`${origin}/`],
    scope: 'openid profile email offline_access records:read',
  });
  recipe = extract('browser.md', 'oidc-client-ts', {
    'https://id.example.org': dev.issuer,
    'https://records.example/api/records': `${origin}/api`,
    'https://app.example': origin,
    'my-app': client.client_id,
  });
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
  page = await browser.newPage({ ignoreHTTPSErrors: true });
  page.setDefaultTimeout(15_000);
});
after(async () => {
  await browser?.close();
  server.close();
  server.closeAllConnections();
});

const shown = (id, text) => page.locator(`#${id}`, { hasText: text }).waitFor();

test('it signs a person in and knows who it is', async () => {
  await page.goto(origin);
  await page.click('#login');
  await page.fill('#sign-in input[name=username]', dev.user.username);
  await page.fill('#sign-in input[name=password]', dev.user.password);
  await page.click('#sign-in button:not([type=button])');
  await page.click('#consent button[value=allow]');
  await shown('user', 'Alice Aroha Walker <alice@people.example>');
});

test('its access token opens the API', async () => {
  await page.click('#records');
  await shown('answer', client.client_id);
});

test('it refreshes what has expired', async () => {
  const refreshed = () => command('audit', 'list', '--event', 'token.refreshed', '--client', client.client_id).length;
  assert.equal(refreshed(), 0);
  await page.evaluate(() => document.getElementById('answer').replaceChildren());
  await page.clock.install({ time: Date.now() + 301_000 });
  await page.click('#records');
  await shown('answer', client.client_id);
  assert.ok(refreshed() > 0);
});

test('signing out ends the session here and there', async () => {
  await page.click('#logout');
  await shown('user', 'nobody is signed in');
  await page.click('#login');
  await page.waitForSelector('#sign-in');
});
