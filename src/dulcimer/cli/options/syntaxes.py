"""Which transfer syntaxes a command proposes: `-x=`, `-xe`, `-xb`, `-xi`, as in DCMTK and pynetdicom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from dulcimer.cli.options.panels import in_panel

syntax_option = in_panel("Transfer syntaxes")


@dataclass(frozen=True, slots=True)
class SyntaxOptions:
    """The uncompressed transfer syntaxes in the order in which they are proposed; Implicit VR is always one."""

    propose_uncompressed: Annotated[
        bool,
        syntax_option(
            "--propose-uncompressed", help="Propose Explicit VR Little Endian first, then the others; the same as -x=."
        ),
    ] = False
    propose_explicit: Annotated[
        bool,
        syntax_option("-xe", "--propose-explicit", help="Propose Explicit VR Little Endian first, then Implicit VR."),
    ] = False
    propose_big: Annotated[
        bool,
        syntax_option("-xb", "--propose-big", help="Propose Explicit VR Big Endian (retired) first, then the others."),
    ] = False
    propose_implicit: Annotated[
        bool,
        syntax_option(
            "-xi", "--propose-implicit", help="Propose only Implicit VR Little Endian, which every peer must accept."
        ),
    ] = False

    @property
    def given(self) -> tuple[str, ...]:
        """The requested ones, in order of preference; none without an option. `typer.BadParameter` for several."""
        from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

        explicit, big, implicit = (
            str(uid) for uid in (ExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian)
        )
        wishes = {
            "-x=": (self.propose_uncompressed, (explicit, big, implicit)),
            "-xe": (self.propose_explicit, (explicit, implicit)),
            "-xb": (self.propose_big, (big, explicit, implicit)),
            "-xi": (self.propose_implicit, (implicit,)),
        }
        chosen = {name: syntaxes for name, (wanted, syntaxes) in wishes.items() if wanted}
        if len(chosen) > 1:
            raise typer.BadParameter(f"choose one, not {' and '.join(chosen)}", param_hint="transfer syntax")
        return next(iter(chosen.values()), ())

    def for_messages(self) -> tuple[str, ...]:
        """Those to propose for messages without pixels: the requested ones, or Explicit VR, then Implicit VR."""
        from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

        return self.given or (str(ExplicitVRLittleEndian), str(ImplicitVRLittleEndian))
