"""A letter written on a screen, about one patient, as the dispatch it is to become.

The same facts as `pli send --as xdm` gathers from files, from a draft: what is attached, whom the
person chose, what the account's settings say. Everything after that is one piece for both
(building.py, queueing.py). Whether all files are about that patient is asked as of a dropped
document, with the words of the PDF too (sync/drop/identity.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from store.db import blobs
from store.db.authors import author_content
from store.db.open import Connection
from store.errors import MailError, NeedsUser, Permanent
from store.host.version import VERSION
from store.model.account import Account
from store.model.document import Moment, Traits
from store.model.draft import Draft, HealthWish
from store.model.drop import NOT_IN_PDF, PATIENTS_DIFFER
from store.model.drop_options import FoundIn
from sync.dispatch.building import build_dispatch
from sync.dispatch.facts import Built, DispatchFacts, Held
from sync.dispatch.known_patient import check_known
from sync.dispatch.queueing import check_first_time, new_marks
from sync.dispatch.sorting import SortedFiles
from sync.documents.author_file import Author, read_author
from sync.documents.build_xdm import Application
from sync.documents.cda import read_cda
from sync.documents.mss_letter import is_patient_address
from sync.documents.pdf_text import words_to_compare
from sync.documents.sidecar import Described, Sidecar
from sync.drop.identity import Named, objection

FOR_A_SCREEN = {
    "dispatch.already": "composed.already",
    "dispatch.patient_apart": "composed.patient_apart",
    "dispatch.patient_not_qualified": "composed.patient_not_qualified",
    "dispatch.other_patient": "composed.other_patient",
    "document.missing.pdf": "composed.no_document",
}
"""What `pli send` says names its options; here it is keys that do the same."""


async def build_composed(
    db: Connection, account: Account, written: Draft, *, at: int
) -> tuple[DispatchFacts, Built] | Held:
    """All that leaves, or all the reasons why nothing does.

    Args:
        written: a draft with a wish.
        at: now, Unix seconds UTC.

    Raises:
        Transient: `pdf.cannot_start`.
    """
    try:
        facts = await _facts(db, account, written, at)
        built = await asyncio.to_thread(build_dispatch, facts)
        if isinstance(built, Built):
            assert written.health
            check_first_time(db, account, facts, built, again=written.health.again)
            return facts, built
    except (NeedsUser, Permanent) as error:
        built = Held(reasons=(error,))
    return Held(reasons=tuple(map(_for_a_screen, built.reasons)))


def _for_a_screen(error: MailError) -> MailError:
    return type(error)(FOR_A_SCREEN.get(error.code, error.code), **error.params)


async def _facts(db: Connection, account: Account, written: Draft, at: int) -> DispatchFacts:
    """All that is known.

    Raises:
        NeedsUser: `dispatch.no_author`, `composed.hidden_copy`, `dispatch.patient_apart`,
            `dispatch.patient_doubtful`, `dispatch.other_patient`, `composed.not_in_pdf`,
            `composed.several`, `dispatch.not_a_document`; what `read_author` raises.
        MailError: what a reader of an attached file raises.
    """
    wish = written.health
    assert wish
    author, to = _author(db, account), (*written.to, *written.cc)
    if written.bcc:
        raise NeedsUser("composed.hidden_copy")
    if any(is_patient_address(each.email) for each in to):
        raise NeedsUser("dispatch.patient_apart")
    check_known(db, wish.patient)
    octets = [(each.name, blobs.get(db, each.blob_id)) for each in written.attachments]
    files = await asyncio.to_thread(_sorted, octets)
    await _check_about(wish, files)
    return DispatchFacts(
        author=author,
        email=account.address,
        sidecar=_described(wish, written.body),
        to=to,
        pdf=files.pdf,
        cda=files.cda,
        results=tuple(files.results),
        at=at,
        marks=new_marks(),
        application=Application(name="Pli", version=VERSION),
    )


def _author(db: Connection, account: Account) -> Author:
    content = author_content(db, account.id)
    if not content:
        raise NeedsUser("dispatch.no_author", account=account.name)
    return read_author(content.encode())


def _sorted(files: Iterable[tuple[str, bytes]]) -> SortedFiles:
    found = SortedFiles()
    for name, octets in files:
        found.add(name, octets)
    if len(found.pdfs) > 1 or len(found.cdas) > 1:
        raise NeedsUser("composed.several")
    return found


async def _check_about(wish: HealthWish, files: SortedFiles) -> None:
    """The wrong-patient guard."""
    said: list[Traits | None] = [wish.patient, *(each.patient for each in files.results)]
    said += [read_cda(each).patient for each in files.cdas]
    found_in = [FoundIn.SIDECAR, *[FoundIn.HPRIM] * len(files.results)]
    found_in += [FoundIn.CDA] * len(files.cdas)
    named = [
        Named(origin=n, found_in=where, traits=traits)
        for n, (traits, where) in enumerate(zip(said, found_in, strict=True))
        if traits is not None
    ]
    words = [await words_to_compare(each) for each in files.pdfs]
    why = objection(named, filter(None, words))
    if why == PATIENTS_DIFFER:
        raise NeedsUser("dispatch.other_patient")
    if (why == NOT_IN_PDF or None in words) and not wish.checked:
        raise NeedsUser("composed.not_in_pdf")


def _described(wish: HealthWish, body: str) -> Sidecar:
    day = wish.service_day
    service = Moment(said=day.replace("-", ""), day=day) if day else None
    return Sidecar(
        patient=wish.patient,
        ins_is_qualified=wish.qualified,
        document=Described(kind=wish.kind, service_at=service),
        to_patient=wish.to_patient,
        closes=wish.closes and wish.to_patient,
        to_dmp=wish.to_dmp,
        body=body,
    )
