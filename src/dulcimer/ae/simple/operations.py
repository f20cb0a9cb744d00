"""The results of the operations of a service class user: statuses, numbers of instances, matches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from dulcimer._generated.commands import status_category, status_meaning
from dulcimer.errors import OperationFailed

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


def checked(service: str, status: Dataset) -> int:
    """The status of a response; OperationFailed unless it is Success or Warning."""
    code = int(status.Status)
    kind = status_category(code)
    if kind in ("Success", "Warning"):
        return code
    comment = str(status.get("ErrorComment", ""))
    meaning = status_meaning(code, service)
    text = f"{service}: the peer answered {code:04X}H {kind}"
    if meaning and meaning.lower() != kind.lower():
        text += f": {meaning}"
    if comment:
        text += f"; its comment: {comment}"
    raise OperationFailed(text, status=code, service=service, comment=comment)


@dataclass(frozen=True, slots=True)
class Suboperations:
    """The progress of a C-GET or C-MOVE: numbers of instances, None if the peer does not give them."""

    status: int
    remaining: int | None
    completed: int | None
    failed: int | None
    warning: int | None
    failed_instances: tuple[str, ...] = ()
    """SOP Instance UIDs, if the peer names them."""

    @classmethod
    def of(cls, status: Dataset, identifier: Dataset | None) -> Suboperations:
        """The numbers in a response."""
        failed = None if identifier is None else identifier.get("FailedSOPInstanceUIDList")
        named = (failed,) if isinstance(failed, str) else tuple(failed or ())
        return cls(
            int(status.Status),
            status.get("NumberOfRemainingSuboperations"),
            status.get("NumberOfCompletedSuboperations"),
            status.get("NumberOfFailedSuboperations"),
            status.get("NumberOfWarningSuboperations"),
            tuple(map(str, named)),
        )


class Results(Iterator["Dataset"]):
    """The matches of a C-FIND, as they arrive. Raises as the methods of `ServiceUser` do.

    The operation ends with the last match; `close`, or dropping the results, cancels it earlier (C-CANCEL).
    """

    def __init__(
        self,
        following: Callable[[], tuple[Dataset, Dataset | None] | None],
        cancel: Callable[[], None],
        ended: Callable[[], None],
    ) -> None:
        self._following = following
        self._cancel = cancel
        self._ended = ended
        self._finished = False

    def __next__(self) -> Dataset:
        """The next match."""
        while not self._finished:
            try:
                response = self._following()
                if response is not None and status_category(int(response[0].Status)) != "Pending":
                    checked("C-FIND", response[0])
            except BaseException:
                self.close()
                raise
            if response is None:
                self._finish()
            elif response[1] is not None:
                return response[1]
        raise StopIteration

    def close(self) -> None:
        """Cancel the operation; nothing happens after the last match."""
        if not self._finished:
            self._cancel()
            self._finish()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def _finish(self) -> None:
        self._finished = True
        self._ended()
