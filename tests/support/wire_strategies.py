"""Hypothesis strategies for PDUs: legal ones, wrong ones that can be encoded, and damaged bytes."""

from __future__ import annotations

import string
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
from dulcimer.wire import model
from dulcimer.wire.codec import encode

# A limit in wall-clock time per example says more about the machine than about the code.

bytes_u8 = st.integers(0, 255)
bytes_u16 = st.integers(0, 0xFFFF)
latin_1 = st.characters(max_codepoint=255)
odd_bytes = st.integers(0, 127).map(lambda number: 2 * number + 1)


def uids() -> SearchStrategy[str]:
    """UIDs of the form of PS3.8 Annex F, 1 to 64 characters, long ones among them."""
    components = st.integers(0, 10**30).map(str) | st.integers(0, 20).map(str)
    return st.lists(components, min_size=1, max_size=6).map(lambda parts: ".".join(parts)[:64].rstrip("."))


def ae_titles() -> SearchStrategy[str]:
    """AE titles without padding, leading spaces allowed."""
    letters = string.ascii_letters + string.digits + "_-. "
    return st.text(letters, min_size=1, max_size=16).map(lambda text: text.rstrip()).filter(bool)


def unknown_items(*item_types: int) -> SearchStrategy[model.UnknownItem]:
    """Items of types that are not defined anywhere."""
    return st.builds(model.UnknownItem, st.sampled_from(item_types or (0x00, 0x5A, 0x99, 0xFF)), st.binary(max_size=20))


def contexts_rq() -> SearchStrategy[list[model.PresentationContextRq]]:
    """1 to 5 proposed contexts with IDs of their own."""
    context = st.builds(
        lambda context_id, abstract, transfers: model.PresentationContextRq.of(context_id, abstract, *transfers),
        odd_bytes,
        uids(),
        st.lists(uids(), min_size=1, max_size=3),
    )
    return st.lists(context, min_size=1, max_size=5, unique_by=lambda item: item.presentation_context_id)


def contexts_ac() -> SearchStrategy[list[model.PresentationContextAc]]:
    """1 to 5 answers; the transfer syntax of those not accepted may be anything."""
    accepted = st.builds(model.PresentationContextAc.of, odd_bytes, st.just(int(ContextResult.ACCEPTANCE)), uids())
    refused = st.builds(
        model.PresentationContextAc.of,
        odd_bytes,
        st.sampled_from([int(result) for result in ContextResult if result]),
        uids() | st.text(latin_1, max_size=10),
    )
    return st.lists(accepted | refused, min_size=1, max_size=5, unique_by=lambda item: item.presentation_context_id)


def _identities() -> SearchStrategy[model.UserIdentity]:
    flags = st.integers(0, 1)
    with_passcode = st.builds(
        model.UserIdentity, st.just(int(UserIdentityType.USERNAME_AND_PASSCODE)), st.binary(), st.binary(), flags
    )
    others = [int(kind) for kind in UserIdentityType if kind is not UserIdentityType.USERNAME_AND_PASSCODE]
    return with_passcode | st.builds(model.UserIdentity, st.sampled_from(others), st.binary(), st.just(b""), flags)


def user_information(*, of_rq: bool) -> SearchStrategy[model.UserInformation]:
    """The item as it may be in an A-ASSOCIATE-RQ or in an A-ASSOCIATE-AC, sub-items in any order."""
    flags = st.integers(0, 1)
    optional = [
        st.builds(model.AsynchronousOperationsWindow, bytes_u16, bytes_u16),
        st.builds(model.ImplementationVersionName, st.text(string.printable[:95], min_size=1, max_size=16)),
        _identities() if of_rq else st.builds(model.UserIdentityResponse, st.binary(max_size=30)),
    ]
    per_class: list[SearchStrategy[Any]] = [
        st.builds(model.ScpScuRoleSelection, uids(), flags, flags),
        st.builds(model.SopClassExtendedNegotiation, uids(), st.binary(max_size=9)),
    ]
    if of_rq:
        related = st.lists(uids(), max_size=3).map(tuple)
        per_class.append(st.builds(model.SopClassCommonExtendedNegotiation, uids(), uids(), related, bytes_u8))
    parts: list[SearchStrategy[list[object]]] = [
        st.builds(model.MaximumLength, st.integers(0, 2**32 - 1)).map(lambda item: [item]),
        st.builds(model.ImplementationClassUid, uids()).map(lambda item: [item]),
        *(st.lists(item, max_size=1) for item in optional),
        *(st.lists(item, max_size=2, unique_by=lambda found: found.sop_class_uid) for item in per_class),
        st.lists(unknown_items(), max_size=2),
    ]
    lists = st.tuples(*parts).map(lambda found: [item for part in found for item in part])
    return lists.flatmap(st.permutations).map(lambda items: model.UserInformation(tuple(items)))


