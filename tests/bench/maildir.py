"""Which letters lie in a Maildir, and which of them are flagged: what every peer leaves behind."""

from __future__ import annotations

from pathlib import Path

from tests.bench.letters import number_in

HEAD_OCTETS = 4000
"""The subject lies within them, whatever a program put above it."""


class Maildir:
    """One mailbox; a letter is known by the number its subject says (tests/bench/letters.py)."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._numbers: dict[str, int] = {}

    def letters(self) -> dict[int, bool]:
        """The number of each letter, and whether it is flagged. Each file is read only once."""
        found = {}
        for file in self._files():
            number = self._number(file)
            if number is not None:
                found[number] = "F" in file.name.rpartition(":2,")[2]
        return found

    def flag_newest(self, count: int) -> None:
        """Flag them as a mail reader does: by the name of the file."""
        by_number = {n: file for file in self._files() if (n := self._number(file)) is not None}
        for _, file in sorted(by_number.items())[-count:]:
            name, _, flags = file.name.partition(":2,")
            flagged = "".join(sorted({*flags, "F"}))
            file.rename(file.parent.parent / "cur" / f"{name}:2,{flagged}")

    def _files(self) -> list[Path]:
        return [file for part in ("cur", "new") for file in self._root.joinpath(part).glob("*")]

    def _number(self, file: Path) -> int | None:
        known = file.name.partition(":2,")[0]
        if known not in self._numbers:
            try:
                with file.open("rb") as letter:
                    number = number_in(letter.read(HEAD_OCTETS))
            except FileNotFoundError:
                return None  # renamed since it was listed; the next look finds it
            if number is None:
                return None
            self._numbers[known] = number
        return self._numbers[known]
