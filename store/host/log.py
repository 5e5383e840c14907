"""One line per event: a name and facts. Free text is refused: it is how patients end up in logs."""

from __future__ import annotations

import logging
import os
import re
import traceback
from enum import StrEnum
from pathlib import Path

from store.errors import MailError
from store.host.paths import Home

Fact = int | float | bool | StrEnum | None
CODE = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")


def event(
    log: logging.Logger, level: int, name: str, *, error: BaseException | None = None, **facts: Fact
) -> None:
    """Write `name key=value ...`; an error is written as its code or its class, never its words.

    Raises:
        TypeError: a fact is free text; log its id, size or code instead.
    """
    if not CODE.fullmatch(name):
        raise TypeError(f"{name!r} is not a dotted event name")
    for key, value in facts.items():
        if isinstance(value, str) and not isinstance(value, StrEnum):
            raise TypeError(f"log fact {key!r} is free text; log its id, size or code instead")
    words = "".join(f" {key}={value}" for key, value in facts.items())
    if error is not None:
        words += f" error={error.code if isinstance(error, MailError) else type(error).__name__}"
    log.log(level, "%s%s", name, words)


def to_file(home: Home) -> None:
    """Send every event of this process to the home's log file, and nothing to the terminal."""
    os.close(os.open(home.log, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600))
    handler = logging.FileHandler(home.log)
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")
    )
    # Only our own loggers: a library may log an address or a whole protocol line.
    for package in ("store", "sync", "tui"):
        logger = logging.getLogger(package)
        logger.setLevel(logging.INFO)
        logger.addHandler(handler)
        logger.propagate = False
    logging.getLogger().addHandler(logging.NullHandler())


def unexpected(home: Home, error: BaseException) -> bool:
    """Write where one of our bugs happened: its class and lines of code, never its words or values.

    Returns whether it was written: there may be no home, or none to write into.
    """
    frames = traceback.extract_tb(error.__traceback__)
    where = " ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    try:
        with home.log.open("a", encoding="utf-8") as file:
            file.write(f"bug.unexpected error={type(error).__name__} at {where}\n")
    except OSError:
        return False
    return True
