"""From facts to what leaves: letters, and the set for the DMP; or every reason why not. Pure.

The document is built once, so that the colleague, the patient and the DMP hold the same octets;
each has a package and a submission of its own, for they are different acts of handing over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from store.errors import MailError, NeedsUser
from store.model.document import HealthDocument, Traits
from store.model.email import EmailAddress
from sync.dispatch.describing import (
    context_of,
    disagree,
    document_of,
    kind_of,
    named_of,
    patient_of,
    sender_of,
    submission_of,
)
from sync.dispatch.facts import Built, DispatchFacts, Held, Named
from sync.documents.author_file import Kind
from sync.documents.build_cda import BuiltCda, build_cda, missing_in_cda
from sync.documents.build_xdm import missing_in_xdm, xdm_files
from sync.documents.cda_biology import Why, unstructured_because
from sync.documents.cda_context import ready_made
from sync.documents.facts import Coded, Fact
from sync.documents.mss_letter import (
    PATIENT_DOMAIN,
    MssLetter,
    Wishes,
    ins_is_qualified,
    missing_in_letter,
    mss_letter,
)
from sync.documents.pdf_a import look_at_pdf
from sync.documents.xdm_metadata import Entry

COLLEAGUES, PATIENT, DMP = range(3)
URGENT = ("Importance", "high")
"""RFC 2156 §5.3.4; what every reader of mail knows."""


def build_dispatch(facts: DispatchFacts) -> Built | Held:
    """All that leaves, or all the reasons why nothing does."""
    try:
        kind, patient = kind_of(facts), patient_of(facts)
        cda = _as_it_came(facts, patient) if facts.cda else _to_be_built(facts, kind, patient)
    except MailError as error:
        return Held(reasons=(error,))
    document, context = cda.document, cda.context
    reasons = [*_missing(facts, _entry(facts, kind, cda)), *_forbidden(facts, document.patient)]
    if reasons:
        return Held(reasons=tuple(reasons))
    try:
        made = cda if facts.cda else build_cda(document, context)
        return _built(facts, _entry(facts, kind, made))
    except MailError as error:
        return Held(reasons=(error,))


def _to_be_built(facts: DispatchFacts, kind: Kind, patient: Traits | None) -> BuiltCda:
    """What the document says, before it is known whether all that it must say is there."""
    document = document_of(facts, kind, patient)
    return BuiltCda(
        octets=b"",
        level=document.format,
        format_code=Coded(code="", system=""),
        document=document,
        context=context_of(facts, kind),
    )


def _as_it_came(facts: DispatchFacts, patient: Traits | None) -> BuiltCda:
    """Another program's document; it says itself whom it is about.

    Raises:
        NeedsUser: `dispatch.other_patient`.
        Permanent: what `ready_made` raises.
    """
    cda = ready_made(facts.cda, facts.pdf)
    about = cda.document.patient
    if patient is not None and about is not None and disagree(patient, about):
        raise NeedsUser("dispatch.other_patient")
    return cda


def _entry(facts: DispatchFacts, kind: Kind, cda: BuiltCda) -> Entry:
    said = facts.sidecar.document
    return Entry(
        cda=cda,
        entry_uuid=facts.marks.entry,
        class_code=said.class_code or kind.class_code,
        replaced_uuids=_replaced(facts, cda.document),
    )


def _replaced(facts: DispatchFacts, document: HealthDocument) -> tuple[str, ...]:
    """The entry of what it replaces. Another program's document says itself what that is, and only
    one thing that is ours can be named."""
    known = facts.sidecar.document.replaces
    if known is None or (facts.cda and document.replaces != (known.identifier,)):
        return ()
    return (known.entry_uuid,)


def _missing(facts: DispatchFacts, entry: Entry) -> Iterator[MailError]:
    """Each mandatory fact that nobody said, once, in the order a person would say them."""
    named: dict[str, None] = {}
    cda = entry.cda
    found: list[Fact | str] = [*missing_in_cda(cda.document, cda.context)]
    found += missing_in_xdm([entry], submission_of(facts, COLLEAGUES))
    if facts.to or facts.sidecar.to_patient:
        # Whoever it is for, the letter wants the same; the address itself is looked at elsewhere.
        found += missing_in_letter([entry], sender_of(facts), facts.to or [EmailAddress(email="")])
    elif not facts.sidecar.to_dmp:
        found.append(Fact.RECIPIENT)
    named.update(dict.fromkeys(str(each) for each in found if each))
    for code in named:
        yield NeedsUser(code)


def _forbidden(facts: DispatchFacts, patient: Traits | None) -> Iterator[MailError]:
    sidecar = facts.sidecar
    if sidecar.to_patient and not _qualified(facts, patient):
        yield NeedsUser("dispatch.patient_not_qualified")
    if sidecar.closes and not sidecar.to_patient:
        yield NeedsUser("dispatch.closes_nothing")
    if sidecar.to_dmp and not facts.author.dmp_folder:
        yield NeedsUser("dispatch.no_dmp_folder")


def _qualified(facts: DispatchFacts, patient: Traits | None) -> bool:
    return patient is not None and ins_is_qualified(patient, said=facts.sidecar.ins_is_qualified)


def _built(facts: DispatchFacts, entry: Entry) -> Built:
    sidecar, cda = facts.sidecar, entry.cda
    patient = cda.document.patient
    assert patient is not None
    letter = _letter(facts, entry, COLLEAGUES, facts.to) if facts.to else None
    own = (EmailAddress(email=f"{patient.ins}@{PATIENT_DOMAIN}"),)
    patient_letter = _letter(facts, entry, PATIENT, own) if sidecar.to_patient else None
    dmp: dict[str, bytes] = {}
    if sidecar.to_dmp:
        dmp = xdm_files([entry], submission_of(facts, DMP), facts.application)
    made = [each for each in (letter, patient_letter) if each]
    return Built(
        letter=letter,
        patient_letter=patient_letter,
        dmp=dmp,
        named=_named_of_it(facts, cda.document),
        level=cda.level,
        not_coded=_not_coded(facts, cda),
        pdf=look_at_pdf(facts.pdf) if facts.pdf else None,
        remarks=tuple(dict.fromkeys([*sidecar.warnings, *_unsaid(made)])),
    )


def _letter(
    facts: DispatchFacts, entry: Entry, number: int, to: Sequence[EmailAddress]
) -> MssLetter:
    sidecar, is_patients = facts.sidecar, number == PATIENT
    made = mss_letter(
        [entry],
        submission_of(facts, number),
        facts.application,
        sender=sender_of(facts),
        to=to,
        wishes=Wishes(
            ins_is_qualified=sidecar.ins_is_qualified,
            closes=is_patients and sidecar.closes,
            nil=facts.author.mailbox.nil,
            order_number=sidecar.document.order_number,
            body=sidecar.patient_body if is_patients else sidecar.body,
        ),
    )
    return replace(made, fields=(*made.fields, URGENT)) if sidecar.urgent else made


def _named_of_it(facts: DispatchFacts, document: HealthDocument) -> Named:
    if not facts.cda:
        return named_of(facts)
    assert document.identifier
    return Named(
        identifier=document.identifier,
        set_identifier=document.set_identifier or document.identifier,
        version=document.version or 1,
        entry_uuid=facts.marks.entry,
    )


def _unsaid(letters: Sequence[MssLetter]) -> Iterator[str]:
    for each in letters:
        yield from (fact.value for fact in each.unsaid)


def _not_coded(facts: DispatchFacts, cda: BuiltCda) -> Why | None:
    if facts.cda or not any(each.observations for each in facts.results):
        return None
    return unstructured_because(cda.document, cda.context)
