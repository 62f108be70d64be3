"""Servers under measurement: each starts on one core, everything else runs on the others."""

import json
import os
import pathlib
import secrets
import shutil
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORES = set(CORES[:1])
OTHER_CORES = set(CORES[1:]) or SERVER_CORES
LONGEST_START = 30  # seconds, for `portcullis serve`
TICKS = os.sysconf("SC_CLK_TCK")


class Server:
    """A process that was started to be measured."""

    def __init__(self, name, command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **environment):
        self.name = name
        self.process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**os.environ, **environment},
            stdout=stdout,
            stderr=stderr,
            text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, SERVER_CORES),
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def cpu(self):
        """Seconds of CPU that the process has used, with all its threads."""
        return _cpu(self.process.pid)

    def database_cpu(self):
        """Seconds of CPU that its child processes have used: a private PostgreSQL, if there is one."""
        return sum(_cpu(pid) for pid in self.children())

    def children(self):
        """The processes below it."""
        pids = [int(path.name) for path in pathlib.Path("/proc").iterdir() if path.name.isdigit()]
        parents = {pid: int(_stat(pid)[1]) for pid in pids}
        found, edge = [], [self.process.pid]
        while edge:
            edge = [pid for pid, parent in parents.items() if parent in edge]
            found += edge
        return found

    def peak_memory(self):
        """MiB of memory that it held at most."""
        return self._memory("VmHWM")

    def memory(self):
        """MiB of memory that it holds now."""
        return self._memory("VmRSS")

    def _memory(self, name):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith(name))

    def keep_to(self, cores):
        """From now on it runs on these cores, with all its threads."""
        for thread in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), cores)

    def stop(self):
        """Ends it, and waits until it has ended."""
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Talker(Server):
    """A server that prints its URL when it is ready."""

    def __init__(self, name, command, **environment):
        super().__init__(name, command, stdout=subprocess.PIPE, **environment)
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            raise RuntimeError(f"{name} did not start")


class Portcullis(Server):
    """`portcullis dev`, its PostgreSQL on the other cores."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="portcullis-bench-"))
        self.folder.chmod(0o755)
        self.data = self.folder / "data"
        command = [ROOT / "target/release/portcullis", "dev", "--listen", "127.0.0.1:0", "--data-dir", self.data]
        with open(self.folder / "errors", "w") as errors:
            super().__init__("Portcullis", command, cwd=self.folder, stderr=errors)
        self.dev = self._wait_for_description()
        self.url = self.dev["issuer"]
        for pid in self.children():
            os.sched_setaffinity(pid, OTHER_CORES)
        # Before anything was hashed: a thread that hashed keeps what it worked in.
        self.idle = self.memory()

    def _wait_for_description(self):
        description = self.data / "dev.json"
        for _ in range(600):
            if description.exists():
                return json.loads(description.read_text())
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError(f"portcullis dev did not start: {(self.folder / 'errors').read_text()}")

    def client(self, **metadata):
        """A new client, as `portcullis client create` describes it. Its ID tokens are signed by ES256, unless it says
        otherwise."""
        redirect_uri = "https://client.example/callback" if metadata["type"] == "web" else "http://127.0.0.1/callback"
        metadata = {
            "client_name": "bench",
            "redirect_uris": [redirect_uri],
            "scope": "openid offline_access records:read",
            "grant_types": ["authorization_code", "refresh_token"],
            "id_token_signed_response_alg": "ES256",
        } | metadata
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(metadata, file)
            file.flush()
            made = json.loads(self.command("client", "create", "--metadata", file.name))
        time.sleep(1)  # the server learns of it within a second
        return {"redirect_uri": redirect_uri} | {k: v for k, v in made.items() if v}

    def command(self, *arguments):
        """What a command prints, as JSON."""
        done = subprocess.run(self.command_line(*arguments), cwd=self.folder, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"portcullis {' '.join(arguments)}: {done.stderr or done.stdout}")
        return done.stdout

    def command_line(self, *arguments):
        """A command for this installation, which prints JSON."""
        return [ROOT / "target/release/portcullis", *arguments, "--data-dir", self.data, "--json"]

    def stop(self):
        super().stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class SharingPortcullis(Server):
    """`portcullis serve` on the database of another, with settings of its own."""

    def __init__(self, beside, name, **settings):
        self.beside, self.begun = beside, time.monotonic()
        port = secrets.randbelow(10_000) + 20_000  # below those that the system gives to connections
        self.url = f"http://127.0.0.1:{port}"
        super().__init__(
            name,
            [ROOT / "target/release/portcullis", "serve"],
            cwd=beside.folder,
            PORTCULLIS_ISSUER="https://bench.example",
            PORTCULLIS_LISTEN=f"127.0.0.1:{port}",
            PORTCULLIS_OPERATIONS_LISTEN="127.0.0.1:0",
            PORTCULLIS_ADDITIONAL_HOSTS=f"127.0.0.1:{port}",
            PORTCULLIS_DATABASE_URL=beside.dev["database_url"],
            PORTCULLIS_MASTER_KEY_FILE=str(beside.data / "master.key"),
            **settings,
        )
        self._wait_for_listener(port)

    def database_cpu(self):
        return self.beside.database_cpu()

    def _wait_for_listener(self, port):
        while time.monotonic() < self.begun + LONGEST_START and self.process.poll() is None:
            try:
                return socket.create_connection(("127.0.0.1", port)).close()
            except ConnectionRefusedError:
                time.sleep(0.01)
        self.stop()
        raise RuntimeError("portcullis serve did not start")


# All load comes from here.
UNLIMITED = {"PORTCULLIS_DEFENCE_ALLOWED_NETWORKS": "127.0.0.0/8"}


class LoggingPortcullis(SharingPortcullis):
    """One for which a line in the log is the record of an issued token."""

    def __init__(self, beside):
        super().__init__(
            beside,
            "Portcullis, record in the log",
            PORTCULLIS_AUDIT_TOKEN_ISSUANCE="log",
            **UNLIMITED,
        )


def bare():
    """One JSON route on our HTTP server."""
    build = ["cargo", "build", "--release", "--locked", "--quiet", "--example", "bare"]
    subprocess.run(build, cwd=ROOT, check=True)
    return Talker("bare axum route", [ROOT / "target/release/examples/bare"])


def oidc_provider():
    """The peer, and its client's secret. `None`: it is not installed."""
    if not shutil.which("node") or not (ROOT / "benches/node_modules/oidc-provider").exists():
        return None
    secret = secrets.token_urlsafe(32)
    script = ROOT / "benches/peers/oidc_provider.mjs"
    server = Talker("oidc-provider", ["node", script], NODE_ENV="production", PEER_SECRET=secret)
    server.client = {"client_id": "bench", "client_secret": secret}
    server.web = server.client | {"client_id": "bench-web", "redirect_uri": "https://client.example/callback"}
    server.native = {"client_id": "bench-native", "redirect_uri": "http://127.0.0.1/callback"}
    return server


def _stat(pid):
    """The fields of /proc/PID/stat after the name: state, parent, …; of a process that is gone, zeros."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return ["0"] * 50


def _cpu(pid):
    return sum(int(ticks) for ticks in _stat(pid)[11:13]) / TICKS
