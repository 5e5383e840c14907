"""What a page prints of the patient it is about: days of birth, matricules. Pure.

Each laboratory has its own words for a birth and its own spaces in a number, and the wrong-patient
guard (identity.py) compares only what is found here: what is missed, it cannot hold.
"""

from __future__ import annotations

import re

from store.model.identifiers import problem_with_ins
from sync.documents.said import day_of
from sync.documents.traits import plain_name

MONTHS = {
    month: number
    for number, names in enumerate(
        (
            *("JANVIER JANV JAN", "FEVRIER FEVR FEV", "MARS", "AVRIL AVR", "MAI", "JUIN"),
            *("JUILLET JUIL", "AOUT", "SEPTEMBRE SEPT SEP", "OCTOBRE OCT", "NOVEMBRE NOV"),
            "DECEMBRE DEC",
        ),
        1,
    )
    for month in names.split()
}
LABEL = (
    r"(?:\bn[ée]e?(?:\(e\)|[.·]e)?(?:\s{1,4}le\b)?"
    # 'née MARTIN le', 'né à Rennes le': with its accent, for 'ne pas prendre le' is no birth.
    r"|\bn(?:ée?|ee)(?:\(e\)|[.·]e)?(?:\s{1,4}[^\W\d_][\w'’-]{0,40}){1,3}?\s{1,4}le\b"
    r"|\b(?:date\s{1,4}(?:de\s{1,4})?)?naiss(?:ance)?\b\.?(?:\s{1,4}le\b)?"
    r"|\bd\.?d\.?n\b\.?|\bdn\b)"
)
DAY = (
    r"([0-9]{1,2} ?[/.-] ?[0-9]{1,2} ?[/.-] ?(?:[0-9]{4}|[0-9]{2}(?![0-9]))"
    r"|[0-9]{4} ?[/.-] ?[0-9]{1,2} ?[/.-] ?[0-9]{1,2}"
    r"|[0-9]{1,2} [0-9]{1,2} [0-9]{4}"
    r"|[0-9]{1,2}(?:er)? [^\W\d_]{3,9}\.? [0-9]{4})"
)
WEEKDAY = r"(?:(?:lun|mar|mercre|jeu|vendre|same)di\s{1,4}|dimanche\s{1,4})?"
BORN = re.compile(LABEL + r"\s{0,4}(?:\([a-z/ ]{1,20}\)\s{0,4})?[:.]?\s{0,4}" + WEEKDAY + DAY, re.I)
SHORT_YEAR = re.compile(r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2}")
WRITTEN = re.compile(r"([0-9]{1,2})(?:er)? ([^\W\d_]+)\.? ([0-9]{4})", re.I)
MATRICULE = re.compile(r"(?<![0-9])[0-9](?:(?:[^\S\n]|[.-])?[0-9AB]){14}(?![0-9])")


def days_of_birth(text: str) -> set[str]:
    """Every day that is called one of birth: '1984-02-03', or '84-02-03' where no century is
    printed."""
    return {day for found in BORN.finditer(text) if (day := day_in(found[1]))}


def day_in(words: str) -> str:
    """One day, as `DAY` finds it; '' when there is none such."""
    if written := WRITTEN.fullmatch(words):
        month = MONTHS.get(plain_name(written[2]), 0)
        return day_of(f"{written[1]}/{month}/{written[3]}") if month else ""
    packed = re.sub(" ?([/.-]) ?", r"\1", words).replace(" ", "/")
    day = day_of(packed)
    return day[2:] if SHORT_YEAR.fullmatch(packed) else day


def matricules(text: str) -> set[str]:
    """Every number whose key is right."""
    return {right for found in MATRICULE.finditer(text) if (right := matricule(found[0]))}


def matricule(said: str) -> str:
    """Fifteen places whose key is right, else ''."""
    bare = re.sub(r"[\s.-]", "", said).upper()
    return "" if problem_with_ins(bare) else bare
