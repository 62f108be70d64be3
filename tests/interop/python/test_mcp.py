"""The servers and agents of docs/integrate/mcp.md, by the two SDKs of the Model Context Protocol."""

import os
import secrets
import subprocess
import tempfile
import time
import unittest

import requests

from portcullis import Person, command, dev, register, register_user
from programs import FOLDER, HERE, PYTHON, Recipe
import recipes
import tokens


class Mcp:
    """A server, and an agent that a person gave access to it."""

    @classmethod
    def setUpClass(cls):
        cls.server = Recipe("mcp.md", cls.server_name, [cls.program])
        cls.addClassCleanup(cls.server.stop)
        cls.url, scope = cls.server.origin + "/mcp", f"notes:{secrets.token_hex(4)}"
        command("api", "create", "--identifier", cls.url, "--name", "Notes", "--scope", f"{scope}=Read your notes")
        command("role", "create", "--name", scope.replace(":", "-"), "--scope", scope)
        cls.person = Person(register_user(f"mcp-{secrets.token_hex(4)}", scope.replace(":", "-")))
        agent, service = register(
            [
                {
                    "client_name": "My agent",
                    "type": "native",
                    "redirect_uris": ["http://127.0.0.1/callback"],
                    "scope": f"{scope} offline_access",
                    "access_token_lifetime": tokens.LIFETIME,
                },
                {"client_name": "Service", "type": "service", "scope": scope, "access_token_lifetime": tokens.LIFETIME},
            ]
        )
        cls.service, cls.agent = service, agent["client_id"]
        cls.values = {
            "https://id.example.org": dev["issuer"],
            "https://mcp.example/mcp": cls.url,
            "notes:read": scope,
            "my-agent": cls.agent,
        }
        cls.server.run(cls.values, {})
        cls.server.wait()
        cls.passing = tokens.Passing(tokens.get(service, resource=cls.url))

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

    def test_3_an_agent_signs_a_person_in_asks_and_refreshes(self):
        folder = recipes.extract("mcp.md", self.agent_name, tempfile.mkdtemp(dir=FOLDER), self.values)
        (folder / "node_modules").symlink_to(HERE / "node/node_modules")
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
        with subprocess.Popen(self.program, cwd=folder, env=os.environ, **pipes) as agent:
            self.addCleanup(agent.kill)
            word, url = agent.stdout.readline().split()
            self.assertEqual(word, "Open")
            self.person.visit(url)
            signed_in = time.monotonic()
            self.assertEqual(self.ask(agent), self.subject())
            time.sleep(max(0, signed_in + tokens.LIFETIME + 1 - time.monotonic()))
            self.assertEqual(self.ask(agent), self.subject())
            agent.stdin.close()
        self.assertTrue(command("audit", "list", "--event", "token.refreshed", "--client", self.agent))

    def test_9_an_expired_token_is_refused(self):
        self.assertEqual(self.status(self.passing.expired()), 401)

    def subject(self):
        return command("user", "show", self.person.user["username"])["user_id"]

    @staticmethod
    def ask(agent):
        agent.stdin.write("\n")
        return agent.stdout.readline().strip()


class TypeScript(Mcp, unittest.TestCase):
    server_name, agent_name, program = "mcp-server-ts", "mcp-client-ts", ["node", "app.mjs"]


class Python(Mcp, unittest.TestCase):
    server_name, agent_name, program = "mcp-server-python", "mcp-client-python", [PYTHON, "app.py"]
