"""What the pages of the console cost at the size of an agency, and what they cost those who want tokens meanwhile."""

import concurrent.futures
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse

from . import clients, database, limits, load
from .administrator import Administrator
from .limits import Figure
from .servers import OTHER_CORES, ROOT, UNLIMITED, Portcullis, SharingPortcullis

CLIENTS, USERS, SESSIONS, EVENTS, DAYS = 100_000, 200_000, 300_000, 10_000_000, 30
LONGEST_PAGE, LONGEST_SEARCH, LARGEST, MOST_GROWTH = 50, 100, 200, 1.5  # ms, ms, kB
LONGEST_PAINT = 300  # ms
ROUNDS, PAINTS, SECONDS, CONNECTIONS = 20, 5, 20, 64
PAGES_A_SECOND = 20  # twenty people who open a page each second

FILL = """
select pg_temp.copies('users', $$username = 'alice'$$, {users}, $$
    jsonb_build_object('user_id', md5('bench ' || n)::uuid, 'username', 'bench-' || n, 'username_key', 'bench-' || n,
                       'email', 'bench-' || n || '@bench.example', 'profile', jsonb_build_object('name', 'Person ' || n))
$$);
insert into user_roles (user_id, role)
    select md5('bench ' || n)::uuid, 'bench-' || 1 + n % 1000 from generate_series(1, {users}) n;
analyze user_roles;
select make_partitions('sessions', now() - day * interval '1 day') from generate_series(0, 1) day;
insert into sessions (session_id, secret_hash, kind, user_id, authenticated_at, amr, acr, last_seen_at, expires_at, ip, user_agent,
                      proven_at)
    select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8'
            || substr(md5(n::text), 4, 15))::uuid,
        sha256(n::text::bytea), case when n % 1000 = 3 then 'administrator' else 'user' end,
        md5('bench ' || 1 + n % {users})::uuid, at, case when n % 3 = 0 then '{{pwd,otp,mfa}}'::text[] else '{{pwd}}' end,
        case when n % 3 = 0 then 'aal2' else 'aal1' end, now() - n % 9 * interval '1 minute', now() + interval '8 hours',
        '192.0.' || n % 256 || '.' || n % 199, 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0', at
    from (select n, now() - n * interval '4 hours' / {sessions} as at from generate_series(1, {sessions}) n) as begun;
analyze sessions;
select make_partitions('audit_events', now() - day * interval '1 day') from generate_series(0, {days}) day;
insert into audit_events (event_id, at, event, outcome, actor, subject, client_id, request_id, ip, node, version)
    select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8'
            || substr(md5(n::text), 4, 15))::uuid,
        at,
        case when n % 1000000 = 7 then 'client.deleted' when n % 5000 = 3 then 'sign_in' when n % 3 = 0 then 'token.refreshed'
             else 'token.issued' end,
        case when n % 5000 = 3 and n % 7 = 0 then 'failure' else 'success' end,
        'client:bench-' || 1 + n % {clients}, 'user:' || md5('bench ' || 1 + n % {users})::uuid, 'bench-' || 1 + n % {clients},
        md5(n::text), '192.0.2.' || n % 250, 'bench', '1'
    from (select n, now() - n * interval '{days} days' / {events} as at from generate_series(1, {events}) n) as events;
analyze audit_events;
"""


