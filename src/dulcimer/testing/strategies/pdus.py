"""Strategies for PDUs in which nothing deviates from the standard, as objects of `dulcimer.wire.model` and as bytes."""

from __future__ import annotations

import string
from functools import cache
from math import factorial
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dulcimer._generated.codes import (
    APPLICATION_CONTEXT_NAME,
    REJECT_REASONS,
    AbortReason,
    AbortSource,
    ContextResult,
    RejectResult,
    UserIdentityType,
)
from dulcimer.testing.strategies.basics import (
    ae_titles,
    context_ids,
    flags,
    in_order,
    latin_1,
    odd_u8,
    odd_u16,
    u8,
    u16,
    u32,
    uids,
    unknown_items,
)
from dulcimer.wire import model
from dulcimer.wire.codec import encode

_REFUSED = [int(result) for result in ContextResult if result]
_REJECTIONS = [
    model.AssociateRj(int(result), source, int(reason))
    for result in RejectResult
    for source, reasons in REJECT_REASONS.items()
    for reason in reasons
]
_NO_PASSCODE = [int(kind) for kind in UserIdentityType if kind is not UserIdentityType.USERNAME_AND_PASSCODE]
_version_names = st.text(string.printable[:95], min_size=1, max_size=16)
_few_uids = st.lists(uids(), min_size=1, max_size=3)
_COMMAND, _LAST = 1, 2


@st.composite
def contexts_rq(draw: st.DrawFn) -> list[model.PresentationContextRq]:
    """From 1 to 5 proposed presentation contexts, sometimes 128, with IDs of their own (PS3.8 9.3.2.2)."""
    ids = draw(context_ids())
    different = [(draw(uids()), draw(_few_uids)) for _ in ids[:5]]
    return [
        model.PresentationContextRq.of(one, different[index % 5][0], *different[index % 5][1])
        for index, one in enumerate(ids)
    ]


@st.composite
def contexts_ac(draw: st.DrawFn) -> list[model.PresentationContextAc]:
    """From 1 to 5 answers, sometimes 128 (PS3.8 9.3.3.2); the transfer syntax of a refused one may be anything."""
    ids = draw(context_ids())
    different: list[tuple[int, str]] = []
    for _ in ids[:5]:
        if draw(flags):
            different.append((draw(st.sampled_from(_REFUSED)), draw(uids() | st.text(latin_1, max_size=10))))
        else:
            different.append((int(ContextResult.ACCEPTANCE), draw(uids())))
    return [model.PresentationContextAc.of(one, *different[index % 5]) for index, one in enumerate(ids)]


@cache
def user_identities() -> SearchStrategy[model.UserIdentity]:
    """User Identity sub-items of every type (PS3.7 D.3.3.7); only that with a passcode has a secondary field."""
    with_passcode = st.builds(
        model.UserIdentity, st.just(int(UserIdentityType.USERNAME_AND_PASSCODE)), st.binary(), st.binary(), flags
    )
    return with_passcode | st.builds(
        model.UserIdentity, st.sampled_from(_NO_PASSCODE), st.binary(), st.just(b""), flags
    )


_windows = st.builds(model.AsynchronousOperationsWindow, u16, u16)
_names = st.builds(model.ImplementationVersionName, _version_names)
_responses = st.builds(model.UserIdentityResponse, st.binary(max_size=30))
_roles = st.builds(model.ScpScuRoleSelection, uids(), flags, flags)
_extended = st.builds(model.SopClassExtendedNegotiation, uids(), st.binary(max_size=9))
_related = st.builds(
    model.SopClassCommonExtendedNegotiation, uids(), uids(), st.lists(uids(), max_size=3).map(tuple), u8
)


@st.composite
def user_information(draw: st.DrawFn, *, of_rq: bool) -> model.UserInformation:
    """The User Information item of an A-ASSOCIATE-RQ or an A-ASSOCIATE-AC: any sub-items, in any order."""
    wanted = draw(st.integers(0, 0x3FF))
    chosen: list[SearchStrategy[Any]] = []
    for bit, one in enumerate((_windows, _names, user_identities() if of_rq else _responses)):
        chosen += [one] if wanted >> bit & 1 else []
    more: list[Any] = [draw(one) for one in chosen]
    per_class = (_roles, _extended, _related) if of_rq else (_roles, _extended)
    for bit, each in enumerate(per_class):
        if wanted >> 3 + bit & 1:
            found: list[Any] = [draw(each) for _ in range(1 + (wanted >> 6 + bit & 1))]
            more += {item.sop_class_uid: item for item in found}.values()
    if wanted >> 9 & 1:
        more.append(draw(unknown_items()))
    items = [model.MaximumLength(draw(u32)), model.ImplementationClassUid(draw(uids())), *more]
    return model.UserInformation(in_order(items, draw(st.integers(0, factorial(len(items)) - 1))))  # type: ignore[arg-type]  # the same items


