// A Portcullis of our own for each test file.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { keepLog, noteCredentials, noteSecretsIn } from './logs.mjs';

const built = fileURLToPath(new URL('../../../target/debug/portcullis', import.meta.url));
export const binary = process.env.PORTCULLIS_BINARY ?? built;

/**
 * Starts `portcullis dev` on a free port, with these options. Returns what it says about itself, `run` for the other commands, which
 * returns what they print, `runWith` for those that read something, and `stop`.
 */
export async function startPortcullis(...options) {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-browser-'));
  await chmod(folder, 0o755);
  const data = join(folder, 'data');
  const command = ['dev', '--listen', '127.0.0.1:0', '--data-dir', data, ...options];
  const output = await open(join(folder, 'output'), 'w');
  const server = spawn(binary, command, { stdio: ['ignore', output.fd, 'inherit'] });
  await output.close();
  const stop = async () => {
    if (server.exitCode === null && server.kill('SIGTERM')) await once(server, 'exit');
    await keepLog(join(folder, 'output'));
    await rm(folder, { recursive: true, force: true });
  };
  const runWith = (input, ...command) =>
    JSON.parse(execFileSync(binary, [...command, '--data-dir', data, '--json'], { input }));
  const run = (...command) => runWith('', ...command);
  for (let waited = 0; waited < 120_000 && server.exitCode === null; waited += 100) {
    const text = await readFile(join(data, 'dev.json'), 'utf8').catch(() => '');
    if (text) {
      const dev = JSON.parse(text);
      noteCredentials(dev);
      return { ...dev, run, runWith, stop };
    }
    await sleep(100);
  }
  await stop();
  throw new Error('portcullis dev did not start');
}

/** HTTP Basic credentials of a client. */
export const basic = ({ client_id, client_secret }) => `Basic ${btoa(`${client_id}:${client_secret}`)}`;

/** Asks the token endpoint as a client. Returns the status and what the answer says. */
export async function askForTokens(issuer, client, form) {
  const response = await fetch(`${issuer}/oauth2/token`, {
    method: 'POST',
    headers: { authorization: basic(client) },
    body: new URLSearchParams(form),
  });
  const answer = await response.text();
  noteSecretsIn(answer);
  return { status: response.status, ...JSON.parse(answer) };
}
