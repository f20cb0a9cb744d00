"""pynetdicom2 as a peer: a server of Verification and of every storage SOP class on loopback, with its own Python.

It imports nothing of the tests, since it runs in an environment that has pynetdicom2 alone.
"""

import logging
import sys
import threading
from functools import partial
from typing import Any, BinaryIO

from pynetdicom2 import sopclass, statuses
from pynetdicom2.applicationentity import AE, RequestHandler, _ThreadingTCPServer

HOST = "127.0.0.1"


class Peer(AE):  # type: ignore[misc]  # pynetdicom2 is in an environment of its own, where no type checker looks
    """Stores nothing, and says that it did."""

    def on_receive_store(self, context: Any, ds: BinaryIO | bytes) -> Any:
        """Success."""
        return statuses.SUCCESS

    def _create_server(self, port: int, bind_and_activate: bool, max_pdu_length: int) -> Any:
        """As the one of the package, which listens on every interface."""
        handler = partial(RequestHandler, local_ae=self, max_pdu_length=max_pdu_length)
        return _ThreadingTCPServer((HOST, port), handler, bind_and_activate)


def main() -> None:
    """Serve on the port that is given, until the process is ended."""
    logging.disable(logging.CRITICAL)
    ae = Peer("PEER", int(sys.argv[1]))
    ae.add_scp(sopclass.verification_scp).add_scp(sopclass.storage_scp)
    with ae:
        threading.Event().wait()


if __name__ == "__main__":
    main()
