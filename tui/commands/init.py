"""`pli init`: make an empty, locked store."""

from __future__ import annotations

import getpass
import sys

import click

from store.db.migrate import migrate
from store.db.open import connect
from store.errors import Usage
from store.host import keys
from store.host.i18n import sentence
from store.host.invocation import Invocation
from store.plain import said


@click.command(help=sentence("cli.init.help"))
@click.pass_obj
def init(invocation: Invocation) -> None:
    """Create the home, the wrapped data key, and the empty database.

    keys.json is written last but one and by rename, so an interrupted `init` can be run again.
    """
    home = invocation.chosen_home()
    if home.exists():
        raise Usage("store.exists", home=str(home.root))
    home.check_no_letters()
    key_file, passphrase = invocation.chosen_key_file(), invocation.chosen_passphrase()
    if key_file is None and passphrase is None:
        passphrase = _ask_twice()
    key = keys.create(home, passphrase=passphrase, key_file=key_file)
    db = connect(home, key)
    try:
        migrate(db)
    finally:
        db.close()
    click.echo(said("cli.init.done", home=home.root), err=True)


def _ask_twice() -> str:
    if not sys.stdin.isatty():
        raise Usage("key.nothing_given_for_init")
    first = getpass.getpass(sentence("key.ask_new", least=keys.MIN_PASSPHRASE))
    if getpass.getpass(sentence("key.ask_again")) != first:
        raise Usage("key.differ")
    return first
