"""The associations of our own seeds: who we are, what we propose and accept, and how a sequence begins and ends."""

from __future__ import annotations

from dulcimer._generated import sop_classes
from dulcimer._generated.codes import APPLICATION_CONTEXT_NAME, PduType, UserIdentityType
from dulcimer.conformance.stimuli.dimse import STORED_CLASS
from dulcimer.conformance.stimuli.requests import (
    CONTEXT_ID,
    IMPLICIT_VR_LITTLE_ENDIAN,
    MAXIMUM_LENGTH,
    TESTER_CLASS_UID,
    TESTER_VERSION_NAME,
    VERIFICATION,
    Titles,
)
from dulcimer.fuzz.corpus.streams import sent, steps_of
from dulcimer.fuzz.sequences.steps import AwaitReply, FuzzSequence, FuzzStep, TargetRole
from dulcimer.wire.codec import encode
from dulcimer.wire.model import (
    ApplicationContext,
    AssociateAc,
    AssociateRq,
    AsynchronousOperationsWindow,
    ImplementationClassUid,
    ImplementationVersionName,
    MaximumLength,
    PresentationContextAc,
    PresentationContextRq,
    ReleaseRp,
    ReleaseRq,
    ScpScuRoleSelection,
    SopClassCommonExtendedNegotiation,
    SopClassExtendedNegotiation,
    UserDataSubItem,
    UserIdentity,
    UserIdentityResponse,
    UserInformation,
    VariableItem,
)

STUDY_ROOT_FIND = str(sop_classes.StudyRootQueryRetrieveInformationModelFind)
STUDY_ROOT_MOVE = str(sop_classes.StudyRootQueryRetrieveInformationModelMove)
STUDY_ROOT_GET = str(sop_classes.StudyRootQueryRetrieveInformationModelGet)
_STORAGE_SERVICE = "1.2.840.10008.4.2"
_GENERAL_CLASSES = (
    str(sop_classes.MultiFrameTrueColorSecondaryCaptureImageStorage),
    str(sop_classes.MultiFrameGrayscaleByteSecondaryCaptureImageStorage),
)

SUB_ITEMS_OF_REQUEST = (
    AsynchronousOperationsWindow(3, 2),
    ScpScuRoleSelection(VERIFICATION, 1, 0),
    ScpScuRoleSelection(STORED_CLASS, 0, 1),
    SopClassExtendedNegotiation(STUDY_ROOT_FIND, b"\1\1\1"),
    SopClassCommonExtendedNegotiation(STORED_CLASS, _STORAGE_SERVICE, _GENERAL_CLASSES),
    UserIdentity(UserIdentityType.USERNAME_AND_PASSCODE, b"dulcimer", b"synthetic"),
)
"""Every sub-item that an A-ASSOCIATE-RQ may have, besides those that it must have."""

SUB_ITEMS_OF_ACCEPTANCE = (
    AsynchronousOperationsWindow(3, 2),
    ScpScuRoleSelection(VERIFICATION, 1, 0),
    ScpScuRoleSelection(STORED_CLASS, 0, 1),
    SopClassExtendedNegotiation(STUDY_ROOT_FIND, b"\1\1\1"),
    UserIdentityResponse(b"synthetic"),
)
"""Every sub-item that an A-ASSOCIATE-AC may have, besides those that it must have."""

ACCEPTED_CONTEXTS = (1, 3, 5)
"""IDs of the contexts that are accepted; clients mostly begin with 1."""

RELEASE = encode(ReleaseRq())
REQUEST_AWAITED = AwaitReply((PduType.A_ASSOCIATE_RQ.label,))
RELEASE_ANSWERED = (AwaitReply((PduType.A_RELEASE_RQ.label, PduType.A_ABORT.label)), sent(encode(ReleaseRp())))


def default_titles(role: TargetRole) -> Titles:
    """The AE titles of seeds for a target in this role; a client mostly calls us by our own."""
    return Titles() if role == "acceptor" else Titles(calling="DULCIMER", called="DULCIMER")


def to_acceptor(*segments: bytes) -> FuzzSequence:
    """The sequence that sends these segments of a PDU or more to a target that accepts associations."""
    return FuzzSequence("acceptor", tuple(steps_of(segments)))


def to_requestor(*steps: FuzzStep) -> FuzzSequence:
    """The sequence that takes these steps when a target that requests associations has done so."""
    return FuzzSequence("requestor", (REQUEST_AWAITED, *steps))


def information_of_tester(*further: UserDataSubItem) -> UserInformation:
    """The user information of a request or an acceptance: who we are, and more sub-items."""
    ours = (
        MaximumLength(MAXIMUM_LENGTH),
        ImplementationClassUid(TESTER_CLASS_UID),
        ImplementationVersionName(TESTER_VERSION_NAME),
    )
    return UserInformation((*ours, *further))


def request_of_tester(
    titles: Titles, *further: UserDataSubItem, contexts: tuple[PresentationContextRq, ...] = ()
) -> bytes:
    """An A-ASSOCIATE-RQ for Verification and these contexts, with more sub-items."""
    items: tuple[VariableItem, ...] = (
        ApplicationContext(APPLICATION_CONTEXT_NAME),
        PresentationContextRq.of(CONTEXT_ID, VERIFICATION, IMPLICIT_VR_LITTLE_ENDIAN),
        *contexts,
        information_of_tester(*further),
    )
    return encode(AssociateRq(titles.called, titles.calling, items))


def proposed_context(
    context_id: int, abstract_syntax: str, transfer_syntax: str = IMPLICIT_VR_LITTLE_ENDIAN
) -> PresentationContextRq:
    """A context with one transfer syntax alone, since the data sets of a seed are in it."""
    return PresentationContextRq.of(context_id, abstract_syntax, transfer_syntax)


def acceptance_of_tester(
    titles: Titles, *further: UserDataSubItem, result: int = 0, transfer_syntax: str = IMPLICIT_VR_LITTLE_ENDIAN
) -> bytes:
    """An A-ASSOCIATE-AC with this result for each of the first contexts, and more sub-items."""
    items: tuple[VariableItem, ...] = (
        ApplicationContext(APPLICATION_CONTEXT_NAME),
        *(PresentationContextAc.of(number, result, transfer_syntax) for number in ACCEPTED_CONTEXTS),
        information_of_tester(*further),
    )
    return encode(AssociateAc(titles.called, titles.calling, items))
