"""The document, its context and its set, from the facts of a dispatch. Pure.

The sidecar speaks of this document, the author's file of all of them: what the first says goes
before. What neither says is not put in its place; sync/documents/facts.py names it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations

from store.errors import NeedsUser
from store.model.document import (
    Format,
    HealthDocument,
    Identifier,
    Moment,
    Professional,
    Rendition,
    Status,
    Traits,
)
from sync.dispatch.facts import DispatchFacts, Named
from sync.documents.author_file import Author, Kind, Whose
from sync.documents.build_cda import PDF
from sync.documents.facts import Context, utc
from sync.documents.mss_letter import Sender
from sync.documents.traits import DIFFERS, compare
from sync.documents.xdm_metadata import Submission

AGAINST = frozenset(DIFFERS.values()) - {DIFFERS["place"]}
"""A town is written in too many ways to be held against anybody."""


def kind_of(facts: DispatchFacts) -> Kind:
    """The kind of document, as the author's file describes it.

    Raises:
        NeedsUser: `dispatch.unknown_kind`.
    """
    name = facts.sidecar.document.kind or facts.author.default_kind
    if name and name not in facts.author.kinds:
        raise NeedsUser("dispatch.unknown_kind", kind=name)
    return facts.author.kinds[name] if name else Kind()


def patient_of(facts: DispatchFacts) -> Traits | None:
    """The one patient.

    Raises:
        NeedsUser: `dispatch.other_patient`, the files do not all speak of the same one.
    """
    said = [facts.sidecar.patient, *(each.patient for each in facts.results)]
    people = [each for each in said if each is not None]
    if len(facts.results) > 1 and not all(each.patient for each in facts.results):
        raise NeedsUser("dispatch.other_patient")  # nobody knows whose the nameless ones are
    for one, other in combinations(people, 2):
        if disagree(one, other):
            raise NeedsUser("dispatch.other_patient")
    return people[0] if people else None


def disagree(one: Traits, other: Traits) -> bool:
    """Whether two descriptions cannot both be of one patient."""
    return bool(AGAINST & set(compare(one, other).reasons))


def named_of(facts: DispatchFacts) -> Named:
    """The identifiers of this document; those of a correction go on from what it corrects."""
    root, replaced = facts.author.oid, facts.sidecar.document.replaces
    whole = Identifier(root=root, extension=facts.marks.set)
    return Named(
        identifier=Identifier(root=root, extension=facts.marks.document),
        set_identifier=replaced.set_identifier if replaced else whole,
        version=replaced.version + 1 if replaced else 1,
        entry_uuid=facts.marks.entry,
    )


def document_of(facts: DispatchFacts, kind: Kind, patient: Traits | None) -> HealthDocument:
    """What the document says."""
    said, author, named = facts.sidecar.document, facts.author, named_of(facts)
    created = said.created_at or moment_at(facts.at)
    person = replace(author.person, at=created)
    replaced = (said.replaces.identifier,) if said.replaces else ()
    return HealthDocument(
        format=Format.PDF,
        identifier=named.identifier,
        set_identifier=named.set_identifier,
        version=named.version,
        replaces=replaced,
        status=_status(facts),
        code=said.code or kind.code,
        code_system=said.code_system if said.code else kind.code_system,
        title=said.title or kind.title,
        created_at=created,
        service_at=said.service_at or _one_day(facts),
        confidentiality=said.confidentiality or kind.confidentiality or author.confidentiality,
        patient=patient,
        authors=(person,) if person.identifier or person.family_name else (),
        signer=person if author.signs else None,
        custodian=_keeper(author) if author.keeps else None,
        recipients=tuple(
            Professional(family_name=each.name, emails=(each.email,)) for each in facts.to
        ),
        text="\n\n".join(each.text for each in facts.results if each.text.strip()),
        observations=tuple(o for each in facts.results for o in each.observations),
        renditions=(Rendition(media_type=PDF, octets=facts.pdf),) if facts.pdf else (),
    )


def context_of(facts: DispatchFacts, kind: Kind) -> Context:
    """What stands beside it in a header."""
    said, author = facts.sidecar.document, facts.author
    return Context(
        type_name=said.code_name or (kind.code_name if not said.code else ""),
        facility=author.facility,
        facility_name=author.person.organization,
        practice=author.setting,
        act=said.act or kind.act,
        act_ended_at=said.service_ended_at,
        performer=author.person if author.performs else None,
        encounter_at=said.encounter_at,
        order=said.order,
        prescriber=said.prescriber,
    )


def submission_of(facts: DispatchFacts, number: int) -> Submission:
    """One act of handing over."""
    author = facts.author
    return Submission(
        unique_id=f"2.25.{facts.marks.submissions[number]}",
        source_id=author.oid,
        submitted_at=facts.at,
        content_type=author.content_type,
        author=author.person,
    )


def sender_of(facts: DispatchFacts) -> Sender:
    """Whose mailbox it leaves from."""
    author, box = facts.author, facts.author.mailbox
    return Sender(
        email=facts.email,
        person=author.person if box.whose is Whose.PERSONAL else None,
        organization=author.person.organization,
        service=box.service,
        is_applicative=box.whose is Whose.APPLICATION,
        reply_to=box.reply_to,
    )


def moment_at(at: int) -> Moment:
    """A time of ours."""
    day = datetime.fromtimestamp(at, UTC).date().isoformat()
    return Moment(said=f"{utc(at)}+0000", day=day, at=at)


def _keeper(author: Author) -> Professional:
    person = author.person
    return Professional(
        organization=person.organization,
        organization_identifier=person.organization_identifier,
        address=person.address,
        phones=person.phones,
    )


def _one_day(facts: DispatchFacts) -> Moment | None:
    """When it was done, as the results say, where they agree."""
    said = {each.service_at for each in facts.results if each.service_at}
    return said.pop() if len(said) == 1 else None


def _status(facts: DispatchFacts) -> Status:
    values = (o for each in facts.results for o in each.observations)
    partial = any(each.status is Status.PARTIAL for each in values)
    return Status.PARTIAL if partial else Status.FINAL