def associate_rqs() -> SearchStrategy[model.AssociateRq]:
    """Legal A-ASSOCIATE-RQ PDUs; protocol-version bits other than bit 0 may be set."""
    items = st.builds(
        lambda name, contexts, user, unknown: (model.ApplicationContext(name), *contexts, user, *unknown),
        uids() | st.just(APPLICATION_CONTEXT_NAME),
        contexts_rq(),
        user_information(of_rq=True),
        st.lists(unknown_items(0x21, 0x60), max_size=2),
    )
    return st.builds(model.AssociateRq, ae_titles(), ae_titles(), items, odd_versions, st.just(bytes(32)))


def associate_acs() -> SearchStrategy[model.AssociateAc]:
    """Legal A-ASSOCIATE-AC PDUs; bytes 11 to 74 echo whatever the A-ASSOCIATE-RQ had."""
    items = st.builds(
        lambda name, contexts, user, unknown: (model.ApplicationContext(name), *contexts, user, *unknown),
        uids(),
        contexts_ac(),
        user_information(of_rq=False),
        st.lists(unknown_items(0x20, 0x60), max_size=2),
    )
    echo = st.text(latin_1, max_size=16).map(lambda text: text.rstrip(" "))
    return st.builds(model.AssociateAc, echo, echo, items, odd_versions, st.binary(min_size=32, max_size=32))


odd_versions = st.integers(0, 0x7FFF).map(lambda number: 2 * number + 1)


def associate_rjs() -> SearchStrategy[model.AssociateRj]:
    """The 16 legal A-ASSOCIATE-RJ PDUs."""
    triples = [
        (int(result), source, int(reason))
        for result in RejectResult
        for source, reasons in REJECT_REASONS.items()
        for reason in reasons
    ]
    return st.sampled_from(triples).map(lambda triple: model.AssociateRj(*triple))


def aborts() -> SearchStrategy[model.Abort]:
    """Legal A-ABORT PDUs; the reason of a service-user is not significant."""
    by_user = st.builds(model.Abort, st.just(int(AbortSource.SERVICE_USER)), bytes_u8)
    by_provider = st.sampled_from(list(AbortReason)).map(lambda reason: model.Abort(2, int(reason)))
    return by_user | by_provider


def p_data_tfs() -> SearchStrategy[model.PDataTf]:
    """Legal P-DATA-TF PDUs: fragments of one message, command before data set, nothing after the last of a kind."""

    def pdvs(context_id: int, unused: int, fragments: list[bytes], commands: int, last: bool) -> model.PDataTf:
        items = []
        for index, fragment in enumerate(fragments):
            command = index < commands
            ends_kind = index + 1 in (commands, len(fragments)) and (last or index + 1 < len(fragments))
            header = (unused << 2) & 0xFC | ends_kind << 1 | command
            items.append(model.PresentationDataValue(context_id, header, fragment))
        return model.PDataTf(tuple(items))

    even = st.binary(min_size=1, max_size=20).map(lambda fragment: fragment * 2)
    return st.builds(
        pdvs, odd_bytes, bytes_u8, st.lists(even, min_size=1, max_size=4), st.integers(0, 4), st.booleans()
    )


