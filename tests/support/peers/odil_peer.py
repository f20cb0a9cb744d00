"""A server made of Odil: C-ECHO and C-STORE, one association at a time; it listens only while it serves nobody.

usage: odil_peer.py PORT, with the Python that Odil is installed for.
"""

import sys

import odil

_SUCCESS = 0x0000


def main() -> None:
    port = int(sys.argv[1])
    while True:
        association = odil.Association()
        try:
            association.receive_association("v4", port)
            echo, store = odil.EchoSCP(association), odil.StoreSCP(association)
            echo.set_callback(lambda request: _SUCCESS)
            store.set_callback(lambda request: _SUCCESS)
            dispatcher = odil.SCPDispatcher(association)
            dispatcher.set_echo_scp(echo)
            dispatcher.set_store_scp(store)
            while True:
                dispatcher.dispatch()
        except Exception as error:
            print(type(error).__name__, error, flush=True)


main()
