"""`pli demo`: the demo world and its screen; with --report, or without a terminal, its account."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
import tempfile
import textwrap
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from store.host.clock import now
from store.host.i18n import sentence
from store.host.log import to_file
from store.host.paths import Home
from store.plain import plain_words, said
from sync.demo.children import arguments, end, environment
from sync.demo.others import let_others_live
from sync.demo.report import run_report
from sync.demo.world import World, demo_world

READING_SECONDS = 30
"""Then the screen opens all the same: somebody may only watch."""
SCREEN_SECONDS = 20.0
"""The screen may have a node of its own to wait for."""


@click.command(help=sentence("cli.demo.help"))
@click.option("--report", "headless", is_flag=True, help=sentence("cli.demo.report"))
@click.pass_context
def demo(ctx: click.Context, headless: bool) -> None:
    """Open the demo world in the terminal, or check all of it and say so.

    Exit code: the screen's; of the report, 1 when a check failed.
    """
    headless = headless or not (sys.stdin.isatty() and sys.stdout.isatty())
    try:
        with _directory() as root:
            code = asyncio.run(_until_told(_report(root) if headless else _show(root)))
    except asyncio.CancelledError as error:
        raise click.Abort from error
    if not headless:
        click.echo(said("demo.unfinished", exit=code) if code else said("demo.goodbye"), err=True)
    ctx.exit(1 if code else 0)


@contextmanager
def _directory() -> Iterator[Path]:
    """A private directory that ends with the block, and this process's log in it."""
    with tempfile.TemporaryDirectory(prefix="pli-demo-", ignore_cleanup_errors=True) as name:
        to_file(Home(Path(name)))
        yield Path(name)


async def _report(root: Path) -> int:
    return await run_report(root, say=_say, now=now)


def _say(words: str) -> None:
    click.echo(plain_words(words))


async def _show(root: Path) -> int:
    """Run the real screen as a person would, until they leave it. Returns its exit code."""
    async with demo_world(root, now=now) as world:
        _welcome(world)
        await _read()
        others = asyncio.create_task(let_others_live(world, now=now))
        screen = await asyncio.create_subprocess_exec(
            *arguments(world.home), env=environment(world.key_file)
        )
        try:
            return await screen.wait()
        finally:
            others.cancel()
            await asyncio.gather(others, return_exceptions=True)
            await end(screen, seconds=SCREEN_SECONDS)


def _welcome(world: World) -> None:
    _tell("demo.welcome")
    _tell("demo.folder", folder=world.folder)
    _tell("demo.samples", samples=world.samples, folder=world.folder)
    _tell("demo.machine", machine=world.machine)
    _tell("demo.enter", seconds=READING_SECONDS)


def _tell(key: str, **facts: object) -> None:
    """Line by line, between words; what is set in is to be copied, and stays in one piece."""
    width = shutil.get_terminal_size().columns
    for line in sentence(key, **facts).split("\n"):
        for part in [line] if line.startswith(" ") else textwrap.wrap(line, width):
            click.echo(plain_words(part))


async def _read() -> None:
    """Give the time to read: the screen then covers what was said."""
    loop, entered = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), entered.set)
    try:
        with suppress(TimeoutError):
            await asyncio.wait_for(entered.wait(), READING_SECONDS)
    finally:
        loop.remove_reader(sys.stdin.fileno())
    if entered.is_set():
        sys.stdin.readline()


async def _until_told(work: Awaitable[int]) -> int:
    """Await `work`, which SIGTERM and the end of the terminal cancel, so that it puts away."""
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    return await work
