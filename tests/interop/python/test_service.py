"""The programs of docs/integrate/service.md: each gets a token for itself, which opens the API."""

import json
import os
import subprocess
import tempfile
import unittest

import requests

from portcullis import dev
from programs import FOLDER, HERE, PYTHON
import recipes
from tokens import bearer


class Services(unittest.TestCase):
    def token(self, name, *program):
        """What a recipe prints."""
        client = dev["service_client"]
        values = {"https://id.example.org": dev["issuer"], "records-importer": client["client_id"]}
        folder = recipes.extract("service.md", name, tempfile.mkdtemp(dir=FOLDER), values)
        (folder / "node_modules").symlink_to(HERE / "node/node_modules")
        environment = os.environ | {"CLIENT_SECRET": client["client_secret"], "CURL_CA_BUNDLE": os.environ["SSL_CERT_FILE"]}
        return subprocess.run(program, cwd=folder, env=environment, stdout=subprocess.PIPE, check=True, text=True).stdout

    def opens_the_api(self, token):
        answer = requests.get(dev["api"]["url"], headers=bearer(token.strip()), timeout=10)
        self.assertEqual(answer.json()["read_by"]["client_id"], dev["service_client"]["client_id"])

    def test_curl(self):
        self.opens_the_api(json.loads(self.token("curl", "bash", "get_token.sh"))["access_token"])

    def test_authlib(self):
        self.opens_the_api(self.token("authlib", PYTHON, "get_token.py"))

    def test_requests_oauthlib(self):
        self.opens_the_api(self.token("requests-oauthlib", PYTHON, "get_token.py"))

    def test_openid_client(self):
        self.opens_the_api(self.token("openid-client", "node", "get_token.mjs"))
