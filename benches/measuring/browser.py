"""A browser as far as a measurement needs one: a connection, its cookies, and the forms of a page."""

import html.parser
import http.client
import urllib.parse

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}


class Browser:
    """Keeps one connection and its cookies."""

    def __init__(self, url, cookies=None):
        address = urllib.parse.urlsplit(url)
        self.http = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
        self.cookies = dict(cookies or {})

    def request(self, method, path, body=None, headers=None):
        """The status, the `Location` and the text of the answer."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.http.request(method, path, body, {"Cookie": cookies, **(headers or {})})
        response = self.http.getresponse()
        text = response.read().decode()
        for line in response.headers.get_all("Set-Cookie", []):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return response.status, response.headers.get("Location"), text

    def post(self, path, fields):
        """The same for a form that is sent."""
        return self.request("POST", path, urllib.parse.urlencode(fields), FORM)


class Forms(html.parser.HTMLParser):
    """The forms of a page by their ids: where each leads, and the fields that a browser would send as they stand."""

    def __init__(self, page):
        super().__init__()
        self.actions, self.fields = {}, {}
        self._form = self._select = self._text = None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self._form = attributes.get("id")
            self.actions[self._form] = attributes.get("action")
            self.fields[self._form] = []
        elif tag == "input" and (attributes.get("type") not in ("checkbox", "radio") or "checked" in attributes):
            self._add(attributes.get("name"), attributes.get("value", ""))
        elif tag == "select":
            self._select = attributes.get("name")
        elif tag == "option" and "selected" in attributes:
            self._add(self._select, attributes.get("value", ""))
        elif tag == "textarea":
            self._text = attributes.get("name")
            self._add(self._text, "")

    def handle_data(self, data):
        if self._text:
            name, value = self.fields[self._form].pop()
            self._add(name, value + data)

    def handle_endtag(self, tag):
        if tag == "textarea":
            self._text = None

    def _add(self, name, value):
        if name and self._form in self.fields:
            self.fields[self._form].append((name, value))
