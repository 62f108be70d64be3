// What a server logged and the secrets that it gave out meanwhile, kept in $LOGS for script/check-logs.

import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const folder = process.env.LOGS;
const secrets = new Set();

/** Notes what looks like a secret of ours, which its prefix tells, and the signature of what looks like a JWT. */
export function noteSecretsIn(text) {
  for (const [secret] of text.matchAll(/ptc_[a-z]{2}_[\w-]{20,}/g)) secrets.add(secret);
  for (const [, signature] of text.matchAll(/eyJ[\w-]+\.[\w-]+\.([\w-]+)/g)) secrets.add(signature);
}

/** Notes what `dev.json` says of people and clients that nobody else may know. */
export function noteCredentials(dev) {
  for (const { password, totp_secret, client_secret } of Object.values(dev)) {
    for (const secret of [password, totp_secret, client_secret]) if (secret) secrets.add(secret);
  }
}

/** Notes the cookies that an answer sets, and the secrets in its address. */
export async function noteAnswer(response) {
  noteSecretsIn(response.url());
  const headers = await response.headersArray().catch(() => []);
  for (const { name, value } of headers) {
    if (name.toLowerCase() === 'set-cookie') secrets.add(value.split(';')[0].split('=').slice(1).join('='));
    if (name.toLowerCase() === 'location') noteSecretsIn(value);
  }
}

/**
 * Keeps the log that a server wrote to `output`, if $LOGS is set. Only the log: before it, the server greets who started
 * it, with a token and passwords to try it out.
 */
export async function keepLog(output) {
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  const lines = (await readFile(output, 'utf8')).split('\n').filter((line) => line.startsWith('{'));
  const noted = [...secrets].filter((secret) => secret.length > 8);
  await appendFile(join(folder, `browser-${process.pid}.log`), lines.map((line) => `${line}\n`).join(''));
  await appendFile(join(folder, `browser-${process.pid}.secrets`), noted.map((secret) => `${secret}\n`).join(''));
}
