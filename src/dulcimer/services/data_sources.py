"""What C-STORE sends: a data set, or a file, whose data set is sent byte for byte."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from dulcimer.acse.negotiation import AcceptedContext, RefusedContext
from dulcimer.acse.wording import name_of, named
from dulcimer.dimse.data_set import DEFLATED, EXPLICIT_BIG, decode_data_set, encode_data_set, in_other_byte_order
from dulcimer.dimse.user import Data
from dulcimer.errors import ContextNotAccepted, DulcimerError, EncodeError
from dulcimer.services.contexts import no_context
from dulcimer.services.instance_file import InstanceFile

NATIVE = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2", DEFLATED)
"""Uncompressed little endian transfer syntaxes."""
REWRITABLE = (*NATIVE, EXPLICIT_BIG)
"""Transfer syntaxes between which a data set is rewritten if the peer needs it."""

_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")

Source: TypeAlias = "InstanceFile | Path | str | Any"


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance to send: a file, or a pydicom data set."""

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax: str
    file: InstanceFile | None
    data_set: Any
    error: DulcimerError | None = None
    """Why it cannot be sent, if that is known beforehand."""

    @classmethod
    def of(cls, source: Source) -> Instance:
        """The instance in `source`.

        Raises NotADicomFile or OSError for a file, AttributeError for a data set without its UIDs, or with pixels but
        without their transfer syntax.
        """
        if isinstance(source, Instance):
            return source
        if isinstance(source, os.PathLike | str):
            source = InstanceFile.inspect(Path(source))
        if isinstance(source, InstanceFile):
            return cls(source.sop_class_uid, source.sop_instance_uid, source.transfer_syntax, source, None)
        if not hasattr(source, "get"):
            kind = type(source).__name__
            raise TypeError(f"C-STORE takes a pydicom Dataset or the path of a DICOM file, not {kind}: {source!r:.60}")
        for name in ("SOPClassUID", "SOPInstanceUID"):
            if not source.get(name):
                raise AttributeError(f"the data set has no {name}, which C-STORE needs (PS3.7 9.1.1)")
        meta = getattr(source, "file_meta", None)
        syntax = "" if meta is None else meta.get("TransferSyntaxUID", "")
        if not syntax:
            # Without pixels nothing depends on the transfer syntax.
            if any(keyword in source for keyword in _PIXELS):
                raise AttributeError(
                    "the data set does not say how its pixels are encoded: set file_meta.TransferSyntaxUID (0002,0010)"
                )
            syntax = NATIVE[0]
        return cls(str(source.SOPClassUID), str(source.SOPInstanceUID), str(syntax), None, source)

    def context(
        self, accepted: Iterable[AcceptedContext], refused: Iterable[RefusedContext], *, convert: bool = True
    ) -> AcceptedContext:
        """The accepted context to send it in: first with its own transfer syntax, then with one it can be rewritten in.

        `convert` False allows only the first. Raises ContextNotAccepted, whose message says what was accepted.
        """
        if self.error is not None:
            raise self.error
        of_class = [context for context in accepted if context.abstract_syntax == self.sop_class_uid]
        as_scu = [context for context in of_class if context.as_scu]
        for context in as_scu:
            if context.transfer_syntax == self.transfer_syntax:
                return context
        if convert and self.transfer_syntax in REWRITABLE:
            for context in as_scu:
                if context.transfer_syntax in REWRITABLE:
                    return context
        if as_scu:
            names = ", ".join(sorted({name_of(context.transfer_syntax) for context in as_scu}))
            what = "data set" if self.file is None else "file"
            raise ContextNotAccepted(
                f"{named(self.sop_class_uid)} was accepted in {names} on this association; the {what} is in "
                f"{name_of(self.transfer_syntax)}"
            )
        raise no_context(self.sop_class_uid, refused, has_other_role=bool(of_class))

    @contextmanager
    def data(self, transfer_syntax: str) -> Iterator[Data]:
        """Its data set in that transfer syntax."""
        if self.file is not None and transfer_syntax == self.transfer_syntax:
            with self.file.path.open("rb", buffering=0) as file:
                yield self.file.data_source(file)
            return
        data_set = self.data_set
        if self.file is not None:
            data_set = decode_data_set(self.file.path.read_bytes()[self.file.offset :], self.transfer_syntax)
        if (transfer_syntax == EXPLICIT_BIG) != (self.transfer_syntax == EXPLICIT_BIG):
            try:
                data_set = in_other_byte_order(data_set)
            except Exception as error:  # pydicom may raise anything for damaged values
                raise EncodeError(f"the data set cannot be rewritten: {error}", clause="PS3.5 7.3") from error
        yield encode_data_set(data_set, transfer_syntax)
