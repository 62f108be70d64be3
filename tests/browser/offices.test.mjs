// Each office walks through its console: every page that is linked there opens, and no link or form leads to a refusal.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launchBrowser, openWindow, screenshot, signIn } from './support/browser.mjs';
import { startPortcullis } from './support/portcullis.mjs';
import { nextCode } from './support/totp.mjs';

const PASSWORD = 'walks through the whole of it';
const MOST_PAGES = 150;

/** What each sees of the rail, in its order. */
const OFFICES = {
  client_manager: ['Clients', 'APIs', 'Admin API'],
  client_owner: ['Clients', 'APIs', 'Admin API'],
  user_manager: ['Roles', 'Users', 'Sessions', 'Admin API'],
  auditor: ['Home', 'Clients', 'APIs', 'Roles', 'Users', 'Sessions', 'Attacks', 'Blocked networks', 'Keys', 'Audit log', 'Branding', 'In force', 'Admin API'],
  operator: ['Blocked networks', 'Keys', 'Branding', 'In force', 'Admin API'],
};

let dev, browser;

before(async () => {
  dev = await startPortcullis();
  browser = await launchBrowser();
  for (const office of Object.keys(OFFICES)) {
    dev.run('role', 'create', '--name', `office-${office.replace('_', '-')}`, '--office', office);
    const role = ['--role', `office-${office.replace('_', '-')}`, '--password-stdin'];
    dev.runWith(PASSWORD, 'user', 'create', '--username', office, ...role);
  }
  dev.run('client', 'create', '--type', 'service', '--name', 'Nightly', '--scope', 'records:read');
});
after(async () => {
  await browser?.close();
  await dev?.stop();
});

async function enter(page, username) {
  await page.goto(`${dev.issuer}/admin/sign-in`);
  await signIn(page, { username, password: PASSWORD });
  await page.locator('#enrol-app button').click();
  const code = await nextCode(await page.locator('#secret').innerText());
  await page.locator('#enrol [name=code]').fill(code);
  await page.locator('#enrol button').click();
  await page.locator('#onward button[name=stored]').click();
  await page.getByRole('navigation', { name: 'Console' }).waitFor();
}

/** Where the page leads within the console, and where its forms are posted to. */
const exits = () => ({
  links: [...document.querySelectorAll('a[href^="/admin"]')].map((link) => link.getAttribute('href').split('#')[0]),
  forms: [...document.querySelectorAll('form[method=post][action^="/admin"]')].map((form) => form.getAttribute('action')),
});

for (const [office, parts] of Object.entries(OFFICES)) {
  test(`the ${office} sees what they may do, and nothing else`, async () => {
    const { page, context, trouble } = await openWindow(browser, [dev.issuer]);
    await enter(page, office);
    const rail = page.getByRole('navigation', { name: 'Console' });
    assert.deepEqual((await rail.getByRole('link').allInnerTexts()).map((text) => text.trim()), parts);

    const waiting = [[new URL(page.url()).pathname, 'the sign-in']];
    const [seen, forms, refused] = [new Set(waiting[0]), new Map(), []];
    while (waiting.length && seen.size < MOST_PAGES) {
      const [path, from] = waiting.shift();
      const answer = await page.goto(`${dev.issuer}${path}`);
      if (answer.status() !== 200) refused.push(`${path}, to which ${from} leads: ${answer.status()}`);
      if (parts.length < 6 || seen.size < 30) await screenshot(page, `office-${office}-${path.split('?')[0].replaceAll('/', '-')}`);
      const { links, forms: found } = await page.evaluate(exits);
      found.forEach((form) => forms.set(form, path));
      // One order, size and filter of a list stand for all, and one of many like things.
      const next = links.filter((link) => !/\/export|[?&](sort|size|after|before|ticked|days|until|q)=/.test(link));
      for (const link of next) {
        const kind = link.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID').replace(/(event|client|actor|subject|ip|trace|user|network|scope|try)=[^&]*/g, '$1');
        if (!seen.has(kind) && !seen.has(link)) {
          seen.add(kind).add(link);
          waiting.push([link, path]);
        }
      }
    }
    for (const [form, from] of forms) {
      if (/sign-out|\/session$|\/unsent$|\/stored$|reauthenticate/.test(form)) continue;
      // Who sends it is looked at before what is sent, which is no form.
      const answer = await page.request.post(`${dev.issuer}${form}`, {
        headers: { 'sec-fetch-site': 'same-origin', origin: dev.issuer, 'content-type': 'text/plain' },
        data: 'nothing',
        maxRedirects: 0,
      });
      if (answer.status() === 403 || answer.status() >= 500) refused.push(`${form}, to which ${from} posts: ${answer.status()}`);
    }
    await context.close();
    assert.deepEqual(refused, []);
    assert.deepEqual(trouble, []);
  });
}
