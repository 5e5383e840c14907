"""What is pasted: never taken for keys, without escape codes, on one line where there is only one.

A terminal puts a paste between two marks. Textual 8.2.8 looks for escapes between them too, and
gives up after 32 characters: what follows an escape is then typed, Ctrl+S and Return with it
(2026-11, `test_nothing_that_is_pasted_is_a_key`). Of a field of one line it takes the first line,
and says nothing of the others.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from textual.events import Paste
from textual.widgets import Input

from store.plain import FILLER
from tui.file_names import pasted_paths

BEGIN, END = "\x1b[200~", "\x1b[201~"
SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*+[ -/]*+[@-~]|\][^\x07\x1b]*+(?:\x07|\x1b\\))")
LINE_BREAK = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
CONTROL = re.compile(f"[\x00-\x08\x0e-\x1f\x7f-\x9f{FILLER}]")
"""Also what nobody sees, as soft hyphens: in a draft taken up again they would be numbers."""
MOST_IN_A_FIELD = 20_000
"""Characters of a field of one line: some 600 addresses."""


@runtime_checkable
class TakesSeveral(Protocol):
    """A field for several things, each on a line where they are copied from."""

    BETWEEN: str


class Pastes:
    """Takes what is pasted out of what is typed, wherever the line cuts it."""

    def __init__(self) -> None:
        self._before = ""
        """The last that came, for a mark may come by halves."""
        self._pasted: list[str] | None = None

    def take(self, text: str) -> Iterator[str | Paste]:
        """What was typed, with the marks, and what was pasted, in order."""
        while text:
            mark = BEGIN if self._pasted is None else END
            joined = self._before + text
            at = joined.find(mark)
            end = len(text) if at < 0 else at + len(mark) - len(self._before)
            come, text = text[:end], text[end:]
            self._before = joined[1 - len(mark) :] if at < 0 else ""
            if self._pasted is None:
                yield come
                self._pasted = None if at < 0 else []
                continue
            self._pasted.append(come)
            if at >= 0:
                yield Paste(without_codes("".join(self._pasted)[: -len(END)]))
                yield END
                self._pasted = None


def without_codes(text: str) -> str:
    """What is pasted, as a letter may hold it: words, tabs and line breaks."""
    return CONTROL.sub("", LINE_BREAK.sub("\n", SEQUENCE.sub("", text)))


def on_one_line(text: str, field: Input) -> str:
    """The lines of what is pasted, as `field` takes several things: none of them is left out."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if field.password or len(lines) < 2:
        return text.strip("\n").partition("\n")[0]
    if isinstance(field, TakesSeveral):
        return field.BETWEEN.join(line.rstrip(",; ") for line in lines)
    paths = pasted_paths(text)
    return " ".join(map(shlex.quote, paths) if paths else lines)


def is_too_long(text: str, field: Input) -> bool:
    """Whether it is more than such a field can show while one types."""
    return len(field.value) + len(text) > MOST_IN_A_FIELD
