"""nginx in front of an API: it asks the issuer about each token."""

import os
import shutil
import unittest

import requests

from portcullis import basic, dev, metadata, register
from programs import HERE, Recipe
from tokens import API, Refusals, SERVICE, bearer, genuine
import upstream

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
START = [["cp", HERE / "gateways/nginx.conf", "."], [NGINX, "-p", ".", "-c", "nginx.conf"]]


class Introspection(Refusals, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        [client] = register([{"client_name": "Gateway", "type": "service", "introspects_api": API}])
        cls.gateway = Recipe("gateways.md", "nginx-introspection", START)
        cls.addClassCleanup(cls.gateway.stop)
        values = {
            "https://id.example.org": dev["issuer"],
            "http://127.0.0.1:3000": upstream.origin,
            '"gateway"': f'"{client["client_id"]}"',
            "listen 80": f"listen 127.0.0.1:{cls.gateway.port}",
            "/etc/ssl/certs/ca-certificates.crt": os.environ["SSL_CERT_FILE"],
        }
        cls.gateway.run(values, {"CLIENT_SECRET": client["client_secret"]})
        cls.gateway.wait()

    def answer(self, token, **headers):
        return requests.get(self.gateway.origin + "/api/records", headers=bearer(token) | headers, timeout=10)

    def test_7_the_application_hears_who_calls(self):
        heard = self.answer(genuine(), **{"X-Subject": "somebody else"}).json()
        self.assertEqual(heard["x-subject"], SERVICE["client_id"])
        self.assertEqual(heard["x-client"], SERVICE["client_id"])

    def test_8_a_revoked_token_is_refused_at_once(self):
        token = genuine()
        self.assertEqual(self.answer(token).status_code, 200)
        requests.post(metadata["revocation_endpoint"], data={"token": token}, auth=basic(SERVICE), timeout=10)
        self.assertEqual(self.answer(token).status_code, 401)
