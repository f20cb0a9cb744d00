"""One query: its matches printed as they come."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath

import typer
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

from dulcimer._generated.commands import status_category
from dulcimer._generated.statuses import PENDING_KEYS_NOT_SUPPORTED
from dulcimer.acse.negotiation import Context
from dulcimer.ae.core.client import ClientAssociation
from dulcimer.cli.failures.exceptions import FinalResponseFailed
from dulcimer.cli.options import extended_negotiation
from dulcimer.cli.options.peer import PeerOptions
from dulcimer.cli.scu.association import associate
from dulcimer.cli.scu.columns import StreamedTable
from dulcimer.cli.scu.interrupts import cancellable
from dulcimer.cli.scu.match_text import LONGEST_CELL, json_of, row_of
from dulcimer.cli.scu.query import PreparedQuery
from dulcimer.cli.scu.query_keys import Path, name_of, vr_of
from dulcimer.cli.show.output import print_json_line, say, text_console
from dulcimer.cli.show.statuses import status_text
from dulcimer.counting import counted
from dulcimer.errors import DIMSEProcessingError
from dulcimer.escaping import escaped

_LONGEST_WAIT = 0.5
"""Seconds after the first match in which more matches are collected to lay out the table."""
_MOST_NAMED = 5


class UnreadableMatch(DIMSEProcessingError):
    """The query has ended, but not every match can be read."""

    def __init__(self, what: str) -> None:
        super().__init__(f"not readable: {what}; the rest is shown", clause="PS3.5 7")


@dataclass(frozen=True, slots=True)
class Wishes:
    """Extended negotiation by option names, the number of matches to cancel after, and where to write matches."""

    negotiation: Mapping[str, bool]
    most: int | None = None
    directory: FilePath | None = None


class Finding:
    """A query and what is done with its matches."""

    def __init__(self, peer: PeerOptions, query: PreparedQuery, wishes: Wishes, json_output: bool, quiet: bool) -> None:
        self._peer = peer
        self._query = query
        self._wishes = wishes
        self._json = json_output
        self._quiet = quiet
        self._sop_class = query.model.sop_class("Find")
        self._matches = 0
        self._table: StreamedTable | None = None
        self._keys_missing = False
        self._is_cut = False
        self._unreadable: list[str] = []
        self._failure: FinalResponseFailed | UnreadableMatch | None = None
        if not json_output and not quiet:
            width = text_console(at_most=None).width if sys.stdout.isatty() else None
            uids = {number for number, path in enumerate(query.columns) if vr_of(path[-1][0]) == "UI"}
            self._table = StreamedTable(_headings(query.columns), width, uids)

    async def run(self, transfer_syntaxes: Sequence[str]) -> None:
        """Query and print. Raises FinalResponseFailed if the peer fails, and the errors of `associate`."""
        for remark in self._query.remarks:
            say(remark, quiet=self._quiet or self._json)
        if self._wishes.directory is not None:
            _make(self._wishes.directory)
        wishes = self._wishes.negotiation
        field = extended_negotiation.FIND if self._query.model.has_levels else extended_negotiation.WORKLIST
        items = extended_negotiation.items(self._sop_class, field, wishes)
        context = Context(self._sop_class, tuple(transfer_syntaxes))
        async with await associate(self._peer, [context], user_items=items) as association:
            for name in extended_negotiation.refused(association.answer, self._sop_class, field, wishes):
                say(f"The peer does not support {name}; the query continues without it.", quiet=self._quiet)
            try:
                await self._find(association)
            finally:
                if self._table is not None:
                    self._table.flush()  # also if the query ends early
        if self._failure is not None:  # raised only after the association is released
            raise self._failure

    async def _find(self, association: ClientAssociation) -> None:
        answers = association.user.c_find(self._query.identifier, self._sop_class)
        most = self._wishes.most
        async with cancellable(association, answers, self._sop_class) as cancellation:
            async for status, match in answers:
                code = int(status.Status)
                if status_category(code) == "Pending":
                    self._keys_missing |= code == PENDING_KEYS_NOT_SUPPORTED
                    if match is None:
                        self._unreadable.append(f"match {self._matches + len(self._unreadable) + 1}")
                    elif most is None or self._matches < most:
                        self._take(match)
                    if most is not None and self._matches >= most:
                        cancellation.ask()
                else:
                    self._finish(code, escaped(str(status.get("ErrorComment", ""))), cancelled=cancellation.wanted)

    def _take(self, match: Dataset) -> None:
        self._matches += 1
        if self._wishes.directory is not None:
            self._write(match, self._wishes.directory / f"rsp{self._matches:04}.dcm")
        unreadable: list[str] = []
        if self._json:
            found, unreadable = json_of(match)
            print_json_line(found)
        elif self._table is not None:
            if self._matches == 1:
                asyncio.get_running_loop().call_later(_LONGEST_WAIT, self._table.flush)
            row = row_of(match, self._query.columns)
            self._table.add(row.cells)
            self._is_cut |= row.is_cut
            unreadable = row.unreadable
        self._unreadable += [f"{name} of match {self._matches}" for name in unreadable]

    def _finish(self, status: int, comment: str, *, cancelled: bool) -> None:
        if self._table is not None:
            self._table.flush()
        category = status_category(status)
        if category not in ("Success", "Warning") and not (category == "Cancel" and cancelled):
            self._failure = FinalResponseFailed("C-FIND", status, status_text(status, "C-FIND"), comment)
            return
        if self._table is not None:
            words = counted(self._matches, "match", "matches")
            if category == "Cancel":
                words += "; then cancelled, as requested"
            elif cancelled:
                words += "; the peer had no more, or ignored the cancel"
            print(words)
        if self._is_cut:
            say(f"Values are cut after {LONGEST_CELL} characters; --json shows them whole.", quiet=self._quiet)
        if self._keys_missing:
            say("The peer did not match by, or did not return, some of the keys (FF01H).", quiet=self._quiet)
        if self._unreadable:
            names = ", ".join(self._unreadable[:_MOST_NAMED])
            more = len(self._unreadable) - _MOST_NAMED
            self._failure = UnreadableMatch(names + (f" and {more} more" if more > 0 else ""))

    def _write(self, match: Dataset, path: FilePath) -> None:
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = UID(self._sop_class)
        meta.MediaStorageSOPInstanceUID = generate_uid(prefix=None)
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        match.file_meta = meta
        try:
            match.save_as(path, enforce_file_format=True)
        except OSError as error:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
            raise typer.BadParameter(f"{path} cannot be written: {error.strerror}", param_hint="'--write'") from error
        except Exception as error:  # pydicom names no common exception
            path.unlink(missing_ok=True)
            say(f"match {self._matches} is not written, because some of its values are not valid: {error}")


def _make(directory: FilePath) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise typer.BadParameter(f"{directory} cannot be created: {error.strerror}", param_hint="'--write'") from error


def _headings(columns: Sequence[Path]) -> list[str]:
    """The keyword of each column, with its sequence if two would be the same."""
    last = [name_of(path[-1][0]) for path in columns]
    return [
        name if last.count(name) == 1 else ".".join(name_of(tag) for tag, _ in path)
        for name, path in zip(last, columns, strict=True)
    ]
