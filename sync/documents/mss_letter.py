"""The MSSanté letter around a health document: subject, label, X-MSS fields, package, PDF.

What `sync/mime/build.py` needs and no more: it writes no octet of a letter. The rules are those of
the Référentiel socle MSSanté n° 2 (docs/documents-build.md says which, and where each was read).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from store.errors import NeedsUser
from store.model.document import HealthDocument, Professional, Traits
from store.model.draft import FieldValue
from store.model.email import EmailAddress
from store.model.identifiers import problem_with_ins
from sync.documents.build_xdm import ATTACHMENT_NAME, ATTACHMENT_TYPE, Application, build_xdm
from sync.documents.facts import (
    Fact,
    day_digits,
    family_name,
    given_name,
    ins_is_complete,
    missing_in_patient,
    replaces,
    require,
)
from sync.documents.pdf_a import pdf_name, require_plain_pdf
from sync.documents.xdm_metadata import Entry, Submission

SUBJECT_PREFIX = "XDM/1.0/DDM+"
REPLACING = "[Annule et remplace]"
PATIENT_DOMAIN = "patient.mssante.fr"
MOST_TO_PATIENT = 25 * 1024 * 1024
"""Octets of the whole message, which Mon espace santé refuses beyond."""
LINE, LINE_IN_BASE64 = 57, 78
HEADER_ROOM = 16 * 1024
LABEL_SIGN = "_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Whose mailbox it leaves from."""

    email: str
    person: Professional | None = None
    """Of a personal mailbox; None for one of an organisation or of an application."""
    organization: str = ""
    service: str = ""
    is_applicative: bool = False
    reply_to: EmailAddress | None = None
    """A human mailbox; an applicative one must name it (ECO.2.2.5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a rule or a person decides for one letter."""

    ins_is_qualified: bool = False
    """By the INSi teleservice and a checked identity: only the practice can know."""
    asks_for_receipt: bool = True
    closes: bool = False
    """The patient may no longer answer (X-MSS-MES: FIN)."""
    nil: str = ""
    """X-MSS-NIL: the reference of this product, once it has one."""
    order_number: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFile:
    """A document of the letter."""

    name: str
    media_type: str
    octets: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class MssLetter:
    """A letter, for a Draft and `build(fields=...)`."""

    sender: EmailAddress
    to: tuple[EmailAddress, ...]
    subject: str
    fields: tuple[tuple[str, FieldValue], ...]
    body: str
    files: tuple[LetterFile, ...]
    patient: str
    """The INS for `Draft.patient`, when it is qualified; '' otherwise."""
    unsaid: tuple[Fact, ...]
    """What a rule wants said and no setting knows; it does not hold the letter."""


def mss_letter(
    entries: Sequence[Entry],
    submission: Submission,
    application: Application,
    *,
    sender: Sender,
    to: Sequence[EmailAddress],
    wishes: Wishes,
) -> MssLetter:
    """The letter around the package of `entries`, which is made here: it can be no other's.

    Raises:
        Missing: `document.missing.` and the first fact that is mandatory and not known.
        NeedsUser: `document.two_patients`; `document.too_many`; `document.patient_address`, that of
            another patient, or of one whose INS is not qualified; `document.too_large_for_patient`.
        Permanent: `document.not_a_pdf`; `document.pdf_encrypted`.
    """
    require(missing_in_letter(entries, sender, to))
    documents = [entry.cda.document for entry in entries]
    patient = documents[0].patient
    assert patient
    package = build_xdm(entries, submission, application)
    qualified = ins_is_qualified(patient, said=wishes.ins_is_qualified)
    files = (
        LetterFile(name=ATTACHMENT_NAME, media_type=ATTACHMENT_TYPE, octets=package),
        *_pdfs(entries, wishes),
    )
    _check_patient_addresses(to, patient.ins if qualified else "", files, wishes.body)
    return MssLetter(
        sender=EmailAddress(name=label_of(sender), email=sender.email),
        to=tuple(to),
        subject=subject_of(documents[0]),
        fields=tuple(_fields(documents, sender, wishes, qualified=qualified)),
        body=wishes.body,
        files=files,
        patient=patient.ins if qualified else "",
        unsaid=() if wishes.nil else (Fact.NIL,),
    )


