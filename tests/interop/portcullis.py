"""The server under test, the clients that tests register there, and a person who signs in."""

import html.parser
import json
import os
import pathlib
import secrets
import subprocess
import time
import urllib.parse

import requests

with open(os.environ["PORTCULLIS_DEV"], encoding="utf-8") as file:
    dev = json.load(file)

metadata = requests.get(dev["issuer"] + "/.well-known/openid-configuration", timeout=10).json()


def command(*words, stdin=None):
    """What a command of the program says about the server's registry."""
    binary, data = os.environ["PORTCULLIS_BINARY"], pathlib.Path(os.environ["PORTCULLIS_DEV"]).parent
    line = [binary, *words, "--data-dir", data, "--json"]
    return json.loads(subprocess.run(line, input=stdin, stdout=subprocess.PIPE, check=True, text=True).stdout)


def register(clients):
    """Registers clients, whose metadata has the names of RFC 7591. Returns them with their secrets."""
    path = pathlib.Path(os.environ["PORTCULLIS_SECRETS"]).with_name("clients.json")
    path.write_text(json.dumps(clients), "utf-8")
    registered = command("client", "create", "--metadata", str(path))
    with open(os.environ["PORTCULLIS_SECRETS"], "a", encoding="utf-8") as file:
        file.writelines(client["client_secret"] + "\n" for client in registered if client.get("client_secret"))
    time.sleep(1)  # by then a running server has seen them
    return registered


def register_user(username, *roles):
    """Adds an account with roles. Returns its username and password."""
    password = secrets.token_urlsafe(16)
    words = [f"--role={role}" for role in roles]
    email = ["--email", f"{username}@people.example", "--email-verified"]
    command("user", "create", "--username", username, *email, "--password-stdin", *words, stdin=password)
    with open(os.environ["PORTCULLIS_SECRETS"], "a", encoding="utf-8") as file:
        file.write(password + "\n")
    return {"username": username, "password": password}


class Forms(html.parser.HTMLParser):
    """The forms of a page by their ids, or their places if they have none: where they lead, and what they hold.
    Without that of the languages, which every page has."""

    def __init__(self, page):
        super().__init__()
        self.forms = {}
        self.feed(page)
        self.forms = {name: form for name, form in self.forms.items() if form["action"] != "/language"}

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.forms[attributes.get("id", str(len(self.forms)))] = {"action": attributes.get("action", ""), "fields": {}}
        if tag == "input" and "name" in attributes and self.forms:
            list(self.forms.values())[-1]["fields"][attributes["name"]] = attributes.get("value", "")


class Person:
    """A person with as much of a browser as signing in takes: cookies, redirects and forms."""

    def __init__(self, user=None):
        """With the user's `username` and `password`, if it is not the one that is there anyway."""
        self.user = user or dev["user"]
        self.cookies = {}
        self.consent_page = ""  # the last that was shown

    def authorize(self, url, redirect_uri):
        """Signs in, allows what is asked, and returns the URL at which the client gets its answer."""
        return self._go(url, redirect_uri)

    def visit(self, url, form=None, confirm=()):
        """Opens a page of an application, by way of our pages where it sends us there. Confirms what those forms ask."""
        return self._go(url, None, form, confirm)

    def fill_in(self, page, form="0", **fields):
        """Sends a form of a page, with what it holds."""
        form = Forms(page.text).forms[form]
        return self.visit(urllib.parse.urljoin(page.url, form["action"]), form["fields"] | fields)

    def _go(self, url, redirect_uri, form=None, confirm=()):
        answers = {"sign-in": self.user, "consent": {"decision": "allow"}} | dict.fromkeys(confirm, {})
        response = self._send("GET" if form is None else "POST", url, form)
        while True:
            while response.is_redirect:
                url = urllib.parse.urljoin(response.url, response.headers["Location"])
                if redirect_uri and url.startswith(redirect_uri):
                    return urllib.parse.urldefrag(url).url  # browsers keep the fragment to themselves
                response = self._send("GET", url)
            if not response.url.startswith(dev["issuer"]):
                return response
            forms = Forms(response.text).forms
            name = next((name for name in answers if name in forms), None)
            if name is None and redirect_uri is None and not forms:
                return response
            if name is None:
                raise AssertionError(f"{response.status_code} {response.url} asks for something else")
            if name == "consent":
                self.consent_page = response.text
            form = forms[name]["fields"] | answers.pop(name)
            response = self._send("POST", urllib.parse.urljoin(response.url, forms[name]["action"]), form)

    def _send(self, method, url, form=None):
        # Browsers count http://localhost as secure, the library's own cookie jar does not.
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Sec-Fetch-Site": "same-origin",
        }
        if form is not None:
            headers["Origin"] = "/".join(url.split("/")[:3])
        response = requests.request(method, url, data=form, headers=headers, allow_redirects=False, timeout=10)
        for line in response.raw.headers.getlist("Set-Cookie"):
            name, _, value = line.split(";")[0].partition("=")
            if "01 jan 1970" in line.lower() or "max-age=0" in line.lower():
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return response


def basic(client):
    """A client's credentials for HTTP Basic."""
    return (client["client_id"], client["client_secret"])


def service_token():
    """An access token that the service got for itself."""
    service = dev["service_client"]
    form = {"grant_type": "client_credentials", "scope": service["scope"]}
    return requests.post(metadata["token_endpoint"], data=form, auth=basic(service), timeout=10).json()["access_token"]
