"""What can be said of an account on the command line: by `pli account add` and `set` alike."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click

from store.errors import Usage
from store.host.files import check_private
from store.host.i18n import sentence
from store.model.account import (
    DraftsKept,
    Endpoint,
    Incoming,
    Login,
    Profile,
    Receipts,
    SentBy,
    Signs,
    Tls,
)

ADDRESS = re.compile(r"[^\s@<>\"\x00-\x20]+@[^\s@<>\"\x00-\x20]+")
NAME = re.compile(r"[\w.-]{1,64}")
PORTS = {
    "imap": {Tls.IMPLICIT: 993, Tls.STARTTLS: 143},
    "pop3": {Tls.IMPLICIT: 995, Tls.STARTTLS: 110},
    "smtp": {Tls.IMPLICIT: 465, Tls.STARTTLS: 587},
}
NEVER = "never"
UNDO = click.IntRange(0, 600)
NAMED_CA = ("system", "igc-sante")
F = TypeVar("F", bound=Callable[..., object])


class EndpointType(click.ParamType[Endpoint]):
    """HOST or HOST:PORT, [IPv6]:PORT too. Port 0 stands for the protocol's own."""

    name = "H:P"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Endpoint:
        """An Endpoint, or a usage sentence."""
        if isinstance(value, Endpoint):
            return value
        found = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::(\d{1,5}))?", str(value))
        port = int(found[2] or 0) if found else 0
        if not found or port > 65535:
            self.fail(sentence("account.bad_endpoint"), param, ctx)
        return Endpoint(host=found[1].strip("[]"), port=port)


class DaysType(click.ParamType[int]):
    """A number of days, or 'never', which is -1."""

    name = "DAYS|never"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Days, or a usage sentence."""
        if isinstance(value, int):
            return value
        if value == NEVER:
            return -1
        if not re.fullmatch(r"\d{1,5}", str(value)):
            self.fail(sentence("account.bad_days"), param, ctx)
        return int(str(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was said of an account; None for what was not."""

    imap: Endpoint | None
    smtp: Endpoint | None
    tls: str | None
    user: str | None
    address: str | None
    display_name: str | None
    password_file: Path | None
    password_command: str | None
    ca: str | None
    client_cert: Path | None
    client_key: Path | None
    profile: str | None
    drafts: str | None
    pop3: Endpoint | None
    pop3_delete_after: int | None
    smtp_tls: str | None
    token_command: str | None
    external: bool | None
    sign: str | None
    sent: str | None
    receipts: str | None
    undo_seconds: int | None
    client_password_file: Path | None

    def check(self) -> None:
        """Refuse what cannot be, before anything is written.

        Raises:
            Usage: `account.no_ca_file`, `account.cert_and_key`, `account.one_password`,
                `account.bad_address`, `account.imap_or_pop3`, `account.bad_token_command`.
            NeedsUser: `password.file_not_private`, `tls.client_key_not_private`.
        """
        if self.ca is not None and self.ca not in NAMED_CA and not Path(self.ca).is_file():
            raise Usage("account.no_ca_file", path=self.ca)
        if self.client_key is None and self.client_cert is not None:
            if not _holds_its_key(self.client_cert):
                raise Usage("account.cert_and_key")
            check_private(self.client_cert, "tls.client_key_not_private")
        elif self.client_key is not None and self.client_cert is None:
            raise Usage("account.cert_and_key")
        if len(self._ways()) > 1:
            raise Usage("account.one_password")
        if self.imap is not None and self.pop3 is not None:
            raise Usage("account.imap_or_pop3")
        if self.token_command is not None and not _can_run(self.token_command):
            raise Usage("account.bad_token_command")
        if self.address is not None:
            check_address(self.address)
        if self.password_file is not None:
            check_private(self.password_file, "password.file_not_private")
        if self.client_key is not None:
            check_private(self.client_key, "tls.client_key_not_private")
        if self.client_password_file is not None:
            check_private(self.client_password_file, "tls.client_password_not_private")

    @property
    def gives_password(self) -> bool:
        """Whether a file or a command gives the password, or none is needed."""
        return bool(self._ways())

    @property
    def login(self) -> Login | None:
        """How to log in, when that is said."""
        if self.token_command:
            return Login.TOKEN
        if self.external:
            return Login.CERTIFICATE
        return Login.PASSWORD if self.gives_password else None

    @property
    def incoming(self) -> Incoming | None:
        """What the server that letters come from speaks, when one is named."""
        if self.pop3 is not None:
            return Incoming.POP3
        return None if self.imap is None else Incoming.IMAP

    @property
    def delete_days(self) -> int | None:
        """Days after which a POP3 server may forget a letter; None for never."""
        days = self.pop3_delete_after
        return None if days is None or days < 0 else days

    def _ways(self) -> list[object]:
        given = (self.password_file, self.password_command, self.token_command, self.external)
        return [way for way in given if way]


