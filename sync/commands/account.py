"""`pli account`: add, list, check."""

from __future__ import annotations

import asyncio
import getpass
import json
import re
import sys
from pathlib import Path

import click

from store.db.accounts import account_by_name, accounts, add_account
from store.errors import MailError, Usage
from store.host.i18n import explain, sentence
from store.host.invocation import Invocation
from store.host.secrets import password_for, seal_password
from store.model.account import Account, Endpoint, Profile, Tls

ADDRESS = re.compile(r"[^\s@<>\"\x00-\x20]+@[^\s@<>\"\x00-\x20]+")
NAME = re.compile(r"[\w.-]{1,64}")
ports = {"imap": {"implicit": 993, "starttls": 143}, "smtp": {"implicit": 465, "starttls": 587}}


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


readable = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.group(help=sentence("cli.account.help"))
def account() -> None:
    """Accounts."""


@account.command(help=sentence("cli.account.add"))
@click.argument("name")
@click.option("--imap", type=EndpointType(), required=True, help=sentence("cli.account.imap"))
@click.option("--smtp", type=EndpointType(), required=True, help=sentence("cli.account.smtp"))
@click.option("--tls", type=click.Choice([t.value for t in Tls]), default="implicit")
@click.option("--user", required=True, help=sentence("cli.account.user"))
@click.option("--address", help=sentence("cli.account.address"))
@click.option("--display-name", default="", help=sentence("cli.account.display_name"))
@click.option("--password-file", type=readable, help=sentence("cli.account.password_file"))
@click.option("--password-command", default="", help=sentence("cli.account.password_command"))
@click.option("--ca", default="system", metavar="FILE|system|igc-sante")
@click.option("--client-cert", type=readable)
@click.option("--client-key", type=readable)
@click.option("--profile", type=click.Choice([p.value for p in Profile]), default="auto")
@click.pass_obj
def add(
    invocation: Invocation,
    name: str,
    imap: Endpoint,
    smtp: Endpoint,
    tls: str,
    user: str,
    address: str | None,
    display_name: str,
    password_file: Path | None,
    password_command: str,
    ca: str,
    client_cert: Path | None,
    client_key: Path | None,
    profile: str,
) -> None:
    """Add an account. Nothing is asked of a server; `pli account check` does that."""
    if not NAME.fullmatch(name):
        raise Usage("account.bad_name", account=name)
    if ca not in ("system", "igc-sante") and not Path(ca).is_file():
        raise Usage("account.no_ca_file", path=ca)
    if (client_key is None) != (client_cert is None):
        raise Usage("account.cert_and_key")
    if password_file is not None and password_command:
        raise Usage("account.one_password")
    password = None
    with invocation.store() as db:
        if password_file is None and not password_command:
            password = _ask_password()
        account_id = add_account(
            db,
            name=name,
            address=_address(address, user, imap.host),
            display_name=display_name,
            imap=_with_port(imap, "imap", tls),
            smtp=_with_port(smtp, "smtp", tls),
            user=user,
            tls=Tls(tls),
            password_file=_absolute(password_file),
            password_command=password_command,
            ca=ca if ca in ("system", "igc-sante") else str(Path(ca).absolute()),
            client_cert=_absolute(client_cert),
            client_key=_absolute(client_key),
            profile=Profile(profile),
        )
        added = account_by_name(db, name)
        if password is not None:
            seal_password(invocation.chosen_home(), invocation.unlock(), account_id, password)
    click.echo(sentence("cli.account.added", name=name, address=added.address), err=True)


def _absolute(path: Path | None) -> str:
    return "" if path is None else str(path.absolute())


def _with_port(endpoint: Endpoint, protocol: str, tls: str) -> Endpoint:
    return Endpoint(host=endpoint.host, port=endpoint.port or ports[protocol][tls])


def _address(address: str | None, user: str, host: str) -> str:
    """What we write as: given, else the user name when it is one, else user@host."""
    if address is None:
        literal = re.fullmatch(r"[0-9.]+|.*:.*", host)
        address = user if "@" in user else f"{user}@{'localhost' if literal else host}"
    if not ADDRESS.fullmatch(address):
        raise Usage("account.bad_address", address=address)
    return address


def _ask_password() -> str:
    if not sys.stdin.isatty():
        raise Usage("account.no_password")
    return getpass.getpass(sentence("account.ask_password"))


@account.command("list", help=sentence("cli.account.list"))
@click.option("--json", "as_json", is_flag=True, help=sentence("cli.option.json"))
@click.pass_obj
def list_(invocation: Invocation, as_json: bool) -> None:
    """Every account."""
    with invocation.store() as db:
        everyone = accounts(db)
    for a in everyone:
        if as_json:
            facts = {"name": a.name, "address": a.address, "imap": str(a.imap), "smtp": str(a.smtp)}
            facts |= {"tls": a.tls.value, "user": a.user, "ca": a.ca, "link": a.link.value}
            click.echo(json.dumps(facts | {"last_error": a.last_error}))
        else:
            state = sentence(f"link.{a.link.value}")
            click.echo(f"{a.name:<16} {a.address:<40} {a.imap} {a.smtp} {a.tls} {state}")


@account.command(help=sentence("cli.account.check"))
@click.argument("name", required=False)
@click.pass_context
def check(ctx: click.Context, name: str | None) -> None:
    """Connect and log in to both servers of each account. Fetches and sends nothing."""
    invocation = ctx.ensure_object(Invocation)
    with invocation.store() as db:
        chosen = accounts(db) if name is None else [account_by_name(db, name)]
        failed = asyncio.run(_check_all(chosen, invocation))
    ctx.exit(1 if failed else 0)


async def _check_all(chosen: list[Account], invocation: Invocation) -> int:
    home, key, failed = invocation.chosen_home(), invocation.unlock(), 0
    for each in chosen:
        for protocol in ("imap", "smtp"):
            try:
                password = await asyncio.to_thread(password_for, each, home, key)
                await check_server(protocol, each, password)
                outcome = sentence("account.check_ok")
            except MailError as error:
                outcome, failed = explain(error), failed + 1
            click.echo(f"{each.name} {protocol} {getattr(each, protocol)}: {outcome}")
    return failed


async def check_server(protocol: str, account: Account, password: str) -> None:
    """Connect, prove who we are, leave.

    Raises:
        MailError: what `connect` raises: net.*, tls.*, imap.login_refused, smtp.login_refused.
    """
    if protocol == "imap":
        from sync.imap.connect import connect

        session = await connect(account, password)
        await session.logout()
    else:
        from sync.submit.smtp import Submitter

        async with Submitter(account, password):
            pass
