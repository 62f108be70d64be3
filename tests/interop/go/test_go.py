"""Go: go-oidc signs users in, and validates access tokens in an API."""

import shutil
import unittest

import requests

from applications import Application, SignIn
from portcullis import dev
from programs import HERE, Recipe
from tokens import Refusals, bearer

START = [["cp", HERE / "go/go.mod", HERE / "go/go.sum", "."], ["go", "build", "-o", "program", "."], ["./program"]]


@unittest.skipUnless(shutil.which("go"), "there is no go here")
class WebApplication(SignIn, unittest.TestCase):
    applications = [Application("go.md", "go-oidc", START)]


@unittest.skipUnless(shutil.which("go"), "there is no go here")
class Api(Refusals, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.api = Recipe("go.md", "go-api", START)
        cls.addClassCleanup(cls.api.stop)
        cls.api.run({"https://id.example.org": dev["issuer"]}, {})
        cls.api.wait()

    def answer(self, token):
        return requests.get(self.api.origin + "/api/records", headers=bearer(token), timeout=10)
