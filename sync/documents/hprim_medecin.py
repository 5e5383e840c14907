"""HPRIM Médecin: twelve lines that say who, free text, then results in lines of their own. Pure.

Rules: "H.PR.I.M. Médecins" 3.0 (1997) as bluegyn.com repeats it; the fields of RES as Episodus
notes them (nautilus, importHPRIM2); what is met in the wild: FreeMedForms, Mediboard, MedShakeEHR
(docs/documents.md). Nobody checks these files: marks of the end are missing or doubled, the
thirteenth line is a blank or already text. What cannot be read is told, and stays in the text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from store.errors import Permanent
from store.model.document import (
    Format,
    HealthDocument,
    Identifier,
    Moment,
    Professional,
    Traits,
)
from sync.documents import hprim_results, said
from sync.documents.charset import decode
from sync.documents.delimited import MOST_LINES, line_ends, lines_of, unique
from sync.documents.judgement import state_of_whole
from sync.documents.results_table import results_table

MOST_OCTETS = 32 * 1024 * 1024
HEADER = 12
NAME, GIVEN, BIRTH, NSS, FILE, DAY, SENDER, RECIPIENT = 1, 2, 6, 7, 8, 9, 10, 11
"""Places of its lines, the first being 0."""
TOWN_AT = 5
TOWN = re.compile(r"[0-9]{5}\s+\D+")
MOST_BLANK = 3
"""Blank lines before a header that are not its empty first line."""
LONGEST_LINE = 200
"""Characters: no line of a header is longer (its fields are 10 to 50)."""
MARK = re.compile(r"\*{2,6} ?(LAB|FIN ?FICHIER|FIN) ?\*{2,6}", re.I)
LAB, END, END_OF_FILE = "LAB", "FIN", "FINFICHIER"
WORDS = re.compile(r"TEX(?:\||$)")
BREAK = re.compile(r"<br ?/?>[ \t]{0,8}(?:\r\n|\r|\n)?", re.I)
ENTITY = re.compile(r"&(?:[A-Za-z]{2,8}|#[0-9]{1,5});")
CODE_PLACES = 10
"""A sender or a recipient is a code of up to ten places, then a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The lines about one patient."""

    lines: tuple[str, ...]
    ended: bool
    """By ****FIN****."""


def looks_so(text: str) -> bool:
    """Whether a text is one: by its marks, else by two days and two names where they belong."""
    lines = lines_of(_without_markup(text[: 1 << 20]))
    return any(mark_of(line) for line in lines) or _header_at(lines) is not None


def read(octets: bytes) -> tuple[HealthDocument, ...]:
    """One document for each patient of the file, in its order.

    Raises:
        Permanent: `hprim.too_large`, `hprim.not_one`.
    """
    if len(octets) > MOST_OCTETS:
        raise Permanent("hprim.too_large")
    decoded = decode(octets)
    text = _without_markup(decoded.text)
    if line_ends(text) > MOST_LINES:
        raise Permanent("hprim.too_large")
    lines = lines_of(text)
    if not any(map(mark_of, lines)) and _header_at(lines) is None:
        raise Permanent("hprim.not_one")
    blocks, problems = _blocks(lines)
    told = unique([*decoded.warnings, *problems])
    if not blocks:
        raise Permanent("hprim.not_one")
    return tuple(_document(block, told) for block in blocks)


def mark_of(line: str) -> str:
    """LAB, END or END_OF_FILE when a line is one of the marks, whatever its asterisks; else ''."""
    bare = line.strip()
    if not bare.startswith("**") or len(bare) > 30:
        return ""
    found = MARK.fullmatch(bare)
    return found[1].upper().replace(" ", "") if found else ""


def _without_markup(text: str) -> str:
    """A file that a web page made: <br> ends its lines, letters are entities."""
    text = BREAK.sub("\n", text)
    return ENTITY.sub(lambda found: html.unescape(found[0]), text)


def _blocks(lines: list[str]) -> tuple[list[Block], list[str]]:
    """The patients of a file, and what is wrong with its marks."""
    blocks: list[Block] = []
    told: list[str] = []
    held: list[str] = []
    closed = 0
    for line in lines:
        mark = mark_of(line)
        if mark not in (END, END_OF_FILE):
            held.append(line)
            continue
        closed += mark == END_OF_FILE
        if any(each.strip() for each in held):
            if closed > (mark == END_OF_FILE):
                told.append("hprim.after_end")
            blocks += _patients(held, ended=mark == END)
        held = []
    if any(line.strip() for line in held):
        if closed:
            told.append("hprim.after_end")
        blocks += _patients(held, ended=False)
    if closed != 1 or not all(block.ended for block in blocks):
        told.append("hprim.end_marks")
    return blocks, told


def _patients(lines: list[str], *, ended: bool) -> Iterator[Block]:
    """The patients between two marks: one, unless a mark is missing between their headers.

    Nothing is worse than one patient's results under the name of another.
    """
    begun = 0
    for place in range(HEADER, len(lines) - DAY):
        if place >= begun + HEADER and _is_whole_header(lines[place : place + HEADER]):
            yield Block(lines=tuple(lines[begun:place]), ended=False)
            begun = place
    yield Block(lines=tuple(lines[begun:]), ended=ended)


def _is_whole_header(lines: list[str]) -> bool:
    """Whether lines in the middle of a text are a header beyond doubt: days, names, a number."""
    if not lines[BIRTH].strip()[:1].isdigit() or not lines[DAY].strip()[:1].isdigit():
        return False
    town = lines[TOWN_AT].strip()[:LONGEST_LINE]
    numbered = any(_has_digit(lines[place]) for place in (0, NSS))
    named = not (_has_digit(lines[NAME]) or _has_digit(lines[GIVEN]))
    lives = bool(TOWN.fullmatch(town)) or (numbered and not town)
    return named and lives and _is_header(lines)


def _has_digit(line: str) -> bool:
    return any(map(str.isdigit, line[:LONGEST_LINE]))


def _header_at(lines: list[str] | tuple[str, ...]) -> int | None:
    """Where the twelve lines begin: after blank lines, if so the days and names fall into place."""
    for start in range(MOST_BLANK + 1):
        if start and lines[start - 1 : start] and lines[start - 1].strip():
            return None
        if _is_header(lines[start : start + HEADER]):
            return start
    return None


def _is_header(lines: list[str] | tuple[str, ...]) -> bool:
    # What FreeMedForms asks for (hprimparser.cpp): a name, a given name, a birth day; and the day
    # of the file, which may be empty, so that a letter with a date in it is not taken for one.
    if len(lines) < RECIPIENT or any(len(line) > LONGEST_LINE for line in lines):
        return False
    names = all(any(map(str.isalpha, lines[place])) for place in (NAME, GIVEN))
    return (
        names and said.is_day(lines[BIRTH]) and (not lines[DAY].strip() or said.is_day(lines[DAY]))
    )


def _document(block: Block, told: tuple[str, ...]) -> HealthDocument:
    start = _header_at(block.lines)
    if start is None:
        return HealthDocument(
            format=Format.HPRIM_MEDECIN,
            **_body(block.lines, None),
            warnings=unique([*told, "hprim.no_header"]),
        )
    header = [line.strip() for line in block.lines[start : start + HEADER]]
    header += [""] * (HEADER - len(header))
    seen = said.moment(header[DAY])
    patient, doubts = _patient(header, seen)
    return HealthDocument(
        format=Format.HPRIM_MEDECIN,
        identifier=Identifier(root="", extension=header[FILE]) if header[FILE] else None,
        service_at=seen,
        patient=patient,
        authors=_sender(block.lines[start : start + HEADER]),
        recipients=_recipient(block.lines[start : start + HEADER]),
        **_body(block.lines[start + HEADER :], seen),
        warnings=unique([*told, *doubts]),
    )


def _patient(header: list[str], seen: Moment | None) -> tuple[Traits, list[str]]:
    """The traits of lines 1 to 8. Line 2 is "the name": of birth or used, nobody says."""
    born = said.birth_day_of(header[BIRTH], seen.day if seen else "")
    numbers = (header[0], header[NSS])
    traits = Traits(
        used_name=header[NAME],
        given_names=(header[GIVEN],) if header[GIVEN] else (),
        birth_day=born,
        # Line 8 is a number of social security, an insured parent's for a child: it is no INS.
        identifiers=tuple(Identifier(root="", extension=each) for each in numbers if each),
        address="\n".join(line for line in header[3:6] if line),
    )
    return traits, [] if born else ["hprim.birth_day"]


def _sender(header: tuple[str, ...]) -> tuple[Professional, ...]:
    """Line 11. A laboratory nearly always; a name is all that is said."""
    code, name = coded_name(header[SENDER] if len(header) > SENDER else "")
    if not (code or name):
        return ()
    identifier = Identifier(root="", extension=code) if code else None
    return (Professional(organization=name, organization_identifier=identifier),)


def _recipient(header: tuple[str, ...]) -> tuple[Professional, ...]:
    """Line 12. The whole name stands in `family_name`: which word is which is not said."""
    code, name = coded_name(header[RECIPIENT] if len(header) > RECIPIENT else "")
    if not (code or name):
        return ()
    identifier = Identifier(root="", extension=code) if code else None
    return (Professional(family_name=name, identifier=identifier),)


def coded_name(line: str) -> tuple[str, str]:
    """The code and the name of a line 11 or 12; a line that has no clear code is all name."""
    line = line.rstrip()
    bare = line.strip()
    first, _, rest = bare.partition(" ")
    rest = rest.strip()
    if not rest:
        return "", bare
    begins = line.index(first)
    named_at = line.index(rest, begins + len(first))
    in_its_places = begins + len(first) <= CODE_PLACES <= named_at
    # An RPPS has eleven digits and overflows its ten places; an ADELI has nine.
    is_number = re.fullmatch(r"[0-9]{9}|[0-9]{11}", first) is not None
    return (first.strip(".") or "", rest) if in_its_places or is_number else ("", bare)


def _body(lines: tuple[str, ...], seen: Moment | None) -> hprim_results.Body:
    """The words and the results below a header."""
    free, structured = _parted(lines)
    observations = tuple(
        found for line in (*free, *structured) if (found := hprim_results.result(line, seen))
    )
    words = [line.rstrip() for line in free if not hprim_results.is_result(line)]
    said_so = {_squeezed(line) for line in words}
    # After ****LAB**** the text comes a second time, line by line: only what is new is kept.
    words += [line for line in _texts(structured) if _squeezed(line) not in said_so]
    text = "\n".join(words).strip("\n")
    table = results_table(observations)
    return {
        "text": "\n\n".join(part for part in (text, table) if part.strip()),
        "observations": observations,
        "status": state_of_whole((), (each.status for each in observations)),
    }


def _parted(lines: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    for place, line in enumerate(lines):
        if mark_of(line) == LAB:
            return lines[:place], tuple(each for each in lines[place:] if not mark_of(each))
    return lines, ()


def _texts(lines: tuple[str, ...]) -> Iterator[str]:
    """The text of TEX lines, and any line that is neither."""
    for line in lines:
        if hprim_results.is_result(line):
            continue
        words = line.rstrip()
        # Some fill all ten fields of the line, empty as they are.
        yield words[len("TEX") :].strip("|") if WORDS.match(words) else words


def _squeezed(line: str) -> str:
    return " ".join(line.split())
