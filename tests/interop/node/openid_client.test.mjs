// openid-client, the certified relying party for Node.js.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { decodeJwt } from 'jose';
import * as oidc from 'openid-client';

import { dev, Person, register } from './portcullis.mjs';

const { web_client: web, public_client: native, service_client: service, api } = dev;
const introspector = dev.introspection_client;
const scope = 'openid profile email offline_access records:read';

/** A client's configuration, all of it from discovery. */
const discover = ({ client_id, client_secret }) =>
  oidc.discovery(
    new URL(dev.issuer),
    client_id,
    undefined,
    client_secret ? oidc.ClientSecretBasic(client_secret) : oidc.None(),
  );

/** Code with PKCE, state and nonce: from the request to the tokens. */
async function signIn(config, redirect_uri, { person = new Person(), decision, options, ...more } = {}) {
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const expectedState = oidc.randomState();
  const expectedNonce = oidc.randomNonce();
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri,
    scope,
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
    ...more,
  });
  const answer = await person.authorize(url, redirect_uri, { decision });
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true };
  return oidc.authorizationCodeGrant(config, answer, checks, undefined, options);
}

const refused = (error) => (thrown) => {
  assert.equal(thrown.error, error, thrown.stack);
  return true;
};

let webConfig, nativeConfig, serviceConfig, introspectorConfig;
before(async () => {
  [webConfig, nativeConfig, serviceConfig, introspectorConfig] = await Promise.all(
    [web, native, service, introspector].map(discover),
  );
});

test('discovery names the issuer it was asked for, and PKCE', () => {
  const metadata = webConfig.serverMetadata();
  assert.equal(metadata.issuer, dev.issuer);
  assert.ok(metadata.supportsPKCE());
});

test('a web client signs a person in by code and PKCE', async () => {
  const tokens = await signIn(webConfig, web.redirect_uri);
  const claims = tokens.claims();
  assert.equal(claims.iss, dev.issuer);
  assert.equal(claims.aud, web.client_id);
  assert.equal(tokens.token_type, 'bearer');
  assert.ok(tokens.expiresIn() > 0);

  const person = await oidc.fetchUserInfo(webConfig, tokens.access_token, claims.sub);
  assert.equal(person.preferred_username, dev.user.username);
  assert.match(person.email, /@/);
});

test('a native client signs a person in on a loopback port of its choice', async () => {
  const redirect = new URL(native.redirect_uri);
  redirect.port = 51004;
  const tokens = await signIn(nativeConfig, redirect.href);
  assert.equal(tokens.claims().aud, native.client_id);
});

test('who denies sends access_denied back', async () => {
  const denied = signIn(webConfig, web.redirect_uri, { decision: 'deny', prompt: 'consent' });
  await assert.rejects(denied, refused('access_denied'));
});

test('prompt=none without a session is answered with login_required', async () => {
  await assert.rejects(signIn(webConfig, web.redirect_uri, { prompt: 'none' }), refused('login_required'));
});

test('prompt=none with a session and consent needs nobody', async () => {
  const person = new Person();
  const first = await signIn(webConfig, web.redirect_uri, { person });
  const second = await signIn(webConfig, web.redirect_uri, { person, prompt: 'none' });
  assert.equal(second.claims().sub, first.claims().sub);
  assert.equal(second.claims().auth_time, first.claims().auth_time);
});

test('a confidential client refreshes with the token it has', async () => {
  const tokens = await signIn(webConfig, web.redirect_uri);
  const refreshed = await oidc.refreshTokenGrant(webConfig, tokens.refresh_token);
  assert.notEqual(refreshed.access_token, tokens.access_token);
  assert.equal(refreshed.refresh_token ?? tokens.refresh_token, tokens.refresh_token);
  await oidc.refreshTokenGrant(webConfig, tokens.refresh_token);
});

test("a public client's refresh tokens rotate, and a reused one ends the family", async () => {
  const { refresh_token: first } = await signIn(nativeConfig, native.redirect_uri);
  const { refresh_token: second } = await oidc.refreshTokenGrant(nativeConfig, first);
  const { refresh_token: third } = await oidc.refreshTokenGrant(nativeConfig, second);
  assert.equal(new Set([first, second, third]).size, 3);

  await assert.rejects(oidc.refreshTokenGrant(nativeConfig, first), refused('invalid_grant'));
  await assert.rejects(oidc.refreshTokenGrant(nativeConfig, third), refused('invalid_grant'));
});

test('a refresh can ask for less', async () => {
  const tokens = await signIn(webConfig, web.redirect_uri);
  const less = await oidc.refreshTokenGrant(webConfig, tokens.refresh_token, { scope: 'openid' });
  assert.equal(less.scope, 'openid');
  await assert.rejects(
    oidc.refreshTokenGrant(webConfig, tokens.refresh_token, { scope: 'openid records:delete' }),
    refused('invalid_scope'),
  );
});

test('a service gets a token for the API, which accepts it', async () => {
  const tokens = await oidc.clientCredentialsGrant(serviceConfig, { scope: service.scope, resource: api.identifier });
  assert.equal(tokens.refresh_token, undefined);
  const response = await oidc.fetchProtectedResource(serviceConfig, tokens.access_token, new URL(api.url), 'GET');
  assert.equal((await response.json()).read_by.client_id, service.client_id);
});

