// Every page of a person's own account, and of the ways into it and back into it, in the order in which they lead there.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { launchBrowser, openWindow, signIn } from './support/browser.mjs';
import { pageTests, policyTest } from './support/inspection.mjs';
import { followLink, openMail } from './support/mail.mjs';
import { beginRun, decide, next } from './support/playground.mjs';
import { startPortcullis } from './support/portcullis.mjs';

let dev, browser, page, client;

const ALICE = 'alice@people.example';
const MOVED = 'alice@moved.example';
const NEWCOMER = 'carol@people.example';
const PASSWORD = 'three grey herons wade at dusk';

before(async () => {
  dev = await startPortcullis();
  browser = await launchBrowser();
  // Our policy allows no script but ours: axe is one of the others.
  ({ page } = await openWindow(browser, [dev.issuer], { bypassCSP: true }));
});
after(async () => {
  await browser?.close();
  await dev?.stop();
});

const pageIs = pageTests(() => page);
const open = (path) => page.goto(`${dev.issuer}${path}`);
const press = (form) => page.locator(`${form} .actions button`).click();
const choosePassword = async (form, password) => {
  await page.locator(`${form} [name=password]`).fill(password);
  await press(form);
};

pageIs('register', /^Open an account$/, () => open('/register'));
pageIs('register sent', /^Check your email$/, async () => {
  await page.locator('#register [name=email]').fill(NEWCOMER);
  await press('#register');
});
pageIs('mail', /^Mail$/, () => openMail(page, dev.issuer, NEWCOMER, 'Open your account'));
pageIs('registration', /^Open your account$/, () => followLink(page, dev.issuer, NEWCOMER, 'Open your account'));
pageIs('registration refused', /^Open your account$/, () => choosePassword('#registration', 'short'));
pageIs('register done', /^Your account is open$/, async () => {
  await page.locator('#registration [name=name]').fill('Carol');
  await choosePassword('#registration', PASSWORD);
});
// Nobody types a password again that they have just chosen.
pageIs('account', /^Your account$/, () => page.getByRole('link', { name: 'Go on to your account' }).click());
pageIs('account delete', /^Delete your account$/, () => open('/account/delete'));
pageIs('account delete refused', /^Delete your account$/, () => press('#delete'));
pageIs('account deleted', /^Your account is deleted$/, async () => {
  await page.locator('#delete [name=confirmation]').fill(NEWCOMER);
  await press('#delete');
});

pageIs('account details', /^Your details$/, async () => {
  await open('/account/details');
  await signIn(page, dev.user);
});
pageIs('account details saved', /^Your details$/, () => press('#details'));
pageIs('account password', /^Change your password$/, () => open('/account/password'));
pageIs('account password refused', /^Change your password$/, () => choosePassword('#password-change', PASSWORD));
pageIs('account applications none', /^Applications with access$/, () => open('/account/applications'));
pageIs('account applications', /^Applications with access$/, async () => {
  client = await page.context().newPage();
  await beginRun(client, dev.issuer);
  await decide(client, 'allow');
  await next(client, 'redeem');
  await open('/account/applications');
});

test('whoever withdraws what they allowed ends its tokens, and is asked again', async () => {
  await next(client, 'userinfo');
  assert.match(await client.locator('#latest').innerText(), /200 OK/);
  await page.getByRole('button', { name: 'Withdraw access' }).click();
  assert.match(await page.getByRole('status').innerText(), /The access is withdrawn/);
  await sleep(1000);

  await next(client, 'userinfo');
  assert.match(await client.locator('#latest').innerText(), /401 Unauthorized/);
  await beginRun(client, dev.issuer);
  assert.match(await client.locator('h1').innerText(), /^Playground asks for access/);
  await client.close();
});

pageIs('account activity', /^What happened lately$/, () => open('/account/activity'));
pageIs('account sessions', /^Where you are signed in$/, async () => {
  const other = await openWindow(browser, [dev.issuer]);
  await other.page.goto(`${dev.issuer}/account`);
  await signIn(other.page, dev.user);
  await other.context.close();
  await open('/account/sessions');
  await page.locator('#end-others').waitFor();
});

pageIs('account email', /^Your email address$/, () => open('/account/email'));
pageIs('account email refused', /^Your email address$/, () => press('#email-change'));
pageIs('verify email', /^Confirm your email address$/, async () => {
  await page.locator('#email-change [name=email]').fill(MOVED);
  await press('#email-change');
  await followLink(page, dev.issuer, MOVED, 'Confirm your email address');
});
pageIs('verify email done', /^Your email address is confirmed/, async () => {
  await press('#email');
  await page.waitForURL('**/verify-email/done');
});
pageIs('undo email', /^Take your email address back$/, () => followLink(page, dev.issuer, ALICE, 'was changed'));
pageIs('undo email done', /^Your email address is as it was$/, () => press('#email'));

pageIs('recover', /^Get a link to set a new password$/, () => open('/recover'));
pageIs('recover refused', /^Get a link to set a new password$/, () => press('#recover'));
pageIs('recover sent', /^Check your email$/, async () => {
  await page.locator('#recover [name=username]').fill('alice');
  await press('#recover');
});
pageIs('recovery', /^Set a new password$/, () => followLink(page, dev.issuer, ALICE, 'Set a new password'));
pageIs('recovery done', /^Your password is set$/, () => choosePassword('#new-password', PASSWORD));
pageIs('link gone', /^This link does not work$/, () => followLink(page, dev.issuer, ALICE, 'Set a new password'));
pageIs('hold account', /^Hold this account$/, () => followLink(page, dev.issuer, MOVED, 'was changed'));
pageIs('hold account done', /^The account is held$/, () => press('#email'));

test('whoever recovered signs in with the new password and with no other, and is told so', async () => {
  await open('/account');
  assert.equal(await page.locator('h1').innerText(), 'Your account', 'who chose it need not type it again');
  const other = await openWindow(browser, [dev.issuer]);
  await other.page.goto(`${dev.issuer}/account`);
  await signIn(other.page, dev.user);
  assert.match(await other.page.title(), /^Error: /);
  await signIn(other.page, { ...dev.user, password: PASSWORD });
  assert.equal(await other.page.locator('h1').innerText(), 'Your account');
  await other.context.close();
  await openMail(page, dev.issuer, ALICE, 'Your password at Portcullis was changed');
});

pageIs('invitation', /^Choose a password$/, async () => {
  dev.run('user', 'create', '--username', 'dora', '--email', 'dora@people.example');
  await followLink(page, dev.issuer, 'dora@people.example', 'Your account at');
});
pageIs('invitation refused', /^Choose a password$/, () => choosePassword('#new-password', 'short'));

test('a sign-in in a browser that nobody has seen before is told by mail', async () => {
  const mails = async () => {
    await openMail(page, dev.issuer, ALICE, 'A new sign-in');
    return page.locator('section.mail').filter({ hasText: ALICE }).filter({ hasText: 'A new sign-in' }).count();
  };
  const before = await mails();
  const other = await openWindow(browser, [dev.issuer]);
  await other.page.goto(`${dev.issuer}/account`);
  await signIn(other.page, { ...dev.user, password: PASSWORD });
  assert.equal(await other.page.locator('h1').innerText(), 'Your account');
  await other.context.close();
  assert.equal(await mails(), before + 1);
});

policyTest(() => page);
