"""The targets: what is wrong with each, how it shows, and the least that triggers it."""

from __future__ import annotations

SERVER, CLIENT = "server", "client"
CRASH, SANITIZER, HANG, REFUSAL, DEVIATION, FILE, NOTHING = (
    "crash",
    "sanitizer",
    "hang",
    "refusal",
    "deviation",
    "file",
    "nothing",
)
MEMORY, DESCRIPTORS, THREADS = "leak of memory", "leak of descriptors", "leak of threads"


class Target:
    """A target: its `fault` in words, what it `shows`, the least `trigger`, and the `cell` of a deviation.

    `made_of`: the class in Python; "" for a program in C.
    """

    def __init__(
        self, name: str, role: str, fault: str, shows: str, trigger: str, made_of: str = "", cell: str = ""
    ) -> None:
        self.name, self.role, self.fault = name, role, fault
        self.shows, self.trigger, self.made_of, self.cell = shows, trigger, made_of, cell

    def __repr__(self) -> str:
        return f"Target({self.name})"

    @property
    def is_compiled(self) -> bool:
        return not self.made_of

    @property
    def is_correct(self) -> bool:
        return self.shows == NOTHING

    def line(self) -> str:
        """A line of the list, its parts divided by tabs."""
        shows = f"{self.shows} of {self.cell}" if self.cell else self.shows
        return "\t".join((self.name, self.role, self.fault, shows, self.trigger))


