"""Access tokens that an API must take or refuse."""

import base64
import functools
import hashlib
import secrets
import time
import urllib.parse

from cryptography.hazmat.primitives.asymmetric import ec
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
    form = {"grant_type": "client_credentials", **parameters}
    answer = requests.post(metadata["token_endpoint"], data=form, auth=basic(client), timeout=10)
    return answer.json()["access_token"]


def genuine():
    """A token for the API, good for a while."""
    return get(scope="records:read")


def without_scope():
    """A token for the API that has another scope of it."""
    return get(scope="records:write")


def foreign():
    """A token of the same issuer for another API."""
    return get(resource=OTHER)


@functools.cache
def users():
    """What a user who signed in brings: its `access_token` is for the API and for userinfo, so `aud` is an array."""
    client, verifier = dev["web_client"], secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": client["client_id"],
        "redirect_uri": client["redirect_uri"],
        "scope": "openid records:read",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    url = metadata["authorization_endpoint"] + "?" + urllib.parse.urlencode(query)
    answer = Person().authorize(url, client["redirect_uri"])
    form = {
        "grant_type": "authorization_code",
        "code": urllib.parse.parse_qs(urllib.parse.urlsplit(answer).query)["code"][0],
        "redirect_uri": client["redirect_uri"],
        "code_verifier": verifier,
    }
    return requests.post(metadata["token_endpoint"], data=form, auth=basic(client), timeout=10).json()


def forged():
    """What a genuine token says, under the same `kid`, signed by somebody else."""
    token = genuine()
    claims = jwt.decode(token, options={"verify_signature": False})
    header = jwt.get_unverified_header(token)
    return jwt.encode(claims, ec.generate_private_key(ec.SECP256R1()), algorithm="ES256", headers=header)


def unsigned():
    """What a genuine token says, with `alg: none`."""
    token = genuine()
    claims = jwt.decode(token, options={"verify_signature": False})
    header = jwt.get_unverified_header(token) | {"alg": "none"}
    return jwt.encode(claims, None, algorithm="none", headers=header)


_expiring = get(HASTY, scope="records:read")
_born = time.monotonic()


def expired(leeway=0):
    """A token that was genuine when the tests began. Waits until it has expired for those who allow `leeway` seconds."""
    time.sleep(max(0, _born + LIFETIME + leeway + 1 - time.monotonic()))
    return _expiring


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
        self.assertEqual(self.answer(expired(self.leeway)).status_code, 401)


def bearer(token):
    """The header that carries a token, if there is one."""
    return {"Authorization": f"Bearer {token}"} if token else {}
