"""The wrong-patient guard: whether all that a dispatch says of its patient is of one person. Pure.

A laboratory pairs a PDF with a file by its name, and a wrong pair sends one patient's results
under the name of another. So every source is compared with every other, and with the words of the
document; where two of them differ the dispatch is held. A doubt is held too: nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from itertools import chain, combinations
from unicodedata import normalize

from store.model.document import Sex, Traits
from store.model.drop import NOT_IN_PDF, PATIENTS_DIFFER
from store.model.drop_options import FoundIn
from sync.documents.traits import DIFFERS, compare, plain_name
from sync.drop.printed import BORN, days_of_birth, matricule, matricules

DECIDES = {DIFFERS[fact] for fact in ("ins", "name", "given", "day", "sex")}
"""A place of birth is written in too many ways to hold a letter for it."""
WHOLE_DAY = 10
"""Characters of '1979-03-28'."""
WORD = r"[^\W\d_][\w'’-]{0,40}"
CALLED = re.compile(
    r"(?:\bM\.|\b(?:mme|mlle|mr|madame|monsieur|mademoiselle|enfant|patiente?|nom)\b"
    rf"|\bpr[ée]nom(?:\(s\)|s)?)[ \t]{{0,4}}:?[ \t]{{0,4}}({WORD}(?:[ \t]{{1,4}}{WORD}){{0,4}})",
    re.I,
)
"""A civility or a label, and the words after it on its line."""
BORN_SO = re.compile(
    rf"(?<![\w'’-])({WORD}(?:[ \t]{{1,4}}{WORD}){{0,4}})"
    r"(?:[ \t]{1,4}|[ \t]{0,4}[(,;-][ \t]{0,4})"
    r"(?=n(?:ée?\b|ee\b|[ée]\(e\)|[ée][.·]e))",
    re.I,
)
"""The words before a birth on its line: 'VALMIERE Zoé, née le'."""
BEFORE = re.compile(rf"(?<!\w)({WORD}(?:[ \t]{{1,4}}{WORD}){{0,5}})[\s,;:(-]{{0,6}}$")
"""The words just before a day of birth, on its line or the one above."""
MOST_BEFORE = 120
"""Characters."""
BY_BIRTH = re.compile(r"\b(?:n[ée]e?|épouse|veuve|naissance|usage)[ \t]{1,4}[\w'’-]{1,40}", re.I)
NO_NAMES = {
    *("M", "MR", "MME", "MLLE", "MADAME", "MONSIEUR", "NEE", "NE", "EPOUSE", "VEUVE", "DE", "LE"),
    *("DU", "NOM", "PRENOM", "SEXE", "DATE", "DDN", "DOSSIER", "AGE", "SERVICE", "RESULTATS"),
    *("NAISSANCE", "USAGE", "IPP", "INS", "NIR", "ADRESSE", "PRESCRIPTEUR", "MEDECIN", "PATIENT"),
    *("PATIENTE", "ENFANT", "DR", "DOCTEUR", "IDENTITE"),
}
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
    words = f" {plain_name(text)} "
    born, numbers = days_of_birth(text), matricules(text)
    doubt = ""
    for each in named:
        traits = each.traits
        day = traits.birth_day
        if len(day) == WHOLE_DAY and born and not born & {day, day[2:]}:
            return PATIENTS_DIFFER
        number = matricule(traits.ins)
        if number and numbers and number not in numbers:
            return PATIENTS_DIFFER
        family = set(_family(traits))
        if family and not _stands(family, words):
            doubt = NOT_IN_PDF
        if family and _called_otherwise(traits, family, words, text):
            doubt = NOT_IN_PDF
    return doubt


def _stands(family: set[str], words: str) -> bool:
    """Whether one of the names is among the words: 'LE GOFF' as 'LEGOFF' too."""
    if any(f" {name} " in words for name in family):
        return True
    return any(_spaced(name).search(words) for name in family)


@lru_cache(MOST_PATIENTS)
def _spaced(name: str) -> re.Pattern[str]:
    """A plain name between other words, in one piece or in several."""
    return re.compile(f"(?<= ){' ?'.join(map(re.escape, name.replace(' ', '')))}(?= )")


def _called_otherwise(traits: Traits, family: set[str], words: str, text: str) -> bool:
    """Whether a page prints the family name, and only the given name of somebody else: of a twin,
    whose day is the same. One that prints no given name says nothing."""
    given = {
        plain
        for name in (*traits.given_names, traits.used_given_name)
        if (plain := plain_name(name))
    }
    written = {*given, *(name.replace(" ", "") for name in given)}
    if not given or any(f" {name} " in words for name in written):
        return False
    initials = {name[0] for name in given}
    for label_is_given, who in _those_called(text):
        capital = " ".join(word for word in who.split() if word[0].isupper())
        called = f" {plain_name(capital)} "
        about = label_is_given or _stands(family, called)
        for name in family:
            called = _spaced(name).sub("", called)
        others = [word for word in called.split() if word not in NO_NAMES]
        if about and others and not any(word in initials for word in others):
            return True
    return False


def _those_called(text: str) -> Iterator[tuple[bool, str]]:
    """Words that name somebody, and whether they are known to be given names."""
    for found in chain(CALLED.finditer(text), BORN_SO.finditer(text)):
        yield plain_name(found[0]).startswith("PRENOM"), BY_BIRTH.sub(" ", found[1])
    for born in BORN.finditer(text):
        before = BEFORE.search(text[max(0, born.start() - MOST_BEFORE) : born.start()])
        if before is not None:
            yield False, BY_BIRTH.sub(" ", before[1])


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
