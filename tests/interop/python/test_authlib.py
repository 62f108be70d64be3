"""Authlib, the OAuth and OpenID Connect client for Python."""

import os
import secrets
import time
import unittest

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc import jwk, jwt
import requests

from portcullis import Person, dev, metadata, register

# A loopback redirect URI has no TLS (RFC 8252 §7.3), and the library asks for it there too.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

SCOPE = "openid profile email offline_access records:read"


def session(client, scope=SCOPE, **more):
    """The library's client, which authenticates by HTTP Basic if there is a secret."""
    return OAuth2Session(
        client["client_id"],
        client.get("client_secret"),
        scope=scope,
        redirect_uri=client.get("redirect_uri"),
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic" if "client_secret" in client else "none",
        revocation_endpoint_auth_method="client_secret_basic",
        **more,
    )


def sign_in(client):
    """Code and PKCE, from the request to the tokens. Returns the library's client and the nonce that was sent."""
    oauth = session(client)
    verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
    url, state = oauth.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce)
    answer = Person().authorize(url, client["redirect_uri"])
    oauth.fetch_token(metadata["token_endpoint"], authorization_response=answer, state=state, code_verifier=verifier)
    return oauth, nonce


class CodeFlow(unittest.TestCase):
    def test_a_web_client_signs_a_person_in(self):
        oauth, nonce = sign_in(dev["web_client"])
        keys = jwk.KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=10).json())
        algorithms = metadata["id_token_signing_alg_values_supported"]
        id_token = jwt.decode(oauth.token["id_token"], keys, algorithms=algorithms)
        claims = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": dev["issuer"]},
            aud={"essential": True, "value": dev["web_client"]["client_id"]},
            nonce={"essential": True, "value": nonce},
            exp={"essential": True},
        )
        claims.validate(id_token.claims)

        person = oauth.get(metadata["userinfo_endpoint"]).json()
        self.assertEqual(person["sub"], id_token.claims["sub"])
        self.assertEqual(person["preferred_username"], dev["user"]["username"])

    def test_a_public_client_signs_a_person_in(self):
        oauth, _ = sign_in(dev["public_client"])
        self.assertEqual(oauth.get(dev["api"]["url"]).status_code, 200)

    def test_a_code_works_once(self):
        client, verifier = dev["web_client"], secrets.token_urlsafe(48)
        oauth = session(client)
        url, state = oauth.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier)
        answer = Person().authorize(url, client["redirect_uri"])
        redeem = {"authorization_response": answer, "state": state, "code_verifier": verifier}
        oauth.fetch_token(metadata["token_endpoint"], **redeem)
        self.assertEqual(oauth.get(dev["api"]["url"]).status_code, 200)
        with self.assertRaisesRegex(AuthlibBaseError, "invalid_grant"):
            session(client).fetch_token(metadata["token_endpoint"], **redeem)
        self.assertEqual(oauth.get(metadata["userinfo_endpoint"]).status_code, 401)

    def test_a_wrong_verifier_is_refused(self):
        client = dev["web_client"]
        oauth = session(client)
        right, wrong = secrets.token_urlsafe(48), secrets.token_urlsafe(48)
        url, state = oauth.create_authorization_url(metadata["authorization_endpoint"], code_verifier=right)
        answer = Person().authorize(url, client["redirect_uri"])
        for verifier in [wrong, right]:  # a wrong one burns the code
            redeem = {"authorization_response": answer, "state": state, "code_verifier": verifier}
            with self.assertRaisesRegex(AuthlibBaseError, "invalid_grant"):
                oauth.fetch_token(metadata["token_endpoint"], **redeem)


class LaterRequests(unittest.TestCase):
    def test_a_refresh_brings_a_new_access_token(self):
        oauth, _ = sign_in(dev["web_client"])
        before = oauth.token["access_token"]
        oauth.refresh_token(metadata["token_endpoint"], refresh_token=oauth.token["refresh_token"])
        self.assertNotEqual(oauth.token["access_token"], before)
        self.assertEqual(oauth.get(metadata["userinfo_endpoint"]).status_code, 200)

    def test_revocation_ends_userinfo(self):
        oauth, _ = sign_in(dev["web_client"])
        self.assertEqual(oauth.get(metadata["userinfo_endpoint"]).status_code, 200)
        answer = oauth.revoke_token(metadata["revocation_endpoint"], token=oauth.token["refresh_token"])
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(oauth.get(metadata["userinfo_endpoint"]).status_code, 401)

    def test_a_service_gets_a_token_for_itself(self):
        service = dev["service_client"]
        oauth = session(service, scope=service["scope"])
        token = oauth.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
        self.assertNotIn("refresh_token", token)
        self.assertEqual(oauth.get(dev["api"]["url"]).json()["read_by"]["client_id"], service["client_id"])

    def test_a_secret_may_stand_in_the_body_where_basic_is_registered(self):
        oauth = session(dev["service_client"], scope="records:read")
        oauth.token_endpoint_auth_method = "client_secret_post"
        oauth.register_client_auth_method(("client_secret_post", in_the_body))
        token = oauth.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
        self.assertEqual(oauth.get(dev["api"]["url"]).json()["read_by"]["client_id"], dev["service_client"]["client_id"])
        self.assertIn("access_token", token)


class Signing(unittest.TestCase):
    def test_a_service_proves_who_it_is_by_its_key(self):
        key = jwk.generate_key("EC", "P-256", parameters={"alg": "ES256", "use": "sig"})
        metadata_of_client = {
            "client_name": "Signing service",
            "grant_types": ["client_credentials"],
            "scope": "records:read",
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": {"keys": [key.as_dict(private=False)]},
        }
        [client] = register([metadata_of_client])
        self.assertIsNone(client["client_secret"])

        def asking(method):
            oauth = OAuth2Session(client["client_id"], key, token_endpoint_auth_method=method)
            return oauth.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")

        self.assertIn("access_token", asking(ShortLived(dev["issuer"], alg="ES256")))
        # What the library does if nobody tells it: the token endpoint as the audience, and an hour.
        for method in [ShortLived(metadata["token_endpoint"], alg="ES256"), PrivateKeyJWT(dev["issuer"], alg="ES256")]:
            with self.assertRaisesRegex(AuthlibBaseError, "invalid_client"):
                asking(method)


class ShortLived(PrivateKeyJWT):
    """Assertions that are good for a minute. The library keeps what it adds to `claims`, so they are new each time."""

    def sign(self, auth, token_endpoint):
        self.claims = {"exp": int(time.time()) + 60}
        return super().sign(auth, token_endpoint)


def in_the_body(client, _method, uri, headers, body):
    """RFC 6749 §2.3.1, the alternative to HTTP Basic."""
    return uri, headers, f"{body}&client_id={client.client_id}&client_secret={client.client_secret}"
