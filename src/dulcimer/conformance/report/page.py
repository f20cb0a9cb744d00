"""What every page of reports has: one file without requests, which runs no script but its own."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from html import escape
from importlib import resources
from typing import Any


def page_file(package: str, name: str) -> str:
    """The text of a file that is beside the modules of a package."""
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")


def colours() -> str:
    """The colours that pages and pictures share, as custom properties: light, and dark where that is preferred."""
    return page_file(__package__, "colours.css")


def styles() -> str:
    """The styles that pages share: colours, bytes, text, maps, details, print."""
    return colours() + byte_styles() + page_file(__package__, "page.css")


def byte_styles() -> str:
    """How the bytes and fields of a PDU look."""
    return page_file(__package__, "bytes.css")


def byte_script() -> str:
    """The script that shows the bytes and fields of a PDU; the script of a page follows it."""
    return page_file(__package__, "parts.js")


def page(title: str, css: str, script: str, body: Iterable[str], data: Any = None) -> str:
    """The page. `body` is HTML; `data`, if there is any, goes to the script as JSON in `script.data`."""
    policy = f"default-src 'none'; style-src '{_digest(css)}'; script-src '{_digest(script)}'; base-uri 'none'"
    parts = [
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}; form-action \'none\'">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer"><meta name="color-scheme" content="light dark">',
        f"<title>{escape(title)}</title>\n<style>{css}</style></head><body>",
        *body,
    ]
    if data is not None:
        parts.append(f'<script type="application/json" class="data">{_data(data)}</script>')
    return "\n".join([*parts, f"<script>{script}</script></body></html>\n"])


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _data(value: Any) -> str:
    text = json.dumps(value, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