def report(quick):
    """Fills an installation, opens every page again and again, prints the figures against their limits, and says whether
    all hold."""
    size = 100 if quick else 1
    numbers = {"clients": CLIENTS // size, "users": USERS // size, "sessions": SESSIONS // size, "events": EVENTS // size, "days": DAYS}
    with Portcullis() as ours:
        _say("filling")
        begun = time.monotonic()
        clients.fill(ours, numbers["clients"])
        database.run(ours.dev["database_url"], clients.COPY + FILL.format(**numbers))
        _say(f"  {time.monotonic() - begun:.0f} s")
        ours.keep_to(OTHER_CORES)
        # One that began after the filling, and knows of it.
        with SharingPortcullis(ours, "where the administrator sits", **UNLIMITED) as console:
            administrator = Administrator(ours.dev | {"issuer": console.url})
            pages = _pages(ours)
            figures = [figure for path, is_search in pages for figure in _page(administrator, path, is_search)]
            figures += _first_paint(console, administrator, [path for path, is_search in pages if not is_search])
            _say("tokens beside it")
            console.keep_to(OTHER_CORES)
            figures += _tokens(ours, administrator, [path for path, _ in pages], numbers["clients"])
    heading = f"{numbers['clients']:,} clients, {numbers['users']:,} users, {numbers['events']:,} events"
    print(f"\nPages of the console with {heading}, one after the other by one connection: the median and the worst.\n")
    return limits.compare({heading: figures})


def _pages(ours):
    """Every page that is opened all day, and whether it searches."""
    sql = "select user_id from users where username = 'bench-77'; select api_id from apis where name = 'Bench 77';"
    user, api = database.run(ours.dev["database_url"], sql).split()
    quoted = urllib.parse.quote
    looks = ["/admin", "/admin?days=90", "/admin/clients", "/admin/clients?size=200", "/admin/clients?sort=-created"]
    looks += ["/admin/clients/new", "/admin/clients/bench-77", "/admin/clients/bench-77/edit", "/admin/clients/bench-77?tab=activity"]
    looks += ["/admin/apis", f"/admin/apis/{api}", f"/admin/apis/{api}/edit", "/admin/roles", "/admin/roles/bench-77"]
    looks += [f"/admin/why?client=bench-77&user={user}", "/admin/sign-in-test?client=bench-77", "/admin/sessions"]
    looks += ["/admin/networks", "/admin/settings", "/admin/branding", "/admin/reference", "/admin/reference/replaceClient"]
    looks += ["/admin/users", f"/admin/users/{user}", f"/admin/users/{user}/edit", "/admin/security", "/admin/keys", "/admin/audit"]
    searches = ["/admin/clients?q=bench-777", "/admin/users?q=bench-777", "/admin/users?role=bench-77", "/admin/search?q=bench-777"]
    searches += ["/admin/audit?event=client.deleted", "/admin/audit?outcome=failure", f"/admin/audit?actor={quoted('bench-77')}"]
    searches += ["/admin/audit?ip=192.0.2.77", "/admin/audit?event=sign_in&outcome=failure"]
    # Words that few users have, that many have, and all; an address; and what finds nothing among all of them.
    searches += [f"/admin/sessions?q={words}" for words in ["bench-777", "10", "Person", "192.0.2.77"]]
    searches += ["/admin/sessions?by=password&factor=some", "/admin/sessions?idle=20"]
    return [(path, False) for path in looks] + [(path, True) for path in searches]


def _page(administrator, path, is_search):
    """How long it takes, and how large it is."""
    took, answer = [], None
    for _ in range(ROUNDS):
        begun = time.monotonic()
        answer = administrator.browser.request("GET", path)
        took.append((time.monotonic() - begun) * 1000)
    if answer[0] != 200:
        raise RuntimeError(f"{path} answered {answer[0]}")
    # The first look fills PostgreSQL's memory and counts as any other.
    yield Figure(f"{path}: ms", statistics.median(took), LONGEST_SEARCH if is_search else LONGEST_PAGE)
    yield Figure(f"{path}: ms, the worst", max(took))
    yield Figure(f"{path}: kB", len(answer[2].encode()) / 1000, LARGEST)


def _first_paint(console, administrator, paths):
    """When Chromium paints something of a page, if it is here with Node.js and tests/browser's packages."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not (chromium and shutil.which("node") and (ROOT / "tests/browser/node_modules").exists()):
        _say("no first paint: it takes Node.js, Chromium and the packages of tests/browser")
        return
    _say("first paint")
    cookies = json.dumps(administrator.browser.cookies)
    command = ["node", ROOT / "benches/first_paint.mjs", console.url, cookies, str(PAINTS)]
    told = subprocess.run(
        command, input=json.dumps(paths), capture_output=True, text=True, check=True, env=os.environ | {"CHROMIUM": chromium}
    )
    for path, took in zip(paths, json.loads(told.stdout), strict=True):
        yield Figure(f"{path}: ms to the first paint", took, LONGEST_PAINT)


def _tokens(ours, administrator, paths, count):
    """Tokens from a server of their own core and a database that is shared, alone and while somebody works."""
    active = [clients.copy(n) for n in range(1, min(count, 10_000) + 1)]
    request, opened, done = clients.tokens(active), [], threading.Event()

    def work():
        begun = time.monotonic()
        for path in itertools.cycle(paths):
            if done.wait(max(0, begun + len(opened) / PAGES_A_SECOND - time.monotonic())):
                return
            administrator.browser.request("GET", path)
            opened.append(path)

    with SharingPortcullis(ours, "Portcullis", **UNLIMITED) as node:
        load.run(node, request, CONNECTIONS, SECONDS)  # to warm up
        quiet = load.run(node, request, CONNECTIONS, SECONDS)
        with concurrent.futures.ThreadPoolExecutor() as both:
            working = both.submit(work)
            beside = load.run(node, request, CONNECTIONS, SECONDS)
            done.set()
            working.result()
    yield Figure("pages opened in a second beside tokens", len(opened) / SECONDS)
    yield Figure("tokens, p99 ms", quiet.p99)
    yield Figure("tokens beside the console, p99 ms", beside.p99)
    yield Figure("p99 beside the console, times p99 alone", beside.p99 / quiet.p99, MOST_GROWTH)


def _say(line):
    print(f"» {line}", file=sys.stderr, flush=True)
