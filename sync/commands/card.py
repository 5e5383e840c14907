"""A card for one command: its keys sign and open while the command lasts, and stay on the card."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from store.errors import Usage
from store.host.files import check_private
from store.host.i18n import sentence
from sync.smime.card import CardKey, card_keys

F = TypeVar("F", bound=Callable[..., Any])


def with_card(command: F) -> F:
    """The options `--card`, `--card-label` and `--card-pin-file`."""
    file = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
    for option in (
        click.option("--card-pin-file", type=file, help=sentence("cli.card.pin_file")),
        click.option("--card-label", metavar="L", help=sentence("cli.card.label")),
        click.option("--card", metavar="LIBRARY", help=sentence("cli.card")),
    ):
        command = option(command)
    return command


@contextmanager
def keys_of_card(
    library: str | None, label: str | None, pin_file: Path | None
) -> Iterator[list[CardKey]]:
    """The keys of the card that is there; none where no library is named.

    Raises:
        NeedsUser: as `card_keys`; `card.pin_not_private`.  Usage: `card.no_pin`.
    """
    if library is None:
        yield []
        return
    with card_keys(library, lambda: _pin(pin_file), label=label) as found:
        yield found


def _pin(file: Path | None) -> str:
    if file is not None:
        check_private(file, "card.pin_not_private")
        return file.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
    if not sys.stdin.isatty():
        raise Usage("card.no_pin")
    return getpass.getpass(sentence("card.ask_pin"))
