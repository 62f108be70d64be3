"""One address that opens all the connections it can, beside another that wants its tokens (M11)."""

import concurrent.futures
import http.client
import select
import socket
import statistics
import time
import urllib.parse

from . import limits
from .load import Request
from .servers import SharingPortcullis

GREEDY, OTHER = "127.0.0.3", "127.0.0.2"
# More than the server has.
OPENED, TOKENS = 9000, 300
SHARE, LONGEST = 512, 250  # connections, ms


def report(dev):
    """Runs it, prints the figures against their limits, and says whether all hold."""
    server = SharingPortcullis(dev, "Portcullis with the limits of production")
    try:
        with concurrent.futures.ThreadPoolExecutor() as both:
            greedy = both.submit(_open, server)
            times = _tokens(server)
            opened, held = greedy.result()
            times += _tokens(server)
        figures = [
            ("connections that one address holds", held, SHARE),
            ("p99 of /oauth2/token from another, ms", statistics.quantiles(times, n=100)[98] * 1000, LONGEST),
            ("slowest token, ms", max(times) * 1000, 4 * LONGEST),
        ]
        print(f"\n{OPENED:,} connections from one address, and {len(times)} tokens for another meanwhile and after, each by a")
        print("connection of its own.\n")
        for one in opened:
            one.close()
        return limits.hold(figures)
    finally:
        server.stop()


def _open(server):
    """Opens connections and keeps them all; and how many the server has kept."""
    address = _address(server)
    opened = [socket.create_connection(address, timeout=10, source_address=(GREEDY, 0)) for _ in range(OPENED)]
    return opened, _alive(opened)


def _alive(connections):
    """How many of them the server has not closed."""
    poll = select.poll()
    for one in connections:
        poll.register(one, select.POLLIN | select.POLLHUP | select.POLLERR)
    return len(connections) - len(poll.poll(0))


def _tokens(server):
    """Asks for tokens, each by a new connection. Seconds that each took."""
    form = {"grant_type": "client_credentials", "scope": "records:read"}
    request, times = Request.of_client(server.beside.dev["service_client"], "/oauth2/token", form), []
    for _ in range(TOKENS):
        begun = time.monotonic()
        connection = http.client.HTTPConnection(*_address(server), timeout=10, source_address=(OTHER, 0))
        connection.request("POST", request.path, urllib.parse.urlencode(request.form), request.headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{server.name} answered {answer.status}")
        times.append(time.monotonic() - begun)
    return times


def _address(server):
    url = urllib.parse.urlsplit(server.url)
    return url.hostname, url.port
