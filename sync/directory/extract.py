"""Read a national extract: the file as it is published, line by line, never guessing. Pure.

Two are known, each by the names in its first line, whatever their order and their case: the
correspondence extract of the MSSanté mailboxes, and PS_LibreAcces_Personne_activite. A line that
cannot be read is left out and counted; what it may have meant is nobody's to guess.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b
from operator import itemgetter
from typing import NamedTuple

from store.compose import is_address
from store.db.fold import bare
from store.errors import Permanent
from store.model.directory import Listing, Source

MOST_LINE = 16_384
"""Octets of a line; the longest published one has under 1,000."""
MOST_CELL = 400
"""Characters of a cell; the rest is left out."""
YES = {"O", "OUI", "1", "TRUE"}
REASONS = ("cells", "utf8", "long", "address", "nobody")
"""Why a line is left out: see `directory.odd.*` in store/locales."""

FIELDS: dict[Source, dict[str, tuple[str, ...]]] = {
    Source.MSSANTE: {
        "box": ("type de bal",),
        "email": ("adresse bal",),
        "national_id": ("identification nationale pp",),
        "title": ("civilite d exercice",),
        "family": ("nom d exercice",),
        "given": ("prenom d exercice",),
        "profession": ("libelle profession",),
        "speciality": ("libelle savoir faire",),
        "structure_type": ("type identifiant structure",),
        "structure_id": ("identification structure",),
        "structure": ("raison sociale structure bal",),
        "sign": ("enseigne commerciale structure bal",),
        "service": ("service de rattachement",),
        "paperless": ("dematerialisation",),
        "number": ("l4numerovoie",),
        "number_more": ("l4complementnumerovoie",),
        "way": ("nl4typevoie", "l4typevoie"),
        "way_name": ("l4libellevoie",),
        "town": ("l6ligneacheminement",),
        "postcode": ("code postal",),
    },
    Source.LIBRE_ACCES: {
        "email": ("adresse e mail coord structure",),
        "national_id": ("identification nationale pp",),
        "title": ("libelle civilite d exercice", "libelle civilite exercice"),
        "family": ("nom d exercice",),
        "given": ("prenom d exercice",),
        "profession": ("libelle profession",),
        "speciality": ("libelle savoir faire",),
        "finess": ("numero finess site",),
        "siret": ("numero siret site",),
        "structure": ("raison sociale site",),
        "sign": ("enseigne commerciale site",),
        "number": ("numero voie coord structure",),
        "number_more": ("indice repetition voie coord structure",),
        "way": ("libelle type de voie coord structure",),
        "way_name": ("libelle voie coord structure",),
        "town": ("libelle commune coord structure",),
        "postcode": ("code postal coord structure",),
        "phone": ("telephone coord structure",),
    },
}
"""Field -> the names its column has had, bare (store/db/fold.py)."""
NEEDED = {
    Source.MSSANTE: {"box", "email", "national_id", "family", "given"},
    # Its own names for a place: else the other extract, short of a column, would be taken for it.
    Source.LIBRE_ACCES: {"national_id", "family", "given", "profession", "structure", "siret"},
}


class Shape(NamedTuple):
    """How the lines of a file are read."""

    source: Source
    separator: str
    cells: int
    at: dict[str, int]
    """Field -> which cell."""


class Odd(Counter[str]):
    """Lines left out, by why: one of REASONS."""

    first_line = 0
    """The number of the first of them, from 1; 0 when there is none."""


def shape_of(first_line: bytes) -> Shape:
    """What an extract is, by its first line.

    Raises:
        Permanent: `directory.not_an_extract`.
    """
    try:
        words = first_line.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise Permanent("directory.not_an_extract") from error
    separator = max("|;", key=words.count)
    names = [bare(name) for name in _cells(words, separator)]
    for source, fields in FIELDS.items():
        at = {
            field: names.index(name)
            for field, known in fields.items()
            for name in known
            if name in names
        }
        if at.keys() >= NEEDED[source]:
            return Shape(source, separator, len(names), at)
    raise Permanent("directory.not_an_extract")


def listings(shape: Shape, lines: Iterable[bytes], odd: Odd) -> Iterator[Listing]:
    """Each line after the first as a Listing; what cannot be one is counted in `odd`."""
    read = _reader(shape)
    for number, raw in enumerate(lines, 2):
        raw = raw.rstrip(b"\r\n")
        if not raw:
            continue
        found = read(raw)
        if isinstance(found, str):
            odd[found] += 1
            odd.first_line = odd.first_line or number
        else:
            yield found


def _reader(shape: Shape) -> Callable[[bytes], Listing | str]:
    """A function of one line, its columns looked up once: it runs two million times."""
    width = max(shape.at.values()) + 1  # a cell that no line has stands for what is not published
    pick = itemgetter(*(shape.at.get(field, width) for field in PICKED))
    separator, count, mail = shape.separator, shape.cells, shape.source is Source.MSSANTE

    def read(raw: bytes) -> Listing | str:
        if len(raw) > MOST_LINE:
            return "long"
        try:
            words = raw.decode()
        except UnicodeDecodeError:
            return "utf8"
        cells = words.split(separator) if separator == "|" else _cells(words, separator)
        if len(cells) != count and not _trailing(cells, count):
            return "cells"
        cells[width:] = [""]
        if len(raw) > MOST_CELL:
            cells = [cell[:MOST_CELL] for cell in cells]
        return _listing(raw, pick(cells), mail)

    return read


PICKED = (
    *("email", "national_id", "box", "title", "family", "given", "profession", "speciality"),
    *("structure_type", "structure_id", "finess", "siret", "structure", "sign", "service"),
    *("number", "number_more", "way", "way_name", "postcode", "town", "phone", "paperless"),
)
"""The fields of a line, in the order in which `_listing` takes them."""


def _listing(raw: bytes, picked: tuple[str, ...], mail: bool) -> Listing | str:
    # fmt: off
    (
        email, national_id, box, title, family, given, profession, speciality,
        kind, own, finess, siret, structure, sign, service,
        number, number_more, way, way_name, postcode, town, phone, paperless,
    ) = picked
    # fmt: on
    email, national_id = email.strip(), national_id.strip()
    if not is_address(email):
        if mail or email:
            return "address"
        email = ""
    if not mail and not national_id:
        return "nobody"
    own = own.strip()
    if not mail:
        kind, own = ("1", finess) if finess else ("3", siret)
    if own and not (own.startswith(kind) and len(own) in (10, 15)):
        own = kind + own
    street = " ".join(filter(None, (number, number_more, way, way_name)))
    return Listing(  # by position: half a million times, names cost a sixth more
        int.from_bytes(blake2b(raw, digest_size=8).digest(), "big", signed=True),
        national_id,
        email,
        box if mail else "",
        title,
        family.strip(),
        given.strip(),
        profession,
        speciality,
        own,
        structure or sign,
        service if mail else "",
        street,
        postcode,
        town_of(town),
        phone,
        mail and paperless.upper() in YES,
    )


@lru_cache(50_000)
def town_of(line: str) -> str:
    """The town of a line '21000 DIJON CEDEX 9'; a line without a postcode is a town."""
    first, _, rest = line.strip().partition(" ")
    return (rest if first[:1].isdigit() and rest else line).strip()


def _trailing(cells: list[str], count: int) -> bool:
    """A separator more or less at the end of a line says nothing."""
    if len(cells) == count + 1 and not cells[-1]:
        cells.pop()
    elif len(cells) == count - 1:
        return False
    return len(cells) == count


def _cells(words: str, separator: str) -> list[str]:
    """Those of a file separated by ';' may be quoted, as its spreadsheet writes them."""
    if separator == "|" or '"' not in words:
        return words.split(separator)
    return next(csv.reader([words], delimiter=separator))
