// The server under test, and a person who signs in there.

import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** What `portcullis dev` wrote about itself. */
export const dev = JSON.parse(readFileSync(process.env.PORTCULLIS_DEV, 'utf8'));

const { PORTCULLIS_BINARY, PORTCULLIS_DEV, PORTCULLIS_SECRETS } = process.env;
const folder = dirname(PORTCULLIS_SECRETS);

/** What a command of the program says about the server's registry. */
export const command = (...words) =>
  JSON.parse(execFileSync(PORTCULLIS_BINARY, [...words, '--data-dir', dirname(PORTCULLIS_DEV), '--json']));

/** Registers a client, whose metadata has the names of RFC 7591. Returns it with its secret. */
export async function register(metadata) {
  const file = join(mkdtempSync(join(folder, 'client-')), 'metadata.json');
  writeFileSync(file, JSON.stringify(metadata));
  const client = command('client', 'create', '--metadata', file);
  if (client.client_secret) appendFileSync(PORTCULLIS_SECRETS, `${client.client_secret}\n`);
  await sleep(1000); // by then a running server has seen it
  return client;
}

/** Copies a recipe out of a page of docs/integrate, with other values in the place of the page's. Returns its folder. */
export function extract(page, name, values) {
  const recipe = mkdtempSync(join(folder, 'recipe-'));
  const recipes = fileURLToPath(new URL('../recipes.py', import.meta.url));
  execFileSync('python3', [recipes, page, name, recipe, JSON.stringify(values)]);
  return recipe;
}

/** A person with as much of a browser as signing in takes: it keeps cookies, follows redirects and fills in forms. */
export class Person {
  #cookies = new Map();

  /** Does what the pages ask, and returns the URL at which the client gets its answer. */
  async authorize(url, redirectUri, { decision = 'allow' } = {}) {
    const answers = { 'sign-in': dev.user, consent: { decision } };
    let page = await this.#follow(new URL(url), redirectUri);
    while (page.html !== undefined) {
      const [form, fields] = Object.entries(answers).find(([id]) => page.html.includes(`id="${id}"`)) ?? [];
      if (!form) throw new Error(`${page.url.pathname} asks for something else: ${page.html.slice(0, 400)}`);
      delete answers[form];
      const [, action] = page.html.match(new RegExp(`<form id="${form}"[^>]* action="([^"]+)"`));
      page = await this.#follow(new URL(action, page.url), redirectUri, new URLSearchParams(fields));
    }
    return page.url;
  }

  /** Follows redirects to a page, or to the client. */
  async #follow(url, redirectUri, form) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = form ? { cookie, 'sec-fetch-site': 'same-origin' } : { cookie };
    const response = await fetch(url, { method: form ? 'POST' : 'GET', body: form, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      this.#cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (!location) return { url, html: await response.text() };
    await response.arrayBuffer();
    const next = new URL(location, url);
    return next.href.startsWith(redirectUri) ? { url: next } : this.#follow(next, redirectUri);
  }
}
