"""From a laboratory's own doctor codes to addresses: a CSV that its own people keep. Pure.

    code;adresse
    DUPONT01;dr.dupont@medecins.example

A spreadsheet writes it: semicolons, tabs or commas, in any encoding that they write. A line that
cannot be one stops the whole: half a list would hold some doctors' results and send others'.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from unicodedata import normalize

from store.compose import is_address
from store.errors import NeedsUser
from sync.documents.charset import decode

Doctors = Mapping[str, frozenset[str]]
"""Code, as `plain_code` -> its addresses: more than one is a doubt."""
MOST_OCTETS = 4 * 1024 * 1024
HEADINGS = (["code", "adresse"], ["code", "address"])


def plain_code(code: str) -> str:
    """A code as it compares: a Macintosh writes an accent as two characters."""
    return " ".join(normalize("NFC", code).split()).casefold()


def read_doctors(octets: bytes, path: str) -> Doctors:
    """The list.

    Raises:
        NeedsUser: `doctors.bad`, with the `line` that is wrong.
    """
    if len(octets) > MOST_OCTETS:
        raise NeedsUser("doctors.bad", path=path, line=1)
    lines = decode(octets).text.splitlines()
    separator = next((each for each in ";\t" if lines and each in lines[0]), ",")
    found: dict[str, dict[str, str]] = {}
    for number, line in enumerate(lines, 1):
        row = _cells(line, separator)
        if number == 1:
            right = [cell.lower() for cell in row] in HEADINGS
        elif not any(row):
            continue
        else:
            right = len(row) == 2 and bool(row[0]) and is_address(row[1])
        if not right:
            raise NeedsUser("doctors.bad", path=path, line=number)
        if number > 1:
            # One mailbox, however it is written.
            found.setdefault(plain_code(row[0]), {}).setdefault(row[1].casefold(), row[1])
    if not lines:
        raise NeedsUser("doctors.bad", path=path, line=1)
    return {code: frozenset(addresses.values()) for code, addresses in found.items()}


def _cells(line: str, separator: str) -> list[str]:
    try:
        cells = next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return [line]  # longer than a cell may be: no list
    return [cell.strip() for cell in cells]
