"""The DIMSE services that can be requested of a peer, for blocking and asyncio associations."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from dulcimer.ae.core.association_state import AssociationState
from dulcimer.ae.core.responses import Response
from dulcimer.services.answers import Answers
from dulcimer.services.user import DEFAULT_PRIORITY, User

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from dulcimer.values import AeTitle

_Status = TypeVar("_Status")
"""A status as a data set, at once or to be awaited."""
_Response = TypeVar("_Response")
"""Status and data set of one response, at once or to be awaited."""
_Responses = TypeVar("_Responses")
"""Status and data set of several responses, to be iterated over."""


class AssociationRequests(AssociationState, ABC, Generic[_Status, _Response, _Responses]):
    """`send_c_echo` to `send_n_delete`: their arguments and requests; a subclass decides how they are awaited.

    With `msg_id` None a free ID is used.
    """

    @abstractmethod
    def _status(self, request: Callable[[User], Coroutine[Any, Any, Dataset]]) -> _Status:
        """Send a request that is answered by a status."""

    @abstractmethod
    def _response(self, request: Callable[[User], Coroutine[Any, Any, Response]]) -> _Response:
        """Send a request that is answered by a status and a data set."""

    @abstractmethod
    def _responses(self, request: Callable[[User], Answers]) -> _Responses:
        """Send a request that is answered by several of them."""

    # DIMSE-C

    def send_c_echo(self, msg_id: int | None = None) -> _Status:
        """C-ECHO (PS3.7 9.1.5): the status."""
        return self._status(lambda user: user.c_echo(msg_id))

    def send_c_store(
        self,
        dataset: Dataset | Path | str,
        msg_id: int | None = None,
        priority: int = DEFAULT_PRIORITY,
        originator_aet: AeTitle | None = None,
        originator_id: int | None = None,
        allow_conversion: bool = True,
    ) -> _Status:
        """C-STORE (PS3.7 9.1.1) of a data set, or of a file, which is sent unchanged: the status.

        With `allow_conversion` uncompressed data sets are rewritten if the peer accepts only another uncompressed
        transfer syntax. Raises AttributeError for a data set without SOP Class UID or SOP Instance UID, OSError
        for a file that cannot be read.
        """
        only_as_it_lies = self._session.terms.switches.store_send_chunked_dataset and isinstance(dataset, Path | str)
        convert = allow_conversion and not only_as_it_lies
        return self._status(
            lambda user: user.c_store(dataset, msg_id, priority, originator_aet, originator_id, convert=convert)
        )

    def send_c_find(
        self, dataset: Dataset, query_model: str, msg_id: int | None = None, priority: int = DEFAULT_PRIORITY
    ) -> _Responses:
        """C-FIND (PS3.7 9.1.2): (status, identifier) of each match, then of the final response."""
        return self._responses(lambda user: user.c_find(dataset, query_model, msg_id, priority))

    def send_c_get(
        self, dataset: Dataset, query_model: str, msg_id: int | None = None, priority: int = DEFAULT_PRIORITY
    ) -> _Responses:
        """C-GET (PS3.7 9.1.3): (status, identifier) of each response.

        The handler of EVT_C_STORE gets the instances, if the role of SCP was negotiated for their SOP classes.
        """
        return self._responses(lambda user: user.c_get(dataset, query_model, msg_id, priority))

    def send_c_move(
        self,
        dataset: Dataset,
        move_aet: AeTitle,
        query_model: str,
        msg_id: int | None = None,
        priority: int = DEFAULT_PRIORITY,
    ) -> _Responses:
        """C-MOVE (PS3.7 9.1.4) to the application entity `move_aet`: (status, identifier) of each response."""
        return self._responses(lambda user: user.c_move(dataset, move_aet, query_model, msg_id, priority))

    # DIMSE-N

    def send_n_event_report(
        self,
        dataset: Dataset | None,
        event_type: int,
        class_uid: str,
        instance_uid: str,
        msg_id: int | None = None,
        meta_uid: str | None = None,
    ) -> _Response:
        """N-EVENT-REPORT (PS3.7 10.1.1): status and event reply."""
        return self._response(
            lambda user: user.n_event_report(dataset, event_type, class_uid, instance_uid, msg_id, meta_uid)
        )

    def send_n_get(
        self,
        identifier_list: Iterable[int] | None,
        class_uid: str,
        instance_uid: str,
        msg_id: int | None = None,
        meta_uid: str | None = None,
    ) -> _Response:
        """N-GET (PS3.7 10.1.2) of some attributes, or of all: status and attribute list."""
        return self._response(lambda user: user.n_get(identifier_list, class_uid, instance_uid, msg_id, meta_uid))

    def send_n_set(
        self,
        dataset: Dataset,
        class_uid: str,
        instance_uid: str,
        msg_id: int | None = None,
        meta_uid: str | None = None,
    ) -> _Response:
        """N-SET (PS3.7 10.1.3): status and attribute list."""
        return self._response(lambda user: user.n_set(dataset, class_uid, instance_uid, msg_id, meta_uid))

    def send_n_action(
        self,
        dataset: Dataset | None,
        action_type: int,
        class_uid: str,
        instance_uid: str,
        msg_id: int | None = None,
        meta_uid: str | None = None,
    ) -> _Response:
        """N-ACTION (PS3.7 10.1.4): status and action reply."""
        return self._response(
            lambda user: user.n_action(dataset, action_type, class_uid, instance_uid, msg_id, meta_uid)
        )

    def send_n_create(
        self,
        dataset: Dataset | None,
        class_uid: str,
        instance_uid: str | None = None,
        msg_id: int | None = None,
        meta_uid: str | None = None,
    ) -> _Response:
        """N-CREATE (PS3.7 10.1.5): status and attribute list."""
        return self._response(lambda user: user.n_create(dataset, class_uid, instance_uid, msg_id, meta_uid))

    def send_n_delete(
        self, class_uid: str, instance_uid: str, msg_id: int | None = None, meta_uid: str | None = None
    ) -> _Status:
        """N-DELETE (PS3.7 10.1.6): the status."""
        return self._status(lambda user: user.n_delete(class_uid, instance_uid, msg_id, meta_uid))
