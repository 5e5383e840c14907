"""What a draft wishes beside its words, carried in the header of the draft on a server.

A health document about a patient, a receipt, a deadline: without them the letter taken up on
another machine would leave as an ordinary one. Whoever runs the server could write there too, and a
draft may be another patient's by mistake: what only a person can state (that an INS is qualified,
that a document was looked at, that nothing is medical) is not taken over, but asked again. Pure,
but for the chance of a seal.

Other programs send a field they do not know along with the letter (mutt 2.2.12, neomutt 20220429,
2026-11), and it names a patient. So it is sealed, and what opens it is the boundary between the
parts of the draft, which each program draws anew when it makes a letter: whoever is sent the field
cannot read it.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Any, get_args, get_origin, get_type_hints

from store.compose import is_address
from store.db.health_wishes import pack_wish, unpack_wish
from store.model.draft import WISHES_FIELD, Draft, HealthWish

STATED, NON_MEDICAL = ("qualified", "checked", "again"), "non_medical"
"""What is not taken over: of a health document's wish, of the draft itself."""
CARRIED = ("sign", "receipt", "answer_by", "tell")
MOST_OCTETS, PIECE = 20_000, 60
HEAD = re.compile(rb"\r?\n\r?\n")
MOST_HEAD = 500_000
FOLD = re.compile(rb"\r?\n(?=[ \t])")
BLANKS = re.compile(rb"[ \t]+")
DRAWN = re.compile(rb'content-type:[^\r\n]*;\s*boundary="=_([0-9a-f]+)"', re.IGNORECASE)
"""The boundary of a draft of ours (sync/mime/build.py)."""
SEALED_AS = b"pli.draft.wishes"
LAST_AT = 2**33


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedWishes:
    """What the header of a draft says of how it was to leave."""

    health: HealthWish | None = None
    sign: bool = False
    receipt: bool = False
    answer_by: int = 0
    tell: str = ""
    to_state: tuple[str, ...] = ()
    """What was stated where it was written, to be stated anew: of `STATED`, `NON_MEDICAL`."""
    is_all: bool = True
    """Whether it can be gone on with here; not what was made elsewhere, or cannot be read."""


def wishes_pieces(draft: Draft, boundary: str) -> list[str]:
    """The body of the field, to be folded between them; [] for a draft that wishes nothing.

    boundary: what was drawn for this version of the draft, and stands nowhere else.
    """
    said: dict[str, Any] = {each: getattr(draft, each) for each in CARRIED}
    said["non_medical"] = bool(draft.non_medical)
    said["made"] = bool(draft.fields or draft.patient)
    if draft.health is not None:
        said["health"] = pack_wish(draft.health)
    kept = {name: value for name, value in said.items() if value}
    if not kept:
        return []
    octets = json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    coded = b64encode(_sealed(octets, boundary.encode())).decode()
    return [coded[at : at + PIECE] for at in range(0, len(coded), PIECE)]


def carried_by(draft: bytes) -> CarriedWishes | None:
    """What the octets of a draft say; None where they say nothing of the kind."""
    end = HEAD.search(draft, 0, MOST_HEAD)
    head = FOLD.sub(b"", draft[: end.start() if end else MOST_HEAD])
    name = f"{WISHES_FIELD}:".lower().encode()
    found = [each for each in head.splitlines() if each[: len(name)].lower() == name]
    if not found:
        return None
    try:
        if len(found) > 1 or len(found[0]) > MOST_OCTETS:
            raise ValueError
        sealed = b64decode(BLANKS.sub(b"", found[0][len(name) :]), validate=True)
        return _checked(json.loads(_unsealed(sealed, _boundary(head))))
    except (ValueError, TypeError, KeyError, AttributeError, AssertionError, RecursionError):
        return CarriedWishes(is_all=False)


def _boundary(head: bytes) -> bytes:
    each = (DRAWN.match(line) for line in head.splitlines())
    return next((found[1] for found in each if found), b"")


def _sealed(octets: bytes, boundary: bytes) -> bytes:
    from store.host.envelope import seal

    return seal(sha256(boundary).digest(), octets, bound_to=SEALED_AS)


def _unsealed(octets: bytes, boundary: bytes) -> bytes:
    """Raises ValueError where it was not sealed with that boundary."""
    from store.host.envelope import unseal

    opened = unseal(sha256(boundary).digest(), octets, bound_to=SEALED_AS)
    if opened is None:
        raise ValueError
    return opened


def with_wishes(written: Draft, carried: CarriedWishes) -> Draft:
    """A draft that is gone on with, as it was to leave."""
    said = {each: getattr(carried, each) for each in CARRIED}
    return replace(written, health=carried.health, **said)


def _checked(said: dict[str, Any]) -> CarriedWishes:
    """Raises what a value does that is not one of ours: somebody else may have written it."""
    made, health = said.pop("made", False), said.pop("health", None)
    non_medical = said.pop("non_medical", False)
    wish = None if health is None else unpack_wish(health)
    to_state = tuple(each for each in STATED if getattr(wish, each, False))
    if wish is not None:
        wish = replace(wish, qualified=False, checked=False, again=False)
    to_state = (*to_state, *([NON_MEDICAL] if non_medical else []))
    found = CarriedWishes(**said, health=wish, to_state=to_state, is_all=not made)
    if not all(_holds(hint, getattr(found, name)) for name, hint in _hints(CarriedWishes).items()):
        raise TypeError
    if wish is not None and wish.service_day:
        date.fromisoformat(wish.service_day)
    if not 0 <= found.answer_by < LAST_AT or (found.tell and not is_address(found.tell)):
        raise ValueError
    return found


def _holds(kind: Any, value: object) -> bool:
    """Whether a value is of a declared type, all the way down."""
    if get_origin(kind) is tuple:
        inside = get_args(kind)[0]
        return isinstance(value, tuple) and all(_holds(inside, each) for each in value)
    if kind == HealthWish | None:
        return value is None or _holds(HealthWish, value)
    if isinstance(kind, type) and is_dataclass(kind):
        each = _hints(kind).items()
        return isinstance(value, kind) and all(_holds(hint, getattr(value, n)) for n, hint in each)
    return type(value) is kind


def _hints(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {each.name: hints[each.name] for each in fields(kind)}
