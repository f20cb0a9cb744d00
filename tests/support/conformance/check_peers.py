"""The peers that `dulcimer check` is held against, each as it is started and as it is checked.

A baseline of the same name in `spec/baselines/` says what each gets wrong.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from support.peers.catalogue import PACKAGES
from support.peers.processes import DULCIMER, PeerProcess, dulcimer_serve, free_port, pynetdicom_scp, server, storescp

_PROGRAMS = Path(__file__).parents[1] / "peers"
BASELINES = Path(__file__).parents[3] / "spec" / "baselines"
_QRSCP_TITLE = "QRSCP"
_ORTHANC_TITLE = "ORTHANC"

Serving: TypeAlias = contextlib.AbstractContextManager[PeerProcess]


@dataclass(frozen=True)
class Acceptor:
    """A server of a peer that it `needs` ("" for our own): `start` runs it with its files in a directory; `arguments`
    are those of the check. `quick`: patterns of what a test plays of it; without any it plays all.
    """

    needs: str
    start: Callable[[Path], Serving]
    arguments: tuple[str, ...] = ()
    quick: tuple[str, ...] = ()


@dataclass(frozen=True)
class Requestor:
    """A command that requests associations, of a peer that it `needs`. `quick`: what a test plays of it."""

    needs: str
    command: tuple[str, ...]
    quick: str = "*"


def dcmqrscp(directory: Path) -> Serving:
    """DCMTK's archive: it stores and answers C-FIND, C-GET and C-MOVE."""
    port, store = free_port(), directory / "store"
    store.mkdir(exist_ok=True)
    config = directory / "dcmqrscp.cfg"
    config.write_text(
        f"NetworkTCPPort = {port}\nMaxPDUSize = 16384\nMaxAssociations = 16\n"
        "HostTable BEGIN\nHostTable END\nVendorTable BEGIN\nVendorTable END\n"
        f"AETable BEGIN\n{_QRSCP_TITLE} {store} RW (9, 1024mb) ANY\nAETable END\n"
    )
    return server("dcmqrscp", ["/usr/bin/dcmqrscp", "-c", config, str(port)], port, environment={"TCP_NODELAY": "1"})


@contextlib.contextmanager
def orthanc(directory: Path) -> Iterator[PeerProcess]:
    """Orthanc without plug-ins, as lenient about AE titles as it can be told to be, and without its web interface."""
    port = free_port()
    config = directory / "orthanc.json"
    settings = {
        "StorageDirectory": str(directory / "orthanc"),
        "DicomAet": _ORTHANC_TITLE,
        "DicomPort": port,
        "DicomServerEnabled": True,
        "DicomCheckCalledAet": False,
        "DicomCheckModalityHost": False,
        "DicomAlwaysAllowEcho": True,
        "DicomAlwaysAllowStore": True,
        "DicomAlwaysAllowFind": True,
        "DicomThreadsCount": 8,
        "HttpServerEnabled": False,
        "RemoteAccessAllowed": False,
        "Plugins": [],
    }
    config.write_text(json.dumps(settings))
    with server("Orthanc", ["Orthanc", config], port) as peer:
        yield peer


def odil(_: Path) -> Serving:
    """A server of Odil's: it serves one association at a time, and does not listen meanwhile."""
    port = free_port()
    return server("Odil", ["/usr/bin/python3", _PROGRAMS / "odil_peer.py", str(port)], port)


def dcmjs_dimse(_: Path) -> Serving:
    """dcmjs-dimse, a package of npm."""
    port = free_port()
    where = {"NODE_PATH": str(PACKAGES / "npm" / "node_modules")}
    program = _PROGRAMS / "dcmjs_dimse_peer.cjs"
    return server("dcmjs-dimse", ["node", program, str(port)], port, environment=where)


def pynetdicom2(_: Path) -> Serving:
    """pynetdicom2, in an environment of its own."""
    port, python = free_port(), PACKAGES / "pynetdicom2" / "bin" / "python"
    return server("pynetdicom2", [python, _PROGRAMS / "pynetdicom2_peer.py", str(port)], port)


# How the bytes are cut into segments is tried in a quarter of all cases; the test plays them with DCMTK and our own.
_WHOLE_SEGMENTS = ("ul.*", "pdv.*", "dimse.*", "enc.[!s]*")

ACCEPTORS = {
    # `dimse.store.fragments-together` and its variants are left out: see the baseline.
    "dcmtk_storescp": Acceptor("DCMTK", storescp, ("--exclude", "*fragments-together*")),
    "dcmtk_dcmqrscp": Acceptor("DCMTK", dcmqrscp, ("-aec", _QRSCP_TITLE)),
    "orthanc": Acceptor(
        "Orthanc", orthanc, ("-aec", _ORTHANC_TITLE, "--exclude", "*fragments-together*"), quick=_WHOLE_SEGMENTS
    ),
    "pynetdicom_scp": Acceptor("pynetdicom", lambda _: pynetdicom_scp(None), quick=_WHOLE_SEGMENTS),
    # A presentation context without a transfer syntax ends it by SIGSEGV; nothing could be tested after that.
    "odil": Acceptor(
        "Odil", odil, ("--exclude", "*no-transfer*"), quick=("ul.fsm.acc.sta02.evt1*", "enc.version.*", "enc.maxlen.*")
    ),
    "dcmjs_dimse": Acceptor(
        "dcmjs-dimse", dcmjs_dimse, ("--exclude", "*count.129"), quick=("enc.pc.*", "ul.fsm.acc.sta06.evt1*")
    ),
    "pynetdicom2": Acceptor("pynetdicom2", pynetdicom2, quick=("enc.user.*", "ul.fsm.acc.sta02.evt1*")),
    "dulcimer_serve": Acceptor("", dulcimer_serve),
}

REQUESTORS = {
    "dcmtk_echoscu": Requestor("DCMTK", ("/usr/bin/echoscu", "-aec", "{aet}", "{host}", "{port}")),
    "pynetdicom_echoscu": Requestor(
        "pynetdicom",
        (
            *(sys.executable, "-m", "pynetdicom", "echoscu"),
            *("-ta", "3", "-td", "3", "-aec", "{aet}", "{host}", "{port}"),
        ),
        "enc.req.item.*",
    ),
    "dulcimer_echo": Requestor("", (str(DULCIMER), "echo", "-aec", "{aet}", "{host}", "{port}"), "*sta05.evt1[0-7]*"),
}
