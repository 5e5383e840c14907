"""`drop.toml` as the commands read it: whole, as the node does.

An editor that saves in two writes, a copy over a share: half a rule can be a whole one with less to
forbid, and a command that writes the file would lose the other half.
"""

from __future__ import annotations

from time import sleep

import click

from store.db.open import Connection
from store.errors import NeedsUser
from store.host.paths import Home
from store.plain import said
from sync.drop.following import is_settling

LOOK_SECONDS, MOST_LOOKS = 1, 20


def wait_until_whole(db: Connection, home: Home) -> None:
    """Return once nobody is writing the file, or it says nothing new.

    Raises:
        NeedsUser: `drop.rules_changing`: it goes on changing.
    """
    for looks in range(MOST_LOOKS):
        if not is_settling(db, home):
            return
        if not looks:
            click.echo(said("cli.drop.settling"), err=True)
        sleep(LOOK_SECONDS)
    raise NeedsUser("drop.rules_changing")
