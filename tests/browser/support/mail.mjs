// The mail that `portcullis dev` shows in place of sending it.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/** Opens /dev/mail and waits for a mail to this address with this subject. Returns the newest such mail on the page. */
export async function openMail(page, issuer, address, subject) {
  const about = page.locator('h2', { hasText: subject });
  const mail = page.locator('section.mail').filter({ hasText: address }).filter({ has: about });
  for (let waited = 0; waited < 10_000; waited += 200) {
    await page.goto(`${issuer}/dev/mail`);
    if ((await mail.count()) > 0) return mail.first();
    await sleep(200);
  }
  return assert.fail(`no mail to ${address} with the subject ${subject}`);
}

/** Follows the first link of that mail. */
export async function followLink(page, issuer, address, subject) {
  const mail = await openMail(page, issuer, address, subject);
  await mail.getByRole('link').first().click();
}
