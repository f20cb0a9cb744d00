"""A server that ignores what has no place in Sta6, so that a short campaign is sure to find something.

python -m support.silent_server --port N
"""

from __future__ import annotations

import sys

from support.fuzz.targets.server import Server
from support.fuzz.targets.talk import Settings


class SilentServer(Server):
    """Many wrong cells: no PDU that is unexpected in Sta6 is answered by an A-ABORT."""

    def unexpected(self, kind: int, parsed: object) -> None:
        if self.state != "Sta6":
            super().unexpected(kind, parsed)


if __name__ == "__main__":
    settings = Settings()
    settings.port = int(sys.argv[sys.argv.index("--port") + 1])
    SilentServer.serve(settings, lambda port: print(f"listening on {port}", flush=True))
