"""The servers and agents of docs/integrate/mcp.md, by the two SDKs of the Model Context Protocol."""

import functools
import http.server
import os
import secrets
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

import requests

from portcullis import Person, command, dev, register, register_user
from programs import FOLDER, HERE, PYTHON, Recipe
import recipes
import tokens

NOT_CHECKED = "Not checked by this organisation"


class Files(http.server.SimpleHTTPRequestHandler):
    """What somebody publishes."""

    def log_message(self, *_):
        """Nothing: it would stand between the results."""


def publish(folder):
    """Serves the files of a folder over https, on a port of its own."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Files, directory=folder))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(FOLDER / "cert.pem", FOLDER / "key.pem")
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class Agent:
    """An agent of the page, which asks its server when it is told to."""

    def __init__(self, client_id, folder, program):
        (folder / "node_modules").symlink_to(HERE / "node/node_modules")
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
        self.client_id, self.process = client_id, subprocess.Popen(program, cwd=folder, env=os.environ, **pipes)

    def address(self):
        """What it asks its user to open."""
        _, url = self.process.stdout.readline().split()
        return url

    def ask(self):
        """What its server answers."""
        self.process.stdin.write("\n")
        return self.process.stdout.readline().strip()

    def stop(self):
        """Ends it."""
        self.process.kill()
        self.process.communicate()


class Mcp:
    """A server, and agents that a person gives access to it."""

    @classmethod
    def setUpClass(cls):
        cls.server = Recipe("mcp.md", cls.server_name, [cls.program])
        cls.addClassCleanup(cls.server.stop)
        cls.url, role = cls.server.origin + "/mcp", cls.scope.replace(":", "-")
        words = ["--scope", f"{cls.scope}=Read your notes", "--access-token-lifetime", str(tokens.LIFETIME)]
        command("api", "create", "--identifier", cls.url, "--name", "Notes", *words)
        command("role", "create", "--name", role, "--scope", cls.scope)
        cls.person = Person(register_user(f"mcp-{secrets.token_hex(4)}", role))
        known, service = register(
            [
                {
                    "client_name": "My agent",
                    "type": "native",
                    "redirect_uris": ["http://127.0.0.1/callback"],
                    "scope": f"{cls.scope} offline_access",
                },
                {"client_name": "Service", "type": "service", "scope": cls.scope},
            ]
        )
        folder = tempfile.mkdtemp(dir=FOLDER)
        publisher = publish(folder)
        cls.addClassCleanup(publisher.server_close)
        cls.addClassCleanup(publisher.shutdown)
        host = f"https://localhost:{publisher.server_port}"
        cls.values = {
            "https://id.example.org": dev["issuer"],
            "https://mcp.example/mcp": cls.url,
            "https://agents.example.org": host,
            "notes:read": cls.scope,
            "my-agent": known["client_id"],
        }
        recipes.extract("mcp.md", "mcp-document", folder, cls.values)
        cls.server.run(cls.values, {})
        cls.server.wait()
        cls.known = cls.start(known["client_id"])
        cls.unknown = cls.start(f"{host}/agent.json", by_document=True)
        cls.passing = tokens.Passing(tokens.get(service, resource=cls.url))

    @classmethod
    def start(cls, client_id, by_document=False):
        """Starts the agent."""
        folder = recipes.extract("mcp.md", cls.agent_name, tempfile.mkdtemp(dir=FOLDER), cls.values)
        if by_document:
            recipes.amend("mcp.md", cls.change_name, folder, cls.values)
        agent = Agent(client_id, folder, cls.program)
        cls.addClassCleanup(agent.stop)
        return agent

    def status(self, token):
        """What the server answers to an agent's first message with this token."""
        message = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "initialize",
            "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}},
        }
        headers = {"Accept": "application/json, text/event-stream"} | tokens.bearer(token)
        self.answer = requests.post(self.url, json=message, headers=headers, timeout=10)
        return self.answer.status_code

    def test_1_who_comes_without_a_token_learns_where_to_get_one(self):
        self.assertEqual(self.status(None), 401)
        self.assertIn("resource_metadata=", self.answer.headers["WWW-Authenticate"])
        metadata = requests.get(f"{self.server.origin}/.well-known/oauth-protected-resource/mcp", timeout=10).json()
        self.assertEqual(metadata["resource"], self.url)
        self.assertEqual([server.rstrip("/") for server in metadata["authorization_servers"]], [dev["issuer"]])

    def test_2_it_takes_its_own_tokens_and_no_others(self):
        self.assertEqual(self.status(self.passing.token), 200)
        mine = self.passing.token
        for refused in [tokens.genuine(), tokens.forged(mine), tokens.unsigned(mine), tokens.users()["id_token"]]:
            self.assertEqual(self.status(refused), 401)

    def test_3_an_agent_signs_a_person_in_and_asks(self):
        self.person.visit(self.known.address())
        self.assertNotIn(NOT_CHECKED, self.person.consent_page)
        self.assertEqual(self.known.ask(), self.subject())

    def test_4_so_does_one_that_only_its_document_describes(self):
        self.person.visit(self.unknown.address())
        self.assertIn(NOT_CHECKED, self.person.consent_page)
        self.assertEqual(self.unknown.ask(), self.subject())

    def test_5_both_refresh_what_has_expired(self):
        time.sleep(tokens.LIFETIME + 1)
        for agent in [self.known, self.unknown]:
            self.assertEqual(agent.ask(), self.subject())
            self.assertTrue(command("audit", "list", "--event", "token.refreshed", "--client", agent.client_id))

    def test_9_an_expired_token_is_refused(self):
        self.assertEqual(self.status(self.passing.expired()), 401)

    def subject(self):
        return command("user", "show", self.person.user["username"])["user_id"]


class TypeScript(Mcp, unittest.TestCase):
    scope, program = "notes:typescript", ["node", "app.mjs"]
    server_name, agent_name, change_name = "mcp-server-ts", "mcp-client-ts", "mcp-client-ts-by-document"


class Python(Mcp, unittest.TestCase):
    scope, program = "notes:python", [PYTHON, "app.py"]
    server_name, agent_name, change_name = "mcp-server-python", "mcp-client-python", "mcp-client-python-by-document"
