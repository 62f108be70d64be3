"""Access tokens that an API must take or refuse."""

import base64
import functools
import hashlib
import secrets
import time
import urllib.parse

from cryptography.hazmat.primitives.asymmetric import ec, rsa
import jwt
import requests

from portcullis import Person, basic, command, dev, metadata, register

API = dev["api"]["identifier"]
LIFETIME = 30  # seconds, the least that an access token can live


def _register():
    """An API that is none of theirs, and a service that gets tokens for all."""
    other = f"https://other.example/{secrets.token_hex(4)}"
    scope = f"other:{secrets.token_hex(4)}"
    command("api", "create", "--identifier", other, "--name", "Other API", "--scope", f"{scope}=Nothing of yours")
    lasting = {"client_name": "Tests", "type": "service", "scope": f"records:read records:write {scope}"}
    passing = lasting | {"access_token_lifetime": LIFETIME}
    return [other, *register([lasting, passing])]


OTHER, SERVICE, HASTY = _register()


def get(client=SERVICE, **parameters):
    """An access token that a service got for itself."""
    return redeem(client, {"grant_type": "client_credentials", **parameters})["access_token"]


def genuine():
    """A token for the API, good for a while."""
    return get(scope="records:read")


def without_scope():
    """A token for the API that has another scope of it."""
    return get(scope="records:write")


def foreign():
    """A token of the same issuer for another API."""
    return get(resource=OTHER)


def sign_in(client, scope, person=None):
    """What a client gets when a user signs in: its token response."""
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    redirect_uri = client.get("redirect_uri") or client["redirect_uris"][0]
    query = {
        "response_type": "code",
        "client_id": client["client_id"],
        "redirect_uri": redirect_uri,
        "scope": scope,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    url = metadata["authorization_endpoint"] + "?" + urllib.parse.urlencode(query)
    answer = (person or Person()).authorize(url, redirect_uri)
    code = urllib.parse.parse_qs(urllib.parse.urlsplit(answer).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}
    return redeem(client, form)


def refresh(client, tokens):
    """What a client gets for its refresh token."""
    return redeem(client, {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]})


def redeem(client, form):
    """The token endpoint's answer to a client, by whatever it has to show who it is."""
    if client.get("client_secret"):
        return requests.post(metadata["token_endpoint"], data=form, auth=basic(client), timeout=10).json()
    return requests.post(metadata["token_endpoint"], data={"client_id": client["client_id"]} | form, timeout=10).json()


@functools.cache
def users():
    """What a user who signed in brings: its `access_token` is for the API and for userinfo, so `aud` is an array."""
    return sign_in(dev["web_client"], "openid records:read")


def forged(token=None):
    """What a genuine token says, under the same `kid`, signed by somebody else."""
    token = token or genuine()
    algorithm = jwt.get_unverified_header(token)["alg"]
    key = {"ES256": lambda: ec.generate_private_key(ec.SECP256R1()), "RS256": lambda: rsa.generate_private_key(65537, 2048)}
    return _again(token, algorithm, key[algorithm]())


def unsigned(token=None):
    """What a genuine token says, with `alg: none`."""
    return _again(token or genuine(), "none", None)


def _again(token, algorithm, key):
    claims = jwt.decode(token, options={"verify_signature": False})
    header = jwt.get_unverified_header(token) | {"alg": algorithm}
    return jwt.encode(claims, key, algorithm=algorithm, headers=header)


class Passing:
    """A token that lives for the least time that there is."""

    def __init__(self, token):
        self.token, self.born = token, time.monotonic()

    def expired(self, leeway=0):
        """The token. Waits until it has expired for those who allow `leeway` seconds."""
        time.sleep(max(0, self.born + LIFETIME + leeway + 1 - time.monotonic()))
        return self.token


PASSING = Passing(get(HASTY, scope="records:read"))


class Refusals:
    """Tests of an API that gives what `records:read` allows. `answer` is what it answers to a token."""

    leeway = 0
    foreign_status = 401

    def test_1_a_token_for_it_is_taken(self):
        for token in [genuine(), users()["access_token"]]:
            answer = self.answer(token)
            self.assertEqual(answer.status_code, 200, answer.text)

    def test_2_without_a_token_it_says_what_it_needs(self):
        answer = self.answer(None)
        self.assertEqual(answer.status_code, 401)
        self.assertRegex(answer.headers["WWW-Authenticate"], "(?i)^Bearer")

    def test_3_a_forged_token_is_refused(self):
        for token in [forged(), unsigned()]:
            self.assertEqual(self.answer(token).status_code, 401)

    def test_4_a_token_for_another_api_is_refused(self):
        self.assertEqual(self.answer(foreign()).status_code, self.foreign_status)

    def test_5_an_id_token_is_refused(self):
        self.assertEqual(self.answer(users()["id_token"]).status_code, self.foreign_status)

    def test_6_a_token_without_the_scope_is_refused(self):
        self.assertEqual(self.answer(without_scope()).status_code, 403)

    def test_9_an_expired_token_is_refused(self):
        self.assertEqual(self.answer(PASSING.expired(self.leeway)).status_code, 401)


def bearer(token):
    """The header that carries a token, if there is one."""
    return {"Authorization": f"Bearer {token}"} if token else {}
