"""Failures as files, which one command plays again."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from self_fuzz.runs import Failure

_KIND = "dulcimer-self-fuzz"


class NoReproducerError(ValueError):
    """A file is not one that was written here; the message says why."""


def write(failure: Failure, directory: Path) -> Path:
    """The file of a failure, named by its surface and its key."""
    directory.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(failure.key.encode()).hexdigest()[:10]
    path = directory / f"{failure.surface}-{digest}.json"
    content = {
        "kind": _KIND,
        "surface": failure.surface,
        "failure": failure.key,
        "trace": failure.trace.splitlines(),
        "given": failure.given.hex(),
        "choices": failure.choices.hex(),
        "seed": failure.seed,
        "number": failure.number,
    }
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return path


def read(path: Path) -> Failure:
    """The failure in a file. Raises NoReproducerError, OSError."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["kind"] != _KIND:
            raise NoReproducerError(f"{path} is not a reproducer of make fuzz")
        return Failure(
            content["surface"],
            content["failure"],
            "\n".join(content["trace"]),
            bytes.fromhex(content["given"]),
            bytes.fromhex(content["choices"]),
            content["seed"],
            content["number"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise NoReproducerError(f"{path} is not a reproducer of make fuzz: {error}") from error