ALL = (
    Target("stub-server", SERVER, "none", NOTHING, "none", "server:Server"),
    Target("stub-client", CLIENT, "none", NOTHING, "none", "client:Client"),
    Target("c-stub-server", SERVER, "none", NOTHING, "none"),
    Target(
        "leak-doubled-item",
        SERVER,
        "memory is leaked by each association with a doubled item",
        MEMORY,
        "an A-ASSOCIATE-RQ with two sub-items of a type of which there must be one, in its user information",
        "server_faults:LeakDoubledItem",
    ),
    Target(
        "leak-on-error-path",
        SERVER,
        "memory is leaked when an item is wrong after many good ones",
        MEMORY,
        "an A-ASSOCIATE-RQ with 16 presentation contexts or more, then an item that is longer than what remains",
        "server_faults:LeakOnErrorPath",
    ),
    Target(
        "allocates-declared-length",
        SERVER,
        "memory is allocated by the declared length of a PDU",
        MEMORY,
        "the header of a PDU that declares a great length; it shows while the connection is open (256 MiB at most)",
        "server_faults:AllocatesDeclaredLength",
    ),
    Target(
        "ac-in-find",
        SERVER,
        "a PDU of another state in the middle of an operation",
        CRASH,
        "an A-ASSOCIATE-AC in Sta6 after the command of a C-FIND, before its last response",
        "server_faults:AcInFind",
    ),
    Target(
        "crash-in-child",
        SERVER,
        "the forked child of an association crashes, its parent lives on",
        CRASH,
        "an A-ASSOCIATE-RQ with an implementation version name of more than 16 characters",
        "server_faults:CrashInChild",
    ),
    Target(
        "endless-zero-item",
        SERVER,
        "an endless loop on an item of length 0",
        HANG,
        "an A-ASSOCIATE-RQ with a sub-item of length 0 in its user information",
        "server_faults:EndlessZeroItem",
    ),
    Target(
        "descriptor-after-abort",
        SERVER,
        "a descriptor is kept after an abort",
        DESCRIPTORS,
        "an A-ABORT in Sta6 whose source is not 0, some times over",
        "server_faults:DescriptorAfterAbort",
    ),
    Target(
        "thread-after-vanish",
        SERVER,
        "a thread is kept after its peer has vanished",
        THREADS,
        "a part of a PDU in Sta6, then the end of the connection, some times over",
        "server_faults:ThreadAfterVanish",
    ),
    Target(
        "slot-after-bad-request",
        SERVER,
        "the place of an association is kept after a mutated request",
        REFUSAL,
        "8 requests with a wrong item, such as an even presentation context ID; then none is accepted",
        "server_faults:SlotAfterBadRequest",
    ),
    Target(
        "hang-on-half-pdu",
        SERVER,
        "the end of the stream within a PDU is not noticed",
        HANG,
        "more than the header of a PDU, but not all of it, then the end of the connection",
        "server_faults:HangOnHalfPdu",
    ),
    Target(
        "artim-restarted",
        SERVER,
        "ARTIM is started again by every byte",
        DEVIATION,
        "bytes of an A-ASSOCIATE-RQ, each sooner than ARTIM after the last, for longer than ARTIM",
        "server_faults:ArtimRestarted",
        "Evt18/Sta2",
    ),
    Target(
        "accepts-above-maximum",
        SERVER,
        "PDUs above the announced maximum length are taken",
        DEVIATION,
        "a C-STORE whose data set comes in a P-DATA-TF longer than 16384 bytes: it is answered",
        "server_faults:AcceptsAboveMaximum",
        "Evt19/Sta6",
    ),
    Target(
        "ignores-release-rp",
        SERVER,
        "a wrong cell: an A-RELEASE-RP in Sta6 is ignored",
        DEVIATION,
        "an A-RELEASE-RP in Sta6",
        "server_faults:IgnoresReleaseRp",
        "Evt13/Sta6",
    ),
    Target(
        "accepts-after-release",
        SERVER,
        "a wrong cell: an A-ASSOCIATE-RQ in Sta13 makes an association",
        DEVIATION,
        "an A-ASSOCIATE-RQ after a release, on the same connection",
        "server_faults:AcceptsAfterRelease",
        "Evt6/Sta13",
    ),
    Target(
        "dies-after-three",
        SERVER,
        "it dies only after three PDUs in the right order",
        CRASH,
        "in Sta6: the command of a C-STORE, a part of its data set that is not the last, an A-RELEASE-RQ",
        "server_faults:DiesAfterThree",
    ),
    Target(
        "path-from-uid",
        SERVER,
        "a file is named by a UID",
        FILE,
        "a C-STORE of a SOP Instance UID that begins with ../ (--dir; instances belong into its incoming/)",
        "server_faults:PathFromUid",
    ),
    Target(
        "path-from-title",
        SERVER,
        "a directory is named by an AE title",
        FILE,
        "an A-ASSOCIATE-RQ with a calling AE title such as ../X (--dir; all files belong into its incoming/)",
        "server_faults:PathFromTitle",
    ),
    Target(
        "lock-after-error",
        SERVER,
        "a lock is kept on an error path",
        HANG,
        "a PDV with a presentation context ID that was not proposed; then no data are answered any more",
        "server_faults:LockAfterError",
    ),
    Target(
        "client-unproposed-context",
        CLIENT,
        "the result of a context that was not proposed is looked up",
        CRASH,
        "an A-ASSOCIATE-AC with a presentation context ID that was not proposed",
        "client_faults:DiesOnUnproposedContext",
    ),
    Target(
        "client-empty-p-data",
        CLIENT,
        "a P-DATA-TF without a PDV is not expected",
        CRASH,
        "a P-DATA-TF of length 0 in Sta6",
        "client_faults:DiesOnEmptyPData",
    ),
    Target(
        "client-unknown-reason",
        CLIENT,
        "the reason of a rejection is looked up in a table that is too short",
        CRASH,
        "an A-ASSOCIATE-RJ with a reason of 0 or above 7",
        "client_faults:DiesOnUnknownReason",
    ),
    Target(
        "client-tiny-maximum",
        CLIENT,
        "an endless loop over fragments that have no room for a byte",
        HANG,
        "an A-ASSOCIATE-AC with a maximum length of 1 to 7",
        "client_faults:HangsOnTinyMaximum",
    ),
    Target(
        "client-ignores-collision",
        CLIENT,
        "a wrong cell: an A-RELEASE-RQ in Sta7 is ignored",
        DEVIATION,
        "an A-RELEASE-RQ after that of the client, in place of an A-RELEASE-RP",
        "client_faults:IgnoresCollision",
        "Evt12/Sta7",
    ),
    Target(
        "c-pdv-below-two",
        SERVER,
        "2 is taken from the length of a PDV that is less",
        SANITIZER,
        "a P-DATA-TF in Sta6 with a PDV of length 0 or 1",
    ),
    Target(
        "c-pdv-length-wraps",
        SERVER,
        "the length of a PDV is added to its offset in 32 bits",
        SANITIZER,
        "a P-DATA-TF in Sta6 with a PDV of length FFFFFFFCH to FFFFFFFFH",
    ),
    Target(
        "c-format-string",
        SERVER,
        "the application context name is a format",
        SANITIZER,
        "an A-ASSOCIATE-RQ whose application context name has some %s or a %n in it",
    ),
    Target(
        "c-use-after-free",
        SERVER,
        "a message is used after it was freed, at the end of an association",
        SANITIZER,
        "in Sta6: the command of a C-STORE, then an A-ABORT in place of its data set",
    ),
    Target(
        "c-null-command",
        SERVER,
        "an element of a command set is used without a look whether it is there",
        SANITIZER,
        "a C-ECHO-RQ, C-FIND-RQ or C-STORE-RQ without an Affected SOP Class UID",
    ),
    Target(
        "c-nested-data-set",
        SERVER,
        "sequences in a data set are read by recursion without a bound",
        SANITIZER,
        "a C-STORE of a data set with sequences nested some 50 deep, in any transfer syntax that is accepted",
    ),
    Target(
        "c-wrong-vr",
        SERVER,
        "the dictionary is believed, not the VR",
        SANITIZER,
        "a C-STORE in Explicit VR: (0008,1140), (0040,A730) or another common sequence with another VR than SQ",
    ),
)
TARGETS = {target.name: target for target in ALL}
