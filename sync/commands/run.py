"""`pli sync` and `pli node`: one pass, or until stopped."""

from __future__ import annotations

import asyncio

import click

from store import reasons
from store.db.accounts import account as account_now
from store.db.accounts import account_by_name, accounts, want_sync
from store.db.open import Connection
from store.errors import MailError
from store.host.clock import now
from store.host.i18n import explain, sentence
from store.host.invocation import Invocation
from store.host.lock import node_runs
from store.host.log import to_file
from store.model.account import Account, Link
from store.plain import said
from sync.apicrypt.program import clear_leftovers
from sync.commands.as_node import as_node
from sync.commands.ending import run_until_told, when_told
from sync.passes import whole_pass

PATIENCE_SECONDS = 600


@click.command(help=sentence("cli.sync.help"))
@click.argument("name", metavar="[ACCOUNT]", required=False)
@click.pass_context
def sync(ctx: click.Context, name: str | None) -> None:
    """One full pass over every account, or one, then exit. A running node is asked to do it."""
    invocation = ctx.ensure_object(Invocation)
    home, key = invocation.chosen_home(), invocation.unlock()
    with invocation.store() as db:
        to_file(home)
        chosen = accounts(db) if name is None else [account_by_name(db, name)]
        if not chosen:
            click.echo(said("cli.sync.no_account"), err=True)
        failed = 0
        for each in chosen:
            try:
                if node_runs(home):
                    asyncio.run(_ask_node(db, each))
                    click.echo(said("cli.sync.by_node", name=each.name), err=True)
                else:
                    with as_node(db, home):
                        report = run_until_told(whole_pass(db, each, home, key))
                    click.echo(said("cli.sync.done", name=each.name, **report.facts()), err=True)
            except MailError as error:
                failed += 1
                click.echo(said("tui.said_of", who=each.name, words=explain(error)), err=True)
    ctx.exit(1 if failed else 0)


async def _ask_node(db: Connection, account: Account) -> None:
    """Wish for a pass and wait until the running node has made it, or says why it cannot."""
    asked = want_sync(db, account.id, now())
    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE_SECONDS
    while loop.time() < until:
        await asyncio.sleep(0.25)
        seen = account_now(db, account.id)
        if seen.last_synced_at is not None and seen.last_synced_at > asked:
            return
        if seen.link in (Link.OFFLINE, Link.NEEDS_USER) and seen.last_error:
            raise MailError(seen.last_error, **reasons.facts(seen))
    raise MailError("sync.node_silent")


@click.command(help=sentence("cli.node.help"))
@click.pass_obj
def node(invocation: Invocation) -> None:
    """Run until SIGTERM, SIGINT or SIGHUP; a second one does not wait for what is unfinished."""
    from sync.node import run_node

    home, key = invocation.chosen_home(), invocation.unlock()
    to_file(home)
    clear_leftovers()

    async def until_told() -> None:
        stop = asyncio.Event()
        when_told(stop.set)
        await run_node(home, key, stop=stop)

    asyncio.run(until_told())
