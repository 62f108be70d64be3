"""The demo administrator, who changes clients in the console: so many in a second."""

import base64
import concurrent.futures
import dataclasses
import hashlib
import hmac
import struct
import time

from .browser import Browser, Forms

CONNECTIONS = 8


@dataclasses.dataclass
class Changes:
    """What came of them: how many were saved in each second, and what the first answer was that saved nothing."""

    rate: float
    refused: int
    why: str | None


class Administrator:
    """Signed in to the console of `portcullis dev`."""

    def __init__(self, dev):
        self.url, who = dev["issuer"], dev["admin"]
        self.browser = Browser(self.url)
        self._answer("/admin/sign-in", {"username": who["username"], "password": who["password"]})
        self._answer("/admin/second-factor", {"code": _code(who["totp_secret"])})

    def change(self, clients, rate, seconds):
        """Edits these clients one after the other by the console's form, so many in a second. Whoever is late does not
        wait, and catches up."""
        fields = self._fields(clients[0])
        begun = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as workers:
            # Each worker has clients of its own, so that it knows their revisions.
            turns = [begun + n / rate for n in range(rate * seconds)]
            work = [
                workers.submit(self._edit, clients[k::CONNECTIONS], fields, turns[k::CONNECTIONS], begun + seconds)
                for k in range(CONNECTIONS)
            ]
            outcomes = [outcome for one in work for outcome in one.result()]
        took = time.monotonic() - begun
        refused = [outcome for outcome in outcomes if outcome]
        return Changes((len(outcomes) - len(refused)) / max(took, seconds), len(refused), next(iter(refused), None))

    def _answer(self, path, fields):
        status, _, _ = self.browser.post(path, fields)
        if status != 303:
            raise RuntimeError(f"{path} answered {status}, not a redirect")

    def _fields(self, client_id):
        """What the form holds for a client; for the others the same, but for the name."""
        return Forms(self.browser.request("GET", _path(client_id))[2]).fields["client"]

    def _edit(self, clients, fields, turns, end):
        """Of each change: nothing, or why it was not saved. All clients begin with the revision of the first."""
        browser, outcomes, revision = Browser(self.url, self.browser.cookies), [], int(dict(fields)["revision"])
        for n, turn in enumerate(turns):
            if time.monotonic() > end:
                break
            time.sleep(max(0, turn - time.monotonic()))
            client = clients[n % len(clients)]
            own = {"name": f"{client}, change {n}", "revision": str(revision + n // len(clients))}
            status, location, _ = browser.post(_path(client), [(name, own.get(name, value)) for name, value in fields])
            outcomes.append(None if status == 303 and "done=saved" in location else f"{client}: {status} {location}")
        return outcomes


def _path(client_id):
    return f"/admin/clients/{client_id}/edit"


def _code(secret):
    """The code of an authenticator app at this moment (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1)
    begin = digest[-1] & 15
    return f"{(int.from_bytes(digest[begin:begin + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"
