"""Terms of DICOM networking.

Generated from spec/terms.toml by `python -m codegen`: do not edit.
"""

from __future__ import annotations

from typing import NamedTuple


class Term(NamedTuple):
    """A term: what it means, with the clause; `also` are other ways to write it, `see` names that explain more."""

    clause: str
    text: str
    also: tuple[str, ...]
    see: tuple[str, ...]


TERMS: dict[str, Term] = {
    "abstract syntax": Term(
        "PS3.8 7.1.1.13",
        "What a presentation context is for: the UID of a SOP class. The requestor proposes one for each context.",
        (),
        ("presentation context", "20H"),
    ),
    "ACSE": Term(
        "PS3.8 7.1",
        "Association Control Service Element: the services that open, release and abort an association (A-ASSOCIATE, A-RELEASE, A-ABORT, A-P-ABORT).",
        (),
        ("A-ASSOCIATE", "A-RELEASE", "A-P-ABORT"),
    ),
    "acceptor": Term(
        "PS3.8 7.1.1",
        "The end that receives an association request, and accepts or rejects it; it listens on a TCP port. The other end is the requestor.",
        ("association acceptor",),
        ("requestor", "Sta3"),
    ),
    "AE title": Term(
        "PS3.8 9.3.2",
        "The name of an application entity, 1 to 16 characters of the basic set without backslash; leading and trailing spaces do not count. An A-ASSOCIATE-RQ has two: the called one (of the acceptor) and the calling one (of the requestor). An acceptor may reject titles that it does not know.",
        ("AET", "application entity title", "called AE title", "calling AE title"),
        ("reject 1 1 7", "reject 1 1 3"),
    ),
    "A-ASSOCIATE": Term(
        "PS3.8 7.1.1",
        "The service that opens an association: an A-ASSOCIATE-RQ, answered with an A-ASSOCIATE-AC or an A-ASSOCIATE-RJ.",
        ("A-ASSOCIATE service",),
        ("01H", "02H", "03H", "Evt1"),
    ),
    "A-P-ABORT": Term(
        "PS3.8 7.4",
        "The upper layer itself ends the association, after an invalid or unexpected PDU or when the connection is lost. On the wire it is an A-ABORT of source 2.",
        ("A-P-ABORT service", "provider abort"),
        ("A-ABORT", "abort 2 2"),
    ),
    "A-RELEASE": Term(
        "PS3.8 7.2",
        "The service that ends an association in an orderly way: an A-RELEASE-RQ, answered with an A-RELEASE-RP; data in transit is not lost.",
        ("A-RELEASE service",),
        ("05H", "06H", "release collision"),
    ),
    "application context": Term(
        "PS3.8 Annex A",
        "The rules for the whole association. DICOM has one, 1.2.840.10008.3.1.1.1; a request that names another is rejected.",
        ("application context name",),
        ("10H", "reject 1 1 2"),
    ),
    "ARTIM": Term(
        "PS3.8 9.1.5",
        "Association Request/Reject/Release Timer. It runs in Sta2, until a whole A-ASSOCIATE-RQ has arrived, and in Sta13, until the other end has closed the connection; when it expires the connection is closed (AA-2). The standard does not set its length; 30 s is usual.",
        ("ARTIM timer", "association request reject release timer"),
        ("Sta2", "Sta13", "Evt18"),
    ),
    "association": Term(
        "PS3.8 7.1",
        "The link between two application entities that exchange messages: one TCP connection, and the presentation contexts that were negotiated for it.",
        (),
        ("A-ASSOCIATE", "Sta6"),
    ),
    "asynchronous operations window": Term(
        "PS3.7 D.3.3.3",
        "How many requests may be unanswered at the same time on an association. Without negotiation it is one.",
        ("asynchronous operations", "async window", "operations window"),
        ("53H",),
    ),
    "C-CANCEL": Term(
        "PS3.7 9.3.2.3",
        "Asks to stop a C-FIND, C-GET or C-MOVE that is in progress; it has no response of its own, but the operation ends with status FE00H.",
        (),
        ("C-CANCEL-RQ", "status FE00"),
    ),
    "C-ECHO": Term(
        "PS3.7 9.1.5",
        "Asks whether the other end answers: a request and a response, both without a data set.",
        (),
        ("C-ECHO-RQ", "C-ECHO-RSP"),
    ),
    "C-FIND": Term(
        "PS3.7 9.1.2",
        "A query. Each match comes in a pending response (FF00H, FF01H) with an identifier; a final response ends it.",
        (),
        ("C-FIND-RQ", "C-FIND-RSP", "C-CANCEL"),
    ),
    "C-GET": Term(
        "PS3.7 9.1.3",
        "Fetches instances over the same association: the SCP of C-GET sends C-STORE requests back, so the requestor has to be SCP of the storage classes (role selection).",
        (),
        ("C-GET-RQ", "C-GET-RSP", "role selection"),
    ),
    "C-MOVE": Term(
        "PS3.7 9.1.4",
        "Asks an archive to send instances to an AE title, over another association, which the archive opens. The archive has to know the host and port of that title (A801H if it does not).",
        (),
        ("C-MOVE-RQ", "C-MOVE-RSP", "status A801"),
    ),
    "C-STORE": Term(
        "PS3.7 9.1.1",
        "Sends one instance, with its whole data set; the response says whether the other end has stored it.",
        (),
        ("C-STORE-RQ", "C-STORE-RSP"),
    ),
    "command set": Term(
        "PS3.7 6.3",
        "The first part of each message: elements of group 0000 in Implicit VR Little Endian, whatever the transfer syntax of the context.",
        ("command", "command element", "command elements"),
        ("PDV", "data set"),
    ),
    "data set": Term(
        "PS3.7 6.2",
        "The second part of a message, if its command set says that there is one (data set type other than 0101H): an instance, or an identifier, in the transfer syntax of the context.",
        (),
        ("command set", "transfer syntax"),
    ),
    "DIMSE": Term(
        "PS3.7 7.5",
        "DICOM Message Service Element: the messages above the upper layer, C-STORE, C-FIND, C-GET, C-MOVE, C-ECHO, and the N- services for normalized objects.",
        ("DIMSE service",),
        ("C-STORE", "N-SET", "command set"),
    ),
    "extended negotiation": Term(
        "PS3.7 D.3.3.5",
        "Items of the user information in which a service class agrees on options, such as relational queries. The acceptor answers only what was proposed.",
        ("SOP class extended negotiation", "SOP class common extended negotiation"),
        ("56H", "57H"),
    ),
    "identifier": Term(
        "PS3.7 9.1.2.1",
        "The data set of a query or retrieval: the keys of the request, and in pending C-FIND responses the values of a match.",
        (),
        ("C-FIND", "query/retrieve level"),
    ),
    "implementation class UID": Term(
        "PS3.7 D.3.3.2",
        "Names the implementation at each end, in the A-ASSOCIATE-RQ and -AC; a version name of 1 to 16 characters may come with it.",
        ("implementation version name", "implementation identification"),
        ("52H", "55H"),
    ),
    "maximum length": Term(
        "PS3.8 D.1",
        "The longest P-DATA-TF, in bytes after its header, that an end accepts; 0 means no limit. Each end states its own, and the other must keep to it.",
        ("maximum PDU length", "max PDU", "maximum length received"),
        ("51H", "P-DATA-TF"),
    ),
    "message control header": Term(
        "PS3.8 E.2",
        "The byte in front of each fragment: bit 0 is 1 for a command and 0 for a data set, bit 1 is 1 for the last fragment; the other bits are zero and not tested.",
        (),
        ("PDV",),
    ),
    "message ID": Term(
        "PS3.7 9.3",
        "The number by which a response refers to its request; unanswered requests of an association have different numbers.",
        ("message ID being responded to",),
        ("asynchronous operations window",),
    ),
    "PDU": Term(
        "PS3.8 9.3.1",
        "The unit that the upper layer sends over TCP: seven kinds, each with a type, a reserved byte, a length of 4 bytes (big endian) and a body.",
        ("protocol data unit",),
        ("01H", "04H", "07H"),
    ),
    "PDV": Term(
        "PS3.8 9.3.5.1",
        "A piece of a message in a P-DATA-TF: 4 bytes length, the ID of the presentation context, a message control header, and a fragment of a command set or a data set.",
        ("presentation data value", "PDV item", "fragment"),
        ("04H", "message control header"),
    ),
    "presentation context": Term(
        "PS3.8 7.1.1.13",
        "One abstract syntax (what) with transfer syntaxes (how encoded), numbered with an odd ID, 1 to 255. The acceptor answers each with a result, and with the one transfer syntax it accepts.",
        ("presentation context ID", "presentation contexts", "context"),
        ("20H", "21H", "result 3", "result 4"),
    ),
    "query/retrieve level": Term(
        "PS3.4 C.4",
        "(0008,0052): PATIENT, STUDY, SERIES or IMAGE, the level of a query or retrieval. The unique keys of the levels above must be given, unless relational queries were negotiated.",
        (),
        ("C-FIND", "extended negotiation"),
    ),
    "release collision": Term(
        "PS3.8 9.2.2",
        "Both ends send an A-RELEASE-RQ at about the same time. The requestor of the association answers first (Sta9), the acceptor waits for that (Sta10); then the requestor's own request is answered (Sta11, Sta12).",
        ("collision", "association release collision"),
        ("Sta9", "Sta10", "Sta11", "Sta12", "AR-8"),
    ),
    "requestor": Term(
        "PS3.8 7.1.1",
        "The end that opened the connection and sent the A-ASSOCIATE-RQ. The other end is the acceptor.",
        ("association requestor",),
        ("acceptor", "Sta5"),
    ),
    "role selection": Term(
        "PS3.7 D.3.3.4",
        "An item for each SOP class in which the requestor proposes to be SCU, SCP or both; the acceptor answers with the roles that it accepts. Without it the requestor is SCU and the acceptor SCP.",
        ("SCP/SCU role selection", "SCU SCP role selection", "role"),
        ("54H", "C-GET", "SCP"),
    ),
    "SCP": Term(
        "PS3.4 6.7",
        "Service Class Provider: the end that performs what a service offers, such as an archive that stores images. Usually it is the acceptor.",
        ("service class provider",),
        ("SCU", "role selection"),
    ),
    "SCU": Term(
        "PS3.4 6.7",
        "Service Class User: the end that requests a service, such as a scanner that sends images. Usually it is the requestor.",
        ("service class user",),
        ("SCP", "role selection"),
    ),
    "SOP class": Term(
        "PS3.4 6.5",
        "A kind of object with the services for it, named by a UID: CT images with C-STORE, studies with C-FIND.",
        ("service object pair class",),
        ("abstract syntax",),
    ),
    "storage commitment": Term(
        "PS3.4 J",
        "An archive promises to keep instances: an N-ACTION lists them, and a later N-EVENT-REPORT, often over another association, says which are safe.",
        (),
        ("N-ACTION-RQ", "N-EVENT-REPORT-RQ"),
    ),
    "Table 9-10": Term(
        "PS3.8 9.2.3",
        "The state machine of the upper layer: 19 events down, 13 states across; each filled cell names an action. dulcimer explain --table prints it.",
        ("state table", "state transition table"),
        ("Sta6", "Evt12", "AR-2"),
    ),
    "transfer syntax": Term(
        "PS3.5 10",
        "How a data set is encoded: implicit or explicit VR, byte order, compression. The acceptor picks one of those proposed for a context.",
        ("transfer syntaxes",),
        ("1.2.840.10008.1.2", "40H", "result 4"),
    ),
    "UID": Term(
        "PS3.5 9",
        "A worldwide unique name of a class, a syntax or an instance: numbers with dots between them, at most 64 characters, no number with a leading zero. In a data set it is padded with one NUL to an even length.",
        ("unique identifier",),
        (),
    ),
    "user identity": Term(
        "PS3.7 D.3.3.7",
        "The identity of the user who requests the association: a user name, a user name with passcode, a Kerberos ticket, a SAML assertion or a JSON web token. The acceptor may confirm it, or reject the association.",
        ("user identity negotiation",),
        ("58H", "59H"),
    ),
    "N-EVENT-REPORT": Term(
        "PS3.7 10.1.1",
        "Reports an event to the other end, such as the outcome of a storage commitment.",
        (),
        ("N-EVENT-REPORT-RQ", "N-EVENT-REPORT-RSP"),
    ),
    "N-GET": Term("PS3.7 10.1.2", "Reads attributes of a normalized object.", (), ("N-GET-RQ", "N-GET-RSP")),
    "N-SET": Term(
        "PS3.7 10.1.3",
        "Changes attributes of a normalized object, such as a procedure step that is completed.",
        (),
        ("N-SET-RQ", "N-SET-RSP"),
    ),
    "N-ACTION": Term(
        "PS3.7 10.1.4",
        "Requests an action on a normalized object, such as storage commitment.",
        (),
        ("N-ACTION-RQ", "N-ACTION-RSP"),
    ),
    "N-CREATE": Term(
        "PS3.7 10.1.5",
        "Creates a normalized object, such as a procedure step that has begun.",
        (),
        ("N-CREATE-RQ", "N-CREATE-RSP"),
    ),
    "N-DELETE": Term("PS3.7 10.1.6", "Deletes a normalized object.", (), ("N-DELETE-RQ", "N-DELETE-RSP")),
    "P-DATA": Term(
        "PS3.8 7.6",
        "The service that carries messages: each P-DATA-TF holds one or more pieces (PDV) of them.",
        ("P-DATA service",),
        ("04H", "PDV"),
    ),
}
