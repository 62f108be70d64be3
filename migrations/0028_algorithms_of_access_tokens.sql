-- What signs an API's access tokens: libraries that verify them may know RS256 alone (RFC 9068 §2.1).
alter table apis add column access_token_signing_alg text not null default 'ES256'
    check (access_token_signing_alg in ('ES256', 'RS256', 'PS256', 'EdDSA'));
