# ruff: noqa: E501 (a line of a log stays on one line)
"""Logs as the software of the twenty questions writes them, put together from lines of its real ones."""

from __future__ import annotations

DCMTK_REQUEST = """D: ====================== BEGIN A-ASSOCIATE-RQ =====================
D: Calling Application Name:    {calling}
D: Called Application Name:     {called}
D: Presentation Contexts:
D:   Context ID:        1 (Proposed)
D:     Abstract Syntax: ={abstract}
D:     Proposed SCP/SCU Role: Default
D:     Proposed Transfer Syntax(es):
D:       ={syntax}
D: ======================= END A-ASSOCIATE-RQ ======================
I: Requesting Association
"""
DCMTK_ANSWER = """D: ====================== BEGIN A-ASSOCIATE-AC =====================
D: Presentation Contexts:
D:   Context ID:        1 ({result})
D:     Abstract Syntax: ={abstract}
D: ======================= END A-ASSOCIATE-AC ======================
"""
BEGUN = "I: Requesting Association\nI: Association Accepted (Max Send PDV: 16372)\n"
REJECTED = "I: Requesting Association\nF: Association Rejected:\nF: Result: {how}\nF: Reason: {why}\n"
ORTHANC = """I1201 10:00:00.000001 CommandDispatcher.cpp:333] (dicom) Association Received from AET ME on IP 10.0.0.1
I1201 10:00:00.000002 main.cpp:317] Incoming connection from AET ME on IP 10.0.0.1, calling AET ORTHANC
I1201 10:00:00.000003 CommandDispatcher.cpp:664] (dicom) Association Acknowledged (Max Send PDV: 16372) to AET ME on IP 10.0.0.1
"""
ORTHANC_MOVE = """I1201 10:00:01.000000 main.cpp:352] Incoming Move request from AET ME on IP 10.0.0.1, calling AET ORTHANC
I1201 10:00:01.000001 OrthancMoveRequestHandler.cpp:326] (dicom) Move-SCU request received for AET "NOBODY"
"""
PYNETDICOM_CONTEXTS = """I: Requesting Association
D: ======================= OUTGOING A-ASSOCIATE-RQ PDU ========================
D: Calling Application Name:    ME
D: Called Application Name:     PACS
D: Presentation Context:
D:   Context ID:        1 (Proposed)
D:     Abstract Syntax: =CT Image Storage
D:     Proposed Transfer Syntax:
D:       ={syntax}
D: ======================= INCOMING A-ASSOCIATE-AC PDU ========================
D: Presentation Contexts:
D:   Context ID:        1 (Rejected - {why} Not Supported)
D:     Abstract Syntax: =CT Image Storage
E: No accepted presentation contexts
"""
FO_CONTEXTS = """PACS -> Association request:
Calling AE Title:       ME
Called AE Title:        PACS
PACS <- Association accept:
Calling AE Title:       ME
Called AE Title:        PACS
  Presentation Context:  1 [{why}]
       Abstract Syntax:  CT Image Storage
"""


def dcmtk(result: str, abstract: str = "CTImageStorage", syntax: str = "LittleEndianImplicit") -> str:
    """A log of DCMTK with -d, whose only context has this result."""
    asked = DCMTK_REQUEST.format(calling="ME", called="PACS", abstract=abstract, syntax=syntax)
    return asked + DCMTK_ANSWER.format(result=result, abstract=abstract) + "E: No Acceptable Presentation Contexts\n"


def dcmtk_rejected(why: str, how: str = "Rejected Permanent, Source: Service User") -> str:
    """A log of DCMTK with -v about a rejection."""
    return REJECTED.format(how=how, why=why)


def dcmtk_failed(words: str) -> str:
    """A log of DCMTK with -v about a connection that failed."""
    return f"I: Requesting Association\nF: Association Request Failed: {words}\n"


def pynetdicom_rejected(why: str) -> str:
    """A log of pynetdicom about a rejection."""
    return (
        "I: Requesting Association\nD: ======================= INCOMING A-ASSOCIATE-RJ PDU ========================\n"
        f"E: Association Rejected\nE: Result: Rejected Permanent, Source: Service User\nE: Reason: {why}\n"
    )


def dcm4che(*lines: str) -> str:
    """A log of dcm4che: an association request, and what follows."""
    first = "12:00:00,000 INFO  - ME->PACS(1) << A-ASSOCIATE-RQ\n"
    return first + "".join(f"12:00:0{number},000 INFO  - {line}\n" for number, line in enumerate(lines, 1))


def moved(*lines: str) -> str:
    """A log of DCMTK's movescu."""
    return BEGUN + "I: Sending Move Request (MsgID 1)\n" + "".join(f"{line}\n" for line in lines)


