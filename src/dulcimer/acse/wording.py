"""The negotiation of an association in words, line by line, for logs and messages.

Values of the peer are escaped. Names of users and patients are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dulcimer._generated.codes import ContextResult, UserIdentityType
from dulcimer.acse.negotiation import RefusedContext, Roles, outcome, reason_of, roles_in
from dulcimer.counting import counted
from dulcimer.wire.model import (
    AssociateAc,
    AssociateRq,
    AsynchronousOperationsWindow,
    ImplementationClassUid,
    ImplementationVersionName,
    SopClassExtendedNegotiation,
    UserIdentity,
    UserIdentityResponse,
)

_ROLES = {(True, False): "SCU", (False, True): "SCP", (True, True): "SCU and SCP", (False, False): "none"}


def shown(text: str) -> str:
    r"""`text` with every character outside printable ASCII as ``\xNN``."""
    return "".join(c if " " <= c <= "~" else f"\\x{ord(c):02x}" for c in text)


def name_of(uid: str) -> str:
    """The name of a SOP class or transfer syntax (PS3.6 Annex A), the UID itself if it has none."""
    from pydicom import config
    from pydicom.uid import UID

    return shown(UID(uid, config.IGNORE).name if uid else "(empty)")


def named(uid: str) -> str:
    """The name of a SOP class followed by its UID, the UID alone if it has no name."""
    name = name_of(uid)
    return name if name == shown(uid) else f"{name} ({shown(uid)})"


def title_of(text: str) -> str:
    """An AE title of the peer."""
    return shown(text.strip()) or "(empty)"


def proposal(request: AssociateRq) -> Iterator[str]:
    """What the requestor says about itself, and the presentation contexts, roles and other items that it proposes."""
    calling, called = title_of(request.calling_ae_title), title_of(request.called_ae_title)
    yield f"{calling} calls {called}; {_self(request)}"
    for item in request.presentation_contexts:
        syntaxes = ", ".join(map(name_of, item.transfer_syntaxes)) or "no transfer syntax"
        yield f"context {item.presentation_context_id}: {named(item.abstract_syntax or '')} in {syntaxes}"
    for uid, roles in roles_in(request).items():
        yield f"roles of {name_of(uid)}: {_ROLES[roles]}"
    for extended in request.user_information.all(SopClassExtendedNegotiation):
        data = bytes(extended.service_class_application_information)
        yield f"extended negotiation of {name_of(extended.sop_class_uid)}: {data.hex(' ')}"
    if (window := request.user_information.first(AsynchronousOperationsWindow)) is not None:
        yield f"operations side by side: {_window(window)}"
    if (identity := request.user_information.first(UserIdentity)) is not None:
        kinds = {int(kind): kind.description for kind in UserIdentityType}
        kind = kinds.get(identity.user_identity_type, f"type {identity.user_identity_type}")
        yield f"user identity: {kind}" + (", to be confirmed" if identity.positive_response_requested else "")


def answer(request: AssociateRq, response: AssociateAc) -> Iterator[str]:
    """What the acceptor says about itself, and its answer to each item proposed."""
    accepted, refused = outcome(request, response)
    number = len(accepted) + len(refused)
    yield f"{len(accepted)} of {number} presentation contexts accepted; {_self(response)}"
    fine = {
        context.context_id: f"accepted in {name_of(context.transfer_syntax)}: {name_of(context.abstract_syntax)}"
        for context in accepted
    }
    other = {
        context.context_id: f"not accepted, {why_not(context)}: {named(context.abstract_syntax)}" for context in refused
    }
    for context_id, words in sorted({**fine, **other}.items()):
        yield f"context {context_id}: {words}"
    answered = roles_in(response)
    for uid, roles in roles_in(request).items():
        yield f"roles of {name_of(uid)}: {_answered(roles, answered.get(uid))}"
    if (window := response.user_information.first(AsynchronousOperationsWindow)) is not None:
        yield f"operations side by side: {_window(window)}"
    if response.user_information.first(UserIdentityResponse) is not None:
        yield "user identity: confirmed"


def why_not(context: RefusedContext) -> str:
    """What the answer says about a context that cannot be used, without saying whose answer it is."""
    if context.result is None:
        return "left out of the answer"
    if context.result == ContextResult.ACCEPTANCE:
        return f"answered with {shown(context.answered)!r}, a transfer syntax that was not proposed"
    return reason_of(context.result)


def reasons(refused: Sequence[RefusedContext], *, ours: bool = False) -> str:
    """Why none of these contexts can be used, each reason once, with the SOP classes that it concerns.

    `ours` if this end gave the answer.
    """
    classes: dict[str, list[str]] = {}
    for context in refused:
        about = classes.setdefault(why_not(context) if ours else context.why, [])
        if (name := named(context.abstract_syntax)) not in about:
            about.append(name)
    most = 3
    return "; ".join(
        f"{', '.join(names[:most])}{f' and {len(names) - most} more' * (len(names) > most)}: {why}"
        for why, names in classes.items()
    )


def _self(pdu: AssociateRq | AssociateAc) -> str:
    information = pdu.user_information
    uid, name = information.first(ImplementationClassUid), information.first(ImplementationVersionName)
    limit = pdu.maximum_length
    length = "not said" if limit is None else counted(limit, "byte") if limit else "no limit"
    words = [shown(uid.implementation_class_uid) if uid else "no implementation class UID"]
    if name is not None:
        words.append(shown(name.implementation_version_name))
    return f"maximum length {length}; implementation {' '.join(words)}"


def _answered(proposed: Roles, answered: Roles | None) -> str:
    if answered is None:
        return f"{_ROLES[proposed]} proposed and not answered, so that the requestor is SCU only (PS3.7 D.3.3.4)"
    return f"{_ROLES[proposed]} proposed, {_ROLES[answered]} accepted"


def _window(window: AsynchronousOperationsWindow) -> str:
    numbers = window.maximum_number_operations_invoked, window.maximum_number_operations_performed
    invoked, performed = (str(number) if number else "any number" for number in numbers)
    return f"{invoked} invoked by the requestor, {performed} performed"
