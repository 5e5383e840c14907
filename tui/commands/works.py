"""`pli works`: what takes long, and the wish that it wait."""

from __future__ import annotations

from dataclasses import asdict

import click

from store import work_words
from store.db.work_wishes import pause as pause_work
from store.db.work_wishes import resume as resume_work
from store.db.work_wishes import works as all_works
from store.host.clock import now
from store.host.i18n import sentence
from store.host.invocation import Invocation
from store.host.lock import node_runs
from store.model.work import Work
from store.plain import facts_line, plain_words, said
from tui.commands.look import as_json_option


@click.group(invoke_without_command=True, help=sentence("cli.works.help"))
@as_json_option
@click.pass_context
def works(ctx: click.Context, as_json: bool) -> None:
    """One line each: its name, what it is, how far, how long still."""
    if ctx.invoked_subcommand is not None:
        return
    invocation = ctx.ensure_object(Invocation)
    with invocation.store() as db:
        found = all_works(db)
    alive = node_runs(invocation.chosen_home())
    for each in found:
        if as_json:
            click.echo(facts_line(_facts(each)))
        else:
            line = work_words.line_words(each, node_alive=alive, now=now())
            click.echo(plain_words(f"{each.name:<14} {line}"))
    if not found:
        click.echo(said("works.none"), err=True)


@works.command(help=sentence("cli.works.pause"))
@click.argument("name", metavar="NAME")
@click.pass_obj
def pause(invocation: Invocation, name: str) -> None:
    """Let it wait."""
    with invocation.store() as db:
        done = pause_work(db, name, now())
    click.echo(said("work.will_pause" if done else "work.paused_already"), err=True)


@works.command(help=sentence("cli.works.resume"))
@click.argument("name", metavar="NAME")
@click.pass_obj
def resume(invocation: Invocation, name: str) -> None:
    """Let it go on."""
    with invocation.store() as db:
        done = resume_work(db, name, now())
    click.echo(said("work.will_resume" if done else "work.not_paused"), err=True)


def _facts(work: Work) -> dict[str, object]:
    return asdict(work) | {"seconds_left": work.seconds_left(now())}
