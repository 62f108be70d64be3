// A client asks for more than a password: the person adds a factor on the way, and is asked for it from then on.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';

import { startApplication } from './support/application.mjs';
import { launchBrowser, openWindow, signIn } from './support/browser.mjs';
import { inspect } from './support/inspection.mjs';
import { startPortcullis } from './support/portcullis.mjs';
import { nextCode } from './support/totp.mjs';

let dev, browser, application, callback, person, totp_secret;
const verifier = randomBytes(32).toString('base64url');

before(async () => {
  application = await startApplication('127.0.0.1');
  callback = `${application.origin}/callback`;
  dev = await startPortcullis();
  browser = await launchBrowser();
  person = await window();
});
after(async () => {
  await browser?.close();
  application.stop();
  await dev?.stop();
});

/** A window with cookies of its own. Our policy allows no script but ours: axe is one of the others. */
async function window() {
  const { page } = await openWindow(browser, [dev.issuer, application.origin], { bypassCSP: true });
  return page;
}

const heading = (page) => page.locator('h1').innerText();
const giveCode = async (page, form, code) => {
  await page.locator(`${form} [name=code]`).fill(code);
  await page.locator(`${form} button`).click();
};

/** Sends the browser to us, as the client does that wants this level. */
async function authorize(page, acr) {
  const query = new URLSearchParams({
    client_id: dev.public_client.client_id,
    redirect_uri: callback,
    response_type: 'code',
    scope: 'openid',
    acr_values: acr,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  await page.goto(`${dev.issuer}/oauth2/authorize?${query}`);
}

/** What the ID token says at the end of the way, which for a native client leads past the consent page each time. */
async function acr(page) {
  const { client_id } = dev.public_client;
  await page.locator('#consent button[value=allow]').click();
  await page.waitForURL((url) => url.href.startsWith(callback));
  const code = new URL(page.url()).searchParams.get('code');
  const form = { grant_type: 'authorization_code', client_id, code, redirect_uri: callback, code_verifier: verifier };
  const answer = await fetch(`${dev.issuer}/oauth2/token`, { method: 'POST', body: new URLSearchParams(form) });
  const { id_token } = await answer.json();
  return JSON.parse(Buffer.from(id_token.split('.')[1], 'base64url')).acr;
}

test('an app is added on the way', async () => {
  await authorize(person, 'aal2');
  await signIn(person, dev.user);
  assert.match(await heading(person), /^Add a second way/);
  await inspect(person, 'enrol');
  await person.locator('#enrol-app button').click();
  totp_secret = await person.locator('#secret').innerText();
  await inspect(person, 'enrol-app');

  await giveCode(person, '#enrol', '000000');
  assert.match(await person.title(), /^Error: /);
  await inspect(person, 'enrol-app-refused');
  await giveCode(person, '#enrol', await nextCode(totp_secret));
  assert.match(await heading(person), /^Keep these recovery codes/);
  assert.equal(await person.locator('#recovery-codes li').count(), 10);
  await inspect(person, 'enrolled');

  await person.locator('#onward button[name=stored]').click();
  assert.equal(await acr(person), 'aal2');
});

test('from then on the code is asked for, whoever asks', async () => {
  const page = await window();
  await authorize(page, 'aal1');
  await signIn(page, dev.user);
  assert.match(await heading(page), /^Confirm that it is you/);
  await inspect(page, 'second-factor');
  await giveCode(page, '#second-factor', '000000');
  assert.match(await page.title(), /^Error: /);
  await inspect(page, 'second-factor-refused');
  await giveCode(page, '#second-factor', await nextCode(totp_secret));
  assert.equal(await acr(page), 'aal1');

  await page.goto(`${dev.issuer}/account`);
  await inspect(page, 'account');
});

test('a passkey is added where only that will do, and then suffices alone', async () => {
  const devtools = await person.context().newCDPSession(person);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'usb',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await authorize(person, 'phr');
  assert.match(await heading(person), /^Add a second way/);
  await inspect(person, 'enrol-passkey');
  await person.locator('#passkey button').click();
  await person.locator('#onward button[name=stored]').click();
  assert.equal(await acr(person), 'phr');

  await authorize(person, 'phr');
  assert.equal(await acr(person), 'phr');
});
