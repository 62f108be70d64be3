// jose, validating access tokens as an API does (RFC 9068 §4).

import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, errors, jwtVerify } from 'jose';

import { dev } from './portcullis.mjs';

const { service_client: service, api } = dev;
const expected = {
  issuer: dev.issuer,
  audience: api.identifier,
  typ: 'at+jwt',
  requiredClaims: ['exp', 'iat', 'jti', 'client_id'],
};
let keys, token;

before(async () => {
  const metadata = await (await fetch(`${dev.issuer}/.well-known/openid-configuration`)).json();
  keys = createRemoteJWKSet(new URL(metadata.jwks_uri));
  const response = await fetch(metadata.token_endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${service.client_id}:${service.client_secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: service.scope }),
  });
  token = (await response.json()).access_token;
});

test('an access token verifies with the published keys', async () => {
  const { payload, protectedHeader } = await jwtVerify(token, keys, expected);
  assert.equal(payload.client_id, service.client_id);
  assert.equal(payload.sub, service.client_id);
  assert.equal(payload.scope, service.scope);
  assert.ok(payload.exp - payload.iat <= 300);
  assert.ok(protectedHeader.kid);
});

test('it is for this API, from this issuer, and an access token', async () => {
  const invalid = { name: 'JWTClaimValidationFailed' };
  await assert.rejects(jwtVerify(token, keys, { ...expected, audience: 'https://other.example/api' }), invalid);
  await assert.rejects(jwtVerify(token, keys, { ...expected, issuer: `${dev.issuer}/` }), invalid);
  await assert.rejects(jwtVerify(token, keys, { ...expected, typ: 'JWT' }), invalid);
});

test('each published key says what it is for and has no private part', async () => {
  const { keys: published } = await (await fetch(`${dev.issuer}/oauth2/jwks`)).json();
  assert.ok(published.some(({ kid }) => kid === decodeProtectedHeader(token).kid));
  for (const key of published) {
    assert.equal(key.use, 'sig');
    assert.ok(key.alg && key.kid);
    assert.deepEqual(Object.keys(key).filter((member) => ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].includes(member)), []);
  }
});

test('a changed token is refused by the validator and by the sample API', async () => {
  const [header, , signature] = token.split('.');
  const forged = { ...decodeJwt(token), scope: 'records:read records:delete' };
  const changed = [header, Buffer.from(JSON.stringify(forged)).toString('base64url'), signature].join('.');
  await assert.rejects(jwtVerify(changed, keys, expected), errors.JWSSignatureVerificationFailed);
  for (const [presented, status] of [[token, 200], [changed, 401]]) {
    const response = await fetch(api.url, { headers: { authorization: `Bearer ${presented}` } });
    assert.equal(response.status, status);
    await response.arrayBuffer();
  }
});
