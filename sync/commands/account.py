"""`pli account`: add, set, remove, list, check."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast

import click

from store import reasons
from store.db.accounts import (
    account_by_name,
    accounts,
    change_account,
    want_sync,
)
from store.db.open import Connection
from store.db.removal import Leaving, leaving, remove_account
from store.errors import MailError, Usage
from store.host.clock import now
from store.host.i18n import explain, sentence
from store.host.invocation import Invocation
from store.host.lock import node_runs
from store.host.secrets import password_for, seal_password
from store.model.account import (
    Account,
    DraftsKept,
    Endpoint,
    Login,
    Profile,
    Receipts,
    SentBy,
    Signs,
    Tls,
)
from store.plain import facts_line, plain_words, said
from sync.commands.account_add import add, ask_for_password
from sync.commands.account_options import (
    Options,
    absolute,
    account_options,
    anchors,
    moved_port,
    with_port,
)
from sync.commands.author import author_option, keep_author
from sync.commands.identity import identity_options, taken_from, write_as
from sync.trust.server import Trust, server_trust

YES = {"o", "oui", "y", "yes"}


@click.group(help=sentence("cli.account.help"))
def account() -> None:
    """Accounts."""


account.add_command(add)


@account.command("set", help=sentence("cli.account.set"))
@click.argument("name")
@account_options()
@identity_options
@click.option("--ask-password", is_flag=True, help=sentence("cli.account.ask_password"))
@author_option
@click.pass_obj
def set_(
    invocation: Invocation, /, name: str, ask_password: bool, author: Path | None, **given: object
) -> None:
    """Change what is given and nothing else; a running node takes it up at once."""
    writes = taken_from(given)
    changes = bool(writes) or ask_password or any(value is not None for value in given.values())
    if author is not None:
        with invocation.store() as db:
            keep_author(db, account_by_name(db, name), author)
        if not changes:
            return
    if not changes:
        raise Usage("account.nothing_to_change", account=name)
    options = Options(**cast(dict[str, Any], given))
    options.check()
    if ask_password and options.gives_password:
        raise Usage("account.one_password")
    with invocation.store() as db:
        before = account_by_name(db, name)
        if options.incoming not in (None, before.incoming):
            raise Usage("account.other_incoming", account=name)
        if options.external and not (options.client_cert or before.client_cert):
            raise Usage("account.external_needs_cert")
        password = ask_for_password() if ask_password else None
        change_account(db, _changed(before, options, forgets=ask_password))
        if writes:
            write_as(db, before.id, writes)
        if ask_password or options.gives_password:
            seal_password(invocation.chosen_home(), invocation.unlock(), before.id, password)
        want_sync(db, before.id, now())
    click.echo(said("cli.account.changed", name=name), err=True)


def _changed(before: Account, given: Options, *, forgets: bool) -> Account:
    """The account as it will be; `forgets` the file or command that gave its password."""
    tls = Tls(given.tls) if given.tls is not None else before.tls
    smtp_tls = before.submission_tls
    if given.tls is not None or given.smtp_tls is not None:
        smtp_tls = Tls(given.smtp_tls or given.tls or before.submission_tls)
    renewed = forgets or given.gives_password
    command = given.password_command or ""
    certified = given.client_cert is not None
    return replace(
        before,
        tls=tls,
        smtp_tls=None if smtp_tls is tls else smtp_tls,
        imap=_moved(given.imap or given.pop3, before.imap, before.incoming, before.tls, tls),
        smtp=_moved(given.smtp, before.smtp, "smtp", before.submission_tls, smtp_tls),
        user=before.user if given.user is None else given.user,
        address=before.address if given.address is None else given.address,
        display_name=before.display_name if given.display_name is None else given.display_name,
        password_file=absolute(given.password_file) if renewed else before.password_file,
        password_command=command if renewed else before.password_command,
        ca=before.ca if given.ca is None else anchors(given.ca),
        client_cert=absolute(given.client_cert) if certified else before.client_cert,
        client_key=absolute(given.client_key) if certified else before.client_key,
        client_password_file=absolute(given.client_password_file)
        if certified or given.client_password_file is not None
        else before.client_password_file,
        login=given.login or (Login.PASSWORD if forgets else before.login),
        token_command=given.token_command or "" if renewed else before.token_command,
        pop3_delete_days=before.pop3_delete_days
        if given.pop3_delete_after is None
        else given.delete_days,
        profile=before.profile if given.profile is None else Profile(given.profile),
        drafts=before.drafts if given.drafts is None else DraftsKept(given.drafts),
        sign=before.sign if given.sign is None else Signs(given.sign),
        sent_by=before.sent_by if given.sent is None else SentBy(given.sent),
        receipts=before.receipts if given.receipts is None else Receipts(given.receipts),
        undo_seconds=before.undo_seconds if given.undo_seconds is None else given.undo_seconds,
    )


def _moved(
    given: Endpoint | None, endpoint: Endpoint, protocol: str, before: Tls, tls: Tls
) -> Endpoint:
    if given is None:
        return moved_port(endpoint, protocol, before, tls)
    return with_port(given, protocol, tls)


@account.command(help=sentence("cli.account.remove"))
@click.argument("name")
@click.option("--yes", is_flag=True, help=sentence("cli.account.yes"))
@click.pass_obj
def remove(invocation: Invocation, name: str, yes: bool) -> None:
    """Forget an account and what is held of it here. No server is told anything."""
    with invocation.store() as db:
        chosen = account_by_name(db, name)
        losing = leaving(db, chosen.id)
        if not yes and not _agreed(name, losing):
            click.echo(said("account.kept", account=name), err=True)
            return
        remove_account(db, chosen.id)
        seal_password(invocation.chosen_home(), invocation.unlock(), chosen.id, None)
    click.echo(said("cli.account.removed", name=name, n=losing.letters), err=True)


def _agreed(name: str, losing: Leaving) -> bool:
    if not sys.stdin.isatty():
        raise Usage("account.needs_yes", account=name)
    question = said("account.ask_remove", account=name, **asdict(losing))
    answer = click.prompt(question, default="", show_default=False, prompt_suffix=" ", err=True)
    return str(answer).strip().lower() in YES


@account.command("list", help=sentence("cli.account.list"))
@click.option("--json", "as_json", is_flag=True, help=sentence("cli.option.json"))
@click.pass_obj
def list_(invocation: Invocation, as_json: bool) -> None:
    """Every account."""
    with invocation.store() as db:
        everyone = accounts(db)
    running = node_runs(invocation.chosen_home())
    if not everyone:
        click.echo(said("tui.no_account"), err=True)
    for a in everyone:
        if as_json:
            facts = {"name": a.name, "address": a.address, a.incoming.value: str(a.imap)}
            facts |= {"smtp": str(a.smtp), "tls": a.tls.value, "user": a.user, "ca": a.ca}
            facts |= {"smtp_tls": a.submission_tls.value, "login": a.login.value}
            facts |= {"link": a.link.value, "drafts": a.drafts.value}
            click.echo(facts_line(facts | {"last_error": a.last_error}))
        else:
            state = reasons.of_link(a, current=running)
            line = f"{a.name:<16} {a.address:<40} {a.imap} {a.smtp} {a.tls} {state}"
            click.echo(plain_words(line))


@account.command(help=sentence("cli.account.check"))
@click.argument("name", required=False)
@click.pass_context
def check(ctx: click.Context, name: str | None) -> None:
    """Connect and log in to both servers of each account. Fetches and sends nothing."""
    invocation = ctx.ensure_object(Invocation)
    with invocation.store() as db:
        chosen = accounts(db) if name is None else [account_by_name(db, name)]
        failed = asyncio.run(_check_all(db, chosen, invocation))
    ctx.exit(1 if failed else 0)


async def _check_all(db: Connection, chosen: list[Account], invocation: Invocation) -> int:
    home, key, failed = invocation.chosen_home(), invocation.unlock(), 0
    for each in chosen:
        for protocol in protocols(each):
            try:
                password = await asyncio.to_thread(password_for, each, home, key)
                await check_server(protocol, each, password, server_trust(db, each))
                outcome = sentence("account.check_ok")
            except MailError as error:
                outcome, failed = explain(error), failed + 1
            server = each.smtp if protocol == "smtp" else each.imap
            click.echo(said("tui.said_of", who=f"{each.name} {protocol} {server}", words=outcome))
    return failed


def protocols(account: Account) -> tuple[str, ...]:
    """What is spoken with its servers."""
    return account.incoming.value, "smtp"


async def check_server(protocol: str, account: Account, password: str, trust: Trust) -> None:
    """Connect, prove who we are, leave.

    Raises:
        MailError: what `connect` raises: net.*, tls.*, imap.login_refused, smtp.login_refused.
    """
    if protocol == "imap":
        from sync.imap.connect import connect

        session = await connect(account, password, trust=trust)
        await session.logout()
    elif protocol == "pop3":
        from sync.pop3.login import connect as connect_pop3

        maildrop = await connect_pop3(account, password, trust=trust)
        await maildrop.quit()
    else:
        from sync.submit.smtp import Submitter

        async with Submitter(account, password, trust=trust):
            pass
