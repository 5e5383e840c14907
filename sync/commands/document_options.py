"""What `pli send --as xdm` takes beside the options of an ordinary letter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from store.host.i18n import sentence

F = TypeVar("F", bound=Callable[..., Any])
FORMS = ("xdm",)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentOptions:
    """The files and the wishes of one dispatch."""

    patient: Path | None
    document: Path | None
    results: Path | None
    to_patient: bool
    to_dmp: bool
    close: bool
    urgent: bool
    again: bool

    def said(self) -> dict[str, object]:
        """What was said, by its option."""
        return {f"--{name.replace('_', '-')}": value for name, value in asdict(self).items()}


def document_options(command: F) -> F:
    """Add them to a command."""
    file = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
    options = (
        click.option("--as", "form", type=click.Choice(FORMS), help=sentence("cli.send.as")),
        click.option("--patient", type=file, metavar="F", help=sentence("cli.send.patient")),
        click.option("--document", type=file, metavar="F", help=sentence("cli.send.document")),
        click.option("--results", type=file, metavar="F", help=sentence("cli.send.results")),
        click.option("--to-patient", is_flag=True, help=sentence("cli.send.to_patient")),
        click.option("--to-dmp", is_flag=True, help=sentence("cli.send.to_dmp")),
        click.option("--close", is_flag=True, help=sentence("cli.send.close")),
        click.option("--urgent", is_flag=True, help=sentence("cli.send.urgent")),
        click.option("--again", is_flag=True, help=sentence("cli.send.again")),
    )
    for option in reversed(options):
        command = option(command)
    return command