test('introspection tells the API about its token, and nobody else', async () => {
  const { access_token } = await oidc.clientCredentialsGrant(serviceConfig, { scope: service.scope });
  const known = await oidc.tokenIntrospection(introspectorConfig, access_token);
  assert.equal(known.active, true);
  assert.equal(known.client_id, service.client_id);
  assert.equal(known.iss, dev.issuer);
  assert.ok([known.aud].flat().includes(api.identifier));

  assert.deepEqual(await oidc.tokenIntrospection(webConfig, access_token), { active: false });
});

test('a revoked token is inactive, and its refresh token dead', async () => {
  const tokens = await signIn(webConfig, web.redirect_uri);
  await oidc.tokenRevocation(webConfig, tokens.refresh_token, { token_type_hint: 'refresh_token' });
  await assert.rejects(oidc.refreshTokenGrant(webConfig, tokens.refresh_token), refused('invalid_grant'));
  assert.equal((await oidc.tokenIntrospection(introspectorConfig, tokens.access_token)).active, false);
});

test('a wrong secret is refused', async () => {
  const wrong = await discover({ ...service, client_secret: 'wrong-'.repeat(8) });
  await assert.rejects(oidc.clientCredentialsGrant(wrong, { scope: service.scope }), (thrown) => {
    assert.equal(thrown.code, 'OAUTH_WWW_AUTHENTICATE_CHALLENGE', thrown.stack);
    assert.equal(thrown.cause[0].scheme, 'basic');
    return true;
  });
});

test('a client proves who it is by its key, and pushes its request', async () => {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const jwk = await crypto.subtle.exportKey('jwk', pair.publicKey);
  const { client_id } = await register({
    client_name: 'Signing app',
    redirect_uris: [web.redirect_uri],
    grant_types: ['authorization_code', 'refresh_token'],
    scope,
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [{ ...jwk, kid: 'one', alg: 'ES256', use: 'sig' }] },
    require_pushed_authorization_requests: true,
  });
  const authentication = oidc.PrivateKeyJwt({ key: pair.privateKey, kid: 'one' });
  const config = await oidc.discovery(new URL(dev.issuer), client_id, undefined, authentication);

  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const expectedState = oidc.randomState();
  const url = await oidc.buildAuthorizationUrlWithPAR(config, {
    redirect_uri: web.redirect_uri,
    scope,
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
  });
  assert.deepEqual([...url.searchParams.keys()].sort(), ['client_id', 'request_uri']);
  const answer = await new Person().authorize(url, web.redirect_uri);
  const tokens = await oidc.authorizationCodeGrant(config, answer, { pkceCodeVerifier, expectedState });
  assert.equal(tokens.claims().aud, client_id);
  const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token);
  assert.ok(refreshed.access_token);

  const plain = oidc.buildAuthorizationUrl(config, { redirect_uri: web.redirect_uri, scope });
  assert.equal((await fetch(plain, { redirect: 'manual' })).status, 400);
});

test('tokens that are bound to a key (DPoP) open nothing without it', async () => {
  const DPoP = oidc.getDPoPHandle(nativeConfig, await oidc.randomDPoPKeyPair());
  const thief = oidc.getDPoPHandle(nativeConfig, await oidc.randomDPoPKeyPair());
  const dpop_jkt = await DPoP.calculateThumbprint();
  const tokens = await signIn(nativeConfig, native.redirect_uri, { dpop_jkt, options: { DPoP } });
  const { sub } = tokens.claims();
  assert.equal(tokens.token_type, 'dpop');
  assert.equal(decodeJwt(tokens.access_token).cnf.jkt, dpop_jkt);
  await oidc.fetchUserInfo(nativeConfig, tokens.access_token, sub, { DPoP });
  await oidc.fetchUserInfo(nativeConfig, tokens.access_token, sub, { DPoP });

  for (const options of [undefined, { DPoP: thief }]) {
    await assert.rejects(oidc.fetchUserInfo(nativeConfig, tokens.access_token, sub, options), (thrown) => {
      assert.equal(thrown.code, 'OAUTH_WWW_AUTHENTICATE_CHALLENGE', thrown.stack);
      assert.equal(thrown.cause[0].scheme, 'dpop');
      assert.equal(thrown.cause[0].parameters.error, 'invalid_token');
      return true;
    });
  }
  const { refresh_token } = tokens;
  const stolen = oidc.refreshTokenGrant(nativeConfig, refresh_token, undefined, { DPoP: thief });
  await assert.rejects(stolen, refused('invalid_grant'));
  await assert.rejects(oidc.refreshTokenGrant(nativeConfig, refresh_token), refused('invalid_dpop_proof'));
  const refreshed = await oidc.refreshTokenGrant(nativeConfig, refresh_token, undefined, { DPoP });
  assert.equal(refreshed.refresh_token, refresh_token);

  const code = signIn(nativeConfig, native.redirect_uri, { dpop_jkt, options: { DPoP: thief } });
  await assert.rejects(code, refused('invalid_grant'));
});