def account_options() -> Callable[[F], F]:
    """The options of `add` and of `set`."""
    readable = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
    tls, profile = click.Choice([t.value for t in Tls]), click.Choice([p.value for p in Profile])
    host, kept = EndpointType(), click.Choice([k.value for k in DraftsKept])
    signed = click.Choice([s.value for s in Signs])
    sent, receipts = click.Choice([s.value for s in SentBy]), click.Choice(list(Receipts))
    options = (
        click.option("--imap", type=host, help=sentence("cli.account.imap")),
        click.option("--pop3", type=host, help=sentence("cli.account.pop3")),
        click.option("--smtp", type=host, help=sentence("cli.account.smtp")),
        click.option("--tls", type=tls, help=sentence("cli.account.tls")),
        click.option("--smtp-tls", type=tls, help=sentence("cli.account.smtp_tls")),
        click.option("--user", help=sentence("cli.account.user")),
        click.option("--address", help=sentence("cli.account.address")),
        click.option("--display-name", help=sentence("cli.account.display_name")),
        click.option("--password-file", type=readable, help=sentence("cli.account.password_file")),
        click.option("--password-command", help=sentence("cli.account.password_command")),
        click.option("--token-command", help=sentence("cli.account.token_command")),
        click.option(
            "--external", is_flag=True, default=None, help=sentence("cli.account.external")
        ),
        click.option("--ca", metavar="FILE|system|igc-sante", help=sentence("cli.account.ca")),
        click.option("--client-cert", type=readable, help=sentence("cli.account.client_cert")),
        click.option("--client-key", type=readable, help=sentence("cli.account.client_key")),
        click.option(
            "--client-password-file",
            type=readable,
            help=sentence("cli.account.client_password_file"),
        ),
        click.option("--pop3-delete-after", type=DaysType(), help=sentence("cli.account.days")),
        click.option("--profile", type=profile, help=sentence("cli.account.profile")),
        click.option("--drafts", type=kept, help=sentence("cli.account.drafts")),
        click.option("--sign", type=signed, help=sentence("cli.account.sign")),
        click.option("--sent", type=sent, help=sentence("cli.account.sent")),
        click.option("--receipts", type=receipts, help=sentence("cli.account.receipts")),
        click.option("--undo-seconds", type=UNDO, help=sentence("cli.account.undo_seconds")),
    )

    def with_options(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return with_options


def check_address(address: str) -> str:
    """`address`, when it is one.

    Raises:
        Usage: `account.bad_address`.
    """
    if not ADDRESS.fullmatch(address):
        raise Usage("account.bad_address", address=address)
    return address


def _holds_its_key(certificate: Path) -> bool:
    """True of PKCS#12, and of PEM with a private key in it."""
    octets = certificate.read_bytes()
    return octets.startswith(b"\x30") or b"PRIVATE KEY-----" in octets


def _can_run(command: str) -> bool:
    try:
        return bool(shlex.split(command))
    except ValueError:
        return False


def absolute(path: Path | None) -> str:
    """A path as the store keeps it; '' for none."""
    return "" if path is None else str(path.absolute())


def anchors(ca: str) -> str:
    """Trust anchors as the store keeps them."""
    return ca if ca in NAMED_CA else absolute(Path(ca))


def with_port(endpoint: Endpoint, protocol: str, tls: Tls) -> Endpoint:
    """`endpoint` with the protocol's own port where none was given."""
    return Endpoint(host=endpoint.host, port=endpoint.port or PORTS[protocol][tls])


def moved_port(endpoint: Endpoint, protocol: str, before: Tls, tls: Tls) -> Endpoint:
    """`endpoint` when the encryption changes: the one's own port becomes the other's."""
    own = endpoint.port == PORTS[protocol][before]
    return Endpoint(host=endpoint.host, port=PORTS[protocol][tls] if own else endpoint.port)
