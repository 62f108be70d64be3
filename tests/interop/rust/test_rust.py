"""Rust: openidconnect signs users in, jsonwebtoken validates access tokens in an API, oauth2 gets a service its token."""

import os
import subprocess
import tempfile
import unittest

import requests

from applications import Application, SignIn
from portcullis import dev
from programs import FOLDER, HERE, Recipe
import recipes
from tokens import Refusals, bearer

# All share what they depend on, and its compiled form.
TARGET = HERE.parents[1] / "target/interop"
BUILD = f"""
    mkdir src && mv main.rs src && cp {HERE}/rust/Cargo.* .
    cargo build --locked --target-dir {TARGET}
    cp {TARGET}/debug/portcullis-interop-tests program"""
START = [["bash", "-ec", BUILD], ["./program"]]


class WebApplication(SignIn, unittest.TestCase):
    applications = [Application("rust.md", "openidconnect", START)]


class Api(Refusals, unittest.TestCase):
    leeway = 10

    @classmethod
    def setUpClass(cls):
        cls.api = Recipe("rust.md", "jsonwebtoken", START)
        cls.addClassCleanup(cls.api.stop)
        cls.api.run({"https://id.example.org": dev["issuer"]}, {})
        cls.api.wait()

    def answer(self, token):
        return requests.get(self.api.origin + "/records", headers=bearer(token), timeout=10)


class Service(unittest.TestCase):
    def test_it_gets_a_token_for_itself(self):
        client = dev["service_client"]
        values = {"https://id.example.org": dev["issuer"], "records-importer": client["client_id"]}
        folder = recipes.extract("service.md", "oauth2", tempfile.mkdtemp(dir=FOLDER), values)
        subprocess.run(["bash", "-ec", BUILD], cwd=folder, check=True)
        environment = os.environ | {"CLIENT_SECRET": client["client_secret"]}
        program = subprocess.run(folder / "program", env=environment, stdout=subprocess.PIPE, check=True, text=True)
        answer = requests.get(dev["api"]["url"], headers=bearer(program.stdout.strip()), timeout=10)
        self.assertEqual(answer.json()["read_by"]["client_id"], client["client_id"])
