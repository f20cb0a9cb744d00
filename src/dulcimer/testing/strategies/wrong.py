"""A strategy for PDUs that can be encoded, whatever the standard says of their values."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dulcimer.testing.strategies.basics import latin_1, u8, u16, u32, unknown_items
from dulcimer.wire import model


@cache
def wrong_pdus() -> SearchStrategy[model.Pdu]:
    """PDUs of any values that can be encoded, in items that stand where they may; most of them deviate.

    Their lengths are right, so that a receiver can cut them into items.
    """
    texts = st.text(latin_1, max_size=70)
    titles = st.text(latin_1, max_size=16).map(lambda text: text.rstrip(" "))
    abstract, transfer = st.builds(model.AbstractSyntax, texts), st.builds(model.TransferSyntax, texts)
    in_rq = st.lists(abstract | transfer | unknown_items(), max_size=4).map(tuple)
    in_ac = st.lists(transfer | unknown_items(0x30), max_size=3).map(tuple)
    user = st.one_of(
        st.builds(model.MaximumLength, u32),
        st.builds(model.ImplementationClassUid, texts),
        st.builds(model.AsynchronousOperationsWindow, u16, u16),
        st.builds(model.ScpScuRoleSelection, texts, u8, u8),
        st.builds(model.ImplementationVersionName, texts),
        st.builds(model.SopClassExtendedNegotiation, texts, st.binary()),
        st.builds(model.SopClassCommonExtendedNegotiation, texts, texts, st.lists(texts, max_size=3).map(tuple), u8),
        st.builds(model.UserIdentity, u8, st.binary(), st.binary(), u8),
        st.builds(model.UserIdentityResponse, st.binary()),
        unknown_items(0x10, 0x50),
    )
    common = [
        st.builds(model.ApplicationContext, texts),
        st.builds(model.UserInformation, st.lists(user, max_size=6).map(tuple)),
        unknown_items(),
    ]
    rq = st.one_of(*common, st.builds(model.PresentationContextRq, u8, in_rq))
    ac = st.one_of(*common, st.builds(model.PresentationContextAc, u8, u8, in_ac))
    reserved = st.binary(min_size=32, max_size=32)
    pdv = st.builds(model.PresentationDataValue, u8, u8, st.binary(max_size=40))
    return st.one_of(
        st.builds(model.AssociateRq, titles, titles, st.lists(rq, max_size=5).map(tuple), u16, reserved),
        st.builds(model.AssociateAc, titles, titles, st.lists(ac, max_size=5).map(tuple), u16, reserved),
        st.builds(model.AssociateRj, u8, u8, u8),
        st.builds(model.Abort, u8, u8),
        st.builds(model.PDataTf, st.lists(pdv, min_size=1, max_size=4).map(tuple)),
    )
