// panva's oidc-provider with its in-memory adapter, set up like our demo: one service that gets ES256 JWTs for an API.
// A second API has opaque tokens, because it introspects no others. Prints its URL and serves until it is killed.

import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';

import { Provider } from 'oidc-provider';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'bench' };

const api = (accessTokenFormat) => ({
  scope: 'records:read',
  accessTokenFormat,
  accessTokenTTL: 300,
  ...(accessTokenFormat === 'jwt' && { jwt: { sign: { alg: 'ES256' } } }),
});

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(url, {
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
    ],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      introspection: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, resource) => api(resource.endsWith('/opaque') ? 'opaque' : 'jwt'),
      },
    },
  });
  server.on('request', provider.callback());
  console.log(url);
});
