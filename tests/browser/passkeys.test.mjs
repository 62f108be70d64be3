// Passkeys, authenticator apps and recovery codes in a real browser, with a virtual authenticator in place of a finger.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { launchBrowser, openWindow, signIn } from './support/browser.mjs';
import { inspect } from './support/inspection.mjs';
import { startPortcullis } from './support/portcullis.mjs';
import { nextCode } from './support/totp.mjs';

let dev, browser, context, page, trouble, authenticator;

before(async () => {
  dev = await startPortcullis();
  browser = await launchBrowser();
  ({ page, context, trouble } = await openWindow(browser, [dev.issuer]));
  authenticator = await virtualAuthenticator();
  // Nobody touches the authenticator until a test says so: a sign-in page would else sign in by itself.
  await authenticator.present(false);
});
after(async () => {
  await browser?.close();
  await dev?.stop();
});
afterEach(() => assert.deepEqual(trouble.splice(0), []));

/** A platform authenticator that makes sure of its owner. */
async function virtualAuthenticator() {
  const session = await context.newCDPSession(page);
  await session.send('WebAuthn.enable');
  const options = {
    protocol: 'ctap2',
    transport: 'internal',
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    automaticPresenceSimulation: true,
  };
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', { options });
  const send = (command, argument) => session.send(`WebAuthn.${command}`, { authenticatorId, ...argument });
  return {
    present: (enabled) => send('setAutomaticPresenceSimulation', { enabled }),
    verifies: (isUserVerified) => send('setUserVerified', { isUserVerified }),
    credentials: async () => (await send('getCredentials')).credentials,
  };
}

/** Presses a button that asks for the passkey, ready to touch the authenticator. */
async function touch(button) {
  await authenticator.present(true);
  await button.click();
  await page.waitForURL('**/account/factors*');
  await authenticator.present(false);
}

const open = (path) => page.goto(`${dev.issuer}${path}`);
const heading = () => page.locator('h1').innerText();

test('a passkey is added, and the list shows it', async () => {
  await open('/account/factors');
  await signIn(page, dev.user);
  await page.getByRole('link', { name: 'Add a passkey' }).click();
  await page.getByLabel('Name').fill('My laptop');
  await touch(page.getByRole('button', { name: 'Create the passkey' }));

  assert.match(await page.getByRole('status').innerText(), /It is added/);
  assert.match(await page.locator('#factors').innerText(), /My laptop/);
  const [credential] = await authenticator.credentials();
  assert.equal(credential.rpId, 'localhost');
  assert.ok(credential.isResidentCredential);
});

test('the passkey is asked for after the password', async () => {
  await context.clearCookies();
  await open('/account/factors');
  await signIn(page, dev.user);
  assert.match(page.url(), /second-factor/);
  await touch(page.locator('#passkey button'));
  assert.match(await page.locator('#factors').innerText(), /My laptop/);
});

test('the passkey signs in alone, if it makes sure of its owner', async () => {
  await context.clearCookies();
  await authenticator.verifies(false);
  await open('/account/factors');
  await authenticator.present(true);
  await page.locator('#passkey button').click();
  await page.locator('#passkey [data-passkey-failed]').waitFor();
  await authenticator.present(false);

  await authenticator.verifies(true);
  await touch(page.locator('#passkey button'));
  assert.match(await page.locator('#factors').innerText(), /My laptop/);
});

test('the browser offers the passkey in the field for the username', async () => {
  await context.clearCookies();
  await authenticator.present(true);
  await open('/sign-in?to=factors');
  await page.waitForURL('**/account/factors');
  await authenticator.present(false);
});

test('an authenticator app is added by its code', async () => {
  await open('/account/factors/app');
  await page.getByLabel('Name').fill('My phone');
  await page.getByRole('button', { name: 'Continue' }).click();
  assert.ok(await page.locator('svg.qr path').isVisible());
  const secret = await page.locator('#secret').innerText();
  await page.getByLabel('Code', { exact: true }).fill('000 000');
  await page.getByRole('button', { name: 'Add the app' }).click();
  assert.match(await page.title(), /^Error: /);
  await page.getByLabel('Code', { exact: true }).fill(await nextCode(secret));
  await page.getByRole('button', { name: 'Add the app' }).click();
  assert.match(await page.locator('#factors').innerText(), /My phone/);
});

test('recovery codes are shown once, and downloaded', async () => {
  await page.getByRole('button', { name: 'Make recovery codes' }).click();
  const shown = await page.locator('#codes code').allInnerTexts();
  assert.equal(shown.length, 10);
  assert.ok(await page.getByRole('button', { name: 'Print' }).isVisible());

  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download as a text file' }).click();
  const download = await downloading;
  assert.equal(download.suggestedFilename(), 'recovery-codes.txt');
  const chunks = await (await download.createReadStream()).toArray();
  for (const code of shown) assert.ok(Buffer.concat(chunks).includes(code));

  await context.clearCookies();
  await open('/account/factors');
  await signIn(page, dev.user);
  await page.getByText('Lost your device?').click();
  await page.getByLabel('Recovery code', { exact: true }).fill(shown[0].toLowerCase());
  await page.locator('#recovery button').click();
  assert.match(await page.locator('main').innerText(), /You have 9 codes left/);
});

test('a factor gets another name, and is removed', async () => {
  await page.getByRole('link', { name: 'My phone' }).click();
  await page.getByLabel('Name').fill('Old phone');
  await page.getByRole('button', { name: 'Save name' }).click();
  await page.getByRole('link', { name: 'Old phone' }).click();
  assert.equal(await heading(), 'Old phone');
  await page.getByRole('button', { name: 'Remove it' }).click();
  assert.doesNotMatch(await page.locator('#factors').innerText(), /phone/);
});

test('the pages are sound', async () => {
  // Our policy allows no script but ours: axe is one of the others.
  const other = await openWindow(browser, [dev.issuer], { bypassCSP: true, storageState: await context.storageState() });
  const visit = async (path, name) => {
    await other.page.goto(`${dev.issuer}${path}`);
    await inspect(other.page, name);
  };
  await visit('/account/factors', 'factors');
  await other.page.locator('#factors a').first().click();
  await inspect(other.page, 'factor');
  await visit('/account/factors/passkey', 'factor-passkey');
  await visit('/account/factors/app', 'factor-app');
  await other.page.getByRole('button', { name: 'Continue' }).click();
  await inspect(other.page, 'factor-app-begun');
  await visit('/account/factors', 'factors');
  await other.page.locator('#recovery-codes button').click();
  await inspect(other.page, 'recovery-codes');
  await other.context.close();
});
