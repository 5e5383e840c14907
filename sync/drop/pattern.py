"""What a file's name says, by the pattern of its rule: '{recipient}_{name}_{given}.pdf'. Pure.

Not a regular expression: whoever writes a rule need not know them, and one of them can keep a
machine busy for hours. A hole takes everything up to the character that follows it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from store.errors import Usage
from store.model.document import Traits
from sync.documents.said import birth_day_of, day_of

HOLES = ("recipient", "name", "given", "birth", "ins", "any")
SHORT = re.compile("[0-9]{6}")
"""'140251', the 14th of February."""
YEAR_ALONE = re.compile("00([/.-]?)00\\1[0-9]{4}")
"""Of whom no more is known: '00/00/1950'."""
HOLE = re.compile(r"\{([a-z]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NameSays:
    """A code or an address, and a patient; '' and None for what it does not say."""

    recipient: str = ""
    patient: Traits | None = None
    fits: bool = True
    """False when the name is not as the pattern says that names are."""


def checked_pattern(pattern: str) -> re.Pattern[str]:
    """The pattern, made ready.

    Raises:
        Usage: `drop.bad_pattern`: an unknown hole, one twice, or two with nothing between them.
    """
    pieces = HOLE.split(pattern)
    literals, holes = pieces[::2], pieces[1::2]
    named = [hole for hole in holes if hole != "any"]
    between = literals[1:-1]
    wrong = (
        not named
        or set(holes) - set(HOLES)
        or len(named) != len(set(named))
        or not all(between)
        or any("{" in each or "}" in each for each in literals)
    )
    if wrong:
        raise Usage("drop.bad_pattern", pattern=pattern)
    made = re.escape(literals[0])
    for hole, after in zip(holes, literals[1:], strict=True):
        takes = f"[^{re.escape(after[0])}]+" if after else ".+"
        made += (f"(?:{takes})" if hole == "any" else f"(?P<{hole}>{takes})") + re.escape(after)
    return re.compile(made, re.I | re.S)


def holes_of(pattern: str) -> set[str]:
    """What names of this pattern say."""
    return set(HOLE.findall(pattern)) - {"any"}


def _may_be_a_day(birth: str) -> bool:
    """Whether it is a day, or says that none is known. Else the name has a word too many or too
    few for the pattern, and none of its holes holds what it is called by."""
    if not birth.strip("0") or YEAR_ALONE.fullmatch(birth):
        return True
    if SHORT.fullmatch(birth):
        birth = f"{birth[:2]}/{birth[2:4]}/{birth[4:]}"
    return bool(day_of(birth))


def read_name(pattern: str, name: str) -> NameSays:
    """What one name says; nothing when the pattern does not fit it whole."""
    found = checked_pattern(pattern).fullmatch(name)
    said = {hole: words.strip() for hole, words in found.groupdict().items()} if found else {}
    if not said or not all(said.values()) or not _may_be_a_day(said.get("birth", "")):
        return NameSays(fits=False)
    patient = Traits(
        used_name=said.get("name", "").replace("-", " "),
        given_names=tuple(filter(None, [said.get("given", "").replace("-", " ")])),
        birth_day=birth_day_of(said.get("birth", ""), ""),
        ins=said.get("ins", ""),
    )
    return NameSays(
        recipient=said.get("recipient", ""),
        patient=None if patient == Traits() else patient,
    )