def legal_pdus() -> SearchStrategy[model.Pdu]:
    """PDUs in which nothing deviates from the standard."""
    return st.one_of(
        associate_rqs(),
        associate_acs(),
        associate_rjs(),
        p_data_tfs(),
        st.just(model.ReleaseRq()),
        st.just(model.ReleaseRp()),
        aborts(),
    )


def wrong_pdus() -> SearchStrategy[model.Pdu]:
    """PDUs of any values that can be encoded, in items that stand where they may."""
    texts = st.text(latin_1, max_size=70)
    titles = st.text(latin_1, max_size=16).map(lambda text: text.rstrip(" "))
    abstract, transfer = st.builds(model.AbstractSyntax, texts), st.builds(model.TransferSyntax, texts)
    in_rq = st.lists(abstract | transfer | unknown_items(), max_size=4).map(tuple)
    in_ac = st.lists(transfer | unknown_items(0x30), max_size=3).map(tuple)
    user = st.one_of(
        st.builds(model.MaximumLength, st.integers(0, 2**32 - 1)),
        st.builds(model.ImplementationClassUid, texts),
        st.builds(model.AsynchronousOperationsWindow, bytes_u16, bytes_u16),
        st.builds(model.ScpScuRoleSelection, texts, bytes_u8, bytes_u8),
        st.builds(model.ImplementationVersionName, texts),
        st.builds(model.SopClassExtendedNegotiation, texts, st.binary()),
        st.builds(
            model.SopClassCommonExtendedNegotiation, texts, texts, st.lists(texts, max_size=3).map(tuple), bytes_u8
        ),
        st.builds(model.UserIdentity, bytes_u8, st.binary(), st.binary(), bytes_u8),
        st.builds(model.UserIdentityResponse, st.binary()),
        unknown_items(0x10, 0x50),
    )
    common = [
        st.builds(model.ApplicationContext, texts),
        st.builds(model.UserInformation, st.lists(user, max_size=6).map(tuple)),
        unknown_items(),
    ]
    rq = st.one_of(*common, st.builds(model.PresentationContextRq, bytes_u8, in_rq))
    ac = st.one_of(*common, st.builds(model.PresentationContextAc, bytes_u8, bytes_u8, in_ac))
    reserved = st.binary(min_size=32, max_size=32)
    pdv = st.builds(model.PresentationDataValue, bytes_u8, bytes_u8, st.binary(max_size=40))
    return st.one_of(
        st.builds(model.AssociateRq, titles, titles, st.lists(rq, max_size=5).map(tuple), bytes_u16, reserved),
        st.builds(model.AssociateAc, titles, titles, st.lists(ac, max_size=5).map(tuple), bytes_u16, reserved),
        st.builds(model.AssociateRj, bytes_u8, bytes_u8, bytes_u8),
        st.builds(model.Abort, bytes_u8, bytes_u8),
        st.builds(model.PDataTf, st.lists(pdv, min_size=1, max_size=4).map(tuple)),
    )


@st.composite
def damaged(draw: st.DrawFn, whole: SearchStrategy[bytes] | None = None) -> bytes:
    """Bytes of a PDU, flipped, cut, repeated or mixed with others in one to three places."""
    data = bytearray(draw(whole if whole is not None else (legal_pdus() | wrong_pdus()).map(encode)))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 12)))
        data[start:end] = draw(st.binary(max_size=8) | st.just(bytes(data[start:end]) * 2))
    if draw(st.booleans()) and len(data) >= 6:
        data[2:6] = (len(data) - 6).to_bytes(4, "big")
    return bytes(data)


def any_bytes() -> SearchStrategy[bytes]:
    """Legal, wrong, damaged, truncated, concatenated and random bytes."""
    good = (legal_pdus() | wrong_pdus()).map(encode)
    noise = st.binary(max_size=120)
    typed = st.builds(
        lambda kind, body: bytes((kind, 0)) + len(body).to_bytes(4, "big") + body, st.integers(0, 9), noise
    )
    joined = st.builds(lambda first, second: first + second, good, good)
    truncated = st.builds(lambda data, cut: data[: cut % (len(data) + 1)], good, st.integers(0, 400))
    return st.one_of(good, damaged(), noise, typed, joined, truncated)
