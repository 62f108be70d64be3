// panva's oidc-provider with its in-memory adapter, set up like our demo: one service that gets ES256 JWTs for an API.
// A second API has opaque tokens, because it introspects no others. Two clients redeem codes and refresh; their codes come
// from /bench/codes, without a person. Its adapter would forget all but the newest 1,000 things, and so most codes: here it
// keeps all. Prints its URL and serves until it is killed.

import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';

import { Provider } from 'oidc-provider';
import MemoryAdapter from 'oidc-provider/lib/adapters/memory_adapter.js';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'bench' };

const api = (accessTokenFormat) => ({
  scope: 'records:read',
  accessTokenFormat,
  accessTokenTTL: 300,
  ...(accessTokenFormat === 'jwt' && { jwt: { sign: { alg: 'ES256' } } }),
});

const stored = new Map();

const JWT_API = 'https://records.example/api';

const forPeople = (client_id, rest) => ({
  client_id,
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  id_token_signed_response_alg: 'ES256',
  ...rest,
});

/** Codes that a person would have given a client, one for each grant. */
async function codes(provider, { client_id, redirect_uri, code_challenge, count }) {
  const client = await provider.Client.find(client_id);
  const one = async () => {
    const grant = new provider.Grant({ accountId: 'alice', clientId: client_id });
    grant.addOIDCScope('openid offline_access');
    grant.addResourceScope(JWT_API, 'records:read');
    const code = new provider.AuthorizationCode({
      accountId: 'alice',
      authTime: Math.floor(Date.now() / 1000),
      client,
      codeChallenge: code_challenge,
      codeChallengeMethod: 'S256',
      grantId: await grant.save(),
      gty: 'authorization_code',
      redirectUri: redirect_uri,
      resource: JWT_API,
      scope: 'openid offline_access records:read',
    });
    return code.save();
  };
  return Promise.all(Array.from({ length: Number(count) }, one));
}

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(url, {
    adapter: (model) => new MemoryAdapter(model, stored),
    jwks: { keys: [key] },
    clients: [
      {
        client_id: 'bench',
        client_secret: process.env.PEER_SECRET,
        grant_types: ['client_credentials'],
        response_types: [],
        redirect_uris: [],
        id_token_signed_response_alg: 'ES256',
        token_endpoint_auth_method: 'client_secret_basic',
      },
      forPeople('bench-web', {
        client_secret: process.env.PEER_SECRET,
        redirect_uris: ['https://client.example/callback'],
        token_endpoint_auth_method: 'client_secret_basic',
      }),
      forPeople('bench-native', {
        application_type: 'native',
        redirect_uris: ['http://127.0.0.1/callback'],
        token_endpoint_auth_method: 'none',
      }),
    ],
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    rotateRefreshToken: ({ oidc }) => oidc.client.clientAuthMethod === 'none',
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      introspection: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: (_, resource) => api(resource.endsWith('/opaque') ? 'opaque' : 'jwt'),
      },
    },
  });
  const serve = provider.callback();
  server.on('request', async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, url);
    if (pathname !== '/bench/codes') return serve(request, response);
    response.end(JSON.stringify(await codes(provider, Object.fromEntries(searchParams))));
  });
  console.log(url);
});
