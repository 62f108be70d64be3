"""Commands as whole processes, from the start to the end of each."""

import json
import subprocess
import tempfile
import time

from .clients import SERVICE
from .limits import Figure

ROUNDS, LONGEST = 5, 100  # ms
IMPORTED_A_SECOND = 1000


def figures(ours):
    """How long each takes, but for those that hash passwords, make keys or import."""
    times = {}
    for n in range(ROUNDS):
        for name, *arguments in _life(f"lives-{n}", n):
            begun = time.perf_counter()
            ours.command(*name.split(), *arguments)
            times.setdefault(name, []).append((time.perf_counter() - begun) * 1000)
    for name, taken in times.items():
        yield Figure(f"`{name}`, ms", taken, LONGEST)


def _life(client, n):
    """Each command, on things of its own."""
    api = f"https://bench.example/apis/{n}"
    yield "client create", "--client-id", client, "--name", client, *SERVICE
    yield "client show", client
    yield "client update", client, "--name", "Another name"
    yield "client rotate-secret", client
    yield "client disable", client
    yield "client delete", client
    yield "api create", "--identifier", api, "--name", f"API {n}", "--scope", f"bench-{n}:read=Read"
    yield "api list",
    yield "role create", "--name", f"bench-command-{n}", "--scope", f"bench-{n}:read"
    yield "key list",
    yield "audit list",
    yield "user list",


def imported(ours, count):
    """How long so many clients of one file take, and the memory of that process."""
    client = {"client_name": "Imported", "type": "service", "grant_types": ["client_credentials"], "scope": "records:read"}
    limit = count / IMPORTED_A_SECOND
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file, tempfile.TemporaryFile("w+") as errors:
        json.dump([client | {"client_id": f"imported-{n}"} for n in range(count)], file)
        file.flush()
        command, begun, memory = ours.command_line("client", "create", "--metadata", file.name), time.perf_counter(), 0
        with subprocess.Popen(command, cwd=ours.folder, stdout=subprocess.DEVNULL, stderr=errors) as process:
            while process.poll() is None:
                memory = max(memory, _peak_memory(process.pid))
                if time.perf_counter() > begun + max(120, 3 * limit):
                    process.kill()
                time.sleep(0.01)
        took = time.perf_counter() - begun
        if process.returncode:
            errors.seek(0)
            raise RuntimeError(f"the import ended with {process.returncode} after {took:.0f} s: {errors.read()[-500:]}")
    yield Figure(f"import of {count:,} clients, s", took, limit)
    yield Figure("import: memory of the process, MB", memory)


def _peak_memory(pid):
    """MB; of a process that has ended, none."""
    try:
        with open(f"/proc/{pid}/status") as status:
            return next((int(line.split()[1]) * 1024 / 1e6 for line in status if line.startswith("VmHWM")), 0)
    except OSError:
        return 0
