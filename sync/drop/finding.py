"""To whom a dispatch goes and about whom it is, as its own files say. Pure.

The sources are asked in the order of the rule, and the first one that names somebody decides: an
address it cannot be led to is a reason to hold, never to ask the next one, and so is a later
source that leads to somebody else. The patient is read
from every source, whatever the order, because that is what the wrong-patient guard compares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from store.compose import is_address
from store.model.document import Identifier
from store.model.drop_options import FoundIn, RuleOptions
from sync.drop.doctors import Doctors, plain_code
from sync.drop.further import NOTHING_ASKED, Asked, goes, is_allowed, together
from sync.drop.identity import Named
from sync.drop.names import decode
from sync.drop.pattern import holes_of, read_name
from sync.drop.reading import Piece, Reading, Says, piece_into, sidecar_into
from sync.drop.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the files say, and what stops them from leaving."""

    recipients: tuple[str, ...] = ()
    found_in: FoundIn | None = None
    problem: Reason | None = None
    named: tuple[Named, ...] = ()
    control_ids: tuple[str, ...] = ()
    """MSH-10 of the messages that carry a document."""
    request: str = ""
    """The laboratory's number of the request; '' for none, or several."""
    urgent: bool = False
    asked: Asked = NOTHING_ASKED
    replaces: tuple[Identifier, ...] | None = None
    """Of a ready-made CDA: the documents it says that it replaces; None where there is none."""
    name_missed: bool = False
    """The name is not as the rule's pattern says, and nothing else says what it was to say."""


def find(
    pieces: Sequence[Piece],
    sidecar: bytes | None,
    options: RuleOptions,
    fixed: tuple[str, ...],
    doctors: Doctors,
) -> Found:
    """Read all of a dispatch.

    Args:
        pieces: the files that leave, the one it is named by first.
        sidecar: the octets of the file that says what they are.
        fixed: the rule's own addresses.
        doctors: the laboratory's own codes.
    """
    reading = Reading()
    if sidecar is not None:
        sidecar_into(reading, sidecar)
    for piece in pieces:
        piece_into(reading, piece)
    fits = True
    if options.pattern and pieces:
        said = read_name(options.pattern, decode(pieces[0].name))
        fits = said.fits
        reading.of(FoundIn.NAME, filter(None, [said.recipient]))
        reading.patients(FoundIn.NAME, [said.patient])
    reading.of(FoundIn.FIXED, fixed)
    asked = together(reading.asked)
    if asked is None or not is_allowed(asked, options):
        reading.doubt(Reason.DESTINATIONS)
    asked = asked or NOTHING_ASKED
    search = options.search if asked.professionals is not False else ()
    recipients, found_in, problem = _recipients(reading, search, doctors)
    if problem is Reason.NO_RECIPIENT and _is_not_theirs(asked, options):
        problem = None
    return Found(
        recipients=recipients,
        found_in=found_in,
        problem=problem,
        named=tuple(reading.named),
        control_ids=tuple(dict.fromkeys(reading.control_ids)),
        request=reading.requests.copy().popitem()[0] if len(reading.requests) == 1 else "",
        urgent=reading.urgent or options.urgent,
        asked=asked,
        name_missed=not fits and _is_missed(reading, options, found_in),
        replaces=None if reading.replaces is None else tuple(reading.replaces),
    )


def _is_missed(reading: Reading, options: RuleOptions, found_in: FoundIn | None) -> bool:
    """Whether what the name was to say would have counted: a source after it would else decide who
    has the document, or nobody be compared with its words."""
    holes, asked = holes_of(options.pattern), options.search
    if "recipient" in holes and FoundIn.NAME in asked:
        before = asked[: asked.index(FoundIn.NAME)]
        if found_in not in before:
            return True
    return holes != {"recipient"} and not reading.named


def _is_not_theirs(asked: Asked, options: RuleOptions) -> bool:
    """Whether it goes to the patient or the DMP, and is for no professional on purpose."""
    if asked.professionals is not False:
        return False
    return goes(asked.patient, options.to_patient) or goes(asked.dmp, options.to_dmp)


def _recipients(
    reading: Reading, search: tuple[FoundIn, ...], doctors: Doctors
) -> tuple[tuple[str, ...], FoundIn | None, Reason | None]:
    """Whom the first source that names somebody means, and why not where that is not known."""
    if reading.problem:
        return (), None, reading.problem
    asked = [(source, said) for source in search if (said := reading.says.get(source))]
    naming = [(source, said) for source, said in asked if said.people or said.somebody_unknown]
    if not naming:
        return (), None, Reason.NO_RECIPIENT
    (source, said), *others = naming
    addresses: dict[str, None] = {}
    for person in said.people:
        led = _addresses(person, doctors)
        if not led or not all(map(is_address, led)):
            return (), source, Reason.UNKNOWN_DOCTOR
        if len(led) > 1 or _leads_elsewhere(led, said.also.get(person, ()), doctors):
            return (), source, Reason.SEVERAL_DOCTORS
        addresses.update(dict.fromkeys(led))
    if said.somebody_unknown:
        return (), source, Reason.UNKNOWN_DOCTOR
    if said.only_one and len(addresses) > 1:
        return (), source, Reason.SEVERAL_DOCTORS
    # The rule's own addresses are no word of the files: before them or after, they quarrel not.
    written = [each for where, each in others if FoundIn.FIXED not in (source, where)]
    if any(_leads_away(frozenset(addresses), each, doctors) for each in written):
        return (), source, Reason.SEVERAL_DOCTORS
    return tuple(addresses), source, None


def _leads_away(ours: frozenset[str], other: Says, doctors: Doctors) -> bool:
    """Whether all whom another source leads to are somebody else; one that names whom no address
    is known for says neither."""
    theirs = [led for person in other.people if (led := _addresses(person, doctors))]
    folded = {address.casefold() for address in ours}
    return bool(theirs) and not any(folded & {each.casefold() for each in led} for led in theirs)


def _leads_elsewhere(led: frozenset[str], also: tuple[str, ...], doctors: Doctors) -> bool:
    """Whether one of a person's other names is somebody else's: one of the two is a slip, and who
    made it wrote of one doctor only."""
    ours = {address.casefold() for address in led}
    theirs = ({address.casefold() for address in _addresses(each, doctors)} for each in also)
    return any(each and not each & ours for each in theirs)


def _addresses(person: str, doctors: Doctors) -> frozenset[str]:
    """Where an address, a laboratory's code or a national number leads."""
    if "@" in person:
        return frozenset([person])
    code = plain_code(person)
    # A national number is an RPPS behind an 8; a laboratory's list has the RPPS.
    without = code[1:] if len(code) == 12 and code.startswith("8") else code
    return doctors.get(code) or doctors.get(without) or frozenset()
