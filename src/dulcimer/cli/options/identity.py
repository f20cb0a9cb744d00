"""The identity of the user (PS3.7 D.3.3.7): options, and the peer's response.

Neither passwords nor tickets, assertions and tokens are ever printed or logged.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dulcimer.cli.options.panels import in_panel

if TYPE_CHECKING:
    from dulcimer._generated.codes import UserIdentityType
    from dulcimer.wire.model import AssociateAc, UserIdentity

PASSWORD_VARIABLE = "DULCIMER_PASSWORD"  # noqa: S105 - the name of a variable
_LONGEST_FIELD = 0xFFFF
_option = in_panel("User identity")


def _file_option(name: str, text: str) -> Any:
    return _option(name, metavar="FILE", exists=True, dir_okay=False, readable=True, help=text)


@dataclass(frozen=True, slots=True)
class IdentityOptions:
    """One of: user name, with or without password; Kerberos ticket; SAML assertion; JSON Web Token."""

    user: Annotated[str | None, _option("--user", metavar="NAME", help="Our user name.")] = None
    password: Annotated[
        str | None,
        _option(
            "--password",
            metavar="PASSWORD",
            envvar=PASSWORD_VARIABLE,
            show_envvar=False,
            help="The password of --user. Others can read a command line: it is safer to use the variable "
            f"{PASSWORD_VARIABLE} or --password-file.",
        ),
    ] = field(default=None, repr=False)
    password_file: Annotated[
        Path | None, _file_option("--password-file", "Read the password of --user from the first line of this file.")
    ] = None
    kerberos_file: Annotated[
        Path | None, _file_option("--kerberos-file", "Send the Kerberos service ticket (bytes) in this file.")
    ] = None
    saml_file: Annotated[Path | None, _file_option("--saml-file", "Send the SAML assertion in this file.")] = None
    jwt_file: Annotated[Path | None, _file_option("--jwt-file", "Send the JSON Web Token in this file.")] = None
    expect_identity_response: Annotated[
        bool,
        _option(
            "--expect-identity-response",
            help="Ask the peer to confirm the identity, and fail if it does not: a peer without support for user "
            "identity accepts anybody.",
        ),
    ] = False

    def item(self) -> UserIdentity | None:
        """The sub-item of the A-ASSOCIATE-RQ, None without an identity; `typer.BadParameter` for a contradiction."""
        from dulcimer._generated.codes import UserIdentityType
        from dulcimer.wire.model import UserIdentity

        given = [name for name in ("user", "kerberos_file", "saml_file", "jwt_file") if getattr(self, name) is not None]
        if len(given) > 1:
            names = " and ".join("--" + name.replace("_", "-") for name in given)
            raise _wrong(f"one identity at a time, not {names}")
        on_the_command_line = self.password not in (None, os.environ.get(PASSWORD_VARIABLE))
        if self.user is None and (self.password_file is not None or on_the_command_line):
            raise _wrong("a password needs --user")
        if not given:
            if self.expect_identity_response:
                raise _wrong("there is no identity that the peer could confirm: give --user or one of the files")
            return None
        kind, secondary = UserIdentityType.USERNAME, b""
        if self.user is not None:
            if not self.user:
                raise _wrong("the user name is empty")
            primary = self.user.encode()
            password = self._password()
            if password:
                kind, secondary = UserIdentityType.USERNAME_AND_PASSCODE, password
        else:
            kind, primary = self._from_file()
        if max(len(primary), len(secondary)) > _LONGEST_FIELD:
            raise _wrong(f"an identity has at most {_LONGEST_FIELD} bytes (PS3.7 D.3.3.7.1)")
        return UserIdentity(kind, primary, secondary, int(self.expect_identity_response))

    def _password(self) -> bytes:
        if self.password_file is None:
            return (self.password or "").encode()
        return self.password_file.read_bytes().partition(b"\n")[0].removesuffix(b"\r")

    def _from_file(self) -> tuple[UserIdentityType, bytes]:
        from dulcimer._generated.codes import UserIdentityType

        if self.kerberos_file is not None:
            kind, data = UserIdentityType.KERBEROS, self.kerberos_file.read_bytes()
        elif self.saml_file is not None:
            kind, data = UserIdentityType.SAML, self.saml_file.read_bytes()
        else:
            assert self.jwt_file is not None
            kind, data = UserIdentityType.JWT, self.jwt_file.read_bytes().strip()
        if not data:
            raise _wrong("the file with the identity is empty")
        return kind, data

    def was_confirmed(self, answer: AssociateAc) -> bool:
        """Whether the peer's A-ASSOCIATE-AC confirms the identity, if that was requested (PS3.7 D.3.3.7.2)."""
        from dulcimer.wire.model import UserIdentityResponse

        return not self.expect_identity_response or answer.user_information.first(UserIdentityResponse) is not None


def _wrong(problem: str) -> typer.BadParameter:
    return typer.BadParameter(problem, param_hint="user identity")
