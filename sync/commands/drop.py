"""`pli drop`: folders whose documents leave by themselves."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import click

from store import reasons
from store.compose import parse_addresses
from store.db.accounts import account_by_name, accounts
from store.db.drops import add_rule, counts, dismiss, items, rules, unsettled_items
from store.db.private import private_of
from store.db.removal import remove_rule
from store.errors import MailError, NeedsUser, Usage
from store.host.clock import now
from store.host.i18n import explain, sentence
from store.host.invocation import Invocation
from store.host.lock import NodeLock
from store.host.log import to_file
from store.model.drop import DropItem, RuleState
from store.model.ids import DropItemId
from store.model.route import Content
from store.plain import facts_line, plain_words, said
from sync.commands.ending import run_until_told
from sync.commands.ways import both_books, tell_ways
from sync.drop.prepare import check_folder, prepare_folder
from sync.drop.report import DropReport
from sync.drop.watch import run_once
from sync.keyring import opened_keys
from sync.passes import outbox_pass

json_option = click.option("--json", "as_json", is_flag=True, help=sentence("cli.option.json"))


@click.group(help=sentence("cli.drop.help"))
def drop() -> None:
    """Drop folders."""


@drop.command(help=sentence("cli.drop.add"))
@click.argument("name")
@click.option("--folder", required=True, type=click.Path(path_type=Path), metavar="D")
@click.option("--create", is_flag=True, help=sentence("cli.drop.create"))
@click.option("--account", "account_name", required=True, metavar="A")
@click.option("--to", "to", required=True, multiple=True, metavar="ADDR")
@click.pass_context
def add(
    ctx: click.Context,
    name: str,
    folder: Path,
    create: bool,
    account_name: str,
    to: tuple[str, ...],
) -> None:
    """Watch a folder: each finished document in it leaves for `--to` by `--account`.

    The disk is touched last, so that a rule that is refused leaves nothing on it. A recipient whom
    no secure way leads to is said, and code 1: the rule stands, its documents will be held.
    """
    invocation = ctx.ensure_object(Invocation)
    folder = folder.absolute()
    addresses = tuple(a.email for text in to for a in parse_addresses(text))
    with invocation.store() as db:
        account = account_by_name(db, account_name)
        private = private_of(db)
        check_folder(folder, private, create=create)
        add_rule(db, name=name, folder=str(folder), account_id=account.id, to=addresses)
        try:
            prepare_folder(folder, private)
        except NeedsUser:
            remove_rule(db, name)
            raise
        with both_books(invocation, db, addresses) as shelf:
            secure = tell_ways(shelf, account, addresses, Content(documents=True), at=now())
    click.echo(said("cli.drop.added", name=name, folder=folder), err=True)
    ctx.exit(0 if secure else 1)


@drop.command("list", help=sentence("cli.drop.list"))
@json_option
@click.pass_obj
def list_(invocation: Invocation, as_json: bool) -> None:
    """Every rule."""
    with invocation.store() as db:
        for rule in rules(db):
            if as_json:
                facts = {"name": rule.name, "folder": rule.folder, "to": rule.to}
                click.echo(facts_line(facts | {"state": rule.state.value}))
            else:
                state = sentence(f"drop.rule.{rule.state.value}")
                to = ", ".join(rule.to)
                click.echo(plain_words(f"{rule.name:<16} {state:<12} {rule.folder} → {to}"))


@drop.command(help=sentence("cli.drop.status"))
@json_option
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    """Each rule with its counts and its last documents; exit 1 when one needs attention."""
    troubled = False
    with ctx.ensure_object(Invocation).store() as db:
        for rule in rules(db):
            numbers = {state.value: n for state, n in counts(db, rule.id).items()}
            down = rule.state is RuleState.DOWN
            waiting = unsettled_items(db, rule.id)
            troubled = troubled or down or bool(waiting)
            if as_json:
                facts = {"name": rule.name, "state": rule.state.value, "error": rule.last_error}
                documents = [
                    {
                        "id": item.id,
                        "name": file_name(item),
                        "state": item.state.value,
                        "reason": item.reason,
                        "needs_a_person": item.needs_a_person,
                        "submission": item.submission_id,
                        "seen_at": item.seen_at,
                    }
                    for item in items(db, rule.id, limit=50)
                ]
                click.echo(facts_line(facts | {"counts": numbers, "documents": documents}))
                continue
            state = sentence(f"drop.rule.{rule.state.value}")
            click.echo(plain_words(f"{rule.name}: {state}"))
            if rule.last_error:
                click.echo(plain_words(f"  {reasons.of_rule(rule)}"))
            for counted, n in numbers.items():
                click.echo(plain_words(f"  {sentence(f'drop.state.{counted}')}: {n}"))
            for item in waiting:
                why = sentence(item.reason)
                click.echo(plain_words(f"  {item.id:>6}  {file_name(item)}: {why}"))
    ctx.exit(1 if troubled else 0)


def file_name(item: DropItem) -> str:
    """A file's name, which is octets and not always text."""
    return item.name.decode("utf-8", "backslashreplace")


@drop.command("dismiss", help=sentence("cli.drop.dismiss"))
@click.argument("ids", metavar="ID...", type=int, nargs=-1, required=True)
@click.pass_obj
def dismiss_(invocation: Invocation, ids: tuple[int, ...]) -> None:
    """Call held or refused documents settled. Nothing is sent and no file is touched."""
    with invocation.store() as db:
        n = dismiss(db, [DropItemId(id_) for id_ in ids], now=now())
    click.echo(said("cli.drop.dismissed", n=n), err=True)


@drop.command(help=sentence("cli.drop.remove"))
@click.argument("name")
@click.pass_obj
def remove(invocation: Invocation, name: str) -> None:
    """Stop watching a folder. What lies in it stays."""
    with invocation.store() as db:
        remove_rule(db, name)
    click.echo(said("cli.drop.removed", name=name), err=True)


@drop.command(help=sentence("cli.drop.run"))
@click.option("--once", is_flag=True, required=True, help=sentence("cli.drop.once"))
@click.pass_context
def run(ctx: click.Context, once: bool) -> None:
    """Look at every folder once, send what is finished, then exit. Needs no node."""
    assert once
    invocation = ctx.ensure_object(Invocation)
    home, key = invocation.chosen_home(), invocation.unlock()
    failed = 0

    def told(name: str, error: MailError) -> None:
        nonlocal failed
        failed += 1
        click.echo(plain_words(f"{name}: {explain(error)}"), err=True)

    with invocation.store() as db, NodeLock(home):
        to_file(home)
        if not rules(db):
            raise Usage("drop.no_rule")
        taken: dict[str, DropReport] = {}
        keys = partial(opened_keys, db, key)
        for rule in rules(db):
            try:
                taken[rule.name] = asyncio.run(run_once(db, rule.id, keys=keys))
            except MailError as error:
                told(rule.name, error)
        for account in accounts(db):
            try:
                run_until_told(outbox_pass(db, account, home, key))
            except MailError as error:
                told(account.name, error)
        for rule in rules(db):
            if rule.name in taken:
                away = asyncio.run(run_once(db, rule.id, quiet_seconds=0, take=False))
                facts = taken[rule.name].then(away).facts()
                click.echo(said("cli.drop.ran", name=rule.name, **facts), err=True)
                failed += bool(facts["held"] or facts["failed"])
    ctx.exit(1 if failed else 0)
