"""The exceptions of dulcimer, one tree.

Misuse by the local user raises. Misbehaviour of the remote peer never raises into the event loop: Table 9-10 answers
it, and the user gets an indication.
"""

from __future__ import annotations

from os import strerror


class DulcimerError(Exception):
    """Base of every exception that dulcimer raises on purpose."""


class DecodeError(DulcimerError):
    """Bytes that do not follow the standard.

    Attributes: ``path`` of the field (``variable_items[1].item_length``), ``offset`` in bytes from the
    start of the PDU, ``clause`` of the standard, ``problem`` in words.
    """

    def __init__(self, problem: str, *, path: str = "", offset: int = 0, clause: str = "") -> None:
        self.problem = problem
        self.path = path
        self.offset = offset
        self.clause = clause
        where = f"{path or 'PDU'} at byte {offset}"
        super().__init__(f"{where}: {problem}" + (f" ({clause})" if clause else ""))


class EncodeError(DulcimerError, ValueError):
    """A value that cannot be written in the form the standard gives it.

    Attributes: ``path`` of the field, ``clause`` of the standard, ``problem`` in words.
    """

    def __init__(self, problem: str, *, path: str = "", clause: str = "") -> None:
        self.problem = problem
        self.path = path
        self.clause = clause
        super().__init__(f"{path or 'PDU'}: {problem}" + (f" ({clause})" if clause else ""))


class LocalProtocolError(DulcimerError):
    """Not allowed in this state; nothing was sent and the state is unchanged.

    Attributes: ``event`` asked for (``Evt9``), ``state`` of the machine (``Sta5``).
    """

    def __init__(self, problem: str, *, event: str, state: str) -> None:
        self.event = event
        self.state = state
        super().__init__(problem)


class AssociationError(DulcimerError):
    """The association could not be opened, or it is over."""


class AssociationRejected(AssociationError):
    """The peer answered with A-ASSOCIATE-RJ.

    Attributes: ``result``, ``source``, ``reason`` as in PS3.8 Table 9-21.
    """

    def __init__(self, message: str, *, result: int, source: int, reason: int) -> None:
        self.result = result
        self.source = source
        self.reason = reason
        super().__init__(message)


class AssociationAborted(AssociationError):
    """The association ended by A-ABORT, by A-P-ABORT, or because the connection was lost.

    Attributes: ``source`` (0 service-user, 2 service-provider, None when the connection was lost),
    ``reason`` as in PS3.8 Table 9-26, None when there is none; ``by_this_end``: whether this end sent the A-ABORT;
    ``speaks``: the protocol that the peer speaks instead of DICOM (``HTTP``, ``TLS``), "" if none was recognised;
    ``unanswered``: whether our association request had no answer yet. ``__cause__`` says why a connection was lost.
    """

    def __init__(
        self,
        message: str,
        *,
        source: int | None = None,
        reason: int | None = None,
        by_this_end: bool = False,
        speaks: str = "",
        unanswered: bool = False,
    ) -> None:
        self.source = source
        self.reason = reason
        self.by_this_end = by_this_end
        self.speaks = speaks
        self.unanswered = unanswered
        super().__init__(message)


class AssociationTimeout(AssociationError):
    """The peer did not answer within the timeout of ``seconds`` that the user set.

    Attribute: ``waited_for``: "association" or "release" for the answer to such a request, "close" for the end of the
    connection after a release, "cancel" for the end of a cancelled operation, "" for anything else.
    """

    def __init__(self, message: str, *, seconds: float, waited_for: str = "") -> None:
        self.seconds = seconds
        self.waited_for = waited_for
        super().__init__(message)


class ContextNotAccepted(AssociationError, ValueError):
    """No accepted presentation context fits the SOP class and transfer syntax asked for.

    Attribute: ``why``: "not proposed", "refused" by the peer, "invalid answer" of the peer, "role" if it was not
    agreed on; "" for anything else.
    """

    def __init__(self, message: str, *, why: str = "") -> None:
        self.why = why
        super().__init__(message)


class OperationFailed(DulcimerError):
    """The peer answered a request with a status of failure (PS3.7 Annex C), or said that it was cancelled.

    Attributes: ``service`` (``C-STORE``), ``status``, ``comment`` of the peer, "" for none. A service provider
    raises it in a callback to answer with that status and comment.
    """

    def __init__(self, message: str = "", *, status: int, service: str = "", comment: str = "") -> None:
        self.service = service
        self.status = status
        self.comment = comment
        super().__init__(message or f"{service or 'the operation'} failed with status {status:04X}H")


class DIMSEProcessingError(DulcimerError):
    """P-DATA that is not a DIMSE message (PS3.7 6.3, PS3.8 Annex E).

    Attribute: ``clause`` of the standard.
    """

    def __init__(self, message: str, *, clause: str = "") -> None:
        self.clause = clause
        super().__init__(message + (f" ({clause})" if clause else ""))


class TransportError(DulcimerError):
    """The transport connection could not be opened, or it failed.

    Attribute: ``in_handshake``: whether the TCP connection was open, and its TLS handshake failed.
    """

    def __init__(self, message: str, *, in_handshake: bool = False) -> None:
        self.in_handshake = in_handshake
        super().__init__(message)


class ListenError(TransportError, OSError):
    """An address cannot be listened on; an OSError, too, with the system's `errno` and `strerror`."""

    def __init__(self, message: str, errno: int | None = None) -> None:
        super().__init__(message)
        self.errno = errno
        self.strerror = None if errno is None else strerror(errno)

    __str__ = Exception.__str__
