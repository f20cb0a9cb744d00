"""The statuses of requests that fail in their handler, or for lack of one."""

from __future__ import annotations

import logging
from typing import Any

from dulcimer._generated.commands import CFindRq, CGetRq, CMoveRq, CStoreRq
from dulcimer._generated.statuses import (
    MOVE_DESTINATION_UNKNOWN,
    OUT_OF_RESOURCES,
    PROCESSING_FAILURE,
    RESOURCE_LIMITATION,
    UNABLE_TO_COUNT_MATCHES,
    UNABLE_TO_PROCESS,
)
from dulcimer.dimse.bounds import BrokenDataSet, DataSetTooLarge
from dulcimer.logging_setup import HANDLER_FAULTS, handler_failed
from dulcimer.services.calls import NoHandlerError
from dulcimer.services.requests import Refusal

logger = logging.getLogger("dulcimer.services")


_HANDLER_FAILED = {CFindRq: 0xC311, CGetRq: 0xC411, CMoveRq: 0xC511, CStoreRq: 0xC211}
"""The status if the handler of a request raises, or if there is none."""
ITEM_FAILED = {CFindRq: 0xC312, CGetRq: 0xC416, CMoveRq: 0xC516}
"""The status if the handler yields something that cannot be sent."""
_TOO_LARGE = {
    CFindRq: OUT_OF_RESOURCES,
    CGetRq: UNABLE_TO_COUNT_MATCHES,
    CMoveRq: UNABLE_TO_COUNT_MATCHES,
    CStoreRq: OUT_OF_RESOURCES,
}
"""The status if the data set is beyond a limit (PS3.4 B.2.3, C.4.1.1.4, C.4.2.1.5, C.4.3.1.4)."""


class RequestFailed(Exception):
    """A request fails with a status because of what its handler yielded."""

    def __init__(self, status: int, why: str) -> None:
        self.status = status
        super().__init__(why)


def too_large(request: Any, why: str) -> Refusal:
    """The answer to a request whose data set is beyond a limit."""
    return Refusal(_TOO_LARGE.get(type(request), RESOURCE_LIMITATION), why)


def failed(request: Any, error: Exception) -> dict[str, Any]:
    """The elements of the response to a request for which `error` was raised, which is logged."""
    if isinstance(error, RequestFailed):
        log = logger if error.status == MOVE_DESTINATION_UNKNOWN else HANDLER_FAULTS
        log.error("%s: %s", request.info.name, error)
        return {"status": error.status}
    if isinstance(error, DataSetTooLarge):
        refused = too_large(request, str(error))
        logger.warning("%s is refused with status %04XH: %s", request.info.name, *refused)
        return {"status": refused.status, "error_comment": refused.why}
    if isinstance(error, BrokenDataSet):
        logger.warning("%s is refused: %s", request.info.name, error)
        status = UNABLE_TO_PROCESS if type(request) in _HANDLER_FAILED else PROCESSING_FAILURE
        return {"status": status, "error_comment": str(error)}
    if isinstance(error, NoHandlerError):
        HANDLER_FAULTS.warning("%s cannot be answered: %s", request.info.name, error)
    else:
        handler_failed(f"the handler of {request.info.name}", error)
    return {"status": _HANDLER_FAILED.get(type(request), PROCESSING_FAILURE)}
