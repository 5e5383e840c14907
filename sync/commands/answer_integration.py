"""`pli answer-integration`: tell the sender that a document was filed, or why it could not be."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import click

from store.errors import Permanent, Usage
from store.host.clock import now
from store.host.i18n import sentence
from store.host.invocation import Invocation
from store.host.log import to_file
from store.model.ids import AccountId, EmailId
from sync.commands.send import leave_and_tell
from sync.commands.ways import both_books, tell_ways
from sync.dispatch.answering import answer, answering
from sync.documents.mdn import FilingError
from sync.keyring import opened_keys
from sync.smime.signatures import Signer

CODES = [each.value for each in FilingError]


@click.command("answer-integration", help=sentence("cli.answer.help"))
@click.argument("email_id", metavar="ID", type=int)
@click.option(
    "--code",
    type=click.Choice([str(each) for each in FilingError]),
    help=sentence("cli.answer.code"),
)
@click.option("--filed", is_flag=True, help=sentence("cli.answer.filed"))
@click.option("--dry-run", is_flag=True, help=sentence("cli.send.dry_run"))
@click.option("--json", "as_json", is_flag=True, help=sentence("cli.option.json"))
@click.pass_context
def answer_integration(
    ctx: click.Context, email_id: int, code: str | None, filed: bool, dry_run: bool, as_json: bool
) -> None:
    """Say the way, queue the receipt, let it leave."""
    if (code is None) is not filed:
        raise Usage("answer.one_of")
    invocation = ctx.ensure_object(Invocation)
    key = invocation.unlock()
    with invocation.store() as db:
        to_file(invocation.chosen_home())
        about = answering(db, EmailId(email_id))
        at = now()
        with both_books(invocation, db, [about.to]) as shelf:
            if not tell_ways(shelf, about.account, [about.to], about.content, at=at):
                raise Permanent("send.no_way")
        if dry_run:
            ctx.exit(0)

        def keys(account_id: AccountId) -> Sequence[Signer]:
            return opened_keys(db, key, account_id)

        error = FilingError(code) if code else None
        queued = asyncio.run(answer(db, EmailId(email_id), error, now=at, keys=keys))
        done = leave_and_tell(db, invocation, [queued], as_json=as_json)
    ctx.exit(done)
