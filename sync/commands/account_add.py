"""`pli account add`: what is said of an account, what its domain says of it, and what still lacks.

Given a name, everything must be said. Given an address, the servers are looked for where a domain
may name them (sync/discover). What is found is a proposal, never a fact: a person agrees to it, and
a server outside the domain is called out, for whoever answers in the domain's stead can name any.
"""

from __future__ import annotations

import asyncio
import getpass
import re
import sys
from dataclasses import replace
from typing import Any, cast

import click

from store.db.accounts import account_by_name, add_account
from store.errors import Usage
from store.host.i18n import sentence
from store.host.invocation import Invocation
from store.host.secrets import seal_password
from store.model.account import (
    DraftsKept,
    Incoming,
    Login,
    Profile,
    Receipts,
    SentBy,
    Signs,
    Tls,
)
from store.plain import said
from sync.commands.account_options import (
    ADDRESS,
    NAME,
    Options,
    absolute,
    account_options,
    anchors,
    check_address,
    with_port,
)
from sync.discover.choose import Found, missing
from sync.discover.look import look

YES = {"o", "oui", "y", "yes"}
NOT_A_NAME = re.compile(r"[^\w.-]")


@click.command(help=sentence("cli.account.add"))
@click.argument("name", metavar="NAME|ADDRESS")
@click.option("--name", "called", help=sentence("cli.account.called"))
@click.option("--yes", is_flag=True, help=sentence("cli.account.take_found"))
@account_options()
@click.pass_obj
def add(
    invocation: Invocation, /, name: str, called: str | None, yes: bool, **given: object
) -> None:
    """Add an account. Its servers are asked nothing; `pli account check` does that."""
    options = Options(**cast(dict[str, Any], given))
    if ADDRESS.fullmatch(name):
        options = replace(options, address=options.address or name, user=options.user or name)
        name = called or NOT_A_NAME.sub("-", name.partition("@")[0])[:64]
    if not NAME.fullmatch(name):
        raise Usage("account.bad_name", account=name)
    options.check()
    if options.external and options.client_cert is None:
        raise Usage("account.external_needs_cert")
    if options.address is not None and missing(options.incoming, options.smtp):
        options = _completed(options, agreed=yes)
    lacking = _lacking(options)
    if lacking:
        raise Usage("account.lacks", options=" ".join(lacking))
    _write(invocation, name, options)


def _completed(options: Options, *, agreed: bool) -> Options:
    """With the servers that the domain of the address names, once the person agrees."""
    assert options.address is not None
    domain = options.address.rpartition("@")[2]
    found = asyncio.run(look(options.address, anchors(options.ca or "system")))
    if found is None:
        click.echo(said("account.found_nothing", domain=domain), err=True)
        return options
    for server in found.servers:
        code = "account.found" if server.is_inside(domain) else "account.found_outside"
        click.echo(
            said(
                code,
                protocol=server.protocol.upper(),
                server=f"{server.host}:{server.port}",
                tls=server.tls.value,
                domain=domain,
                source=found.source,
            ),
            err=True,
        )
    if not _agreed(found, domain, agreed=agreed):
        click.echo(said("account.found_again", options=" ".join(found.options())), err=True)
        return options
    return _taken(options, found)


def _agreed(found: Found, domain: str, *, agreed: bool) -> bool:
    """Said on the command line for servers of the domain; else a person is asked."""
    if agreed and all(server.is_inside(domain) for server in found.servers):
        return True
    if not sys.stdin.isatty():
        return False
    question = said("account.ask_found")
    answer = click.prompt(question, default="", show_default=False, prompt_suffix=" ", err=True)
    return str(answer).strip().lower() in YES


def _taken(options: Options, found: Found) -> Options:
    """What was said stays; the rest as found."""
    incoming, sending = found.incoming, found.sending
    if options.incoming is None and incoming is not None:
        endpoint, tls = incoming.endpoint, options.tls or incoming.tls.value
        if incoming.protocol == Incoming.POP3:
            options = replace(options, pop3=endpoint, tls=tls)
        else:
            options = replace(options, imap=endpoint, tls=tls)
    if options.smtp is None and sending is not None:
        options = replace(
            options, smtp=sending.endpoint, smtp_tls=options.smtp_tls or sending.tls.value
        )
    said_user = options.user != options.address
    return replace(options, user=options.user if said_user else found.user or options.user)


def _lacking(options: Options) -> list[str]:
    """The options without which there is no account."""
    lacking = missing(options.incoming, options.smtp)
    return [*lacking, *([] if options.user else ["--user"])]


def _write(invocation: Invocation, name: str, options: Options) -> None:
    receives = options.imap or options.pop3
    assert receives is not None
    assert options.smtp is not None
    assert options.user is not None
    incoming = options.incoming or Incoming.IMAP
    tls, password = Tls(options.tls or Tls.IMPLICIT), None
    smtp_tls = Tls(options.smtp_tls or tls)
    with invocation.store() as db:
        if not options.gives_password:
            password = ask_for_password()
        account_id = add_account(
            db,
            name=name,
            address=_address(options.address, options.user, receives.host),
            display_name=options.display_name or "",
            imap=with_port(receives, incoming, tls),
            smtp=with_port(options.smtp, "smtp", smtp_tls),
            user=options.user,
            tls=tls,
            smtp_tls=None if smtp_tls is tls else smtp_tls,
            password_file=absolute(options.password_file),
            password_command=options.password_command or "",
            login=options.login or Login.PASSWORD,
            token_command=options.token_command or "",
            ca=anchors(options.ca or "system"),
            client_cert=absolute(options.client_cert),
            client_key=absolute(options.client_key),
            client_password_file=absolute(options.client_password_file),
            incoming=incoming,
            pop3_delete_days=options.delete_days,
            profile=Profile(options.profile or Profile.AUTO),
            drafts=DraftsKept(options.drafts or DraftsKept.SERVER),
            sign=Signs(options.sign or Signs.ASKED),
            sent_by=SentBy(options.sent or SentBy.APPEND),
            receipts=Receipts(options.receipts or Receipts.ASK),
            undo_seconds=10 if options.undo_seconds is None else options.undo_seconds,
        )
        added = account_by_name(db, name)
        if password is not None:
            seal_password(invocation.chosen_home(), invocation.unlock(), account_id, password)
    click.echo(said("cli.account.added", name=name, address=added.address), err=True)


def _address(address: str | None, user: str, host: str) -> str:
    """What we write as: given, else the user name when it is one, else user@host."""
    if address is None:
        literal = re.fullmatch(r"[0-9.]+|.*:.*", host)
        address = user if "@" in user else f"{user}@{'localhost' if literal else host}"
    return check_address(address)


def ask_for_password() -> str:
    """Ask the person at the terminal.

    Raises:
        Usage: `account.no_password`, there is none.
    """
    if not sys.stdin.isatty():
        raise Usage("account.no_password")
    return getpass.getpass(sentence("account.ask_password"))