PERMANENT, TRANSIENT = "result: 1 - rejected-permanent", "result: 2 - rejected-transient"
LOGS: dict[str, tuple[str, str]] = {
    "dcmtk: refused": ("connection-refused", dcmtk_failed("0006:031c TCP Initialization Error: Connection refused")),
    "dcmtk: timed out": ("syn-unanswered", dcmtk_failed("0006:031c TCP Initialization Error: Connection timed out")),
    "dcmtk: no route": ("host-unreachable", dcmtk_failed("0006:031c TCP Initialization Error: No route to host")),
    "dcmtk: unknown host": ("host-name-unknown", dcmtk_failed("0006:0320 Attempt to connect to unknown host: pacs")),
    "dcmtk: silence": ("silent-acceptor", dcmtk_failed("0006:031a DUL network read timeout")),
    "dcmtk: HTTP": ("other-protocol", dcmtk_failed("0006:0321 Unrecognized PDU type: 48")),
    "dcmtk: TLS there": ("plain-to-tls", dcmtk_failed("0006:0321 Unrecognized PDU type: 15")),
    "dcmtk: TLS here": ("tls-to-plain", dcmtk_failed("000b:0017 OpenSSL I/O error (SSL_ERROR_SYSCALL)")),
    "dcmtk: TLS client at a plain server": (
        "tls-to-plain",
        "D: $dcmtk: storescp v3.6.7 2022-04-22 $\nE: Receiving Association failed: 0006:0321 Unrecognized PDU type: 16\n",
    ),
    "dcmtk: called": ("called-title-unknown", dcmtk_rejected("Called AE Title Not Recognized")),
    "dcmtk: calling": ("calling-title-unknown", dcmtk_rejected("Calling AE Title Not Recognized")),
    "dcmtk: no reason": ("rejected-without-reason", dcmtk_rejected("No Reason")),
    "dcmtk: limit": (
        "limit-exceeded",
        dcmtk_rejected("Local Limit Exceeded", "Rejected Transient, Source: Service Provider (Presentation Related)"),
    ),
    "dcmtk: request aborted": (
        "request-aborted",
        dcmtk_failed("0006:0317 Peer aborted Association (or never connected)"),
    ),
    "dcmtk: abstract syntax": ("sop-class-refused", dcmtk("Abstract Syntax Not Supported")),
    "dcmtk: transfer syntax": (
        "transfer-syntaxes-refused",
        dcmtk("Transfer Syntaxes Not Supported", syntax="LittleEndianExplicit"),
    ),
    "dcmtk: compressed": ("compressed-refused", dcmtk("Transfer Syntaxes Not Supported", syntax="JPEGBaseline")),
    "dcmtk: user": ("context-refused-by-user", dcmtk("User Rejection")),
    "dcmtk: no conversion": (
        "compressed-refused",
        BEGUN
        + "I: Sending Store Request (MsgID 1, SC)\nXMIT: W: DIMSE Warning: (STORESCU,ANY-SCP): sendMessage: unable to "
        "convert dataset from 'JPEG 2000 (Lossless or Lossy)' transfer syntax to 'Little Endian Explicit'\n"
        "E: Store Failed, file: a.dcm:\nI: Aborting Association\n",
    ),
    "dcmtk: A801H": (
        "destination-not-configured",
        moved("I: Received Final Move Response (Refused: MoveDestinationUnknown)", "I: Releasing Association"),
    ),
    "dcmtk: A702H": (
        "move-suboperations-failed",
        moved("I: Received Final Move Response (Refused: OutOfResourcesSubOperations)", "I: Releasing Association"),
    ),
    "dcmtk: C000H": (
        "destination-perhaps-unknown",
        moved("I: Received Final Move Response (Failed: UnableToProcess)", "I: Releasing Association"),
    ),
    "dcmtk: aborted": (
        "aborted-by-user",
        BEGUN + "I: Sending Store Request (MsgID 1, CT)\nE: Store Failed, file: a.dcm:\n"
        "E: 0006:0317 Peer aborted Association (or never connected)\nI: Peer Aborted Association\n",
    ),
    "dcmtk: no response": (
        "answer-too-late",
        BEGUN + "I: Sending Find Request (MsgID 1)\n"
        "E: Find SCU Failed: 0006:0207 DIMSE No data available (timeout in non-blocking mode)\nI: Aborting Association\n",
    ),
    "dcmtk: A900H": (
        "find-failed",
        BEGUN + "I: Sending Find Request (MsgID 1)\n"
        "I: Received Final Find Response (Error: DataSetDoesNotMatchSOPClass)\nI: Releasing Association\n",
    ),
    "dcmtk: nothing found": (
        "find-no-match",
        BEGUN
        + "I: Sending Find Request (MsgID 1)\nI: Received Final Find Response (Success)\nI: Releasing Association\n",
    ),
    "dcmqrscp: destination": (
        "destination-not-reached",
        "I: Association Received\nI: Association Acknowledged (Max Send PDV: 16372)\nI: Received Move Request\n"
        "E: moveSCP: Sub-Association Request Failed: 0006:031c TCP Initialization Error: Connection refused\n",
    ),
    "dcmqrscp: calling": (
        "calling-title-called-unknown",
        "I: Association Received\nI: Association Acknowledged (Max Send PDV: 16372)\nI: Association Release\n"
        "I: Association Received\nD: Peer host:NOPE is not not permitted to access QRSCP (see configuration file)\n"
        "I: Refusing Association (BadAEService)\n",
    ),
    "orthanc: called": (
        "called-title-unknown",
        "W1201 10:00:00.0 CommandDispatcher.cpp:602] Rejected association, because of a bad called AET in the request (A)\n",
    ),
    "orthanc: calling": (
        "calling-title-unknown",
        "I1201 10:00:00.0 CommandDispatcher.cpp:333] (dicom) Association Received from AET A on IP 10.0.0.1\n"
        "W1201 10:00:00.1 CommandDispatcher.cpp:617] Rejected association for remote AET A on IP 10.0.0.1\n",
    ),
    "orthanc: destination unknown": (
        "destination-not-configured",
        ORTHANC
        + ORTHANC_MOVE
        + "E1201 10:00:01.2 OrthancException.cpp:58] Accessing an inexistent item: Unknown modality "
        "for AET: NOBODY\n",
    ),
    "orthanc: destination down": (
        "destination-not-reached",
        ORTHANC + ORTHANC_MOVE + "E1201 10:00:01.2 OrthancException.cpp:58] Error in the network protocol: "
        'DicomAssociation - connecting to AET "NOBODY": TCP Initialization Error: Connection refused\n',
    ),
    "orthanc: cannot send": (
        "connection-refused",
        "E1201 10:00:01.2 OrthancException.cpp:58] Error in the network protocol: DicomAssociation - connecting to AET "
        '"VIEWER": TCP Initialization Error: Connection refused\n',
    ),
    "pynetdicom: refused": (
        "connection-refused",
        "I: Requesting Association\nE: Association request failed: unable to connect to remote\n"
        "E: TCP Initialisation Error: [Errno 111] Connection refused\nI: Aborting Association\n",
    ),
    "pynetdicom: called": ("called-title-unknown", pynetdicom_rejected("Called AE title not recognised")),
    "pynetdicom: calling": ("calling-title-unknown", pynetdicom_rejected("Calling AE title not recognised")),
    "pynetdicom: called, only among its PDUs": (
        "called-title-unknown",
        "I: Requesting Association\nD: ======================= INCOMING A-ASSOCIATE-RJ PDU ========================\n"
        "D: Result:    Rejected (Permanent)\nD: Source:    DUL service-user\n"
        "D: Reason:    Called AE title not recognised\n"
        "D: ========================== END A-ASSOCIATE-RJ PDU ==========================\nI: Aborting Association\n",
    ),
    "pynetdicom: abstract syntax": (
        "sop-class-refused",
        PYNETDICOM_CONTEXTS.format(syntax="Implicit VR Little Endian", why="Abstract Syntax"),
    ),
    "pynetdicom: compressed": (
        "compressed-refused",
        PYNETDICOM_CONTEXTS.format(syntax="JPEG Baseline (Process 1)", why="Transfer Syntax"),
    ),
    "pynetdicom: silence": (
        "silent-acceptor",
        "I: Requesting Association\nD: ======================= OUTGOING A-ASSOCIATE-RQ PDU ========================\n"
        "E: ACSE timeout reached while waiting for response to association request\nI: Aborting Association\n",
    ),
    "pynetdicom: HTTP": (
        "other-protocol",
        "I: Requesting Association\nD: ======================= OUTGOING A-ASSOCIATE-RQ PDU ========================\n"
        "E: Unknown PDU type received '0x48'\nE: Association Aborted\n",
    ),
    "pynetdicom: no response": (
        "answer-too-late",
        "I: Requesting Association\nI: Association Accepted\nI: Sending Find Request: MsgID 1\n"
        "E: DIMSE timeout reached while waiting for message response\nI: Aborting Association\n",
    ),
    "pynetdicom: idle": (
        "idle-timeout",
        "I: Accepting Association\nE: Network timeout reached\nI: Aborting Association\n",
    ),
    "pynetdicom: nothing moved": (
        "move-matched-nothing",
        "I: Requesting Association\nI: Association Accepted\nI: Sending Move Request: MsgID 1\n"
        "I: Move SCP Result: 0x0000 (Success)\nI: Sub-Operations Remaining: 0, Completed: 0, Failed: 0, Warning: 0\n",
    ),
    "pynetdicom: sub-operations": (
        "move-suboperations-failed",
        "I: Requesting Association\nI: Association Accepted\nI: Sending Move Request: MsgID 1\n"
        "I: Move SCP Result: 0xA702 (Failure - Refused)\nI: Sub-Operations Remaining: 0, Completed: 0, Failed: 2, Warning: 0\n",
    ),
    "dcm4che: called": (
        "called-title-unknown",
        dcm4che(
            f"ME->PACS(1) >> A-ASSOCIATE-RJ[{PERMANENT}, source: 1 - service-user, reason: 7 - called-AE-title-not-recognized]"
        ),
    ),
    "dcm4che: calling": (
        "calling-title-unknown",
        dcm4che(
            f"ME->PACS(1) >> A-ASSOCIATE-RJ[{PERMANENT}, source: 1 - service-user, reason: 3 - calling-AE-title-not-recognized]"
        ),
    ),
    "dcm4che: limit": (
        "limit-exceeded",
        dcm4che(
            f"ME->PACS(1) >> A-ASSOCIATE-RJ[{TRANSIENT}, source: 3 - service-provider (Presentation related function), "
            "reason: 2 - local-limit-exceeded]"
        ),
    ),
    "dcm4che: provider abort": (
        "aborted-for-protocol",
        dcm4che(
            "ME->PACS(1) >> A-ASSOCIATE-AC",
            "ME->PACS(1) >> A-ABORT[source: 2 - service-provider, reason: 2 - unexpected-PDU]",
        ),
    ),
    "dcm4che: idle": (
        "idle-timeout",
        "12:00:00,000 INFO  - PACS<-ME(1) >> A-ASSOCIATE-RQ\n12:00:01,000 INFO  - PACS<-ME(1) << A-ASSOCIATE-AC\n"
        "12:01:01,000 INFO  - PACS<-ME(1): idle timeout expired\n"
        "12:01:01,001 INFO  - PACS<-ME(1) << A-ABORT[source: 0 - service-user, reason: 0]\n",
    ),
    "dcm4che: A801H": (
        "destination-not-configured",
        dcm4che(
            "ME->PACS(1) >> A-ASSOCIATE-AC",
            "ME->PACS(1) << 1:C-MOVE-RQ[pcid=1, prior=0, dest=NOBODY",
            "ME->PACS(1) >> 1:C-MOVE-RSP[pcid=1, status=a801H",
            "ME->PACS(1) << A-RELEASE-RQ",
        ),
    ),
    "dcm4che: refused": (
        "connection-refused",
        "org.dcm4che3 x\njava.net.ConnectException: Connection refused (Connection refused)\n",
    ),
    "fo-dicom: called": (
        "called-title-unknown",
        "PACS -> Association request:\n"
        "PACS <- Association reject [result: Permanent; source: ServiceUser; reason: CalledAENotRecognized]\n",
    ),
    "fo-dicom: calling": (
        "calling-title-unknown",
        "PACS -> Association request:\n"
        "PACS <- Association reject [result: Permanent; source: ServiceUser; reason: CallingAENotRecognized]\n",
    ),
    "fo-dicom: abstract syntax": ("sop-class-refused", FO_CONTEXTS.format(why="RejectAbstractSyntaxNotSupported")),
    "fo-dicom: aborted": (
        "aborted-by-user",
        "PACS -> Association request:\nPACS <- Association accept:\nPACS <- Abort: ServiceUser - NotSpecified\n",
    ),
}
"""By name: the cause, and a log of it."""

