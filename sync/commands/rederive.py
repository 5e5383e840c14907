"""`pli rederive`: open, read and judge every letter again, from the octets that were received."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from store.db.open import Connection, write
from store.db.opened import read_all_anew
from store.host.i18n import sentence
from store.host.invocation import Invocation
from store.host.keys import DataKey
from store.host.lock import node_runs
from store.host.log import to_file
from store.plain import said
from sync.commands.bar import bar
from sync.commands.card import keys_of_card, with_card
from sync.derive import BATCH, derive_emails, read_pdf_texts
from sync.documents.duty import read_documents
from sync.opening.duty import keep_letters, open_with


@click.command(help=sentence("cli.rederive.help"))
@with_card
@click.pass_obj
def rederive(
    invocation: Invocation, card: str | None, card_label: str | None, card_pin_file: Path | None
) -> None:
    """Everything that can be made anew is; a running node does it, for it would anyway.

    With a card, what stays sealed is tried with its keys, here: the node has no PIN.
    """
    home, key = invocation.chosen_home(), invocation.unlock()
    with invocation.store() as db:
        to_file(home)
        if card is not None:
            with keys_of_card(card, card_label, card_pin_file) as held:
                opened = asyncio.run(open_with(db, held))
            click.echo(said("cli.rederive.opened", n=opened), err=True)
            return
        with write(db):
            letters = read_all_anew(db)
        if node_runs(home):
            click.echo(said("cli.rederive.by_node", n=letters), err=True)
            return
        with bar("cli.rederive.letters") as tell:
            done = 0
            while more := derive_emails(db, most=BATCH):
                done += more
                tell(done, letters)
        click.echo(said("cli.rederive.documents"), err=True)
        asyncio.run(_read_anew(db, key))
    click.echo(said("cli.rederive.done", n=letters), err=True)


async def _read_anew(db: Connection, key: DataKey) -> None:
    await keep_letters(db, key=key)
    await read_documents(db)
    while await read_pdf_texts(db):
        derive_emails(db)
