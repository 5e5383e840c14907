"""A dropped document as a health document: its letters, and its set for the DMP, or all it lacks.

The rule says `as = "xdm"`. What the files say of patient and recipient goes together with the
account's settings file (sync/dispatch/building.py). Nothing is made up: a fact that nobody said is
named, and holds the whole. Pure, but for the names that nothing else has.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

from store.errors import MailError, NeedsUser
from store.host.version import VERSION
from store.model.account import Account
from store.model.document import Identifier, Status
from store.model.email import EmailAddress
from sync.dispatch.building import build_dispatch
from sync.dispatch.describing import disagree
from sync.dispatch.facts import Built, DispatchFacts, Held
from sync.dispatch.queueing import draft_of, named_files, new_marks
from sync.dispatch.sorting import SortedFiles
from sync.documents.author_file import read_author
from sync.documents.build_xdm import Application
from sync.documents.mss_letter import MssLetter, is_patient_address
from sync.documents.sidecar import Replaced, Sidecar, read_sidecar
from sync.drop.correcting import Correction
from sync.drop.letter import Frozen, Leaving, earlier_words, frozen
from sync.drop.names import decode
from sync.drop.parcel import Parcel
from sync.drop.understand import Understood

IN_OTHER_WORDS = {
    "dispatch.unknown_kind": "drop.lacks.kind",
    "dispatch.not_a_document": "drop.lacks.not_a_document",
    "document.too_large_for_patient": "drop.lacks.too_large",
}
"""A row keeps a code alone: what a sentence would be filled with is left out."""
UNREADABLE = "drop.lacks.unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacks:
    """Why nothing leaves: the code of each reason."""

    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """All that one document becomes."""

    letter: Frozen | None
    """To the colleagues."""
    patient_letter: Frozen | None
    built: Built
    facts: DispatchFacts


def package_for(
    parcel: Parcel,
    said: Understood,
    leaving: Callable[[tuple[str, ...]], Leaving],
    *,
    account: Account,
    author: str,
    corrected: Correction | None,
    now: int,
    token: Callable[[], str],
) -> Package | Lacks:
    """All that leaves of a parcel, or all that keeps it here.

    Args:
        leaving: by which way a group of recipients is reached.
        author: the account's settings file; '' for none.
        corrected: the document that this one corrects, or may.

    Raises:
        MailError: what makes octets of a letter: `apicrypt.failed`, `card.absent`...
    """
    replaces = corrected.document if corrected and corrected.is_known else ""
    made_of = built_for(parcel, said, account=account, author=author, replaces=replaces, now=now)
    if isinstance(made_of, Lacks):
        return made_of
    facts, built = made_of
    # Where the earlier one was no health document, words say what no identifier can.
    words = ""
    if corrected and not replaces and not facts.cda:
        words = earlier_words(corrected.at, corrected.is_known)
    references = (corrected.message_id,) if corrected and corrected.message_id else ()

    def made(letter: MssLetter | None, references: tuple[str, ...]) -> Frozen | None:
        if letter is None:
            return None
        draft = draft_of(letter, named_files(letter), sign=False, seal=False)
        draft = replace(draft, body=draft.body + words, references=references)
        by = leaving(tuple(each.email for each in letter.to))
        return frozen(draft, [each.octets for each in letter.files], by, now=now, token=token)

    return Package(
        letter=made(built.letter, references),
        patient_letter=made(built.patient_letter, ()),
        built=built,
        facts=facts,
    )


def built_for(
    parcel: Parcel, said: Understood, *, account: Account, author: str, replaces: str, now: int
) -> tuple[DispatchFacts, Built] | Lacks:
    """What its letters hold, before they are octets; the arguments are those of `package_for`."""
    try:
        facts = _facts(parcel, said, account, author, replaces, now)
    except MailError as error:
        return Lacks(codes=(_told(error),))
    built = build_dispatch(facts)
    if isinstance(built, Held):
        return Lacks(codes=tuple(dict.fromkeys(map(_told, built.reasons))))
    return facts, built


def _facts(
    parcel: Parcel, said: Understood, account: Account, author: str, replaces: str, now: int
) -> DispatchFacts:
    """All that is known.

    Raises:
        MailError: with a code of `Lacks`, or what a reader raises.
    """
    if not author:
        raise NeedsUser("drop.lacks.author")
    settings = read_author(author.encode())
    found = SortedFiles()
    for each in parcel.documents:
        found.add(decode(each.name), each.octets)
    sidecar = Sidecar() if parcel.sidecar is None else read_sidecar(parcel.sidecar)
    _check(found, said, sidecar)
    names = {each.email.casefold(): each.name for each in sidecar.recipients if each.email}
    return DispatchFacts(
        author=settings,
        email=account.address,
        sidecar=_described(said, sidecar, replaces),
        to=tuple(
            EmailAddress(name=names.get(email.casefold(), ""), email=email)
            for email in said.recipients
        ),
        pdf=found.pdf,
        cda=found.cda,
        results=tuple(found.results),
        at=now,
        marks=new_marks(),
        application=Application(name="Pli", version=VERSION),
    )


def _check(found: SortedFiles, said: Understood, sidecar: Sidecar) -> None:
    """Refuse what is not one document about one patient, for whom it may be."""
    if len(found.pdfs) > 1 or len(found.cdas) > 1:
        raise NeedsUser("drop.lacks.several")
    if any(each.status is Status.DELETED for each in found.results):
        raise NeedsUser("drop.lacks.takes_back")
    if said.to_dmp and said.asked.masked:
        raise NeedsUser("drop.lacks.masking")
    if any(map(is_patient_address, said.recipients)):
        raise NeedsUser("dispatch.patient_apart")
    own = {each.casefold() for each in said.patient_to}
    if said.to_patient and not {each.casefold() for each in said.asked.patient_emails} <= own:
        raise NeedsUser("document.patient_address")
    people = [sidecar.patient, said.about, *(each.patient for each in found.results)]
    about = [each for each in people if each is not None]
    if (said.about is None and about) or any(disagree(about[0], each) for each in about[1:]):
        raise NeedsUser("dispatch.other_patient")


def _described(said: Understood, sidecar: Sidecar, replaces: str) -> Sidecar:
    """What the sidecar says, with what the rule and the other files say beside it."""
    document = sidecar.document
    if document.replaces is None and replaces:
        document = replace(document, replaces=_replaced(replaces))
    return replace(
        sidecar,
        patient=said.about,
        ins_is_qualified=said.asked.qualified,
        document=document,
        to_patient=said.to_patient,
        to_dmp=said.to_dmp,
        closes=said.asked.closes and said.to_patient,
        urgent=said.urgent,
        body=said.asked.body,
        patient_body=said.asked.patient_body,
    )


def _replaced(packed: str) -> Replaced:
    """As `queueing.packed` wrote it."""
    facts = json.loads(packed)

    def identifier(one: dict[str, str]) -> Identifier:
        return Identifier(root=one["oid"], extension=one["value"])

    return Replaced(
        identifier=identifier(facts["identifier"]),
        set_identifier=identifier(facts["set"]),
        version=facts["version"],
        entry_uuid=facts["entry"],
    )


def _told(error: MailError) -> str:
    code = IN_OTHER_WORDS.get(error.code, error.code)
    return UNREADABLE if error.params and code == error.code else code
