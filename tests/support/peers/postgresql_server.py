"""A PostgreSQL server of one's own: a new cluster in a temporary folder, reached by a socket in it alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.peers.catalogue import program_path

_PACKAGED = "postgres"
"""The user that packages of PostgreSQL make, which refuses to run as root."""
_USER = "dulcimer"


@contextmanager
def postgresql_server() -> Iterator[str]:
    """Start one and stop it in the end; yields the URL of its database, in SQLAlchemy's form."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    data = folder / "data"
    as_user: dict[str, Any] = {"cwd": folder}
    if os.geteuid() == 0:
        shutil.chown(folder, _PACKAGED)
        as_user["user"] = _PACKAGED

    def run(program: str, *arguments: str) -> None:
        command = [program_path(program) or program, "-D", str(data), *arguments]
        with (folder / "output").open("wb") as output:
            done = subprocess.run(command, stdout=output, stderr=output, check=False, **as_user)
        assert done.returncode == 0, (folder / "output").read_text()

    try:
        run("initdb", "--auth=trust", f"--username={_USER}", "--encoding=UTF8", "--no-sync")
        options = f"-k {folder} -c listen_addresses= -c fsync=off"
        run("pg_ctl", "start", "--wait", f"--log={folder / 'log'}", f"--options={options}")
        try:
            yield f"postgresql+psycopg://{_USER}@/postgres?host={folder}"
        finally:
            run("pg_ctl", "stop", "--mode=immediate")
    finally:
        shutil.rmtree(folder)
