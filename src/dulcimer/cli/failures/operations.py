"""Why an operation failed, from the status of its response (PS3.4 and PS3.7 Annex C), and what to do next."""

from __future__ import annotations

from dulcimer._generated import statuses
from dulcimer.cli.failures.exceptions import FinalResponseFailed
from dulcimer.cli.failures.names_in_use import Names

SERVICE_CLAUSES = {"C-FIND": "PS3.4 C.4.1.1.4", "C-GET": "PS3.4 C.4.3.1.4", "C-MOVE": "PS3.4 C.4.2.1.5"}


def operation_headline(error: FinalResponseFailed, who: Names) -> str:
    """What failed, and why, if the status says so."""
    match error.service, error.status:
        case "C-MOVE", statuses.MOVE_DESTINATION_UNKNOWN:
            return f"C-MOVE failed: the peer does not know the destination {who.destination} (-aem)."
        case "C-MOVE", statuses.UNABLE_TO_SUB_OPERATE:
            return f"C-MOVE failed: the peer could not send the instances to {who.destination}."
        case "C-MOVE", status if _is_unable(status):
            return (
                f"C-MOVE failed and the peer does not say why: it may not know or reach {who.destination}, or may not "
                "be able to process the query."
            )
        case _, statuses.SOP_CLASS_NOT_SUPPORTED:
            return f"{error.service} failed: the peer does not support the information model."
    return f"{error.service} failed: {error.words}."


def _is_unable(status: int) -> bool:
    return 0xC000 <= status <= 0xCFFF


def operation_advice(error: FinalResponseFailed, who: Names) -> str:
    """What to do next."""
    match error.service, error.status:
        case _, statuses.MOVE_DESTINATION_UNKNOWN:
            return (
                f"use -aem with an AE title that the peer can send to; or add {who.destination or 'it'}, with host and "
                "port, to the configuration of the peer"
            )
        case "C-GET", statuses.UNABLE_TO_SUB_OPERATE:
            return "use --sop-class with the SOP classes of the instances, -xa if they are compressed; or dulcimer move"
        case "C-MOVE", statuses.UNABLE_TO_SUB_OPERATE:
            return (
                f"check that {who.destination} is running, that the peer can reach it, and that it accepts these SOP "
                "classes and transfer syntaxes"
            )
        case _, statuses.SOP_CLASS_NOT_SUPPORTED:
            return "use another information model: -P, -S, -O"
        case _, statuses.DOES_NOT_MATCH_SOP_CLASS:
            return "use other keys: these do not fit the level (--level) or the information model (-P, -S, -O)"
        case _, statuses.OUT_OF_RESOURCES | statuses.UNABLE_TO_COUNT_MATCHES:
            return "ask for less at a time: the peer is out of resources; its log may say more"
        case "C-MOVE", status if _is_unable(status):
            return (
                f"check that the peer knows {who.destination or 'the destination'} with the right host and port, and "
                "that it is running: Orthanc gives this answer for both. Then check the keys: is a unique key of a "
                "higher level missing? The log of the peer says which"
            )
        case "C-FIND" | "C-GET", status if _is_unable(status):
            return "see the log of the peer; one reason is a missing or wrong unique key of a higher level"
        case _:
            return "see the log of the peer; it may say more"
