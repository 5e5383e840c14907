"""`pli drop`: folders whose documents leave by themselves."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from store.compose import parse_addresses
from store.db.accounts import account_by_name, accounts
from store.db.drops import add_rule, rules
from store.db.private import private_of
from store.db.removal import remove_rule
from store.errors import MailError, NeedsUser, Usage
from store.host.clock import now
from store.host.i18n import explain, sentence
from store.host.invocation import Invocation
from store.host.log import to_file
from store.model.drop import RuleSource
from store.model.ids import AccountId
from store.model.route import Content
from store.plain import said
from sync.commands import drop_decide, drop_status, drop_try
from sync.commands.as_node import as_node
from sync.commands.drop_settled import wait_until_whole
from sync.commands.drop_status import followed
from sync.commands.ending import run_until_told
from sync.commands.ways import both_books, tell_ways
from sync.dispatch.placing import place_open
from sync.drop.apart import Wanted, check_apart, wanted_by
from sync.drop.following import follow
from sync.drop.following import remove as forget
from sync.drop.prepare import check_folder, prepare_folder
from sync.drop.running import run_all
from sync.keyring import opened_keys
from sync.passes import outbox_pass

ELSEWHERE = (
    *(drop_status.list_, drop_status.rules_, drop_status.status, drop_status.report),
    *(drop_decide.release_, drop_decide.reroute, drop_decide.reject_, drop_decide.undo_),
    *(drop_decide.dismiss_, drop_decide.confirm_, drop_try.test),
)


@click.group(help=sentence("cli.drop.help"))
def drop() -> None:
    """Drop folders."""


@drop.command(help=sentence("cli.drop.add"))
@click.argument("name")
@click.option(
    "--folder",
    required=True,
    type=click.Path(path_type=Path),
    metavar="D",
    help=sentence("cli.drop.folder"),
)
@click.option("--create", is_flag=True, help=sentence("cli.drop.create"))
@click.option(
    "--account", "account_name", required=True, metavar="A", help=sentence("cli.drop.account")
)
@click.option(
    "--to", "to", required=True, multiple=True, metavar="ADDR", help=sentence("cli.drop.to")
)
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
    home = invocation.chosen_home()
    with invocation.store() as db:
        wait_until_whole(db, home)
        follow(db, home, now=now())
        account = account_by_name(db, account_name)
        private = private_of(db)
        check_folder(folder, private, create=create)
        others = [
            wanted_by(each)
            for each in rules(db)
            if each.source is not RuleSource.RETIRED and each.name != name
        ]
        check_apart([*others, Wanted(name=name, folder=str(folder))])
        add_rule(db, name=name, folder=str(folder), account_id=account.id, to=addresses, now=now())
        try:
            prepare_folder(folder, private)
        except NeedsUser:
            remove_rule(db, name)
            raise
        follow(db, home, now=now())
        with both_books(invocation, db, addresses) as shelf:
            secure = tell_ways(shelf, account, addresses, Content(documents=True), at=now())
    click.echo(said("cli.drop.added", name=name, folder=folder), err=True)
    ctx.exit(0 if secure else 1)


@drop.command(help=sentence("cli.drop.remove"))
@click.argument("name")
@click.pass_obj
def remove(invocation: Invocation, name: str) -> None:
    """Stop watching a folder. What lies in it stays."""
    with invocation.store() as db:
        wait_until_whole(db, invocation.chosen_home())
        forget(db, invocation.chosen_home(), name)
    click.echo(said("cli.drop.removed", name=name), err=True)


@drop.command(help=sentence("cli.drop.run"))
@click.option("--once", is_flag=True, required=True, help=sentence("cli.drop.once"))
@click.pass_context
def run(ctx: click.Context, once: bool) -> None:
    """Look at every folder once, send what is finished, then exit. Needs no node."""
    assert once
    invocation = ctx.ensure_object(Invocation)
    home, key = invocation.chosen_home(), invocation.unlock()
    failed = unplaced = 0

    def told(name: str, error: MailError) -> None:
        nonlocal failed
        failed += 1
        click.echo(said("tui.said_of", who=name, words=explain(error)), err=True)

    with invocation.store() as db, as_node(db, home):
        to_file(home)
        failed += not followed(db, invocation)
        if not rules(db):
            raise Usage("drop.no_rule")
        keys, stopped = partial(opened_keys, db, key), set[AccountId]()

        async def send() -> None:
            nonlocal unplaced
            for account in accounts(db):
                try:
                    if account.id not in stopped:
                        await outbox_pass(db, account, home, key)
                except MailError as error:
                    stopped.add(account.id)
                    told(account.name, error)
            # As the node does: a document has left once its set for the DMP has been placed too.
            unplaced = await place_open(db)

        reports = run_until_told(run_all(db, rules(db), send, told, keys=keys))
        for name, report in reports.items():
            facts = report.facts()
            click.echo(said("cli.drop.ran", name=name, **facts), err=True)
            failed += bool(facts["held"] or facts["failed"])
        failed += bool(unplaced)
    ctx.exit(1 if failed else 0)


for command in ELSEWHERE:
    drop.add_command(command)
