"""Many people who sign in at once, beside clients that want their tokens: what is kept, and what it is held to."""

import concurrent.futures
import random

from . import database, limits, load
from .load import Request
from .servers import SERVER_CORES

PEOPLE, PARALLEL, CLIENTS, SECONDS = 200, 500, 8, 60
# MiB: what one thread that hashes works in, and what everything else may take beside it.
HASH, REST = 19, 64
LONGEST_TOKEN, LONGEST_REFUSAL = 250, 2000  # ms


def report(server):
    """Runs it, prints the figures against their limits, and says whether all hold."""
    # More than can be answered: a refusal takes a fraction of a second.
    requests = sign_ins(server, PARALLEL * SECONDS * 4)
    tokens = Request.of_client(
        server.dev["service_client"], "/oauth2/token", {"grant_type": "client_credentials", "scope": "records:read"}
    )
    with concurrent.futures.ThreadPoolExecutor() as both:
        flood = both.submit(load.run, server, requests, PARALLEL, SECONDS)
        beside = both.submit(load.run, server, tokens, CLIENTS, SECONDS)
        flood, beside = flood.result(), beside.result()

    grown = server.peak_memory() - server.idle
    figures = [
        ("memory over idle, MiB", grown, len(SERVER_CORES) * HASH + REST),
        ("p99 of /oauth2/token, ms", beside.p99, LONGEST_TOKEN),
        ("slowest sign-in or refusal, ms", flood.slowest, LONGEST_REFUSAL),
        ("tokens refused, %", beside.refused * 100, 0),
    ]
    print(f"\n{PARALLEL} people sign in at once for {SECONDS} s: {flood.rate:,.0f} in a second, {flood.refused:.0%} refused;")
    print(f"beside them {beside.rate:,.0f} tokens in a second. Idle: {server.idle:.0f} MiB.\n")
    return limits.hold(figures)


def sign_ins(server, count):
    """So many sign-ins of random people. A sign-in in flight counts as failed until it has succeeded, so those of one
    person would be refused."""
    user = server.dev["user"]
    names = _add_people(server, user["username"])
    form = {"username": "VALUE", "password": user["password"]}
    return Request.of_client({}, "/sign-in", form, values=random.choices(names, k=count))


def _add_people(server, like):
    """People with the password of one that there is; their names."""
    names = [f"person-{n}" for n in range(PEOPLE)]
    statement = f"""
        insert into users (user_id, username, username_key, email_verified, password_hash, profile, enabled, created_at, updated_at)
        select gen_random_uuid(), name, name, false, password_hash, '{{}}', true, now(), now()
        from users, unnest('{{{",".join(names)}}}'::text[]) as name
        where username = '{like}' on conflict do nothing
    """
    database.run(server.dev["database_url"], statement)
    return names