def subject_of(document: HealthDocument) -> str:
    """`XDM/1.0/DDM+<libellé> <NOM> <prénom> <date de naissance>` (ECO.2.1.3)."""
    patient = document.patient
    assert patient
    mention = REPLACING if replaces(document) else ""
    digits = day_digits(patient.birth_day)
    born = f"{digits[6:8]}/{digits[4:6]}/{digits[:4]}" if len(digits) == 8 else ""
    said = (mention, document.title, family_name(patient).upper(), given_name(patient), born)
    return SUBJECT_PREFIX + " ".join(" ".join(said).split())


def label_of(sender: Sender) -> str:
    """The words before the address (ECO.2.2.7): of a person, or of an organisation."""
    person = sender.person
    if person is None:
        return " – ".join(filter(None, (sender.organization.strip(), sender.service.strip())))
    named = (person.prefix, person.given_name, person.family_name.upper(), person.organization)
    parts = (" ".join(each.replace(LABEL_SIGN, " ").split()) for each in named)
    return LABEL_SIGN.join(filter(None, parts))


def ins_is_qualified(patient: Traits, *, said: bool) -> bool:
    """What X-MSS-INS may say O of: said so by the practice, whole, and its key holds."""
    return said and ins_is_complete(patient) and not problem_with_ins(patient.ins)


def missing_in_letter(
    entries: Sequence[Entry], sender: Sender, to: Sequence[EmailAddress]
) -> Iterator[Fact | str]:
    """Every fact that a letter wants beside its package, and that is not known."""
    yield Fact.RECIPIENT if not to else ""
    yield Fact.CONTENT if not entries else ""
    for entry in entries:
        yield from missing_in_patient(entry.cda.document.patient)
        yield Fact.PDF if not entry.cda.pdf else ""
    person = sender.person
    named = person.family_name and person.given_name if person else sender.organization.strip()
    yield Fact.SENDER_NAME if not named else ""
    yield Fact.ANSWER_ADDRESS if sender.is_applicative and not sender.reply_to else ""


def _fields(
    documents: Sequence[HealthDocument], sender: Sender, wishes: Wishes, *, qualified: bool
) -> Iterator[tuple[str, FieldValue]]:
    if sender.reply_to:
        yield "Reply-To", (sender.reply_to,)
    if wishes.asks_for_receipt:
        # The address it leaves from: asked for elsewhere, none comes by itself (RFC 8098 §2.1).
        yield "Disposition-Notification-To", (EmailAddress(email=sender.email),)
    yield "X-MSS-CODECDA", ",".join(dict.fromkeys(each.code for each in documents))
    yield "X-MSS-INS", "O" if qualified else "N"
    if wishes.nil:
        yield "X-MSS-NIL", wishes.nil
    if wishes.closes:
        yield "X-MSS-MES", "FIN"


def _pdfs(entries: Sequence[Entry], wishes: Wishes) -> Iterator[LetterFile]:
    taken: set[str] = set()
    for entry in entries:
        require_plain_pdf(entry.cda.pdf)
        document, context = entry.cda.document, entry.cda.context
        name = pdf_name(document, context.type_name, wishes.order_number)
        stem, number = name.removesuffix(".pdf"), 2
        while name in taken:
            name, number = f"{stem}_{number}.pdf", number + 1
        taken.add(name)
        yield LetterFile(name=name, media_type="application/pdf", octets=entry.cda.pdf)


def is_patient_address(email: str) -> bool:
    """Whether an address is a mailbox of Mon espace santé."""
    return email.rpartition("@")[2].lower() == PATIENT_DOMAIN


def _check_patient_addresses(
    to: Sequence[EmailAddress], ins: str, files: Sequence[LetterFile], body: str
) -> None:
    patients = [each.email for each in to if is_patient_address(each.email)]
    if not patients:
        return
    if not ins or any(each.rpartition("@")[0].upper() != ins.upper() for each in patients):
        raise NeedsUser("document.patient_address")
    lines = sum(-(-len(each.octets) // LINE) for each in files)
    if lines * LINE_IN_BASE64 + 3 * len(body.encode()) + HEADER_ROOM > MOST_TO_PATIENT:
        raise NeedsUser("document.too_large_for_patient", most=MOST_TO_PATIENT // 1024**2)
