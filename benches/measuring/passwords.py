"""New passwords that keep the judge busy, beside clients that want their tokens (DO-03)."""

import concurrent.futures
import http.client
import re
import time
import urllib.parse

from . import limits, load
from .load import Request
from .browser import FORM

PARALLEL, CLIENTS, SECONDS = 64, 8, 20
LONGEST_TOKEN, LONGEST_ANSWER = 250, 2500  # ms
# Of all 32 characters that are refused, these cost most among 30,000 that were tried.
HOSTILE = "1i{|" * 8
REFUSED, BUSY = 422, 503


def report(server):
    """Runs it, prints the figures against their limits, and says whether all hold."""
    path = _recovery_link(server)
    tokens = Request.of_client(
        server.dev["service_client"], "/oauth2/token", {"grant_type": "client_credentials", "scope": "records:read"}
    )
    end = time.monotonic() + SECONDS
    with concurrent.futures.ThreadPoolExecutor(PARALLEL + 1) as everybody:
        beside = everybody.submit(load.run, server, tokens, CLIENTS, SECONDS)
        changes = [everybody.submit(_change, server, path, end) for _ in range(PARALLEL)]
        answers = [answer for one in changes for answer in one.result()]
        beside = beside.result()

    statuses, times = zip(*answers)
    judged, busy = (sum(status == wanted for status in statuses) for wanted in (REFUSED, BUSY))
    figures = [
        ("p99 of /oauth2/token, ms", beside.p99, LONGEST_TOKEN),
        ("tokens refused, %", beside.refused * 100, 0),
        ("slowest new password, ms", max(times) * 1000, LONGEST_ANSWER),
        ("answers that are neither a refusal nor busy", len(answers) - judged - busy, 0),
    ]
    print(f"\n{PARALLEL} hostile new passwords at once for {SECONDS} s: {judged:,} were judged, {busy:,} found no place;")
    print(f"beside them {beside.rate:,.0f} tokens in a second.\n")
    return limits.hold(figures)


def _recovery_link(server):
    """The path of a link for a new password. It is not used up by one that is refused."""
    http = _connect(server)
    _post(http, "/recover", {"username": server.dev["user"]["username"]})
    for _ in range(50):
        http.request("GET", "/dev/mail")
        page = http.getresponse().read().decode()
        if found := re.search(r"/recover/ptc_ln_[\w-]+", page):
            return found.group()
        time.sleep(0.1)
    raise RuntimeError("no mail came")


def _change(server, path, end):
    """Sends the password again and again: each status, and how long it took in seconds."""
    answers, http = [], _connect(server)
    while (begun := time.monotonic()) < end:
        answers.append((_post(http, path, {"password": HOSTILE}), time.monotonic() - begun))
    return answers


def _connect(server):
    address = urllib.parse.urlsplit(server.url)
    return http.client.HTTPConnection(address.hostname, address.port, timeout=30)


def _post(http, path, form):
    http.request("POST", path, urllib.parse.urlencode(form), FORM)
    answer = http.getresponse()
    answer.read()
    return answer.status
