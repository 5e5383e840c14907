"""Spelling: the words a dictionary of this machine does not know.

A child process, hunspell or aspell, is given the text by a pipe and nothing else: no network, no
file, no personal dictionary, a few seconds. Without it, or without its dictionary, there is no
check and it is said.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import Collection, Iterator
from enum import StrEnum
from typing import NamedTuple

from store.errors import Usage
from store.host.i18n import language
from store.model.sender_identity import DICTIONARY, NO_CHECK
from tui.quotes import is_of_another

SECONDS = 10.0
MOST_CHARACTERS = 100_000
MOST_DOUBTS = 200
MOST_OCTETS = 4_000_000
"""Of what the child says: a mad one fills no memory."""
DICTIONARIES = {"fr": "fr_FR", "en": "en_GB"}
WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
SPLIT = re.compile(r"['\u2019-]")
"""A dictionary may take a word with an apostrophe for two."""
DOUBT = re.compile(r"[&#?] (\S+)(?: \d+)? (\d+)(?:: (.*))?")


class Doubt(NamedTuple):
    """A word that the dictionary does not have."""

    word: str
    start: int
    """Characters before it in the text."""
    suggestions: tuple[str, ...]


class Looked(StrEnum):
    """How much of a text the dictionary is asked about."""

    ALL = "all"
    OWN = "own"
    """What is quoted is somebody else's."""
    AT_FIRST = "at_first"


def looked_at(text: str) -> Looked:
    """As `doubts` does."""
    if len(text) > MOST_CHARACTERS:
        return Looked.AT_FIRST
    return Looked.OWN if text.startswith(">") or "\n>" in text else Looked.ALL


def checker(dictionary: str) -> list[str] | None:
    """The command that checks by this dictionary; None when this machine has none.

    Raises:
        Usage: `spelling.off`, `spelling.bad_dictionary`.
    """
    if dictionary == NO_CHECK:
        raise Usage("spelling.off")
    chosen = dictionary or DICTIONARIES[language()]
    if not DICTIONARY.fullmatch(chosen):
        raise Usage("spelling.bad_dictionary", dictionary=chosen)
    if found := shutil.which("hunspell"):
        return [found, "-a", "-i", "UTF-8", "-p", os.devnull, "-d", chosen]
    if found := shutil.which("aspell"):
        alone = f"--personal={os.devnull}"
        return [found, "-a", "--encoding=utf-8", alone, f"--lang={chosen}"]
    return None


async def doubts(text: str, dictionary: str) -> list[Doubt]:
    """The doubtful words of a text, in its order; what is quoted is somebody else's.

    Raises:
        Usage: `spelling.no_program`, `spelling.failed`, and those of `checker`.
    """
    command = checker(dictionary)
    if command is None:
        raise Usage("spelling.no_program")
    lines = text[:MOST_CHARACTERS].split("\n")
    # '^': whatever the line begins with, it is text and no command.
    asked = "".join(f"^{'' if is_of_another(line) else line}\n" for line in lines)
    try:
        said = await asyncio.wait_for(_said(command, asked.encode()), SECONDS)
    except (TimeoutError, OSError) as error:
        raise Usage("spelling.failed", dictionary=command[-1].rpartition("=")[2]) from error
    return list(_read(said, lines))[:MOST_DOUBTS]


async def unknown(words: Collection[str], dictionary: str) -> set[str]:
    """Those of these words that the dictionary does not have: no suggestion is worked out for them,
    which takes a dictionary longer than all the rest.

    Raises:
        Usage: as `doubts`.
    """
    command = checker(dictionary)
    if command is None:
        raise Usage("spelling.no_program")
    listing = [*command[:1], "list", *command[2:]]
    if command[0].endswith("hunspell"):
        listing = [*command[:1], "-l", *command[2:]]
    asked = "".join(f"{word}\n" for word in words)
    try:
        said = await asyncio.wait_for(_said(listing, asked.encode(), banner=b""), SECONDS)
    except (TimeoutError, OSError) as error:
        raise Usage("spelling.failed", dictionary=command[-1].rpartition("=")[2]) from error
    doubtful = set(said.split())
    return {word for word in words if doubtful & {word, *SPLIT.split(word)}}


async def _said(command: list[str], asked: bytes, *, banner: bytes = b"@") -> str:
    """What it answers. It is ended whatever happens."""
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "HOME": os.sep}
    child = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment,
        cwd=os.sep,
        limit=MOST_OCTETS,
    )
    try:
        answer, _ = await child.communicate(asked)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode or len(answer) > MOST_OCTETS or not answer.startswith(banner):
        raise OSError("no answer of a dictionary")
    return answer.decode("utf-8", errors="replace")


def _read(said: str, lines: list[str]) -> Iterator[Doubt]:
    """The protocol of ispell: a line for each doubt, an empty one after each line of text."""
    row, start = 0, 0
    for answer in said.split("\n")[1:]:
        if row >= len(lines):
            return
        if not answer.strip():
            start += len(lines[row]) + 1
            row += 1
        elif (found := DOUBT.fullmatch(answer.strip())) is not None:
            # Where it says the word is may be in octets: the word itself is looked for.
            at = lines[row].find(found[1])
            if at >= 0:
                suggestions = tuple((found[3] or "").split(", ")) if found[3] else ()
                yield Doubt(found[1], start + at, suggestions)
