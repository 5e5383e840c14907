"""`pli apicrypt`: the vendor's programs that seal and open the letters of an account."""

from __future__ import annotations

import click

from store.db.accounts import account_by_name
from store.db.apicrypt import Programs, programs, set_programs
from store.host.i18n import sentence
from store.host.invocation import Invocation
from store.plain import said
from sync.apicrypt.program import OPENS, SEALS, check_command


@click.command(help=sentence("cli.apicrypt.help"))
@click.argument("account")
@click.option("--seal", help=sentence("cli.apicrypt.seal"))
@click.option("--open", "open_", help=sentence("cli.apicrypt.open"))
@click.option("--none", "nothing", is_flag=True, help=sentence("cli.apicrypt.none"))
@click.pass_obj
def apicrypt(
    invocation: Invocation, account: str, seal: str | None, open_: str | None, nothing: bool
) -> None:
    """Give the programs, or take them away, then say what holds."""
    for command, holes in ((seal, SEALS), (open_, OPENS)):
        if command:
            check_command(command, holes)
    with invocation.store() as db:
        known = account_by_name(db, account)
        before = Programs() if nothing else programs(db, known.id)
        wanted = Programs(
            seal=before.seal if seal is None else seal,
            open=before.open if open_ is None else open_,
        )
        set_programs(db, known.id, wanted)
    if not any(wanted):
        click.echo(said("apicrypt.none", account=account))
    for name, command in wanted._asdict().items():
        if command:
            click.echo(said("tui.said_of", who=name, words=command))
