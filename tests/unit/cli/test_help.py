"""Help in the person's language, whole: headings, words for values, the manual, completion."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from store.host.i18n import LANGUAGES
from tui.cli import pli, run

ROOT = Path(__file__).parents[3]
CLICKS_OWN = re.compile(
    r"Usage:|\[default|[\[ ]required\]|Show (this|the)|"
    r"\b(INTEGER|TEXT|RANGE|FILENAME|ARGS)\b"
)


def every_command(group: click.Group, ctx: click.Context) -> Iterator[click.Context]:
    """Every command there is, in its context."""
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=ctx)
        yield inner
        if isinstance(command, click.Group):
            yield from every_command(command, inner)


def told(language: str, *arguments: str, **environment: str) -> str:
    """What the command prints in a process of its own: help is made when it is imported."""
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=os.environ | {"PLI_LANG": language} | environment,
    ).stdout


def test_no_help_says_a_word_of_clicks_own() -> None:
    everyone = list(every_command(pli, click.Context(pli, info_name="pli")))
    assert len(everyone) > 60
    for ctx in everyone:
        words = ctx.command.get_help(ctx)
        assert words.startswith("Utilisation : pli ")
        assert not CLICKS_OWN.search(words), words
        assert ctx.command.help, f"{ctx.command_path} has no help"
        options = (p for p in ctx.command.params if isinstance(p, click.Option) and not p.hidden)
        bare = [each.name for each in options if not each.help]
        assert bare == [], f"{ctx.command_path} says nothing of these"


def test_the_help_of_english_is_english() -> None:
    words = told("en", "tui.cli", "list", "--help")
    assert words.startswith("Usage: pli list [OPTIONS] MAILBOX")
    assert "[otherwise: 50" in words
    assert "Shows this help and ends." in words


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_manual_is_up_to_date(language: str) -> None:
    kept = (ROOT / "docs" / "man" / language / "pli.1").read_text(encoding="utf-8")
    assert told(language, "tui.command_manual") == kept, "run `make man`"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_given(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    said = capsys.readouterr()
    assert "_PLI_COMPLETE" in said.out
    assert f"pli completion {shell}" in said.err


def test_a_shell_is_told_our_commands_and_options() -> None:
    asked = {"_PLI_COMPLETE": "bash_complete", "COMP_WORDS": "pli mailbox re", "COMP_CWORD": "2"}
    assert told("fr", "tui.cli", **asked).split() == ["plain,rename"]
    asked |= {"COMP_WORDS": "pli list --li", "COMP_CWORD": "2"}
    assert told("fr", "tui.cli", **asked).split() == ["plain,--limit"]


@pytest.mark.parametrize("command", ["demo", "completion"])
def test_what_opens_no_store_takes_none(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--help"]) == 0
    assert "--home" not in capsys.readouterr().out
    assert run([command, "--home", "ailleurs"]) == 2
    assert "--home" in capsys.readouterr().err
