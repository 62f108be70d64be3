// An authenticator app (RFC 6238).

import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const STEP = 30_000;

/** The newest step whose code was given out, for each secret. */
const used = new Map();

function bytes(base32) {
  const bits = [...base32].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
}

/** The next code of this secret. Each counts once, and one of the step to come counts already: else it waits. */
export async function nextCode(secret) {
  const base32 = secret.replaceAll(' ', '');
  const step = Math.max(Math.floor(Date.now() / STEP), (used.get(base32) ?? 0) + 1);
  used.set(base32, step);
  await sleep(Math.max(0, (step - 1) * STEP - Date.now()));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', bytes(base32)).update(counter).digest();
  const number = mac.readUInt32BE(mac.at(-1) & 0xf) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}
