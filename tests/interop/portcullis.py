"""The server under test, and a person who signs in there."""

import html.parser
import json
import os
import urllib.parse

import requests

with open(os.environ["PORTCULLIS_DEV"], encoding="utf-8") as file:
    dev = json.load(file)

metadata = requests.get(dev["issuer"] + "/.well-known/openid-configuration", timeout=10).json()


class Forms(html.parser.HTMLParser):
    """Where the forms of a page lead, by their ids."""

    def __init__(self, page):
        super().__init__()
        self.actions = {}
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form" and "id" in attributes:
            self.actions[attributes["id"]] = attributes["action"]


class Person:
    """A person with as much of a browser as signing in takes: cookies, redirects and forms."""

    def __init__(self):
        self.cookies = {}

    def authorize(self, url, redirect_uri):
        """Signs in, allows what is asked, and returns the URL at which the client gets its answer."""
        answers = {"sign-in": dev["user"], "consent": {"decision": "allow"}}
        response = self._send("GET", url)
        while True:
            while response.is_redirect:
                url = urllib.parse.urljoin(response.url, response.headers["Location"])
                if url.startswith(redirect_uri):
                    return url
                response = self._send("GET", url)
            actions = Forms(response.text).actions
            form = next((form for form in answers if form in actions), None)
            if form is None:
                raise AssertionError(f"{response.status_code} {response.url} asks for something else")
            response = self._send("POST", urllib.parse.urljoin(response.url, actions[form]), answers.pop(form))

    def _send(self, method, url, form=None):
        # Browsers count http://localhost as secure, the library's own cookie jar does not.
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Sec-Fetch-Site": "same-origin",
        }
        response = requests.request(method, url, data=form, headers=headers, allow_redirects=False, timeout=10)
        self.cookies |= response.cookies.get_dict()
        return response


def basic(client):
    """A client's credentials for HTTP Basic."""
    return (client["client_id"], client["client_secret"])


def service_token():
    """An access token that the service got for itself."""
    service = dev["service_client"]
    form = {"grant_type": "client_credentials", "scope": service["scope"]}
    return requests.post(metadata["token_endpoint"], data=form, auth=basic(service), timeout=10).json()["access_token"]
