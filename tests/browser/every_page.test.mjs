// Every page as people see it: axe finds nothing, light or dark, wide or narrow, and none scrolls sideways at 320 px. The
// pages of a person's own account are in account_pages.test.mjs, those about second factors beside what they are for.

import { after, before } from 'node:test';

import { launchBrowser, openWindow, signIn } from './support/browser.mjs';
import { pageTests, policyTest } from './support/inspection.mjs';
import { beginRun, decide, next } from './support/playground.mjs';
import { startPortcullis } from './support/portcullis.mjs';
import { nextCode } from './support/totp.mjs';

let dev, browser, page;

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

const open = (path) => page.goto(`${dev.issuer}${path}`);
const pageIs = pageTests(() => page);

pageIs('home', /^Portcullis$/, () => open('/'));
pageIs('accessibility', /^Accessibility$/, () => open('/accessibility'));
pageIs('error', /cannot be accepted/, () => open('/oauth2/authorize?client_id=nobody'));
pageIs('not found', /no such page/, () => open('/nowhere'));
pageIs('playground', /^Playground$/, () => open('/playground'));
pageIs('sign-in', /^Sign in$/, () => beginRun(page, dev.issuer, { prompt: 'consent', response_mode: 'form_post' }));
pageIs('sign-in refused', /^Sign in$/, () => signIn(page, { username: 'nobody', password: 'wrong' }));
pageIs('consent', /asks for access/, () => signIn(page, dev.user));
pageIs('form post', /^Returning to Playground$/, async () => {
  await page.route('**/assets/form-post*', (route) => route.abort());
  await decide(page, 'allow');
  await page.locator('#form-post').waitFor();
});
pageIs('playground run', /^Playground$/, async () => {
  await page.locator('#form-post button').click();
  await next(page, 'redeem');
  await next(page, 'userinfo');
});
pageIs('home signed in', /^Portcullis$/, () => open('/'));
pageIs('sign-out', /^Do you want to sign out/, () => open('/sign-out'));
pageIs('signed out', /^You are signed out$/, async () => {
  await open('/');
  await page.locator('#sign-out button').click();
  await page.locator('#signed-out').waitFor();
});

pageIs('console sign-in', /^Sign in to the console$/, () => open('/admin/sign-in'));
pageIs('console home', /^Home$/, () => signIn(page, dev.admin));
pageIs('console home 90 days', /^Home$/, () => open('/admin?over=quarter'));
pageIs('clients', /^Clients$/, () => open('/admin/clients'));
pageIs('clients none found', /^Clients$/, () => open('/admin/clients?q=nothing-is-called-so'));
pageIs('client new', /^Register client$/, () => open('/admin/clients/new'));
pageIs('client refused', /^Register client$/, () => page.locator('#client button').click());
pageIs('client with secret', /^Statistics$/, async () => {
  await page.getByLabel('Name', { exact: true }).fill('Statistics');
  await page.locator('#client input[name=type][value=service]').check();
  await page.locator('#client input[value="records:read"]').check();
  await page.locator('#client').getByRole('button', { name: 'Register client' }).click();
  await page.locator('#client-secret').waitFor();
});
pageIs('client import', /^Register from a document$/, () => open('/admin/clients/import'));
pageIs('client import checked', /^Register from a document$/, async () => {
  const documents = [
    { client_name: 'Portal', redirect_uris: ['https://portal.example/callback'], logo_uri: 'https://portal.example/logo.png' },
    { client_name: 'Legacy', redirect_uris: ['https://*.example/callback'], grant_types: ['authorization_code', 'implicit'] },
  ];
  await page.getByLabel('Document').fill(JSON.stringify(documents, null, 2));
  await page.locator('#import').getByRole('button', { name: 'Check' }).click();
  await page.locator('#report').waitFor();
});
pageIs('client', /^Playground$/, () => open(`/admin/clients/${dev.web_client.client_id}`));
for (const tab of ['Sign-in', 'Scopes', 'Secrets', 'Tokens', 'Activity']) {
  pageIs(`client ${tab}`, /^Playground$/, () => page.getByRole('navigation', { name: 'Client' }).getByRole('link', { name: tab }).click());
}
pageIs('client like it', /^Register client$/, () => page.getByRole('link', { name: 'Register one like it' }).click());
pageIs('client comparison', /^Compare clients$/, () =>
  open(`/admin/clients/compare?one=${dev.web_client.client_id}&other=${dev.service_client.client_id}`));
