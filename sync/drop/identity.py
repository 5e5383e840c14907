"""The wrong-patient guard: whether all that a dispatch says of its patient is of one person. Pure.

A laboratory pairs a PDF with a file by its name, and a wrong pair sends one patient's results
under the name of another. So every source is compared with every other, and with the words of the
document; where two of them differ the dispatch is held. A doubt is held too: nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import combinations
from unicodedata import normalize

from store.model.document import Sex, Traits
from store.model.drop import NOT_IN_PDF, PATIENTS_DIFFER
from store.model.drop_options import FoundIn
from sync.documents.traits import DIFFERS, compare, plain_name
from sync.drop.page import Given, Mention, Page, given_in
from sync.drop.printed import days_of_birth, matricule, matricules

DECIDES = {DIFFERS[fact] for fact in ("ins", "name", "given", "day", "sex")}
"""A place of birth is written in too many ways to hold a letter for it."""
WHOLE_DAY = 10
"""Characters of '1979-03-28'."""
SHEETS_APART = "\n\n"
"""As sync/documents/pdf_child.py joins them."""
MOST_TEXT = 200_000
"""Characters of a document that are looked through."""
MOST_PATIENTS = 200
"""Compared with each other: who names more, in files that are to agree, is a doubt. One file may
name any number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A patient as one source names them."""

    origin: int
    """One number for each file, or name, that says something: one file may speak of several."""
    found_in: FoundIn
    traits: Traits


def objection(named: Sequence[Named], texts: Iterable[str] = ()) -> str:
    """Why a dispatch must not leave by itself; '' when nothing says that it should not.

    Args:
        named: every patient that a source names.
        texts: the words of each PDF in it; '' where they could not be read.
    """
    texts = [normalize("NFC", text[:MOST_TEXT]) for text in texts if text.strip()]
    everybody = _each_once(named)
    if len(everybody) > MOST_PATIENTS and (texts or len({each.origin for each in named}) > 1):
        return PATIENTS_DIFFER
    if len({each.origin for each in everybody}) > 1:
        for one, other in combinations(everybody, 2):
            if one.origin != other.origin and differ(one.traits, other.traits):
                return PATIENTS_DIFFER
    found = [_in_text(everybody, text) for text in texts]
    return max(found, key=[PATIENTS_DIFFER, NOT_IN_PDF, ""][::-1].index, default="")


def _each_once(named: Sequence[Named]) -> list[Named]:
    """Each description that a source gives, once for that source."""
    return list({(each.origin, each.traits): each for each in named}.values())


def differ(one: Traits, other: Traits) -> bool:
    """Whether two descriptions cannot be trusted to be of one person."""
    return bool(DECIDES & set(compare(one, other).reasons)) or _matricules_differ(one, other)


def _matricules_differ(one: Traits, other: Traits) -> bool:
    """Two right matricules, where one of them does not say which authority gave it."""
    if one.ins_root and other.ins_root:
        return False  # compared already, or of two authorities: a NIA becomes a NIR
    ours, theirs = (matricule(each.ins) for each in (one, other))
    return bool(ours and theirs) and ours != theirs


def _in_text(named: Sequence[Named], text: str) -> str:
    """What the words of a document say against those whom the sources name."""
    page, born, numbers = Page(text), days_of_birth(text), matricules(text)
    sheets = text.split(SHEETS_APART)
    if len(sheets) > 1 and any(_is_of_nobody(named, sheet) for sheet in sheets):
        return PATIENTS_DIFFER
    doubt = ""
    for each in named:
        traits = each.traits
        mentions = page.mentions(traits)
        number = matricule(traits.ins)
        if number and numbers and number not in numbers:
            return PATIENTS_DIFFER
        if len(traits.birth_day) == WHOLE_DAY and _born_otherwise(
            traits.birth_day, page, born, mentions
        ):
            return PATIENTS_DIFFER
        if any(_family(traits)) and (not mentions or given_in(mentions) is Given.ANOTHER):
            doubt = NOT_IN_PDF
    return doubt


def _is_of_nobody(named: Sequence[Named], sheet: str) -> bool:
    """Whether one sheet of several says whose it is, and it is none of these: two patients were
    printed into one file."""
    born, numbers = days_of_birth(sheet), matricules(sheet)
    if not (born or numbers) or not all(any(_family(each.traits)) for each in named):
        return False
    for each in named:
        day = each.traits.birth_day
        if born & {day, day[2:]} or matricule(each.traits.ins) in numbers:
            return False
    page = Page(sheet)
    return not any(place for each in named for place in page.places_of(each.traits))


def _born_otherwise(day: str, page: Page, born: set[str], mentions: Sequence[Mention]) -> bool:
    """Whether the page prints another day of birth: one that is called so, else one that stands
    beside the name, where ours stands nowhere."""
    ours, beside = {day, day[2:]}, {each.day for each in mentions if each.day}
    if ours & (born | beside):
        return False
    if born:
        return True
    others = {each for each in beside if page.is_of_the_page(day) or not page.is_of_the_page(each)}
    return bool(others) and not ours & page.days


def _family(traits: Traits) -> Iterator[str]:
    for name in (traits.birth_name, traits.used_name):
        if plain := plain_name(name):
            yield plain


def patient_key(named: Sequence[Named]) -> str:
    """NAME|GIVEN|DAY|INS of the patient the sources agree on; '' when they name none, or several
    within one file."""
    known: dict[str, None] = {}
    everybody = _each_once(named)
    if len(everybody) > MOST_PATIENTS:
        return ""
    for each in everybody:
        traits = each.traits
        name = next(_family(traits), "")
        given = plain_name(traits.given_names[0]) if traits.given_names else ""
        if name or traits.ins:
            known["|".join((name, given, traits.birth_day, matricule(traits.ins)))] = None
    if any(
        differ(one.traits, other.traits)
        for one, other in combinations(everybody, 2)
        if one.origin == other.origin
    ):
        return ""
    return max(known, key=len, default="")


def merged(named: Sequence[Named]) -> Traits | None:
    """The patient as all sources together tell of them, the first one first; None when there is
    none, or when two of them cannot be trusted to speak of one person."""
    every = list(dict.fromkeys(each.traits for each in named))
    # Two numbers, be one of them misspelt: which of them is the qualified one, nobody could say.
    numbers = {"".join(each.ins.split()).upper() for each in every if each.ins}
    if not 0 < len(every) <= MOST_PATIENTS or len(numbers) > 1:
        return None
    if any(differ(one, other) for one, other in combinations(every, 2)):
        return None
    whole = every[0]
    for more in every[1:]:
        said = {
            fact.name: getattr(more, fact.name)
            for fact in fields(Traits)
            if fact.name not in ("ins", "ins_root") and not _says(whole, fact.name)
        }
        if more.ins and not whole.ins_root:
            said |= {"ins": more.ins, "ins_root": more.ins_root}
        whole = replace(whole, **said)
    return whole


def _says(traits: Traits, fact: str) -> bool:
    value = getattr(traits, fact)
    return bool(value) and value is not Sex.UNKNOWN


def may_be_one(key: str, other: str) -> bool:
    """False when two keys name different patients: then one corrects nothing of the other."""
    ours, theirs = key.split("|"), other.split("|")
    return all(not a or not b or a == b for a, b in zip(ours, theirs, strict=False))


def are_one(key: str, other: str) -> bool:
    """Whether two keys are known to name one patient: by matricule, or by name and whole day."""
    if not key or not other or not may_be_one(key, other):
        return False
    (name, _, day, ins), (_, _, other_day, other_ins) = key.split("|"), other.split("|")
    return bool(ins and other_ins) or bool(name and other_day and len(day) == WHOLE_DAY)
