"""How much a command prints, and in which form."""

from __future__ import annotations

import logging
import sys
import warnings
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from dulcimer.cli.options.panels import OUTPUT_PANEL, in_panel
from dulcimer.logging_setup import LogFormatter

_output_option = in_panel(OUTPUT_PANEL)

Json: TypeAlias = Annotated[bool, _output_option("--json", help="Print JSON for programs instead of text.")]
Debug: TypeAlias = Annotated[
    bool, _output_option("-d", "--debug", help="Log everything, and show the traceback of a fault.")
]
Verbose: TypeAlias = Annotated[bool, _output_option("-v", "--verbose", help="Log what happens, step by step.")]
Quiet: TypeAlias = Annotated[bool, _output_option("-q", "--quiet", help="Print failures only.")]


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """How much a network command logs on standard error."""

    verbose: Verbose = False
    debug: Debug = False

    @property
    def least(self) -> int:
        """The level that is always logged."""
        return logging.WARNING

    def configure_logging(self, *, bounded: bool = False) -> None:
        """Send the log of dulcimer to standard error: warnings, with `verbose` also steps, with `debug` everything.

        `bounded` (for servers) leaves out similar lines that come too often, except with `debug`.
        """
        level = logging.DEBUG if self.debug else logging.INFO if self.verbose else self.least
        handler: logging.Handler = logging.StreamHandler(sys.stderr)
        if bounded and not self.debug:
            from dulcimer.cli.logs.bounded import BoundedHandler

            handler = BoundedHandler(sys.stderr)
        handler.setFormatter(LogFormatter())
        logger = logging.getLogger("dulcimer")
        logger.handlers[:] = [handler]
        logger.setLevel(level)
        if not self.debug:  # they are about values from peers and files, and name pydicom's source
            warnings.filterwarnings("ignore", module="pydicom")


@dataclass(frozen=True, slots=True)
class RequestorOutputOptions(OutputOptions):
    """How much a command that makes a request logs."""

    quiet: Quiet = False

    @property
    def least(self) -> int:
        """Warnings, with `quiet` errors only."""
        return logging.ERROR if self.quiet else logging.WARNING
