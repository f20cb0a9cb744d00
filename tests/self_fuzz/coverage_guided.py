"""Surfaces driven by atheris, which looks for bytes that reach more code: one surface for each process.

atheris (PyPI) is optional. It runs until its time is over or an execution fails, and then ends the process.
"""

from __future__ import annotations

import gc
import importlib
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FunctionType
from typing import Any

from self_fuzz import reproducers
from self_fuzz.runs import Failure, from_octets, made, warm_up
from self_fuzz.surface import Surface

_SEEDS = 64
_LONGEST = 4096
"""Bytes of choices; what they leave out are the simplest ones."""


def engine() -> Any:
    """The module, None if it is not installed."""
    try:
        return importlib.import_module("atheris")
    except ImportError:
        return None


def own_functions() -> list[FunctionType]:
    """The functions of the package that are loaded: those of libraries are many, and not ours to cover."""
    gc.unfreeze()  # a server in this process may have taken all that was loaded out of what is looked through
    loaded = (one for one in gc.get_objects() if isinstance(one, FunctionType))
    return [one for one in loaded if str(one.__module__).startswith("dulcimer.")]


def target(surface: Surface, directory: Path) -> Callable[[bytes], None]:
    """What the engine calls with bytes: a failure is written as a reproducer, then raised."""

    def run(data: bytes) -> None:
        failure = from_octets(surface, data)
        if failure is not None:
            found = Failure(surface.name, failure.key, failure.trace, failure.given, data)
            path = reproducers.write(found, directory)
            print(f"{found.key}\n  {path}", flush=True)
            raise AssertionError(found.key)

    return run


def run_engine(surface: Surface, seconds: float, seed: int, directory: Path) -> None:
    """Run the engine in this process; it ends the process. Raises ModuleNotFoundError if it is not installed."""
    atheris = engine()
    if atheris is None:
        raise ModuleNotFoundError("atheris is not installed: pip install atheris")
    corpus = directory / "corpus" / surface.name
    corpus.mkdir(parents=True, exist_ok=True)
    for number in range(_SEEDS):
        (corpus / f"seed-{number}").write_bytes(made(surface, seed, number)[1])
    warm_up(surface)
    for function in own_functions():
        atheris.instrument_func(function)
    options = [f"-max_total_time={int(seconds)}", f"-seed={seed or 1}", f"-max_len={_LONGEST}", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *options, str(corpus)], target(surface, directory))
    atheris.Fuzz()


def run_all(surfaces: Sequence[Surface], seconds: float, seed: int, directory: Path) -> int:
    """Each surface in a process of its own; how many of them have failed."""
    failed = 0
    for surface in surfaces:
        command = [sys.executable, "-m", "self_fuzz", "--engine", "atheris", "--in-this-process"]
        command += ["--surface", surface.name, "--seconds", str(max(1, int(seconds / len(surfaces))))]
        ended = subprocess.run([*command, "--seed", str(seed), "--output", str(directory)], check=False)
        failed += ended.returncode != 0
        print(f"{surface.name:10} {'failed' if ended.returncode else 'no failure'}", flush=True)
    return failed
