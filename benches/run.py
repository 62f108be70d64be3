#!/usr/bin/env python3
"""Measures Portcullis beside a bare HTTP route and another provider, in alternating rounds, and prints a table.

CPU time for each answered request is the figure to compare: rates follow the machine's mood. Load goes to 127.0.0.1
only.
"""

import argparse
import contextlib
import functools
import signal
import sys

from measuring import console, crowd, family, flood, frames, load, passwords, registry, servers
from measuring.load import Request
from measuring.person import PeersPerson, Person, redemption

CONNECTIONS = [1, 8, 64]
JWT_API, OPAQUE_API = "https://records.example/api", "https://records.example/opaque"
# More codes than are redeemed in a second, for each number of connections.
CODES_A_SECOND = {1: 1500, 8: 4000, 64: 5000}


class Subjects:
    """The servers, each started once, when an operation first needs it; `stack` stops them, whatever happens."""

    def __init__(self, stack):
        self.started, self.stack = [], stack

    @functools.cached_property
    def bare(self):
        return self._keep(servers.bare())

    @functools.cached_property
    def peer(self):
        return self._keep(servers.oidc_provider())

    @functools.cached_property
    def ours(self):
        return self._keep(servers.Portcullis())

    @functools.cached_property
    def logging(self):
        return self._keep(servers.LoggingPortcullis(self.ours))

    @functools.cached_property
    def person(self):
        return Person(self.dev)

    @property
    def dev(self):
        return self.ours.dev

    def _keep(self, server):
        if server:
            self.started.append(server)
            self.stack.callback(server.stop)
        return server


# Each operation gives the servers that can do it, each with a function that makes the request for so many connections
# and seconds.


def bare_route(subjects):
    yield subjects.bare, lambda *_: Request("/")


def jwks(subjects):
    yield subjects.ours, lambda *_: Request("/oauth2/jwks")
    if subjects.peer:
        yield subjects.peer, lambda *_: Request("/jwks")


def client_credentials(subjects):
    service = subjects.dev["service_client"]
    form = {"grant_type": "client_credentials", "scope": "records:read"}
    for server in [subjects.ours, subjects.logging]:
        yield server, lambda *_: Request.of_client(service, "/oauth2/token", form)
    if peer := subjects.peer:
        yield peer, lambda *_: Request.of_client(peer.client, "/token", form | {"resource": JWT_API})


def introspection(subjects):
    form = {"grant_type": "client_credentials", "scope": "records:read"}
    service, api = subjects.dev["service_client"], subjects.dev["introspection_client"]
    issue = Request.of_client(service, "/oauth2/token", form)
    yield subjects.ours, _about_new_token(subjects.ours, issue, api, "/oauth2/introspect")
    if peer := subjects.peer:
        issue = Request.of_client(peer.client, "/token", form | {"resource": OPAQUE_API})
        yield peer, _about_new_token(peer, issue, peer.client, "/token/introspection")


def _about_new_token(server, issue, client, path):
    def request(*_):
        question = Request.of_client(client, path, {"token": load.answer(server, issue)["access_token"]})
        if not load.answer(server, question)["active"]:
            raise RuntimeError(f"{server.name} does not know its own token")
        return question

    return request


def code_exchange(subjects):
    yield subjects.ours, _redeem(subjects.person, subjects.ours.client(type="web"), "/oauth2/token")
    if peer := subjects.peer:
        yield peer, _redeem(PeersPerson(peer), peer.web, "/token")


def code_exchange_rs256(subjects):
    client = subjects.ours.client(type="web", id_token_signed_response_alg="RS256")
    yield subjects.ours, _redeem(subjects.person, client, "/oauth2/token")


def _redeem(person, client, path):
    def request(connections, seconds):
        verifier, codes = person.codes(client, int(CODES_A_SECOND[connections] * seconds))
        return Request.of_client(client, path, redemption(client, verifier) | {"code": "VALUE"}, values=codes)

    return request


def refresh(subjects):
    yield subjects.ours, _refresh(subjects.person, subjects.ours.client(type="web"), "/oauth2/token")
    if peer := subjects.peer:
        yield peer, _refresh(PeersPerson(peer), peer.web, "/token")


