"""Checks of option values; a usage error says what is wrong."""

from __future__ import annotations

import re

import typer

AE_TITLE_LENGTH = 16


def ae_title(text: str) -> str:
    """`text` if it can be an AE title (PS3.8 9.3.2: 1 to 16 characters, not spaces only); a usage error otherwise."""
    if not text.strip(" "):
        raise typer.BadParameter("an AE title must not be empty or only spaces")
    if len(text) > AE_TITLE_LENGTH:
        raise typer.BadParameter(f"{text!r} has {len(text)} characters, an AE title at most {AE_TITLE_LENGTH}")
    wrong = sorted({character for character in text if not " " <= character <= "~" or character == "\\"})
    if wrong:
        raise typer.BadParameter(f"{text!r} has {', '.join(map(repr, wrong))}, which an AE title may not contain")
    return text


def host_name(text: str) -> str:
    """`text` if it can be a name or an IP address, without the brackets of IPv6; a usage error otherwise."""
    if not text.strip() or text != text.strip():
        raise typer.BadParameter(f"{text!r} is neither a name nor an IP address")
    if "://" in text:
        raise typer.BadParameter(f"{text!r} is a URL: give the name or IP address alone, then the port")
    if match := re.fullmatch(r"([^:\[\]]+|\[[^\]]+\]):(\d+)", text):
        raise typer.BadParameter(f"{text!r} has a port in it: write {match[1]} {match[2]}")
    return text[1:-1] if text[:1] == "[" and text[-1:] == "]" else text


def optional_ae_title(text: str | None) -> str | None:
    """`text` checked by `ae_title`, or None."""
    return None if text is None else ae_title(text)


def timeout(seconds: float | None) -> float | None:
    """`seconds` if it is more than zero; a usage error otherwise."""
    if seconds is not None and not seconds > 0:
        raise typer.BadParameter("a timeout must be more than 0 seconds")
    return seconds


def split_address(text: str) -> tuple[str, int]:
    """Host and port (0 if there is none) of ``host``, ``host:port`` or ``[IPv6 address]:port``; ValueError if not."""
    match = re.fullmatch(r"\[([^\]]+)\](?::(\d+))?", text) or re.fullmatch(r"([^:]+)(?::(\d+))?", text)
    host, port = (match[1], int(match[2] or 0)) if match else (text, 0)
    if not match and text.count(":") < 2:
        raise ValueError(f"{text!r} is not an address")
    if not 0 <= port <= 65535:
        raise ValueError(f"a port is 0 to 65535, not {port}")
    return host, port


def address(text: str | None) -> str | None:
    """`text` if it is an address with or without a port; a usage error otherwise."""
    if text is not None:
        try:
            split_address(text)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
    return text


def length_limit(size: int | None) -> int | None:
    """`size` if it is 0 (no limit) or leaves room for a presentation data value (8 bytes); a usage error otherwise."""
    if size is not None and size != 0 and not 8 <= size <= 0xFFFFFFFF:
        raise typer.BadParameter("a maximum length is 0 (no limit) or 8 to 4294967295 bytes")
    return size
