"""Apache: mod_auth_openidc signs users in, mod_oauth2 checks access tokens."""

import os
import secrets
import shutil
import unittest

import requests

from portcullis import Person, command, dev, register, register_user
from programs import HERE, Recipe
from sessions import has_session
from tokens import Refusals, SERVICE, bearer, genuine
import upstream

APACHE = shutil.which("apache2") or "/usr/sbin/apache2"
START = [["cp", HERE / "gateways/httpd.conf", "."], ["sh", "-c", f"exec {APACHE} -d $PWD -f httpd.conf -D FOREGROUND"]]


def start(recipe, values, environment):
    values = {"https://id.example.org": dev["issuer"], "http://127.0.0.1:3000": upstream.origin} | values
    recipe.run(values, environment)
    recipe.wait()


class SignIn(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Recipe("gateways.md", "mod_auth_openidc", START)
        cls.addClassCleanup(cls.gateway.stop)
        origin = cls.gateway.origin
        client = {
            "client_name": "Intranet",
            "type": "web",
            "redirect_uris": [origin + "/oidc/callback"],
            "post_logout_redirect_uris": [origin + "/signed-out"],
            "scope": "openid profile email roles offline_access",
            "all_roles": True,
            "access_token_lifetime": 30,  # so the module refreshes at each request
        }
        [cls.client] = register([client])
        cls.officer = Person(register_user("officer-" + secrets.token_hex(4), "records-officer"))
        values = {"my-app": cls.client["client_id"], "https://app.example": origin}
        environment = {"CLIENT_SECRET": cls.client["client_secret"], "SESSION_SECRET": secrets.token_hex(32)}
        start(cls.gateway, values, environment)

    def test_1_the_application_hears_who_signed_in(self):
        page = self.officer.visit(self.gateway.origin + "/")
        self.assertEqual(page.status_code, 200, self.gateway.output())
        self.assertEqual(page.json()["oidc_claim_email"], self.officer.user["username"] + "@people.example")
        self.assertEqual(page.json()["oidc_claim_roles"], "records-officer")

    def test_2_somebody_without_the_role_is_refused(self):
        page = Person().visit(self.gateway.origin + "/")
        self.assertEqual(page.status_code, 401)

    def test_3_what_comes_from_outside_says_nothing(self):
        answer = requests.get(self.gateway.origin + "/", headers={"OIDC_CLAIM_sub": "me"}, allow_redirects=False, timeout=10)
        self.assertEqual(answer.status_code, 302)

    def test_4_it_refreshes(self):
        before = self.officer.visit(self.gateway.origin + "/").json()["oidc_access_token"]
        after = self.officer.visit(self.gateway.origin + "/").json()["oidc_access_token"]
        self.assertNotEqual(before, after)
        self.assertTrue(command("audit", "list", "--event", "token.refreshed", "--client", self.client["client_id"]))

    def test_5_signing_out_ends_the_session_here_and_there(self):
        self.assertTrue(has_session(self.officer))
        origin = self.gateway.origin
        page = self.officer.visit(f"{origin}/oidc/callback?logout={origin}/signed-out")
        self.assertTrue(page.url.startswith(origin + "/signed-out"), page.url)
        self.assertFalse(has_session(self.officer))


class Tokens(Refusals, unittest.TestCase):
    leeway = 10
    foreign_status = 403

    @classmethod
    def setUpClass(cls):
        cls.gateway = Recipe("gateways.md", "mod_oauth2", START)
        cls.addClassCleanup(cls.gateway.stop)
        # The library knows the certificates of the system alone, and the tests' is not among them.
        start(cls.gateway, {"ssl_verify=true": "ssl_verify=false"}, {})

    def answer(self, token):
        return requests.get(self.gateway.origin + "/api/records", headers=bearer(token), timeout=10)

    def test_7_the_application_hears_who_calls(self):
        self.assertEqual(self.answer(genuine()).json()["oauth2_claim_sub"], SERVICE["client_id"])