pageIs('client edit', /^Change Playground$/, () => open(`/admin/clients/${dev.web_client.client_id}/edit`));
pageIs('client delete', /^Delete Playground/, () => open(`/admin/clients/${dev.web_client.client_id}/delete`));
pageIs('apis', /^APIs$/, () => open('/admin/apis'));
pageIs('api', /^Health records$/, () => page.getByRole('link', { name: 'Health records' }).click());
pageIs('api edit', /^Change Health records$/, () => page.getByRole('link', { name: 'Change API' }).click());
pageIs('api new', /^Register API$/, () => open('/admin/apis/new'));
pageIs('api delete', /^Delete Health records/, async () => {
  await open('/admin/apis');
  await page.getByRole('link', { name: 'Health records' }).click();
  await page.getByRole('link', { name: /^Delete API/ }).click();
});
pageIs('roles', /^Roles$/, () => open('/admin/roles'));
pageIs('role', /^Change administrator$/, () => page.locator('tbody a').first().click());
pageIs('role new', /^Add role$/, () => open('/admin/roles/new'));
pageIs('role delete', /^Delete records-officer/, () => open('/admin/roles/records-officer/delete'));
pageIs('users', /^Users$/, () => open('/admin/users'));
pageIs('user', /^alice$/, () => page.locator('tbody a').last().click());
pageIs('user edit', /^Change alice$/, () => page.getByRole('link', { name: 'Change user' }).click());
pageIs('user profile', /^Change alice$/, () => page.locator('#user summary', { hasText: 'Profile' }).click());
pageIs('user profile refused', /^Change alice$/, async () => {
  await page.getByLabel('Phone number').fill('021 555 0100');
  await page.getByRole('button', { name: 'Save user' }).click();
  await page.locator('#user, #reauthentication').waitFor();
  if (await page.locator('#user').isVisible()) return;
  // On a slow machine the proof is older than five minutes by now.
  await page.locator('#reauthentication [name=code]').fill(await nextCode(dev.admin.totp_secret));
  await page.locator('#reauthentication button').click();
  await page.locator('#form-post button').click();
});
pageIs('user delete', /^Delete alice/, async () => {
  await open('/admin/users');
  await page.locator('tbody a').last().click();
  await page.getByRole('link', { name: 'Delete user' }).click();
});
pageIs('user new', /^Add user$/, () => open('/admin/users/new'));
pageIs('sessions', /^Sessions$/, () => open('/admin/sessions'));
pageIs('settings in force', /^In force$/, () => open('/admin/settings'));
pageIs('blocked networks', /^Blocked networks$/, () => open('/admin/networks?network=203.0.113.7'));
pageIs('keys', /^Keys$/, () => open('/admin/keys'));
pageIs('key withdraw', /^Withdraw /, () => page.locator('tbody a').first().click());
pageIs('audit', /^Audit log$/, () => open('/admin/audit'));
pageIs('audit none found', /^Audit log$/, () => open('/admin/audit?client=nobody'));
pageIs('attacks', /^Attacks$/, () => open('/admin/security'));
pageIs('branding', /^Branding$/, () => open('/admin/branding'));
pageIs('why', /^Why\?$/, () => open(`/admin/why?client=${dev.web_client.client_id}&user=alice`));
pageIs('sign-in test', /^Test sign-in: /, () => open(`/admin/sign-in-test?client=${dev.web_client.client_id}`));
pageIs('sign-in test under way', /^Test sign-in: /, () => page.getByRole('button', { name: 'Begin test' }).click());
pageIs('admin api', /^Admin API$/, () => open('/admin/reference'));
pageIs('operation', /^replaceClient$/, () => open('/admin/reference/replaceClient'));
pageIs('operation tried', /^listClients$/, () => open('/admin/reference/listClients?try=true'));
pageIs('request', /^Request$/, async () => {
  await open('/admin/audit');
  await page.locator('.log .when a').first().click();
  await page.locator('main a[href^="/admin/requests/"]').first().click();
});

policyTest(() => page);
