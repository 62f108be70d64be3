"""The admin API against its own description: schemathesis makes up requests from it, good ones and bad ones, and looks at the
answers. It changes what it finds, so it runs with a client that may not end its own token."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import requests

from portcullis import dev, register

PERMISSIONS = (
    "clients:read clients:write apis:read apis:write roles:read roles:write users:read users:write sessions:write "
    "keys:read settings:read settings:write networks:read networks:write audit:read unattended"
).split()
# What would end the client that asks, or the tokens of everybody.
LEFT_OUT = "disableClient deleteClient rotateSecret endSecret rotateKeys withdrawKey applyRegistry".split()
# The description does not say everything that makes a request a good one, and a missing If-Match is answered with 428.
# Whoever replaces what has changed meanwhile is told that first (412), whatever else is wrong.
CONFIG = """
[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "412", "415", "422", "428", "429"]
"""
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,negative_data_rejection,unsupported_method,ignored_auth"
)


class AdminApi(unittest.TestCase):
    def token(self):
        """An access token of a service client that may do nearly everything."""
        scope = " ".join(f"portcullis:{permission}" for permission in PERMISSIONS)
        described = {"client_name": "Schemathesis", "type": "service", "scope": scope, "access_token_lifetime": 1800}
        client = register([described])[0]
        answer = requests.post(
            dev["issuer"] + "/oauth2/token",
            {"grant_type": "client_credentials", "resource": "urn:portcullis:api"},
            auth=(client["client_id"], client["client_secret"]),
            timeout=10,
        )
        return answer.json()["access_token"]

    def test_answers_are_as_described(self):
        schemathesis = pathlib.Path(sys.executable).with_name("schemathesis")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        config = pathlib.Path(folder.name, "schemathesis.toml")
        config.write_text(CONFIG)
        line = [
            schemathesis, "--config-file", config, "run", dev["issuer"] + "/api/v1/openapi.json", "--url", dev["issuer"],
            "--tls-verify", os.environ["SSL_CERT_FILE"], "--header", f"Authorization: Bearer {self.token()}",
            "--phases", "coverage,fuzzing", "--max-examples", "10", "--seed", "1", "--checks", CHECKS,
            "--rate-limit", "20/s", "--no-color",
        ]  # fmt: skip
        for operation in LEFT_OUT:
            line += ["--exclude-operation-id", operation]
        # It keeps what it found where it runs.
        ran = subprocess.run(
            line, cwd=folder.name, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=900
        )
        self.assertEqual(ran.returncode, 0, ran.stdout)
