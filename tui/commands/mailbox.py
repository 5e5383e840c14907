"""`pli mailbox`: the mailboxes, and what the person decides about whole ones."""

from __future__ import annotations

from collections.abc import Callable

import click

from store.db.accounts import account_by_name, accounts
from store.db.losses import forget_lost, keep_lost, questions
from store.db.mailboxes import find_mailboxes, mailboxes
from store.db.naming import create_mailbox, rename_mailbox
from store.db.naming import subscribe as subscribe_mailbox
from store.db.open import Connection
from store.errors import Usage
from store.host.i18n import sentence
from store.host.invocation import Invocation
from store.model.ids import MailboxId
from store.plain import facts_line, plain_words, said
from store.questions import how_to_answer, question_words
from tui.commands.look import as_json_option


@click.group(invoke_without_command=True, help=sentence("cli.mailbox.help"))
@as_json_option
@click.pass_context
def mailbox(ctx: click.Context, as_json: bool) -> None:
    """Every mailbox, then what is asked. Exit code 1 when something is."""
    if ctx.invoked_subcommand is not None:
        return
    with ctx.ensure_object(Invocation).store() as db:
        found, asked = mailboxes(db), questions(db)
        hosts = {each.id: each.imap.host for each in accounts(db)}
    lost = {each.mailbox.id: each for each in asked}
    for each in found:
        if as_json:
            facts = {
                "id": each.id,
                "account": each.account_id,
                "name": each.name,
                "role": each.role.value,
                "total": each.total,
                "unread": each.unread,
                "missing_at": each.missing_at,
                "created": each.created,
                "refused": each.refused,
                "lost": lost[each.id].lost if each.id in lost else 0,
            }
            click.echo(facts_line(facts))
        else:
            host = hosts[each.account_id]
            why = f"  ({said(each.refused, host=host)})" if each.refused else ""
            words = f"{each.total:>7} {each.unread:>6}  {plain_words(each.name)}{why}"
            click.echo(plain_words(words))
    for question in [] if as_json else asked:
        click.echo(plain_words(f"{question_words(question)} {how_to_answer(question)}"))
    ctx.exit(1 if asked else 0)


@mailbox.command(help=sentence("cli.mailbox.keep"))
@click.argument("mailbox")
@click.pass_obj
def keep(invocation: Invocation, mailbox: str) -> None:
    """The letters the server no longer has stay here, and only here."""
    click.echo(said("guard.kept", n=_answer(invocation, mailbox, keep_lost)), err=True)


@mailbox.command(help=sentence("cli.mailbox.forget"))
@click.argument("mailbox")
@click.pass_obj
def forget(invocation: Invocation, mailbox: str) -> None:
    """The letters the server no longer has are taken out here too."""
    click.echo(said("guard.forgotten", n=_answer(invocation, mailbox, forget_lost)), err=True)


@mailbox.command(help=sentence("cli.mailbox.create"))
@click.argument("name")
@click.option("--account", help=sentence("cli.mailbox.account"))
@click.pass_obj
def create(invocation: Invocation, name: str, account: str | None) -> None:
    """A new mailbox; letters can be filed in it at once."""
    with invocation.store() as db:
        everyone = accounts(db) if account is None else [account_by_name(db, account)]
        if len(everyone) != 1:
            raise Usage("send.which_account" if everyone else "send.no_account")
        create_mailbox(db, everyone[0].id, name)
    click.echo(said("cli.mailbox.wished"), err=True)


@mailbox.command(help=sentence("cli.mailbox.rename"))
@click.argument("mailbox")
@click.argument("name")
@click.pass_obj
def rename(invocation: Invocation, mailbox: str, name: str) -> None:
    """Another name; INBOX keeps its own."""
    with invocation.store() as db:
        rename_mailbox(db, _the_one(db, mailbox), name)
    click.echo(said("cli.mailbox.wished"), err=True)


@mailbox.command(help=sentence("cli.mailbox.subscribe"))
@click.argument("mailbox")
@click.option("--off", is_flag=True, help=sentence("cli.mailbox.off"))
@click.pass_obj
def subscribe(invocation: Invocation, mailbox: str, off: bool) -> None:
    """Whether other programs show it."""
    with invocation.store() as db:
        subscribe_mailbox(db, _the_one(db, mailbox), on=not off)
    click.echo(said("cli.mailbox.wished"), err=True)


def _answer(
    invocation: Invocation, mailbox: str, how: Callable[[Connection, MailboxId], int]
) -> int:
    """Answer what is asked about the mailboxes of that name; for how many letters."""
    with invocation.store() as db:
        letters = sum(how(db, each.id) for each in find_mailboxes(db, mailbox))
    if not letters:
        raise Usage("guard.nothing_asked", mailbox=mailbox)
    return letters


def _the_one(db: Connection, name: str) -> MailboxId:
    found = find_mailboxes(db, name)
    if len(found) != 1:
        raise Usage("mailbox.which", mailbox=name)
    return found[0].id
