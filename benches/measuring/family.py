"""A refresh token that rotates ten thousand times: the last is to take no longer than the first (RF-21)."""

import time

from .person import Person

WARM_UP, ROTATIONS, SAMPLE = 500, 10_000, 1_000
MOST = 2  # times the first


def report(server):
    """Runs it, prints the figures against their limit, and says whether it holds."""
    client = server.client(type="native", token_endpoint_auth_method="none")
    person = Person(server.dev)
    token = person.refresh_tokens(client, 1)[0]
    times = []
    for _ in range(WARM_UP + ROTATIONS):
        begun = time.perf_counter()
        token = person.refresh(client, token)["refresh_token"]
        times.append((time.perf_counter() - begun) * 1000)
    first, last = times[WARM_UP : WARM_UP + SAMPLE], times[-SAMPLE:]
    ratio = _p99(last) / _p99(first)
    print(f"\nOne refresh token, rotated {ROTATIONS:,} times in a row.\n")
    print("| figure | first 1,000 | last 1,000 | at most | |\n|---|--:|--:|--:|---|")
    print(f"| p99, ms | {_p99(first):.2f} | {_p99(last):.2f} | {MOST} times | {'holds' if ratio <= MOST else 'DOES NOT HOLD'} |")
    return ratio <= MOST


def _p99(times):
    return sorted(times)[len(times) * 99 // 100]
