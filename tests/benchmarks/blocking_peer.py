"""dulcimer with blocking calls: timed SCUs; the SCP is that of ``dulcimer_peer``.

The SCUs print one JSON object: what was done in how many seconds, without the start of the interpreter.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.dulcimer_peer import serve
from dulcimer import AE
from dulcimer.sop_class import Verification
from support.peers.program import run


def _entity() -> AE:
    ae = AE("BLOCKING")
    ae.add_requested_context(Verification)
    return ae


def echo(arguments: argparse.Namespace) -> dict[str, Any]:
    """C-ECHO ``--count`` times on one association."""
    with _entity().associate("127.0.0.1", arguments.port) as association:
        begin = time.perf_counter()
        for _ in range(arguments.count):
            if association.send_c_echo().Status != 0x0000:
                raise SystemExit("C-ECHO failed")
        return {"seconds": time.perf_counter() - begin}


def associate(arguments: argparse.Namespace) -> dict[str, Any]:
    """Open, C-ECHO, release: ``--count`` times."""
    ae = _entity()
    begin = time.perf_counter()
    for _ in range(arguments.count):
        with ae.associate("127.0.0.1", arguments.port) as association:
            if association.send_c_echo().Status != 0x0000:
                raise SystemExit("C-ECHO failed")
    return {"seconds": time.perf_counter() - begin}


if __name__ == "__main__":
    run(__doc__, serve, {"echo": echo, "associate": associate})
