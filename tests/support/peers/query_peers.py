"""Archives and worklists of other makers, as processes on free loopback ports."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path

from support.peers.processes import HOST, WITHOUT_NAGLE, PeerProcess, free_port, server


def dcmqrscp(folder: Path, *, move_to: tuple[str, int] | None = None) -> contextlib.AbstractContextManager[PeerProcess]:
    """DCMTK's archive, called QR, with its database and configuration in ``folder``.

    ``move_to`` is an AE title and a port of this machine that it knows.
    """
    port = free_port()
    (folder / "database").mkdir(parents=True)
    known = "" if move_to is None else f"there = ({move_to[0]}, {HOST}, {move_to[1]})\n"
    (folder / "dcmqrscp.cfg").write_text(
        f"NetworkTCPPort = {port}\nMaxPDUSize = 16384\nMaxAssociations = 16\n"
        f"HostTable BEGIN\n{known}HostTable END\nVendorTable BEGIN\nVendorTable END\n"
        f"AETable BEGIN\nQR {folder / 'database'} RW (200, 1024mb) ANY\nAETable END\n"
    )
    command: list[str | Path] = ["dcmqrscp", "-v", "-c", folder / "dcmqrscp.cfg"]
    return server("dcmqrscp", command, port, environment=WITHOUT_NAGLE)


def wlmscpfs(folder: Path) -> contextlib.AbstractContextManager[PeerProcess]:
    """DCMTK's worklist server, also with items that lack attributes: a folder in ``folder`` for each AE title."""
    port = free_port()
    for worklist in folder.iterdir():
        (worklist / "lockfile").touch()
    return server("wlmscpfs", ["wlmscpfs", "-v", "-dfr", "-dfp", folder, str(port)], port, environment=WITHOUT_NAGLE)


def orthanc(
    folder: Path, *options: str, move_to: tuple[str, int] | None = None, changes: Mapping[str, object] | None = None
) -> contextlib.AbstractContextManager[PeerProcess]:
    """Orthanc, called ORTHANC, with everything in ``folder``; ``move_to`` as for `dcmqrscp`; other settings by name."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "Name": "tests",
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "HttpServerEnabled": False,
        "DicomAet": "ORTHANC",
        "DicomPort": port,
        "DicomCheckCalledAet": False,
        "DicomAlwaysAllowFind": True,
        "DicomAlwaysAllowGet": True,
        "DicomAlwaysAllowMove": True,
        "DicomAlwaysAllowStore": True,
        "DicomModalities": {} if move_to is None else {"there": [move_to[0], HOST, move_to[1]]},
        **(changes or {}),
    }
    (folder / "orthanc.json").write_text(json.dumps(settings))
    return server("Orthanc", ["Orthanc", *options, folder / "orthanc.json"], port)
