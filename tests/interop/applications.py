"""Web applications of docs/integrate: each signs a person in, knows who it is, refreshes, and signs out."""

import concurrent.futures
import dataclasses
import secrets
import time
import typing

from portcullis import Person, command, dev, register
from programs import Recipe
from sessions import has_session

LIFETIME = 30  # seconds, the least that an access token can live
WHO = r"^Alice (Aroha )?Walker <alice@people.example>$"


def open_login(person, origin):
    return person.visit(origin + "/login")


def open_logout(person, origin):
    return person.visit(origin + "/logout")


def post_logout(person, origin):
    return person.visit(origin + "/logout", {})


@dataclasses.dataclass
class Application:
    """How a recipe is used: where it gets answers, and what a person does to sign in and out."""

    page: str
    name: str
    start: list
    callback: str = "/callback"
    login: typing.Callable = open_login
    logout: typing.Callable = post_logout
    renewal: str = "token.refreshed"

    def __post_init__(self):
        self.recipe = Recipe(self.page, self.name, self.start)
        self.origin = self.recipe.origin
        self.person = Person()

    def metadata(self):
        return {
            "client_id": self.name,
            "client_name": self.name,
            "type": "web",
            "redirect_uris": [self.origin + self.callback],
            "post_logout_redirect_uris": [self.origin + "/"],
            "scope": "openid profile email offline_access records:read",
            "access_token_lifetime": LIFETIME,
        }

    def begin(self, client):
        """Starts it, and signs the person in."""
        values = {
            "https://id.example.org": dev["issuer"],
            "https://records.example/api/records": dev["api"]["url"],
            "https://app.example": self.origin,
            "my-app": client["client_id"],
            "EXPIRY_SECONDS = 240": f"EXPIRY_SECONDS = {LIFETIME}",
        }
        environment = {name: secrets.token_hex(32) for name in ["SESSION_SECRET", "AUTH_SECRET"]}
        environment["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # the application itself has no TLS here
        environment |= {"CLIENT_SECRET": client["client_secret"], "AUTH_URL": self.origin + "/auth"}
        self.recipe.run(values, environment)
        self.recipe.wait()
        self.login(self.person, self.origin)
        self.expires = time.monotonic() + LIFETIME
        self.renewals_before = self.renewals()

    def renewals(self):
        """How often it got another access token."""
        return len(command("audit", "list", "--event", self.renewal, "--client", self.name))

    def visit(self, path):
        return self.person.visit(self.origin + path)


def for_each(check):
    """A test that does the same with each application."""

    def test(self):
        for application, trouble in zip(self.applications, self.trouble, strict=True):
            with self.subTest(application.name):
                if trouble:
                    raise AssertionError(application.recipe.output()) from trouble
                check(self, application)

    return test


class SignIn:
    """Tests of `applications`. They run at once, so that all their access tokens expire at the same time."""

    @classmethod
    def setUpClass(cls):
        clients = register([application.metadata() for application in cls.applications])
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            begun = [pool.submit(one.begin, client) for one, client in zip(cls.applications, clients, strict=True)]
        cls.trouble = [future.exception() for future in begun]
        cls.addClassCleanup(lambda: [application.recipe.stop() for application in cls.applications])

    @for_each
    def test_1_it_knows_who_signed_in(self, application):
        page = application.visit("/")
        self.assertRegex(page.text, WHO, application.recipe.output())

    @for_each
    def test_2_its_access_token_opens_the_api(self, application):
        self.assertEqual(self.records(application)["read_by"]["client_id"], application.name)

    @for_each
    def test_3_it_refreshes_what_has_expired(self, application):
        time.sleep(max(0, application.expires + 1 - time.monotonic()))
        self.assertEqual(self.records(application)["read_by"]["client_id"], application.name)
        self.assertGreater(application.renewals(), application.renewals_before, "it used the old token")

    @for_each
    def test_4_signing_out_ends_the_session_here_and_there(self, application):
        self.assertTrue(has_session(application.person))
        page = application.logout(application.person, application.origin)
        self.assertEqual(page.url.split("?")[0], application.origin + "/", application.recipe.output())
        self.assertFalse(has_session(application.person))
        self.assertNotRegex(application.visit("/").text, WHO)

    def records(self, application):
        answer = application.visit("/records")
        self.assertEqual(answer.status_code, 200, application.recipe.output())
        return answer.json()
