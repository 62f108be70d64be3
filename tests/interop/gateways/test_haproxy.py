"""HAProxy in front of an API: it validates tokens with the issuer's keys as PEM."""

import os
import shutil
import unittest

import requests

from portcullis import dev
from programs import Recipe
from tokens import Refusals, SERVICE, bearer, genuine
import upstream

HAPROXY = shutil.which("haproxy") or "/usr/sbin/haproxy"
START = [["sh", "fetch-keys.sh"], [HAPROXY, "-db", "-f", "haproxy.cfg", "-f", "keys.cfg"]]


class JwtVerify(Refusals, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Recipe("gateways.md", "haproxy", START)
        cls.addClassCleanup(cls.gateway.stop)
        values = {
            "https://id.example.org": dev["issuer"],
            "127.0.0.1:3000": upstream.origin.removeprefix("http://"),
            "bind :80": f"bind 127.0.0.1:{cls.gateway.port}",
            "/etc/haproxy/portcullis/": "",
            "/etc/haproxy/portcullis": ".",
            "$PWD/": "",
        }
        cls.gateway.run(values, {"CURL_CA_BUNDLE": os.environ["SSL_CERT_FILE"]})
        cls.gateway.wait()

    def answer(self, token, **headers):
        return requests.get(self.gateway.origin + "/api/records", headers=bearer(token) | headers, timeout=10)

    def test_7_the_application_hears_who_calls(self):
        heard = self.answer(genuine(), **{"X-Subject": "somebody else"}).json()
        self.assertEqual(heard["x-subject"], SERVICE["client_id"])
