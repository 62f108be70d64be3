// A real Chromium, and windows in it that note everything no page of ours may do.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

import { noteAnswer } from './logs.mjs';
import { nextCode } from './totp.mjs';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The browser that $CHROMIUM names. */
export const launchBrowser = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? 'chromium', args: FLAGS });

/**
 * A window with cookies of its own. `trouble` collects what its pages did wrong: messages in the console, such as
 * violations of the Content-Security-Policy; uncaught errors; requests to hosts other than `hosts`.
 */
export async function openWindow(browser, hosts, options = {}) {
  const viewport = { width: 1280, height: 900 };
  const context = await browser.newContext({ viewport, reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const trouble = [];
  page.on('pageerror', (error) => trouble.push(String(error)));
  page.on('console', (message) => {
    // Chromium says so of every page whose status is 4xx.
    const isStatus = message.text().startsWith('Failed to load resource: the server responded with a status of 4');
    if (['error', 'warning'].includes(message.type()) && !isStatus) trouble.push(message.text());
  });
  page.on('request', (request) => {
    if (!hosts.includes(new URL(request.url()).origin)) trouble.push(`a request to ${request.url()}`);
  });
  context.on('response', noteAnswer);
  return { page, context, trouble };
}

/** Signs a person in, with the code of their authenticator app if they have one. */
export async function signIn(page, { username, password, totp_secret }) {
  const form = page.locator('#sign-in');
  await form.getByLabel('Username').fill(username);
  await form.locator('input[name=password]').fill(password);
  await form.getByRole('button', { name: 'Sign in' }).click();
  if (totp_secret) {
    await page.locator('#second-factor [name=code]').fill(await nextCode(totp_secret));
    await page.locator('#second-factor button').click();
  }
}

/** Saves what the window shows in $SCREENSHOTS, if that is set. */
export async function screenshot(page, name) {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
