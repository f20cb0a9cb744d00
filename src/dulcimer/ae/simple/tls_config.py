"""TLS as DICOM requires it (PS3.15 B.12, which is BCP 195: RFC 8996 and RFC 9325), as plain settings."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

BCP_195_CIPHERS = ":".join(
    (
        "ECDHE-RSA-AES128-GCM-SHA256",
        "ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
    )
)
"""The cipher suites for TLS 1.2 that RFC 9325 4.2 recommends; those of TLS 1.3 are all suitable."""

ClientCertificates: TypeAlias = Literal["required", "optional", "ignored"]
_VERIFY_MODES = {"required": ssl.CERT_REQUIRED, "optional": ssl.CERT_OPTIONAL, "ignored": ssl.CERT_NONE}
_OLDEST = ssl.TLSVersion.TLSv1_2


@dataclass(frozen=True, slots=True, kw_only=True)
class TLSConfig:
    """Settings for either side of a TLS connection; files are in PEM.

    - `certificate`: ours, with its chain; `key`, if it is in another file, and its `password`. A server must have one.
    - `ca`: the certificates to trust, instead of those of the system.
    - `verify`: whether the peer's certificate must be trusted; False is for tests only.
    - `check_name`: whether the certificate of a server must have its name: `server_name`, or the host
      connected to.
    - `client_certificates`: whether clients must show a trusted certificate; if None, they must where `ca` is given.
    - `minimum_version`, `maximum_version`: TLS 1.2 (RFC 8996 allows none before it) and TLS 1.3.
    - `ciphers`: for TLS 1.2, as OpenSSL names them.

    Raises ValueError for versions and names that are not valid. Files are read when a context is made.
    """

    certificate: Path | str | None = None
    key: Path | str | None = None
    password: str | None = field(default=None, repr=False)
    ca: Path | str | None = None
    verify: bool = True
    check_name: bool = True
    server_name: str | None = None
    client_certificates: ClientCertificates | None = None
    minimum_version: ssl.TLSVersion = _OLDEST
    maximum_version: ssl.TLSVersion | None = None
    ciphers: str = BCP_195_CIPHERS

    def __post_init__(self) -> None:
        for name, version in (("minimum_version", self.minimum_version), ("maximum_version", self.maximum_version)):
            if version not in (None, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                raise ValueError(f"{name} must be TLSv1_2 or TLSv1_3 (RFC 8996), not {version!r}")
        if self.maximum_version is not None and self.maximum_version < self.minimum_version:
            raise ValueError("maximum_version is before minimum_version")
        if self.client_certificates is not None and self.client_certificates not in _VERIFY_MODES:
            raise ValueError(f"client_certificates must be {' or '.join(map(repr, _VERIFY_MODES))}, or None")
        if self.key is not None and self.certificate is None:
            raise ValueError("a key needs a certificate")

    def client_context(self) -> ssl.SSLContext:
        """The TLS context of the side that connects; ValueError for files that cannot be used."""
        context = self._context(ssl.Purpose.SERVER_AUTH)
        context.check_hostname = self.verify and self.check_name
        context.verify_mode = ssl.CERT_REQUIRED if self.verify else ssl.CERT_NONE
        return context

    def server_context(self) -> ssl.SSLContext:
        """The TLS context of the side that accepts; ValueError for files that cannot be used, or no certificate."""
        if self.certificate is None:
            raise ValueError("a server with TLS needs a certificate")
        context = self._context(ssl.Purpose.CLIENT_AUTH)
        wanted = self.client_certificates or ("required" if self.ca is not None else "ignored")
        context.verify_mode = _VERIFY_MODES[wanted] if self.verify else ssl.CERT_NONE
        return context

    def _context(self, purpose: ssl.Purpose) -> ssl.SSLContext:
        used = self.ca
        try:
            context = ssl.create_default_context(purpose, cafile=self.ca)
            context.minimum_version = self.minimum_version
            if self.maximum_version is not None:
                context.maximum_version = self.maximum_version
            used = None
            context.set_ciphers(self.ciphers)
            if self.certificate is not None:
                used = self.certificate if self.key is None else f"{self.certificate} with {self.key}"
                context.load_cert_chain(self.certificate, self.key, self.password or _no_password)
        except OSError as error:  # ssl.SSLError is one
            what = "the ciphers" if used is None else "the certificate, key or CA file"
            raise ValueError(
                f"{what} cannot be used: {self.ciphers if used is None else used}: {self._problem(error)}"
            ) from error
        return context

    def _problem(self, error: OSError) -> str:
        """The problem in words; OpenSSL only says "PEM lib" if a file lacks what it needs."""
        if not isinstance(error, ssl.SSLError):
            return error.strerror or str(error)
        words = re.sub(r"^\[[^]]*\] | \(_ssl\.c:\d+\)$", "", error.strerror or str(error))
        if words != "PEM lib":
            return words
        return "no certificate or no key in PEM found" + ("" if self.key else "; a key may be in another file")


def _no_password() -> str:
    """No password for an encrypted key: without this, OpenSSL would ask for it on the terminal."""
    return ""


def client_side(config: TLSConfig | ssl.SSLContext | None) -> tuple[ssl.SSLContext, str | None] | None:
    """The TLS context of the side that connects, and the name that the peer's certificate must have."""
    if isinstance(config, TLSConfig):
        return config.client_context(), config.server_name
    return None if config is None else (config, None)


def server_side(config: TLSConfig | ssl.SSLContext | None) -> ssl.SSLContext | None:
    """The TLS context of the side that accepts."""
    return config.server_context() if isinstance(config, TLSConfig) else config
