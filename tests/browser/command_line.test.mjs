// The command line on somebody's own machine, which works through a server: they sign in for it with their browser.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { launchBrowser, openWindow, signIn } from './support/browser.mjs';
import { noteSecretsIn } from './support/logs.mjs';
import { binary, startPortcullis } from './support/portcullis.mjs';

const CLIENT = 'portcullis-cli';
const PERMISSIONS = 'clients:read clients:write roles:read roles:write'.split(' ').map((one) => `portcullis:${one}`);

let dev, browser, page, home, trouble;

before(async () => {
  dev = await startPortcullis();
  browser = await launchBrowser();
  home = await mkdtemp(join(tmpdir(), 'portcullis-home-'));
  const redirect = ['--redirect-uris', 'http://127.0.0.1/callback'];
  const scope = ['--scope', PERMISSIONS.join(' ')];
  dev.run('client', 'create', '--client-id', CLIENT, '--name', 'Command line', '--type', 'native', ...redirect, ...scope);
  ({ page, trouble } = await openWindow(browser, [dev.issuer]));
});
after(async () => {
  await browser?.close();
  await dev?.stop();
  await rm(home, { recursive: true, force: true });
});

/** Starts a command on a machine that has nothing but the program. `url`: where it sends the browser, if it does. */
function start(...command) {
  const child = spawn(binary, [...command, '--server', dev.issuer, '--json'], { env: { HOME: home } });
  let said = '';
  let printed = '';
  child.stdout.on('data', (data) => (printed += data));
  const url = new Promise((found) => {
    child.stderr.on('data', (data) => {
      said += data;
      const url = said.match(/^http\S+\n/m);
      if (url) found(url[0].trim());
    });
  });
  const ended = once(child, 'exit').then(([code]) => {
    noteSecretsIn(printed);
    return { code, said, printed: printed && JSON.parse(printed) };
  });
  return { url, ended };
}

test('somebody signs in once for several commands, and proves anew who they are where the console asks for it', async () => {
  const list = start('client', 'list');
  await page.goto(await list.url);
  await signIn(page, dev.admin);
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByText('You can close this window').waitFor();
  const listed = await list.ended;
  assert.equal(listed.code, 0, listed.said);
  assert.ok(listed.printed.some((client) => client.client_id === CLIENT));

  const kept = join(home, '.local/state/portcullis/tokens.json');
  assert.equal((await stat(kept)).mode & 0o777, 0o600, 'nobody else reads it');
  const shown = await start('client', 'show', CLIENT).ended;
  assert.equal(shown.code, 0);
  assert.doesNotMatch(shown.said, /Sign in/);

  const role = await start('role', 'create', '--name', 'nurse').ended;
  assert.equal(role.code, 0, `the sign-in was a moment ago: ${role.said}`);
  const refused = await start('key', 'list').ended;
  assert.equal(refused.code, 1);
  assert.match(refused.said, /portcullis:keys:read/);
  assert.deepEqual(trouble, []);
});

test('what goes to the port that is not the answer is turned away', async () => {
  await rm(join(home, '.local'), { recursive: true });
  const list = start('client', 'list');
  const asked = new URL(await list.url);
  const back = asked.searchParams.get('redirect_uri');
  assert.match(back, /^http:\/\/127\.0\.0\.1:\d+\/callback$/);
  assert.equal((await fetch(`${back}?code=ptc_ac_forged&state=guessed&iss=${dev.issuer}`)).status, 400);
  await page.goto(asked.href); // whoever is signed in already is asked nothing
  const ended = await list.ended;
  assert.equal(ended.code, 0, ended.said);
});
