"""The command lines of docs/integrate/native.md: they sign a person in by way of a loopback port."""

import json
import os
import subprocess
import tempfile
import time
import unittest

from portcullis import Person, command, dev, register
from programs import FOLDER, HERE, PYTHON
import recipes
from sessions import has_session
from tokens import LIFETIME


class CommandLine:
    """The tests of all of them, in their order."""

    @classmethod
    def setUpClass(cls):
        [client] = register(
            [
                {
                    "client_name": cls.name,
                    "type": "native",
                    "redirect_uris": ["http://127.0.0.1/callback"],
                    "scope": "openid profile email offline_access records:read",
                    "access_token_lifetime": LIFETIME,
                }
            ]
        )
        cls.client_id, cls.person = client["client_id"], Person()
        values = {
            "https://id.example.org": dev["issuer"],
            "https://records.example/api/records": dev["api"]["url"],
            '"my-app"': f'"{cls.client_id}"',
        }
        cls.folder = recipes.extract("native.md", cls.name, tempfile.mkdtemp(dir=FOLDER), values)
        (cls.folder / "node_modules").symlink_to(HERE / "node/node_modules")

    def start(self, argument):
        # No browser: the person opens what is printed.
        environment = os.environ | {"HOME": str(self.folder), "BROWSER": "true"}
        return subprocess.Popen(
            [*self.program, argument], cwd=self.folder, env=environment, stdout=subprocess.PIPE, text=True
        )

    def open_printed(self, process):
        word, url = process.stdout.readline().split()
        self.assertEqual(word, "Open")
        return self.person.visit(url)

    def records(self):
        with self.start("records") as process:
            return json.load(process.stdout)

    def test_1_it_signs_a_person_in(self):
        with self.start("login") as process:
            self.open_printed(process)
            self.assertEqual(process.stdout.read(), "Alice Aroha Walker <alice@people.example>\n")
        type(self).expires = time.monotonic() + LIFETIME

    def test_2_its_access_token_opens_the_api(self):
        self.assertEqual(self.records()["read_by"]["client_id"], self.client_id)

    def test_3_it_refreshes_what_has_expired_and_keeps_the_new_refresh_token(self):
        for _ in range(2):
            time.sleep(max(0, self.expires + 1 - time.monotonic()))
            self.assertEqual(self.records()["read_by"]["client_id"], self.client_id)
        self.assertTrue(command("audit", "list", "--event", "token.refreshed", "--client", self.client_id))

    def test_4_signing_out_ends_the_session_and_the_refresh_token(self):
        self.assertTrue(has_session(self.person))
        with self.start("logout") as process:
            self.open_printed(process)
        self.assertFalse(has_session(self.person))
        self.assertTrue(command("audit", "list", "--event", "token.revoked", "--client", self.client_id))


class Authlib(CommandLine, unittest.TestCase):
    name, program = "authlib-native", [PYTHON, "app.py"]


class OpenidClient(CommandLine, unittest.TestCase):
    name, program = "openid-client-native", ["node", "app.mjs"]