CLEAN_LOGS: dict[str, str] = {
    "dcmtk": BEGUN
    + "I: Sending Echo Request (MsgID 1)\nI: Received Echo Response (Success)\nI: Releasing Association\n",
    "dcmtk, a query with a match": BEGUN + "I: Sending Find Request (MsgID 1)\nI: Received Find Response 1 (Pending)\n"
    "I: Received Final Find Response (Success)\nI: Releasing Association\n",
    "dcmtk, a retrieval": moved("I: Received Move Response 1 (Pending)", "I: Received Final Move Response (Success)"),
    "orthanc": ORTHANC
    + "I1201 10:00:02.0 CommandDispatcher.cpp:937] (dicom) Association Release with AET ME on IP 10.0.0.1\n",
    "pynetdicom": "I: Requesting Association\nI: Association Accepted\nI: Sending Echo Request: MsgID 1\n"
    "I: Received Echo Response (Status: 0x0000 - Success)\nI: Releasing Association\n",
    "dcm4che": dcm4che("ME->PACS(1) >> A-ASSOCIATE-AC", "ME->PACS(1) << A-RELEASE-RQ", "ME->PACS(1) >> A-RELEASE-RP"),
    "fo-dicom": "PACS -> Association request:\nPACS <- Association accept:\nPACS -> Association release request\n",
}
"""By name: a log in which nothing is wrong."""
