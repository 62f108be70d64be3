"""Load by wrk, on the cores that the server does not have, and what it cost the server."""

import contextlib
import dataclasses
import json
import os
import statistics
import subprocess
import tempfile
import urllib.parse
import urllib.request

from .browser import FORM
from .person import authorization
from .servers import OTHER_CORES, ROOT

# Seconds that load beside something else lasts at most.
LONGEST = 300


@dataclasses.dataclass
class Request:
    """What is sent. With `values`, each request has one of them for VALUE in the form and the headers; with `again` they
    are taken over and over."""

    path: str
    form: dict | None = None
    headers: dict = dataclasses.field(default_factory=dict)
    values: list | None = None
    refill: str | None = None
    again: bool = False

    @classmethod
    def of_client(cls, client, path, form, **more):
        """A form that a client posts, with its credentials."""
        return cls(path, form, FORM | authorization(client), **more)


@dataclasses.dataclass
class Result:
    """What one run brought: rates by the second, CPU in µs for each answered request, latencies in ms."""

    rate: float
    cpu: float
    database_cpu: float
    p50: float
    p99: float
    slowest: float
    refused: float


def run(server, request, connections, seconds):
    """Loads a server for so many seconds, or until the values are used up."""
    before = server.cpu(), server.database_cpu()
    report = _wrk(server.url, request, connections, seconds)
    server_cpu, database_cpu = server.cpu() - before[0], server.database_cpu() - before[1]
    answered = report["requests"] - report["refused"]
    if report["failed"] or not answered:
        raise RuntimeError(f"{server.name} failed at {request.path}: {report}")
    return Result(
        rate=answered / report["seconds"],
        cpu=server_cpu / answered * 1e6,
        database_cpu=database_cpu / answered * 1e6,
        p50=report["p50"],
        p99=report["p99"],
        slowest=report["slowest"],
        refused=report["refused"] / report["requests"],
    )


def answer(server, request):
    """The JSON answer to one request."""
    body = urllib.parse.urlencode(request.form).encode()
    sent = urllib.request.Request(server.url + request.path, body, request.headers)
    with urllib.request.urlopen(sent, timeout=10) as response:
        return json.load(response)


def median(results):
    """The median of each figure."""
    columns = zip(*map(dataclasses.astuple, results))
    return Result(*map(statistics.median, columns))


def refused(server, request, connections, seconds):
    """How many requests in a second a server refused that grants none of them."""
    report = _wrk(server.url, request, connections, seconds)
    if report["refused"] < report["requests"]:
        raise RuntimeError(f"{server.name} granted what it had to refuse: {report}")
    return report["refused"] / report["seconds"]


@contextlib.contextmanager
def beside(server, request, connections):
    """Loads a server while something else is measured."""
    with _started(server.url, request, connections, LONGEST) as process:
        try:
            yield
        finally:
            early = process.poll() is not None
            process.terminate()
        if early:
            raise RuntimeError(f"the load ended too early: {process.stdout.read().strip()}")


def _wrk(url, request, connections, seconds):
    with _started(url, request, connections, seconds) as process:
        output = process.stdout.read()
    if process.returncode:
        raise RuntimeError(f"wrk ended with {process.returncode}: {output.strip()}")
    return json.loads(output.splitlines()[-1])


@contextlib.contextmanager
def _started(url, request, connections, seconds):
    """wrk, and what it sends. It is waited for at the end."""
    environment = {
        "LOAD_METHOD": "GET" if request.form is None else "POST",
        "LOAD_HEADERS": "\n".join(f"{name}: {value}" for name, value in request.headers.items()),
    }
    if request.form is not None:
        environment["LOAD_BODY"] = urllib.parse.urlencode(request.form)
    if request.refill:
        environment["LOAD_REFILL"] = request.refill
    if request.again:
        environment["LOAD_AGAIN"] = "true"
    with tempfile.NamedTemporaryFile("w", prefix="portcullis-bench-") as values:
        if request.values is not None:
            values.write("\n".join(request.values))
            values.flush()
            environment["LOAD_VALUES"] = values.name
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout=10s", "-s", ROOT / "benches/load.lua"]
        with subprocess.Popen(
            [*command, url + request.path],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, OTHER_CORES),
        ) as process:
            yield process
