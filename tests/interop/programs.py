"""Programs that the tests start."""

import os
import pathlib
import socket
import subprocess
import tempfile
import time

import recipes

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = HERE / "python/.venv/bin/python"
FOLDER = pathlib.Path(os.environ["PORTCULLIS_SECRETS"]).parent


def free_port():
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Recipe:
    """A recipe of a page that runs in a folder of its own, in `http://localhost` with a free port for its origin."""

    def __init__(self, page, name, start):
        """`start` are commands to run in that folder, one after the other; the last is the server. $PORT says where."""
        self.page, self.name, self.start = page, name, start
        self.port = free_port()
        self.origin = f"http://localhost:{self.port}"
        self.process = None

    def run(self, values, environment):
        """Copies the recipe with `values` in the place of the page's, and starts it."""
        folder = recipes.extract(self.page, self.name, tempfile.mkdtemp(prefix="recipe-", dir=FOLDER), values)
        (folder / "node_modules").symlink_to(HERE / "node/node_modules")
        self.log = folder / "log"
        environment = os.environ | environment | {"PORT": str(self.port)}
        *before, last = self.start
        with self.log.open("w") as log:
            options = {"cwd": folder, "env": environment, "stdout": log, "stderr": log}
            for words in before:
                subprocess.run(words, check=True, **options)
            self.process = subprocess.Popen(last, **options)

    def wait(self):
        """Returns when it listens."""
        for _ in range(1200):
            try:
                return socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        raise AssertionError(f"{self.name} did not start: {self.output()}")

    def output(self):
        """The end of what it said."""
        return self.log.read_text("utf-8")[-3000:]

    def stop(self):
        """Ends it."""
        if self.process:
            self.process.terminate()
            self.process.wait()
