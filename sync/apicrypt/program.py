"""The vendor's program, which seals and opens: run, given files, and not trusted further.

A site that has Apicrypt gives two command lines, run without a shell, in which `{source}`,
`{result}` and, to seal, `{recipient}` stand for what changes:

    apicrypt -s {source} -o {result} -u alice.martin -k /srv/apicrypt/cles -d {recipient}

What is open lies for the time of one call in a directory of our own, in memory where the machine
has such a place, and is removed whatever happens; what a killed process of ours left is removed by
the next one. The program is given no word of ours besides; its
time and its output are bounded (sync/limited.py); what it prints is thrown away, never logged.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

from store.errors import NeedsUser, Permanent, Usage
from store.host.leftovers import left_behind, make
from sync.limited import CommandFailed, output_of

SECONDS = 60.0
MOST_OCTETS = 50 * 1024 * 1024
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a directory of our own, 0700, is made in it
OURS = "pli-apicrypt-"
"""How those directories begin."""
HOLE = re.compile(r"\{([a-z]*)\}")
SEALS, OPENS = frozenset({"source", "result", "recipient"}), frozenset({"source", "result"})
Run = Callable[[str, dict[str, str], bytes], bytes]


def check_command(command: str, holes: frozenset[str]) -> None:
    """Refuse a command line that could not do its work.

    Raises:
        Usage: `apicrypt.bad_command`.
    """
    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    named = set(HOLE.findall(command))
    if not words or named != holes or HOLE.search(words[0]):
        raise Usage("apicrypt.bad_command", holes=", ".join(f"{{{h}}}" for h in sorted(holes)))


def run(command: str, values: dict[str, str], octets: bytes) -> bytes:
    """What the program makes of `octets`.

    Args:
        command: with its holes.
        values: for the holes other than `source` and `result`.

    Raises:
        NeedsUser: `apicrypt.no_program`, it is not where the command says.
        Permanent: `apicrypt.failed`, it ended badly, said nothing, or too much.
    """
    clear_leftovers()
    directory = make(OURS, _place())
    try:
        source, result = directory / "source", directory / "result"
        source.write_bytes(octets)
        source.chmod(0o600)
        words = _words(command, {**values, "source": str(source), "result": str(result)})
        if shutil.which(words[0]) is None:
            raise NeedsUser("apicrypt.no_program")
        try:
            output_of(words, seconds=SECONDS, most_octets=MOST_OCTETS)
        except CommandFailed as error:
            raise Permanent("apicrypt.failed") from error
        return _read(result)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def clear_leftovers() -> None:
    """Remove what processes of ours that are no more have left open: nobody else will."""
    for found in left_behind(OURS, _place()):
        shutil.rmtree(found, ignore_errors=True)


def _place() -> Path:
    in_memory = os.access(IN_MEMORY, os.W_OK | os.X_OK)
    return IN_MEMORY if in_memory else Path(tempfile.gettempdir())


def _words(command: str, values: dict[str, str]) -> list[str]:
    """The argument list: a value never becomes two words, nor an option."""
    if any(value.startswith("-") for value in values.values()):
        raise Permanent("apicrypt.failed")
    return [HOLE.sub(lambda hole: values.get(hole[1], hole[0]), w) for w in shlex.split(command)]


def _read(result: Path) -> bytes:
    try:
        file = os.open(result, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise Permanent("apicrypt.failed") from error
    with os.fdopen(file, "rb") as opened:
        facts = os.fstat(opened.fileno())
        if not stat.S_ISREG(facts.st_mode) or not 0 < facts.st_size <= MOST_OCTETS:
            raise Permanent("apicrypt.failed")
        return opened.read(MOST_OCTETS)
