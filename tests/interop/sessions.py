"""Whether somebody is signed in to the server itself."""

import secrets
import urllib.parse

from portcullis import dev, metadata


def has_session(person):
    client = dev["web_client"]
    query = {
        "response_type": "code",
        "client_id": client["client_id"],
        "redirect_uri": client["redirect_uri"],
        "scope": "openid",
        "code_challenge": secrets.token_urlsafe(32),
        "code_challenge_method": "S256",
        "prompt": "none",
    }
    url = metadata["authorization_endpoint"] + "?" + urllib.parse.urlencode(query)
    return "error=login_required" not in person.authorize(url, client["redirect_uri"])
