"""`pli handover`: files put into the folders of other programs, the DMP's and the practice's."""

from __future__ import annotations

import asyncio

import click

from store.db.handovers import (
    cancel_handover,
    handovers,
    handovers_open,
    retry_handover,
)
from store.host.clock import now
from store.host.i18n import sentence
from store.host.invocation import Invocation
from store.host.lock import NodeLock
from store.host.log import to_file
from store.model.handover import Handover, HandoverState
from store.model.ids import HandoverId
from store.plain import facts_line, plain_words, said
from sync.dispatch.duty import Handing

NEEDS_A_PERSON = (HandoverState.HELD, HandoverState.REFUSED)
json_option = click.option("--json", "as_json", is_flag=True, help=sentence("cli.option.json"))


@click.group(help=sentence("cli.handover.help"))
def handover() -> None:
    """Files for other programs."""


@handover.command("list", help=sentence("cli.handover.list"))
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """The newest of them; exit 1 when one needs attention."""
    with ctx.ensure_object(Invocation).store() as db:
        found = handovers(db)
    for each in found:
        if as_json:
            facts: dict[str, object] = {
                "id": each.id,
                "kind": each.kind.value,
                "state": each.state.value,
            }
            facts |= {"folder": each.folder, "files": [file.path for file in each.files]}
            facts |= {"email": each.email_id, "reason": each.reason, "reply": each.reply}
            click.echo(facts_line(facts | {"updated_at": each.updated_at}))
        else:
            click.echo(plain_words(handover_line(each)))
    ctx.exit(1 if any(map(needs_a_person, found)) else 0)


def needs_a_person(each: Handover) -> bool:
    """Whether it goes on only when somebody does something."""
    settled = each.state is HandoverState.CANCELED
    return each.state in NEEDS_A_PERSON or (bool(each.reason) and not settled)


def handover_line(each: Handover) -> str:
    """One of them, in words."""
    kind, state = sentence(f"handover.kind.{each.kind}"), sentence(f"handover.state.{each.state}")
    why = sentence(each.reason, folder=each.folder) if each.reason else ""
    told = f"« {each.reply} »" if each.reply else ""
    return " ".join(filter(None, (f"{each.id:>6}", kind, f"{state}.", why, told, each.folder)))


@handover.command(help=sentence("cli.handover.run"))
@click.option("--once", is_flag=True, required=True, help=sentence("cli.handover.once"))
@click.pass_context
def run(ctx: click.Context, once: bool) -> None:
    """Do what is due once, then exit. Needs no node."""
    assert once
    invocation = ctx.ensure_object(Invocation)
    with invocation.store() as db, NodeLock(invocation.chosen_home()):
        to_file(invocation.chosen_home())
        asyncio.run(Handing().once(db))
        still = [each for each in handovers_open(db) if not each.awaits_answer]
        for each in still:
            click.echo(plain_words(handover_line(each)), err=True)
    ctx.exit(1 if still else 0)


@handover.command(help=sentence("cli.handover.retry"))
@click.argument("handover_id", metavar="ID", type=int)
@click.pass_obj
def retry(invocation: Invocation, handover_id: int) -> None:
    """Try again what is held."""
    with invocation.store() as db:
        retry_handover(db, HandoverId(handover_id), now=now())
    click.echo(said("cli.handover.retried"), err=True)


@handover.command(help=sentence("cli.handover.cancel"))
@click.argument("handover_id", metavar="ID", type=int)
@click.pass_obj
def cancel(invocation: Invocation, handover_id: int) -> None:
    """Withdraw what is not there yet, or call a refusal settled."""
    with invocation.store() as db:
        cancel_handover(db, HandoverId(handover_id), now=now())
    click.echo(said("cli.handover.canceled"), err=True)
