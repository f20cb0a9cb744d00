"""A server that ends when it gets an A-RELEASE-RP on an association: ``python mortal_server.py PORT HOW [FILE]``.

`HOW`: "signal" (SIGABRT), "status" (it exits with 7), "once" (the first time only, which `FILE` keeps), "never" or
"at-start".
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from support.conformance.scripted_peer import ESTABLISHED, ScriptedPeer

A_RELEASE_RP = 6


class MortalServer(ScriptedPeer):
    """It ends as `how` says."""

    how = "never"
    done = Path()

    def is_killed_by(self, data: bytes, state: str) -> bool:
        kills = state == ESTABLISHED and data[0] == A_RELEASE_RP and self.how != "never"
        return kills and not (self.how == "once" and self.done.exists())

    def crash(self) -> None:
        print("assertion failed: unexpected A-RELEASE-RP", file=sys.stderr, flush=True)
        if self.how == "once":
            self.done.touch()
        if self.how == "signal":
            os.kill(os.getpid(), signal.SIGABRT)
        os._exit(7)


async def serve(port: int, how: str, done: Path) -> None:
    peer = MortalServer()
    peer.how, peer.done = how, done
    if how == "at-start":
        print("no configuration", flush=True)
        sys.exit(9)
    server = await asyncio.start_server(peer._serve, "127.0.0.1", port)
    print(f"serving on port {port}", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2], Path(*sys.argv[3:])))