@st.composite
def associate_rqs(draw: st.DrawFn) -> model.AssociateRq:
    """A-ASSOCIATE-RQ PDUs (PS3.8 9.3.2); protocol-version bits other than bit 0 may be set."""
    items = (
        model.ApplicationContext(draw(uids()) if draw(flags) else APPLICATION_CONTEXT_NAME),
        *draw(contexts_rq()),
        draw(user_information(of_rq=True)),
        *((draw(unknown_items(0x21, 0x60, 0x99)),) if draw(flags) else ()),
    )
    return model.AssociateRq(draw(ae_titles()), draw(ae_titles()), items, draw(odd_u16), bytes(32))


@st.composite
def associate_acs(draw: st.DrawFn) -> model.AssociateAc:
    """A-ASSOCIATE-AC PDUs (PS3.8 9.3.3); bytes 11 to 74 repeat whatever the A-ASSOCIATE-RQ had."""
    items = (
        model.ApplicationContext(draw(uids())),
        *draw(contexts_ac()),
        draw(user_information(of_rq=False)),
        *((draw(unknown_items(0x20, 0x60, 0x99)),) if draw(flags) else ()),
    )
    called, calling = (draw(_repeated).rstrip(" ") for _ in range(2))
    return model.AssociateAc(called, calling, items, draw(odd_u16), draw(st.binary(min_size=32, max_size=32)))


_repeated = st.text(latin_1, max_size=16)


@cache
def associate_rjs() -> SearchStrategy[model.AssociateRj]:
    """All A-ASSOCIATE-RJ PDUs: each Result with each Source and its Reasons (PS3.8 9.3.4)."""
    return st.sampled_from(_REJECTIONS)


@cache
def aborts() -> SearchStrategy[model.Abort]:
    """A-ABORT PDUs (PS3.8 9.3.8); the Reason of a service-user is not significant, so it may be any."""
    by_user = st.builds(model.Abort, st.just(int(AbortSource.SERVICE_USER)), u8)
    return by_user | st.sampled_from([model.Abort(2, int(reason)) for reason in AbortReason])


_fragments = st.binary(min_size=1, max_size=20).map(lambda fragment: fragment * 2)


@st.composite
def p_data_tfs(draw: st.DrawFn) -> model.PDataTf:
    """P-DATA-TF PDUs of 1 to 4 PDVs (PS3.8 9.3.5): of one message, its command first, nothing after the last of a kind.

    What is in the PDVs is not DICOM; `message_pdus` has whole messages.
    """
    context_id, other_bits, last = draw(odd_u8), draw(u8) << 2 & 0xFC, draw(flags)
    fragments = [draw(_fragments) for _ in range(draw(st.integers(1, 4)))]
    commands = draw(st.integers(0, len(fragments)))
    items = []
    for index, fragment in enumerate(fragments, 1):
        ends_kind = index in (commands, len(fragments)) and (last or index < len(fragments))
        header = other_bits | (_LAST if ends_kind else 0) | (_COMMAND if index <= commands else 0)
        items.append(model.PresentationDataValue(context_id, header, fragment))
    return model.PDataTf(tuple(items))


def release_rqs() -> SearchStrategy[model.ReleaseRq]:
    """The A-RELEASE-RQ PDU: there is only one (PS3.8 9.3.6)."""
    return st.just(model.ReleaseRq())


def release_rps() -> SearchStrategy[model.ReleaseRp]:
    """The A-RELEASE-RP PDU: there is only one (PS3.8 9.3.7)."""
    return st.just(model.ReleaseRp())


@cache
def pdus() -> SearchStrategy[model.Pdu]:
    """PDUs of all seven types in which nothing deviates from the standard."""
    return st.one_of(
        release_rqs(), release_rps(), aborts(), associate_rjs(), p_data_tfs(), associate_rqs(), associate_acs()
    )


@cache
def pdu_bytes() -> SearchStrategy[bytes]:
    """The bytes of `pdus()`."""
    return pdus().map(encode)
