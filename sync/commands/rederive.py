"""`pli rederive`: open, read and judge every letter again, from the octets that were received."""

from __future__ import annotations

import asyncio

import click

from store.db.open import Connection, write
from store.db.opened import read_all_anew
from store.host.i18n import sentence
from store.host.invocation import Invocation
from store.host.keys import DataKey
from store.host.lock import node_runs
from store.host.log import to_file
from store.plain import said
from sync.derive import derive_emails, read_pdf_texts
from sync.opening.duty import keep_letters


@click.command(help=sentence("cli.rederive.help"))
@click.pass_obj
def rederive(invocation: Invocation) -> None:
    """Everything that can be made anew is; a running node does it, for it would anyway."""
    home, key = invocation.chosen_home(), invocation.unlock()
    with invocation.store() as db:
        to_file(home)
        with write(db):
            letters = read_all_anew(db)
        if node_runs(home):
            click.echo(said("cli.rederive.by_node", n=letters), err=True)
            return
        asyncio.run(_read_anew(db, key))
    click.echo(said("cli.rederive.done", n=letters), err=True)


async def _read_anew(db: Connection, key: DataKey) -> None:
    derive_emails(db)
    await keep_letters(db, key=key)
    while await read_pdf_texts(db):
        derive_emails(db)
