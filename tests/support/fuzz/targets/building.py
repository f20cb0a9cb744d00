"""Programs in C, compiled with AddressSanitizer when somebody asks for them."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from support.fuzz.targets.catalogue import Target
from support.fuzz.targets.talk import Settings

SOURCES = Path(__file__).with_name("c")
_BASE = "base.c"
_OPTIONS = ("-std=gnu11", "-g", "-O1", "-fno-omit-frame-pointer", "-fsanitize=address", "-pthread", "-Wall", "-Wextra")


class CompilerMissingError(RuntimeError):
    """There is no gcc."""


def built(target: Target, cache: str | Path) -> Path:
    """The program, compiled into this directory unless it is there already."""
    sources = [SOURCES / _BASE, SOURCES / f"{target.name.removeprefix('c-').replace('-', '_')}.c"]
    contents = b"".join(path.read_bytes() for path in (*sources, SOURCES / "base.h"))
    digest = hashlib.sha256(contents + repr(_OPTIONS).encode()).hexdigest()[:16]
    program = Path(cache) / f"{target.name}-{digest}"
    if program.exists():
        return program
    compiler = shutil.which("gcc")
    if compiler is None:
        raise CompilerMissingError("gcc is missing: apt-get install gcc libc6-dev")
    program.parent.mkdir(parents=True, exist_ok=True)
    descriptor, unfinished = tempfile.mkstemp(dir=program.parent)
    os.close(descriptor)
    subprocess.run([compiler, *_OPTIONS, *map(str, sources), "-o", unfinished], check=True)
    Path(unfinished).replace(program)
    return program


def become(target: Target, cache: str | Path, settings: Settings) -> None:
    """Go on as this program."""
    program = str(built(target, cache))
    os.execv(program, [program, str(settings.port), str(settings.artim), settings.title.decode()])
