"""Where the data sets of received messages go: into memory within the limits, into files, or to a storage."""

from __future__ import annotations

import os
import tempfile
from itertools import count
from pathlib import Path

from dulcimer._generated.commands import CFindRq, CGetRq, CMoveRq, CStoreRq
from dulcimer.acse.negotiation import AcceptedContext
from dulcimer.ae.core.terms import Terms
from dulcimer.dimse.command_set import CommandSet
from dulcimer.dimse.messages import MemorySink, Sink
from dulcimer.services.durable import PART, FileSink

_WITH_IDENTIFIER = (CFindRq.command_field, CGetRq.command_field, CMoveRq.command_field)
_file_numbers = count()


def sink_for(terms: Terms, command: CommandSet, context: AcceptedContext, source: str) -> Sink:
    """The sink for the data set that follows this command set in that context, from the application entity `source`."""
    limits = terms.limits
    if command.command_field != CStoreRq.command_field:
        kind = limits.identifier if command.command_field in _WITH_IDENTIFIER else limits.information
        return MemorySink(keep=kind.length, kept_by=f"{kind.name}_length", budget=terms.budget)
    if terms.storage is not None:
        return terms.storage.open_sink(context, command, source)
    if not terms.receive_into_files:
        return MemorySink(None, keep=limits.instance_length, kept_by="instance_length")
    path = Path(tempfile.gettempdir()) / f"dulcimer-{os.getpid()}-{next(_file_numbers)}{PART}"
    sop_class, instance = command.value("affected_sop_class_uid"), command.value("affected_sop_instance_uid")
    return FileSink(path, str(sop_class or ""), str(instance or ""), context.transfer_syntax, source)
