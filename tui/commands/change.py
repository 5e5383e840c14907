"""Commands that wish: mark, move, fetch. The node carries the wishes out."""

from __future__ import annotations

import click

from store.db.mailboxes import find_mailboxes, mailbox_of_account
from store.db.outlines import want
from store.db.placements import change_keywords, newest, placements_of
from store.db.placements import move as move_placements
from store.db.structures import want_part
from store.errors import Usage
from store.host import clock
from store.host.i18n import sentence
from store.host.invocation import Invocation
from store.model.email import FLAGGED, SEEN
from store.model.ids import EmailId
from store.plain import said


@click.command(help=sentence("cli.mark.help"))
@click.option("--mailbox", required=True, help=sentence("cli.mark.mailbox"))
@click.option("--unseen", is_flag=True, help=sentence("cli.mark.unseen"))
@click.option("--limit", type=click.IntRange(1), help=sentence("cli.mark.limit"))
@click.option("--seen/--not-seen", default=None, help=sentence("cli.mark.seen"))
@click.option("--flagged/--not-flagged", default=None, help=sentence("cli.mark.flagged"))
@click.pass_obj
def mark(
    invocation: Invocation,
    mailbox: str,
    unseen: bool,
    limit: int | None,
    seen: bool | None,
    flagged: bool | None,
) -> None:
    """Give keywords to the newest letters of a mailbox, or take them away."""
    wishes = [(SEEN, seen), (FLAGGED, flagged)]
    if all(wish is None for _, wish in wishes):
        raise Usage("cli.mark.nothing")
    add = frozenset(keyword for keyword, wish in wishes if wish is True)
    remove = frozenset(keyword for keyword, wish in wishes if wish is False)
    with invocation.store() as db:
        changed, left = 0, -1 if limit is None else limit
        for found in find_mailboxes(db, mailbox):
            chosen = newest(db, found.id, unseen=unseen, limit=left)
            changed += change_keywords(db, chosen, add=add, remove=remove)
            left = left if left < 0 else left - len(chosen)
    click.echo(said("cli.mark.done", n=changed), err=True)


@click.command(help=sentence("cli.move.help"))
@click.argument("ids", metavar="ID...", type=int, nargs=-1, required=True)
@click.option("--to", "target", required=True, help=sentence("cli.move.to"))
@click.pass_obj
def move(invocation: Invocation, ids: tuple[int, ...], target: str) -> None:
    """Move letters into another mailbox of their account."""
    with invocation.store() as db:
        moved = 0
        for email_id in ids:
            for placement_id, account_id in placements_of(db, EmailId(email_id)):
                into = mailbox_of_account(db, target, account_id)
                moved += move_placements(db, [placement_id], into.id)
    click.echo(said("cli.move.done", n=moved), err=True)


@click.command(help=sentence("cli.fetch.help"))
@click.argument("ids", metavar="ID...", type=int, nargs=-1, required=True)
@click.option("--part", metavar="N", help=sentence("cli.fetch.part"))
@click.pass_obj
def fetch(invocation: Invocation, ids: tuple[int, ...], part: str | None) -> None:
    """Ask for the whole of letters that a lean line only began, or for one document."""
    if part is not None:
        if len(ids) > 1:
            raise Usage("cli.fetch.one_letter")
        with invocation.store() as db:
            is_asked = want_part(db, EmailId(ids[0]), part, clock.now())
        click.echo(said("cli.fetch.part_done" if is_asked else "cli.fetch.part_here"), err=True)
        return
    with invocation.store() as db:
        asked = sum(want(db, EmailId(email_id), clock.now()) for email_id in ids)
    click.echo(said("cli.fetch.done", n=asked, already=len(ids) - asked), err=True)
