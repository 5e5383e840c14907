"""What can be said of an account on the command line: by `pli account add` and `set` alike."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click

from store.errors import Usage
from store.host.files import check_private
from store.host.i18n import sentence
from store.model.account import DraftsKept, Endpoint, Profile, Tls

ADDRESS = re.compile(r"[^\s@<>\"\x00-\x20]+@[^\s@<>\"\x00-\x20]+")
NAME = re.compile(r"[\w.-]{1,64}")
PORTS = {
    "imap": {Tls.IMPLICIT: 993, Tls.STARTTLS: 143},
    "smtp": {Tls.IMPLICIT: 465, Tls.STARTTLS: 587},
}
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

    def check(self) -> None:
        """Refuse what cannot be, before anything is written.

        Raises:
            Usage: `account.no_ca_file`, `account.cert_and_key`, `account.one_password`,
                `account.bad_address`.
            NeedsUser: `password.file_not_private`, `tls.client_key_not_private`.
        """
        if self.ca is not None and self.ca not in NAMED_CA and not Path(self.ca).is_file():
            raise Usage("account.no_ca_file", path=self.ca)
        if (self.client_key is None) != (self.client_cert is None):
            raise Usage("account.cert_and_key")
        if self.password_file is not None and self.password_command:
            raise Usage("account.one_password")
        if self.address is not None:
            check_address(self.address)
        if self.password_file is not None:
            check_private(self.password_file, "password.file_not_private")
        if self.client_key is not None:
            check_private(self.client_key, "tls.client_key_not_private")

    @property
    def gives_password(self) -> bool:
        """Whether a file or a command gives the password."""
        return self.password_file is not None or bool(self.password_command)


def account_options(*, adding: bool) -> Callable[[F], F]:
    """The options of `add`, which needs some of them, or of `set`, which needs none."""
    readable = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
    tls, profile = click.Choice([t.value for t in Tls]), click.Choice([p.value for p in Profile])
    host, kept = EndpointType(), click.Choice([k.value for k in DraftsKept])
    options = (
        click.option("--imap", type=host, required=adding, help=sentence("cli.account.imap")),
        click.option("--smtp", type=host, required=adding, help=sentence("cli.account.smtp")),
        click.option("--tls", type=tls, default="implicit" if adding else None),
        click.option("--user", required=adding, help=sentence("cli.account.user")),
        click.option("--address", help=sentence("cli.account.address")),
        click.option("--display-name", help=sentence("cli.account.display_name")),
        click.option("--password-file", type=readable, help=sentence("cli.account.password_file")),
        click.option("--password-command", help=sentence("cli.account.password_command")),
        click.option("--ca", metavar="FILE|system|igc-sante", default="system" if adding else None),
        click.option("--client-cert", type=readable),
        click.option("--client-key", type=readable),
        click.option("--profile", type=profile, default="auto" if adding else None),
        click.option("--drafts", type=kept, help=sentence("cli.account.drafts")),
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
