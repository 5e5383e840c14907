"""`pli drop`: folders whose documents leave by themselves."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import click

from store.compose import parse_addresses
from store.db.accounts import account_by_name, accounts
from store.db.drops import add_rule, counts, items, rules
from store.errors import MailError, Usage
from store.host.i18n import explain, sentence
from store.host.invocation import Invocation
from store.host.lock import NodeLock
from store.host.log import to_file
from store.model.drop import RuleState
from sync.commands.ending import run_until_told
from sync.drop.folder import prepare_folder
from sync.drop.report import DropReport
from sync.drop.watch import run_once
from sync.passes import outbox_pass

json_option = click.option("--json", "as_json", is_flag=True, help=sentence("cli.option.json"))


@click.group(help=sentence("cli.drop.help"))
def drop() -> None:
    """Drop folders."""


@drop.command(help=sentence("cli.drop.add"))
@click.argument("name")
@click.option("--folder", required=True, type=click.Path(path_type=Path), metavar="D")
@click.option("--account", "account_name", required=True, metavar="A")
@click.option("--to", "to", required=True, multiple=True, metavar="ADDR")
@click.pass_obj
def add(
    invocation: Invocation, name: str, folder: Path, account_name: str, to: tuple[str, ...]
) -> None:
    """Watch a folder: each finished document in it leaves for `--to` by `--account`."""
    addresses = tuple(a.email for text in to for a in parse_addresses(text))
    with invocation.store() as db:
        account = account_by_name(db, account_name)
        prepare_folder(folder)
        add_rule(db, name=name, folder=str(folder.absolute()), account_id=account.id, to=addresses)
    click.echo(sentence("cli.drop.added", name=name, folder=folder.absolute()), err=True)


@drop.command("list", help=sentence("cli.drop.list"))
@json_option
@click.pass_obj
def list_(invocation: Invocation, as_json: bool) -> None:
    """Every rule."""
    with invocation.store() as db:
        for rule in rules(db):
            if as_json:
                facts = {"name": rule.name, "folder": rule.folder, "to": rule.to}
                click.echo(json.dumps(facts | {"state": rule.state.value}))
            else:
                state = sentence(f"drop.rule.{rule.state.value}")
                click.echo(f"{rule.name:<16} {state:<12} {rule.folder} → {', '.join(rule.to)}")


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
            troubled = troubled or down or any(numbers.get(s) for s in ("held", "failed"))
            if as_json:
                facts = {"name": rule.name, "state": rule.state.value, "error": rule.last_error}
                documents = [
                    {
                        "id": item.id,
                        "name": item.name.decode("utf-8", "backslashreplace"),
                        "state": item.state.value,
                        "reason": item.reason,
                        "submission": item.submission_id,
                        "seen_at": item.seen_at,
                    }
                    for item in items(db, rule.id, limit=50)
                ]
                click.echo(json.dumps(facts | {"counts": numbers, "documents": documents}))
                continue
            click.echo(f"{rule.name}: {sentence(f'drop.rule.{rule.state.value}')}")
            if rule.last_error:
                click.echo("  " + sentence(rule.last_error, folder=rule.folder))
            for state, n in numbers.items():
                click.echo(f"  {sentence(f'drop.state.{state}')}: {n}")
    ctx.exit(1 if troubled else 0)


@drop.command(help=sentence("cli.drop.run"))
@click.option("--once", is_flag=True, required=True, help=sentence("cli.drop.once"))
@click.pass_context
def run(ctx: click.Context, once: bool) -> None:
    """Look at every folder once, send what is finished, then exit. Needs no node."""
    assert once
    invocation = ctx.ensure_object(Invocation)
    home, key = invocation.chosen_home(), invocation.unlock()
    failed = 0

    def said(name: str, error: MailError) -> None:
        nonlocal failed
        failed += 1
        click.echo(f"{name}: {explain(error)}", err=True)

    with invocation.store() as db, NodeLock(home):
        to_file(home)
        if not rules(db):
            raise Usage("drop.no_rule")
        taken: dict[str, DropReport] = {}
        for rule in rules(db):
            try:
                taken[rule.name] = asyncio.run(run_once(db, rule.id))
            except MailError as error:
                said(rule.name, error)
        for account in accounts(db):
            try:
                run_until_told(outbox_pass(db, account, home, key))
            except MailError as error:
                said(account.name, error)
        for rule in rules(db):
            if rule.name in taken:
                away = asyncio.run(run_once(db, rule.id, quiet_seconds=0, take=False))
                facts = taken[rule.name].then(away).facts()
                click.echo(sentence("cli.drop.ran", name=rule.name, **facts), err=True)
                failed += bool(facts["held"] or facts["failed"])
    ctx.exit(1 if failed else 0)
