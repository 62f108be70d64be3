// The server under test, and a person who signs in there.

import { readFileSync } from 'node:fs';

/** What `portcullis dev` wrote about itself. */
export const dev = JSON.parse(readFileSync(process.env.PORTCULLIS_DEV, 'utf8'));

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
