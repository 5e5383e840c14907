"""`pli drop release`, `reroute`, `reject`, `dismiss`, `confirm`: what becomes of what is held."""

from __future__ import annotations

import click

from store.compose import parse_addresses
from store.db import drop_wishes
from store.db.copied import confirm_rule
from store.db.drops import rules
from store.errors import Usage
from store.host.clock import now
from store.host.i18n import sentence
from store.host.invocation import Invocation
from store.model.ids import DropItemId
from store.plain import said

verified_option = click.option("--verified", is_flag=True, help=sentence("cli.drop.verified"))
ids_argument = click.argument("ids", metavar="ID...", type=int, nargs=-1, required=True)


@click.command("release", help=sentence("cli.drop.release"))
@ids_argument
@verified_option
@click.pass_obj
def release_(invocation: Invocation, ids: tuple[int, ...], verified: bool) -> None:
    """Let held documents leave as they are. The node asks the guard again before each."""
    with invocation.store() as db:
        for id_ in ids:
            drop_wishes.release(db, DropItemId(id_), despite=verified)
    click.echo(said("cli.drop.released", n=len(ids)), err=True)


@click.command(help=sentence("cli.drop.reroute"))
@click.argument("id_", metavar="ID", type=int)
@click.option(
    "--to", "to", required=True, multiple=True, metavar="ADDR", help=sentence("cli.drop.reroute_to")
)
@verified_option
@click.pass_obj
def reroute(invocation: Invocation, id_: int, to: tuple[str, ...], verified: bool) -> None:
    """Let a held document leave to these addresses."""
    addresses = [each.email for text in to for each in parse_addresses(text)]
    if not addresses:
        raise Usage("drop.no_recipient")
    with invocation.store() as db:
        drop_wishes.release(db, DropItemId(id_), to=addresses, despite=verified)
    click.echo(said("cli.drop.rerouted", id=id_, to=", ".join(addresses)), err=True)


@click.command("reject", help=sentence("cli.drop.reject"))
@ids_argument
@click.pass_obj
def reject_(invocation: Invocation, ids: tuple[int, ...]) -> None:
    """Held documents never leave. Their files stay in `failed/`."""
    with invocation.store() as db:
        for id_ in ids:
            drop_wishes.reject(db, DropItemId(id_), now=now())
    click.echo(said("cli.drop.rejected", n=len(ids)), err=True)


@click.command("undo", help=sentence("cli.drop.undo"))
@ids_argument
@click.pass_obj
def undo_(invocation: Invocation, ids: tuple[int, ...]) -> None:
    """Take back a release that has not been done yet, or a rejection."""
    with invocation.store() as db:
        for id_ in ids:
            if not drop_wishes.undecide(db, DropItemId(id_), now=now()):
                raise Usage("drop.nothing_to_undo", id=id_)
    click.echo(said("cli.drop.undone", n=len(ids)), err=True)


@click.command("dismiss", help=sentence("cli.drop.dismiss"))
@ids_argument
@click.pass_obj
def dismiss_(invocation: Invocation, ids: tuple[int, ...]) -> None:
    """Call held or refused documents settled. Nothing is sent and no file is touched."""
    with invocation.store() as db:
        n = drop_wishes.dismiss(db, [DropItemId(id_) for id_ in ids], now=now())
    click.echo(said("cli.drop.dismissed", n=n), err=True)


@click.command("confirm", help=sentence("cli.drop.confirm"))
@click.argument("name", metavar="[NAME]", required=False)
@click.pass_obj
def confirm_(invocation: Invocation, name: str | None) -> None:
    """It is here that the folder is to be watched, though the store is a copy."""
    with invocation.store() as db:
        names = [rule.name for rule in rules(db) if rule.copied_at] if name is None else [name]
        for each in names:
            confirm_rule(db, each)
            click.echo(said("cli.drop.confirmed", name=each), err=True)
