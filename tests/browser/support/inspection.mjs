// What every page must be: axe finds nothing, light or dark, wide or narrow, and none scrolls sideways at 320 px, which is
// what a window of 1280 px shows at 400 %.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { AxeBuilder } from '@axe-core/playwright';

import { openWindow, screenshot } from './browser.mjs';

/** axe checks the size of targets (2.5.8) only where it is asked to. */
const RULES = { rules: { 'target-size': { enabled: true } } };

/** Fails with all that is wrong with the page that is open, which may load no script but ours unless `bypassCSP`. */
export async function inspect(page, name) {
  const wrong = [];
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [1280, 375]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      const { violations } = await new AxeBuilder({ page }).options(RULES).analyze();
      for (const { id, help, nodes } of violations) {
        wrong.push(`${colorScheme} ${width} px: ${id} (${help}): ${nodes.map(({ html }) => html).join('\n')}`);
      }
      await screenshot(page, `${name}-${colorScheme}-${width}`);
    }
  }
  await page.setViewportSize({ width: 320, height: 900 });
  const overflow = await page.locator('html').evaluate((html) => html.scrollWidth - html.clientWidth);
  if (overflow > 0) {
    wrong.push(`it scrolls sideways by ${overflow} px at 320 px`);
    await screenshot(page, `${name}-light-320`);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  assert.deepEqual(wrong, [], name);
}

/**
 * Makes tests of pages: one for each, in the order in which one leads to the next, in the window that `current` gives.
 * `heading`: by which the page is known.
 */
export const pageTests = (current) => (name, heading, lead) =>
  test(name, async () => {
    await lead();
    await current().locator('h1', { hasText: heading }).waitFor();
    await current().waitForLoadState(); // its style sheet too
    visited.add(current().url());
    await inspect(current(), name.replaceAll(' ', '-'));
  });

/** Where the pages of this file's tests were. */
const visited = new Set();

/**
 * Makes the test that comes last: the same addresses once more, with the cookies of that window, in one where our policy
 * holds. The browser says in its console what breaks it.
 */
export const policyTest = (current) =>
  test('SH-10: no page breaks the policy or loads anything from elsewhere', async () => {
    const context = current().context();
    const storageState = await context.storageState();
    const { page, trouble } = await openWindow(context.browser(), [new URL(current().url()).origin], { storageState });
    assert.ok(visited.size > 10, `${visited.size} pages`);
    for (const address of visited) await page.goto(address);
    assert.deepEqual(trouble, []);
  });
