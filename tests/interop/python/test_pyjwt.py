"""PyJWT as an API's validator, and tokens that nobody may accept."""

import base64
import hashlib
import hmac
import json
import secrets
import unittest
import urllib.parse

import jwt
from jwt import PyJWKClient
import requests

from portcullis import Person, basic, dev, metadata, service_token

API = dev["api"]
KEYS = PyJWKClient(metadata["jwks_uri"])


def validate(token, audience=API["identifier"]):
    """What RFC 9068 §4 asks of an API."""
    key = KEYS.get_signing_key_from_jwt(token)
    decoded = jwt.decode_complete(
        token,
        key,
        algorithms=[key.algorithm_name],
        audience=audience,
        issuer=dev["issuer"],
        options={"require": ["iss", "aud", "exp", "iat", "jti", "sub"]},
    )
    if decoded["header"]["typ"] != "at+jwt":
        raise jwt.InvalidTokenError("not an access token")
    return decoded["payload"]


def person_tokens():
    """Tokens of a person, for the web client."""
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
    code = urllib.parse.parse_qs(urllib.parse.urlsplit(answer).query)["code"][0]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client["redirect_uri"],
        "code_verifier": verifier,
    }
    return requests.post(metadata["token_endpoint"], data=form, auth=basic(client), timeout=10).json()


def part(value):
    """A part of a JWT."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


class Validation(unittest.TestCase):
    def test_a_services_token_is_valid(self):
        claims = validate(service_token())
        self.assertEqual(claims["client_id"], dev["service_client"]["client_id"])

    def test_a_persons_token_is_valid_and_names_scope_and_person(self):
        tokens = person_tokens()
        claims = validate(tokens["access_token"])
        self.assertEqual(claims["scope"].split(), ["openid", "records:read"])
        self.assertEqual(claims["sub"], jwt.decode(tokens["id_token"], options={"verify_signature": False})["sub"])

    def test_it_is_for_nobody_else(self):
        with self.assertRaises(jwt.InvalidAudienceError):
            validate(service_token(), audience="https://other.example/api")


class Forgeries(unittest.TestCase):
    """Each is refused by PyJWT, by our userinfo and introspection endpoints, and by the sample API."""

    @classmethod
    def setUpClass(cls):
        cls.tokens = person_tokens()

    def test_the_genuine_token_is_accepted(self):
        everybody = ["PyJWT", "userinfo", "introspection", "sample API"]
        self.assertEqual(self.accepted(self.tokens["access_token"]), everybody)

    def test_a_changed_claim(self):
        header, claims, signature = self.tokens["access_token"].split(".")
        claims = json.loads(base64.urlsafe_b64decode(claims + "=="))
        self.assertEqual(self.accepted(".".join([header, part(claims | {"exp": claims["exp"] + 3600}), signature])), [])

    def test_a_changed_signature(self):
        start, _, signature = self.tokens["access_token"].rpartition(".")
        self.assertEqual(self.accepted(f"{start}.{signature[::-1]}"), [])

    def test_no_algorithm(self):
        header, claims, _ = self.tokens["access_token"].split(".")
        header = json.loads(base64.urlsafe_b64decode(header + "=="))
        for none in ["none", "None", "NONE"]:
            self.assertEqual(self.accepted(f"{part(header | {'alg': none})}.{claims}."), [])

    def test_the_public_key_as_a_shared_secret(self):
        header, claims, _ = self.tokens["access_token"].split(".")
        header = json.loads(base64.urlsafe_b64decode(header + "=="))
        published = requests.get(metadata["jwks_uri"], timeout=10).content
        signed = f"{part(header | {'alg': 'HS256'})}.{claims}"
        mac = hmac.digest(published, signed.encode(), "sha256")
        self.assertEqual(self.accepted(f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"), [])

    def test_an_id_token(self):
        self.assertEqual(self.accepted(self.tokens["id_token"]), [])

    def accepted(self, token):
        """Who accepts it as an access token."""
        bearer = {"Authorization": f"Bearer {token}"}
        api = basic(dev["introspection_client"])
        introspection = requests.post(metadata["introspection_endpoint"], data={"token": token}, auth=api, timeout=10)
        verdicts = {
            "PyJWT": self.is_valid(token),
            "userinfo": requests.get(metadata["userinfo_endpoint"], headers=bearer, timeout=10).status_code == 200,
            "introspection": introspection.json()["active"],
            "sample API": requests.get(API["url"], headers=bearer, timeout=10).status_code == 200,
        }
        return [name for name, verdict in verdicts.items() if verdict]

    @staticmethod
    def is_valid(token):
        try:
            return bool(validate(token))
        except jwt.PyJWTError:
            return False