def _refresh(person, client, path):
    form = {"grant_type": "refresh_token", "refresh_token": person.refresh_tokens(client, 1)[0]}
    return lambda *_: Request.of_client(client, path, form)


def refresh_rotation(subjects):
    client = subjects.ours.client(type="native", token_endpoint_auth_method="none")
    yield subjects.ours, _rotate(subjects.person, client, "/oauth2/token")
    if peer := subjects.peer:
        yield peer, _rotate(PeersPerson(peer), peer.native, "/token")


def _rotate(person, client, path):
    form = {"grant_type": "refresh_token", "client_id": client["client_id"], "refresh_token": "VALUE"}

    def request(connections, _):
        # wrk asks for one request more than it sends.
        tokens = person.refresh_tokens(client, connections + 1)
        return Request.of_client(client, path, form, values=tokens, refill='"refresh_token":"([^"]+)"')

    return request


def sign_in(subjects):
    # More than can be answered.
    yield subjects.ours, lambda _, seconds: flood.sign_ins(subjects.ours, 1000 * seconds)


OPERATIONS = {
    "bare": bare_route,
    "jwks": jwks,
    "client_credentials": client_credentials,
    "introspection": introspection,
    "code": code_exchange,
    "code_rs256": code_exchange_rs256,
    "refresh": refresh,
    "refresh_rotation": refresh_rotation,
    "sign_in": sign_in,
    "http2_floods": lambda _: [],
    "new_passwords": lambda _: [],
    "connections": lambda _: [],
    "registry": lambda _: [],
    "console": lambda _: [],
}
# What follows the table, each held to limits of its own. The registry and the console are measured apart, on
# installations of their own.
REPORTS = {
    "refresh_rotation": family.report,
    "sign_in": flood.report,
    "http2_floods": frames.report,
    "new_passwords": passwords.report,
    "connections": crowd.report,
}


def measure(operation, subjects, rounds, seconds):
    """The median result of each server at each number of connections."""
    loads = list(operation(subjects))
    for server, request in loads:
        load.run(server, request(8, seconds), 8, seconds)  # to warm up
    for connections in CONNECTIONS:
        results = [[] for _ in loads]
        for _ in range(rounds):
            for (server, request), result in zip(loads, results):
                result.append(load.run(server, request(connections, seconds), connections, seconds))
        for (server, _), result in zip(loads, results):
            yield server.name, connections, load.median(result)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "operations",
        nargs="*",
        metavar="NAME",
        type=lambda name: name.replace("-", "_"),
        help=f"{', '.join(OPERATIONS)}; none means all",
    )
    parser.add_argument("--quick", action="store_true", help="one round of a second each, and nothing after the table but a small registry")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=2, help="for each run")
    arguments = parser.parse_args()
    if unknown := set(arguments.operations) - set(OPERATIONS):
        parser.error(f"there is no operation {', '.join(unknown)}")
    rounds, seconds = (1, 1) if arguments.quick else (arguments.rounds, arguments.seconds)

    # What was started is stopped, however this ends.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    names = arguments.operations or list(OPERATIONS)
    holds = []
    if set(names) - {"registry", "console"}:
        with contextlib.ExitStack() as stack:
            holds = list(_beside_others(names, Subjects(stack), arguments.quick, rounds, seconds))
    if "registry" in names:
        holds.append(registry.report(arguments.quick))
    if "console" in names:
        holds.append(console.report(arguments.quick))
    return 0 if all(holds) else 1


def _beside_others(names, subjects, quick, rounds, seconds):
    """Prints the table and what follows it. Of each report, whether its limits hold."""
    print("| operation | server | connections | requests/s | CPU µs | database CPU µs | p50 ms | p99 ms | refused |")
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|")
    for name in names:
        for server, connections, r in measure(OPERATIONS[name], subjects, rounds, seconds):
            print(
                f"| {name} | {server} | {connections} | {r.rate:,.0f} | {r.cpu:.1f} | {r.database_cpu:.1f} "
                f"| {r.p50:.2f} | {r.p99:.2f} | {r.refused:.0%} |",
                flush=True,
            )
    print()
    for server in subjects.started:
        print(f"- {server.name}: at most {server.peak_memory():.0f} MiB")
    for name in names:
        if name in REPORTS and not quick:
            yield REPORTS[name](subjects.ours)


if __name__ == "__main__":
    sys.exit(main())
