"""Sub-operations of a C-GET or C-MOVE, counted (PS3.7 9.1.3, 9.1.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dulcimer._generated.statuses import CANCEL, SUB_OPERATIONS_FAILED, UNABLE_TO_SUB_OPERATE
from dulcimer.services.replies import category

_MOST_COUNTED = 0xFFFF


@dataclass(slots=True)
class SubOperations:
    """How many remain, and how many have ended with each kind of status."""

    remaining: int | None
    completed: int = 0
    failed: int = 0
    warning: int = 0

    def add(self, status: int) -> None:
        """Count one with this status."""
        kind = category(status)
        if self.remaining is not None:
            self.remaining = max(self.remaining - 1, 0)
        self.completed += kind == "Success"
        self.warning += kind == "Warning"
        self.failed += kind not in ("Success", "Warning")

    @property
    def fits_into_pending(self) -> bool:
        """Whether all counters fit into a Pending response: they are of VR US.

        A Pending response must have them, but need not be sent (PS3.7 9.1.3.1, 9.1.4.1; PS3.4 C.4.2.3.1, C.4.3.3.1).
        The final response leaves out those that do not fit.
        """
        return max(self.remaining or 0, self.completed, self.failed, self.warning) <= _MOST_COUNTED

    def elements(self, *, final: bool) -> dict[str, int]:
        """The counters of a response; the remaining ones only while there are some to come, or after a cancel."""
        found = {
            "number_of_completed_suboperations": self.completed,
            "number_of_failed_suboperations": self.failed,
            "number_of_warning_suboperations": self.warning,
        }
        if final or self.remaining is None:
            return found
        return {"number_of_remaining_suboperations": self.remaining, **found}

    def ending(self, elements: dict[str, Any], *, cancelled: bool) -> dict[str, Any]:
        """The elements of the final response, from those of the handler.

        If the handler says that the operation failed, the sub-operations that remain count as failed. If it yields
        fewer instances than it announced, there were no more.
        """
        kind = category(elements["status"])
        if kind == "Success" and cancelled and self.remaining:
            kind, elements = "Cancel", {"status": CANCEL}
        if kind == "Cancel":
            return {**elements, **self.elements(final=False)}
        if kind != "Success":
            self.failed += self.remaining or 0
        elif self.failed or self.warning:
            all_failed = not self.completed and not self.warning
            elements = {"status": UNABLE_TO_SUB_OPERATE if all_failed else SUB_OPERATIONS_FAILED}
        return {**elements, **self.elements(final=True)}
