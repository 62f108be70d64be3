"""Spring Boot: a web application signs users in, and an API validates access tokens."""

import os
import shutil
import unittest

import requests

from applications import Application, SignIn
from portcullis import dev
from programs import HERE, Recipe
from tokens import Refusals, bearer

TRUST = ["-Djavax.net.ssl.trustStore=trust.p12", "-Djavax.net.ssl.trustStorePassword=changeit"]
START = [
    ["cp", HERE / "java/pom.xml", "."],
    ["mvn", "--quiet", "--batch-mode", "package"],
    ["keytool", "-importcert", "-noprompt", "-file", os.environ["SSL_CERT_FILE"], "-keystore", "trust.p12", "-storepass", "changeit"],
    ["java", *TRUST, "-Dserver.address=127.0.0.1", "-jar", "target/interop-1.jar"],
]


def sign_in(person, origin):
    return person.visit(origin + "/oauth2/authorization/portcullis")


def sign_out(person, origin):
    return person.fill_in(person.visit(origin + "/logout"))


@unittest.skipUnless(shutil.which("mvn"), "there is no mvn here")
class WebApplication(SignIn, unittest.TestCase):
    applications = [Application("java.md", "spring-client", START, "/login/oauth2/code/portcullis", sign_in, sign_out)]


@unittest.skipUnless(shutil.which("mvn"), "there is no mvn here")
class Api(Refusals, unittest.TestCase):
    leeway = 10

    @classmethod
    def setUpClass(cls):
        cls.api = Recipe("java.md", "spring-api", START)
        cls.addClassCleanup(cls.api.stop)
        cls.api.run({"https://id.example.org": dev["issuer"]}, {"SERVER_PORT": str(cls.api.port)})
        cls.api.wait()

    def answer(self, token):
        return requests.get(self.api.origin + "/api/records", headers=bearer(token), timeout=10)
