"""The APIs of docs/integrate/api.md: they take the tokens that are for them, and no others."""

import unittest

import requests

from portcullis import dev
from programs import PYTHON, Recipe
from tokens import Refusals, bearer

NODE = [["node", "app.mjs"]]
FLASK = [["bash", "-c", f"exec {PYTHON} -m flask run --port $PORT"]]


class Api(Refusals):
    """A recipe that the tests of all APIs are for."""

    @classmethod
    def setUpClass(cls):
        cls.recipe = Recipe("api.md", cls.name, cls.start)
        cls.addClassCleanup(cls.recipe.stop)
        cls.recipe.run({"https://id.example.org": dev["issuer"]}, {})
        cls.recipe.wait()

    def answer(self, token):
        return requests.get(self.recipe.origin + "/records", headers=bearer(token), timeout=10)


class PyJwt(Api, unittest.TestCase):
    name, start, leeway = "pyjwt", FLASK, 10


class Authlib(Api, unittest.TestCase):
    name, start = "authlib-api", FLASK


class Jose(Api, unittest.TestCase):
    name, start, leeway = "jose", NODE, 10


class ExpressOauth2JwtBearer(Api, unittest.TestCase):
    name, start, leeway = "express-oauth2-jwt-bearer", NODE, 5
