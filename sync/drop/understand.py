"""What one parcel says, put together: to whom, about whom, and whether anything forbids it.

The reading itself is pure (finding.py, identity.py); here it is fed: the laboratory's list of
doctors from the disk, and the words of a PDF from the process that may die of reading them.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

from store.errors import MailError, NeedsUser
from store.host.log import event
from store.model.document import Identifier, Traits
from store.model.drop import NOT_READ, PATIENTS_DIFFER, PDF_TOO_SLOW, DropRule, Wish
from store.model.drop_options import Form, FoundIn, RuleOptions
from sync.documents.facts import INS
from sync.documents.mss_letter import PATIENT_DOMAIN
from sync.documents.pdf_text import words_to_compare
from sync.documents.recognise import recognise
from sync.drop.doctors import MOST_OCTETS, Doctors, read_doctors
from sync.drop.finding import Found, find
from sync.drop.further import NOTHING_ASKED, Asked, goes
from sync.drop.identity import merged, objection, patient_key
from sync.drop.names import decode, is_main
from sync.drop.parcel import Parcel
from sync.drop.reading import READ, Piece
from sync.drop.reasons import Reason

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """The outcome."""

    recipients: tuple[str, ...] = ()
    found_in: FoundIn | None = None
    problem: Reason | None = None
    """Why it does not leave by itself; None when nothing stops it."""
    patient: str = ""
    uncompared: int = 0
    """How many documents have no words to compare with who is named: pictures, locked, no PDF."""
    control_ids: tuple[str, ...] = ()
    request: str = ""
    urgent: bool = False
    about: Traits | None = None
    """All that is said of the patient; None where nobody is named, or not one person."""
    asked: Asked = NOTHING_ASKED
    to_patient: bool = False
    to_dmp: bool = False
    replaces: tuple[Identifier, ...] | None = None
    """Of a ready-made CDA: what it says that it replaces; None where there is none."""

    @property
    def patient_to(self) -> tuple[str, ...]:
        """The patient's own mailbox, where they are to have a letter; () where they are not, or
        cannot."""
        if not self.to_patient or self.about is None or not INS.fullmatch(self.about.ins):
            return ()
        return (f"{self.about.ins}@{PATIENT_DOMAIN}",)

    @property
    def leads_anywhere(self) -> bool:
        """Whether anybody is to have it; that it goes to the patient or the DMP alone, its files
        must have said."""
        if self.recipients:
            return True
        return self.asked.professionals is False and (self.to_patient or self.to_dmp)

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """Whom the letters are for."""
        return tuple(filter(None, (self.recipients, self.patient_to)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a person decided of a held one."""

    wish: Wish = Wish.NOTHING
    to: tuple[str, ...] = ()


def doctors_of(rule: DropRule) -> Doctors:
    """The laboratory's own codes; read at each look, for its people change them at any time.

    Raises:
        NeedsUser: `doctors.bad`, `doctors.missing`.
    """
    if not rule.options.doctors:
        return {}
    path = Path(rule.options.doctors)
    try:
        with path.open("rb") as file:
            octets = file.read(MOST_OCTETS + 1)
    except OSError as error:
        raise NeedsUser("doctors.missing", path=str(path)) from error
    return read_doctors(octets, str(path))


async def understand(
    rule: DropRule, parcel: Parcel, doctors: Doctors, decided: Decided | None = None
) -> Understood:
    """Read a parcel.

    Raises:
        Transient: `pdf.cannot_start`: no room to read a PDF now.
    """
    decided = decided or Decided()
    if _is_plain(rule, parcel) and not decided.to:
        # One document for the one doctor of a rule says nothing more, and is not even looked into.
        return Understood(recipients=rule.to, found_in=FoundIn.FIXED, urgent=rule.options.urgent)
    pieces = [Piece(name=each.name, octets=each.octets) for each in parcel.documents]
    if parcel.name not in [piece.name for piece in pieces]:
        pieces = [Piece(name=parcel.name, octets=b""), *pieces]
    found = await asyncio.to_thread(find, pieces, parcel.sidecar, rule.options, rule.to, doctors)
    words: list[str | None] = []
    if found.named and decided.wish is not Wish.DESPITE:
        words = [await words_to_compare(each.octets) for each in _pdfs(parcel)]
        words += [""] * _unread(parcel)
    # A file may name thousands: others of the node's loops have their turn meanwhile.
    return await asyncio.to_thread(_together, found, decided, words, rule.options)


async def understand_or_hold(
    rule: DropRule, parcel: Parcel, doctors: Doctors, decided: Decided | None = None
) -> Understood:
    """The same. One that we stumble over is held: it must not stop the others."""
    try:
        return await understand(rule, parcel, doctors, decided)
    except MailError:
        raise
    except Exception as error:
        event(log, logging.ERROR, "drop.not_understood", rule=rule.id, error=error)
        return Understood(problem=Reason.COMPANION_BAD)


def _together(
    found: Found, decided: Decided, words: list[str | None], options: RuleOptions
) -> Understood:
    """What the files say, what a person decided, and what the words of each PDF say to that; None
    for those that were not read in time."""
    texts = [each for each in words if each is not None]
    looked = decided.wish is Wish.DESPITE
    against = "" if looked or not found.named else objection(found.named, texts)
    if None in words and against != PATIENTS_DIFFER:
        against = PDF_TOO_SLOW
    problem = found.problem
    if decided.to and (looked or problem not in NOT_READ):
        problem = None
    missed = found.name_missed and decided.wish is Wish.NOTHING
    if missed and problem in (None, Reason.NO_RECIPIENT):
        problem = Reason.NAME_MISSED
    return Understood(
        recipients=decided.to or found.recipients,
        found_in=FoundIn.PERSON if decided.to else found.found_in,
        problem=Reason(against) if against else problem,
        patient="" if against else patient_key(found.named),
        uncompared=sum(not text.strip() for text in texts),
        control_ids=found.control_ids,
        request=found.request,
        urgent=found.urgent,
        about=merged(found.named),
        asked=found.asked,
        replaces=found.replaces,
        to_patient=goes(found.asked.patient, options.to_patient),
        to_dmp=goes(found.asked.dmp, options.to_dmp),
    )


def _is_plain(rule: DropRule, parcel: Parcel) -> bool:
    options = rule.options
    asks = options.search != (FoundIn.FIXED,) or options.pattern or options.acknowledges
    asks = asks or options.form is Form.XDM
    return not asks and parcel.sidecar is None and len(parcel.documents) == 1


def _pdfs(parcel: Parcel) -> list[Piece]:
    return [
        Piece(name=each.name, octets=each.octets)
        for each in parcel.documents
        if each.media_type == "application/pdf"
    ]


def _unread(parcel: Parcel) -> int:
    """How many documents are neither a PDF nor in a format that says whose they are."""
    return sum(
        each.media_type != "application/pdf"
        and is_main(each.name)
        and recognise(decode(each.name), each.octets) not in READ
        for each in parcel.documents
    )
