"""Client ids that nobody has registered: one address asks for tokens for them as fast as it can, beside another whose
clients we know."""

import concurrent.futures
import statistics
import time

from . import clients, database, load
from .limits import Figure
from .servers import SharingPortcullis

PARALLEL, UNKNOWN = 64, 100_000
OTHER, TOKENS_A_SECOND = "127.0.0.2", 20
# After so many seconds without work PostgreSQL has counted what a connection did.
COUNTED = 11
MOST_STATEMENTS, MOST_MEMORY, LONGEST_TOKEN = 200, 16, 250  # in a second, MiB, ms


def figures(ours, active, seconds):
    """What the flood costs, and what it costs the others."""
    with SharingPortcullis(ours, "Portcullis with the limits of production") as server:
        load.run(server, clients.tokens(active[:1]), PARALLEL, 2)  # to warm up
        time.sleep(COUNTED)
        idle = _statements(ours)
        time.sleep(COUNTED)
        before, begun = _statements(ours), server.memory()
        idle = before - idle
        unknown = clients.tokens([(f"unknown-{n}", "ptc_cs_unknown") for n in range(UNKNOWN)])
        with concurrent.futures.ThreadPoolExecutor() as both:
            flood = both.submit(load.refused, server, unknown, PARALLEL, seconds)
            times = _known(server, active[1:], seconds)
            flood = flood.result()
        grown = server.memory() - begun
        time.sleep(COUNTED)
        # While we waited for the counters, the server was idle again.
        statements = (_statements(ours) - before - idle) / seconds
    yield Figure("unknown clients: refused in a second", flood)
    yield Figure("unknown clients: statements at the database in a second", statements, MOST_STATEMENTS)
    yield Figure("unknown clients: memory grown, MiB", max(0, grown), MOST_MEMORY)
    yield Figure("unknown clients: p99 of a known one's token, ms", statistics.quantiles(times, n=100)[98], LONGEST_TOKEN)


def _known(server, active, seconds):
    """ms that each token took of clients that the server has not met, from another address."""
    asker, times, begun = clients.Asker(server, OTHER), [], time.monotonic()
    for n in range(seconds * TOKENS_A_SECOND):
        time.sleep(max(0, begun + n / TOKENS_A_SECOND - time.monotonic()))
        asked = time.monotonic()
        if (status := asker.status(active[n * 37 % len(active)])) != 200:
            raise RuntimeError(f"a known client is answered {status} beside the flood")
        times.append((time.monotonic() - asked) * 1000)
    return times


def _statements(ours):
    """How many were committed or rolled back: outside transactions, that is how many there were."""
    counted = "select xact_commit + xact_rollback from pg_stat_database where datname = current_database()"
    return int(database.run(ours.dev["database_url"], counted))
