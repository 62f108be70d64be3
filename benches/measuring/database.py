"""SQL by psql, for what no surface of ours does: filling tables, and reading PostgreSQL's own counts."""

import os
import pathlib
import shutil
import subprocess


def run(url, statement):
    """Runs it, and gives what it answered: a row a line, its columns separated by |."""
    command = [_psql(), url, "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--file=-"]
    return subprocess.run(command, input=statement, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def _psql():
    """That of $PG_BIN_DIR, else Debian's, else the one on the PATH."""
    folders = [pathlib.Path(os.environ.get("PG_BIN_DIR", "/")), *pathlib.Path("/usr/lib/postgresql").glob("*/bin")]
    return next((path for folder in folders if (path := folder / "psql").exists()), None) or shutil.which("psql") or "psql"
