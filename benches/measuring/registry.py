"""What a registry costs that grows: the same figures with few clients and with very many, of whom 10,000 are active."""

import concurrent.futures
import dataclasses
import http.client
import subprocess
import sys
import time

from . import clients, commands, limits, load, strangers
from .administrator import Administrator
from .limits import Figure
from .servers import OTHER_CORES, UNLIMITED, Portcullis, SharingPortcullis

CONNECTIONS, ACTIVE, CHANGES_A_SECOND, STARTS = 64, 10_000, 100, 3
LONGEST_START, MOST_MEMORY, LONGEST_CHANGE = 3, 120, 1000  # s, MB, ms
# Of 100 changes a second; how much p99 may grow by them.
FEWEST_CHANGES, MOST_GROWTH = 99, 2


@dataclasses.dataclass
class Plan:
    """How many clients are registered, and how long or how often something is done."""

    sizes: list
    rounds: int
    seconds: int
    changing: int
    flood: int
    changes: int
    imported: int


FULL = Plan([1_000, 100_000, 1_000_000], rounds=3, seconds=5, changing=60, flood=10, changes=20, imported=100_000)
QUICK = Plan([1_000, 10_000], rounds=1, seconds=3, changing=10, flood=5, changes=5, imported=1_000)


def report(quick):
    """Measures each size on an installation of its own, prints the figures against their limits, and says whether all
    hold."""
    plan = QUICK if quick else FULL
    columns, failures = {}, []
    for size in plan.sizes:
        figures = columns[f"{size:,}"] = []
        with Portcullis() as ours:
            # What is measured are the servers beside it; it is where the administrator sits.
            ours.keep_to(OTHER_CORES)
            _say(f"{size:,} clients")
            for name, part in _parts(ours, size, plan).items():
                _say(f"  {name}")
                try:
                    figures.extend(part)
                except (OSError, RuntimeError, subprocess.SubprocessError, http.client.HTTPException) as error:
                    failures.append(f"{size:,} clients, {name}: {error}")
                    _say(f"  {error}")
    print(f"\nRegistered clients, {ACTIVE:,} of them active, or all. Several measurements: the median and the worst.\n")
    holds = limits.compare(columns)
    for failure in failures:
        print(f"- failed: {failure}")
    return holds and not failures


def _parts(ours, size, plan):
    """What is measured, one after the other: each finds what the one before has left."""
    active = [clients.copy(n) for n in range(1, min(size, ACTIVE) + 1)]
    return {
        "filling": _filling(ours, size),
        "start, tokens": _tokens(ours, active, plan),
        "changes in force": _changes(ours, active, plan),
        "unknown clients": strangers.figures(ours, active, plan.flood),
        "commands": commands.figures(ours),
        "import": commands.imported(ours, plan.imported),
    }


def _filling(ours, size):
    begun = time.monotonic()
    clients.fill(ours, size)
    yield Figure("filling by SQL, s", time.monotonic() - begun)


def _tokens(ours, active, plan):
    starts = []
    for _ in range(STARTS):
        with SharingPortcullis(ours, "Portcullis", **UNLIMITED) as node:
            starts.append(clients.Asker(node).until(active[0], 200, node.begun) / 1000)
    yield Figure("start until a token, s", starts, LONGEST_START)
    with SharingPortcullis(ours, "Portcullis", **UNLIMITED) as node:
        once = load.run(node, clients.tokens(active, again=False), CONNECTIONS, plan.seconds * 20)
        yield Figure("every active client once: refused, %", once.refused * 100, 0)
        yield Figure("memory then, MB", node.memory() * 1.048576, MOST_MEMORY)
        request = clients.tokens(active)
        quiet = load.median([load.run(node, request, CONNECTIONS, plan.seconds) for _ in range(plan.rounds)])
        yield from _of_load("tokens", quiet)
        with concurrent.futures.ThreadPoolExecutor() as both:
            ids = [client_id for client_id, _ in active]
            changes = both.submit(Administrator(ours.dev).change, ids, CHANGES_A_SECOND, plan.changing)
            beside = load.run(node, request, CONNECTIONS, plan.changing)
            changes = changes.result()
        if changes.why:
            _say(f"  {changes.refused} changes were refused; {changes.why}")
        yield Figure("changes by the console in a second", changes.rate, FEWEST_CHANGES, least=True)
        yield from _of_load("tokens meanwhile", beside)
        yield Figure("p99 meanwhile, times p99 before", beside.p99 / quiet.p99, MOST_GROWTH)
        yield Figure("memory after that, MB", node.memory() * 1.048576, MOST_MEMORY)


def _of_load(what, result):
    yield Figure(f"{what}: CPU µs", result.cpu)
    yield Figure(f"{what}: database CPU µs", result.database_cpu)
    yield Figure(f"{what}: in a second", result.rate)
    yield Figure(f"{what}: p99, ms", result.p99)
    yield Figure(f"{what}: refused, %", result.refused * 100, 0)


def _changes(ours, active, plan):
    """By the command line; two nodes must follow, of which one is busy."""
    at_once, soon, disabled = [], [], []
    with SharingPortcullis(ours, "a node", **UNLIMITED) as one, SharingPortcullis(ours, "another", **UNLIMITED) as another:
        askers = [clients.Asker(node) for node in (one, another)]
        with load.beside(one, clients.tokens(active), CONNECTIONS), concurrent.futures.ThreadPoolExecutor() as both:

            def longest(client, status):
                begun = time.monotonic()
                return max(both.map(lambda asker: asker.until(client, status, begun), askers))

            for n in range(plan.changes):
                client = clients.register(ours, f"new-{n}")
                at_once += [asker.status(client) == 200 for asker in askers]
                longest(client, 200)  # where it was refused
                ours.command("client", "disable", client[0])
                disabled.append(longest(client, 401))
                for asker in askers:
                    asker.status((f"asked-{n}", "ptc_cs_unknown"))
                soon.append(longest(clients.register(ours, f"asked-{n}"), 200))
    yield Figure("new clients: refused at once", at_once.count(False), 0)
    yield Figure("new clients asked for before: ms until a token", soon, LONGEST_CHANGE)
    yield Figure("disabled clients: ms until refused", disabled, LONGEST_CHANGE)


def _say(line):
    print(f"» {line}", file=sys.stderr, flush=True)
