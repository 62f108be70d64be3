"""A person who is signed in, and the clients that ask for codes in their name."""

import base64
import hashlib
import json
import secrets
import time
import urllib.parse
import urllib.request

from .browser import FORM, Browser, Forms

SCOPE = "openid offline_access records:read"


class Person:
    """Answers the pages in one browser, and so gets codes."""

    def __init__(self, dev):
        self.dev, self.browser = dev, Browser(dev["issuer"])

    def codes(self, client, count):
        """The verifier, and so many fresh codes that are bound to it. Fewer, if they cannot be had within 20 seconds,
        because a code lives for a minute."""
        verifier, challenge = _pkce()
        query = urllib.parse.urlencode({
            "response_type": "code",
            "client_id": client["client_id"],
            "redirect_uri": client["redirect_uri"],
            "scope": SCOPE,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        })
        path, codes, begun = f"/oauth2/authorize?{query}", [], time.monotonic()
        while len(codes) < count and time.monotonic() < begun + 20:
            codes.append(self._code(path, client["redirect_uri"]))
        return verifier, codes

    def refresh_tokens(self, client, count):
        """So many refresh tokens, each of a grant of its own."""
        verifier, codes = self.codes(client, count)
        return [self._redeem(client, code, verifier)["refresh_token"] for code in codes]

    def refresh(self, client, refresh_token):
        """What a public client gets for a refresh token."""
        form = {"grant_type": "refresh_token", "client_id": client["client_id"], "refresh_token": refresh_token}
        return self._token(client, form)

    def _redeem(self, client, code, verifier):
        return self._token(client, redemption(client, verifier) | {"code": code})

    def _token(self, client, form):
        body = urllib.parse.urlencode(form)
        _, _, text = self.browser.request("POST", "/oauth2/token", body, FORM | authorization(client))
        return json.loads(text)

    def _code(self, path, redirect_uri):
        answers = {
            "sign-in": {"username": self.dev["user"]["username"], "password": self.dev["user"]["password"]},
            "consent": {"decision": "allow"},
        }
        status, location, text = self.browser.request("GET", path)
        while True:
            while location:
                if location.startswith(redirect_uri):
                    return urllib.parse.parse_qs(urllib.parse.urlsplit(location).query)["code"][0]
                status, location, text = self.browser.request("GET", location)
            actions = Forms(text).actions
            form = next((form for form in answers if form in actions), None)
            if form is None:
                raise RuntimeError(f"no way from {path} to a code: {status}")
            status, location, text = self.browser.post(actions[form], answers.pop(form))


class PeersPerson:
    """The same at the peer, whose codes need no browser."""

    def __init__(self, peer):
        self.url = peer.url

    def codes(self, client, count):
        """The verifier, and so many fresh codes that are bound to it."""
        verifier, challenge = _pkce()
        query = {
            "client_id": client["client_id"],
            "redirect_uri": client["redirect_uri"],
            "code_challenge": challenge,
            "count": count,
        }
        with urllib.request.urlopen(f"{self.url}/bench/codes?{urllib.parse.urlencode(query)}") as response:
            return verifier, json.load(response)

    def refresh_tokens(self, client, count):
        """So many refresh tokens, each of a grant of its own."""
        verifier, codes = self.codes(client, count)
        return [self._redeem(client, code, verifier)["refresh_token"] for code in codes]

    def _redeem(self, client, code, verifier):
        form = redemption(client, verifier) | {"code": code}
        body = urllib.parse.urlencode(form).encode()
        request = urllib.request.Request(self.url + "/token", body, FORM | authorization(client))
        with urllib.request.urlopen(request) as response:
            return json.load(response)


def _pkce():
    verifier = secrets.token_urlsafe(32)
    return verifier, base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def authorization(client):
    """A client's credentials as a header; a public client has none."""
    if "client_secret" not in client:
        return {}
    pair = f"{client['client_id']}:{client['client_secret']}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def redemption(client, verifier):
    """The form that redeems a code, without the code."""
    form = {"grant_type": "authorization_code", "redirect_uri": client["redirect_uri"], "code_verifier": verifier}
    return form if "client_secret" in client else form | {"client_id": client["client_id"]}
