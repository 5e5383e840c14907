"""A letter composed on a screen, that is to leave as a health document about one patient."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from store.db.accounts import account, change_account
from store.db.authors import set_author
from store.db.drafts import (
    attach,
    draft,
    drafts_to_send,
    drafts_waiting,
    save_draft,
    send_draft,
    unsend_draft,
)
from store.db.handovers import handovers_open
from store.db.health_wishes import look_now, look_of
from store.db.open import Connection
from store.db.whitelist import replace_whitelist
from store.errors import Permanent, Transient
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.account import Account
from store.model.document import Traits
from store.model.draft import Draft, HealthWish
from store.model.email import EmailAddress
from store.model.ids import DraftId
from sync import passes
from sync.dispatch.composed import build_composed
from sync.dispatch.composing import dispatch_composed, look_at_composed
from sync.dispatch.facts import Built, Held
from sync.documents.sidecar import read_sidecar
from sync.submit.freeze import freeze_due
from tests.tui.practice import practice
from tests.unit.dispatch.practice import ALICE, AUTHOR, NOW, RESULTS, SIDECAR
from tests.unit.documents.invented import INS, PDF_OCTETS

BOB = EmailAddress(name="Dr Bob", email="bob@centre.example")


def leroux() -> Traits:
    """The invented patient."""
    found = read_sidecar(SIDECAR.encode()).patient
    assert found
    return found


def wish(**more: object) -> HealthWish:
    """About her, the act done on a day."""
    return replace(HealthWish(patient=leroux(), service_day="2026-11-24"), **more)  # type: ignore[arg-type]


@pytest.fixture
def cabinet(db: Connection) -> Account:
    """A practice that says who writes."""
    made = practice(db)
    set_author(db, made.account_id, AUTHOR, now=NOW)
    inside = ["cabinet.example", "centre.example", "patient.mssante.fr"]
    replace_whitelist(db, inside, digest=b"d", published_at=NOW, now=NOW)
    change_account(db, replace(account(db, made.account_id), ca="igc-sante"))
    return account(db, made.account_id)


def written(db: Connection, health: HealthWish | None = None, **more: object) -> Draft:
    """A letter to two colleagues with a PDF."""
    pdf = attach(db, "bilan.pdf", "application/pdf", PDF_OCTETS)
    letter = Draft(
        sender=EmailAddress(email="alice@cabinet.example"),
        to=(ALICE,),
        cc=(BOB,),
        subject="Bilan",
        body="Cher confrère,\nvoici.\n",
        in_reply_to="k1@port.example",
        references=("k1@port.example",),
        attachments=(pdf,),
        health=health or wish(),
    )
    return replace(letter, **more)  # type: ignore[arg-type]


def kept(db: Connection, cabinet: Account, letter: Draft) -> DraftId:
    return save_draft(db, cabinet.id, letter, now=NOW)


def told(db: Connection, cabinet: Account, letter: Draft) -> DraftId:
    """Kept, and told to leave now."""
    draft_id = kept(db, cabinet, letter)
    send_draft(db, draft_id, NOW)
    return draft_id


def dispatched(db: Connection, cabinet: Account) -> list[Draft]:
    """What waits to be frozen once the node has had its turn."""
    asyncio.run(dispatch_composed(db, cabinet, now=NOW))
    return [draft(db, each)[1] for each in drafts_to_send(db, cabinet.id, NOW)]


def codes(db: Connection, cabinet: Account, letter: Draft) -> list[str]:
    """Why it does not leave."""
    found = asyncio.run(build_composed(db, cabinet, letter, at=NOW))
    return [each.code for each in found.reasons] if isinstance(found, Held) else []


def test_a_wish_is_kept_with_its_draft(db: Connection, cabinet: Account) -> None:
    letter = written(db, wish(kind="cr-bio", qualified=True, to_patient=True, to_dmp=True))
    assert draft(db, kept(db, cabinet, letter)) == (cabinet.id, letter)


def test_it_becomes_a_document_to_colleagues_and_a_letter_to_the_patient(
    db: Connection, cabinet: Account
) -> None:
    told(db, cabinet, written(db, wish(qualified=True, to_patient=True), answer_by=NOW + 9))
    colleagues, patient = dispatched(db, cabinet)
    assert colleagues.subject.startswith("XDM/1.0/DDM+Compte rendu d'examens biologiques LEROUX")
    assert (colleagues.to, colleagues.cc) == ((ALICE,), (BOB,))
    assert (colleagues.in_reply_to, colleagues.answer_by) == ("k1@port.example", NOW + 9)
    assert "voici." in colleagues.body
    assert [each.email for each in patient.to] == [f"{INS}@patient.mssante.fr"]
    assert "voici." not in patient.body
    assert (patient.in_reply_to, patient.answer_by, patient.health) == ("", 0, None)
    assert len(patient.attachments) == 2


def test_it_goes_to_the_software_of_the_dmp(
    db: Connection, cabinet: Account, tmp_path: Path
) -> None:
    set_author(db, cabinet.id, f'{AUTHOR}\n[dmp]\nfolder = "{tmp_path}"\n', now=NOW)
    told(db, cabinet, written(db, wish(to_dmp=True)))
    assert len(dispatched(db, cabinet)) == 1
    [placed] = handovers_open(db)
    assert placed.folder == str(tmp_path)


def test_as_it_was_composed_it_never_leaves(db: Connection, cabinet: Account) -> None:
    draft_id = told(db, cabinet, written(db))
    assert asyncio.run(freeze_due(db, cabinet, now=NOW)) == 0
    assert drafts_waiting(db) == [(draft_id, NOW, "")]


def test_one_that_was_called_back_stays(db: Connection, cabinet: Account) -> None:
    draft_id = told(db, cabinet, written(db))
    unsend_draft(db, draft_id)
    assert dispatched(db, cabinet) == []
    assert draft(db, draft_id)[1].health is not None


def test_one_that_was_changed_meanwhile_does_not_leave_as_it_was(
    db: Connection, cabinet: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = written(db)
    draft_id = told(db, cabinet, letter)

    async def slow(*given: object, **more: object) -> object:
        found = await build_composed(*given, **more)  # type: ignore[arg-type]
        save_draft(db, cabinet.id, replace(letter, body="Non."), now=NOW, draft_id=draft_id)
        return found

    monkeypatch.setattr("sync.dispatch.composing.build_composed", slow)
    asyncio.run(dispatch_composed(db, cabinet, now=NOW))
    assert draft(db, draft_id)[1].body == "Non."
    assert drafts_waiting(db) == [(draft_id, NOW, "")]


@pytest.mark.logs("draft.not_frozen")
def test_what_was_mended_meanwhile_is_not_held_for_what_it_was(
    db: Connection, cabinet: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft_id = told(db, cabinet, written(db, wish(service_day="")))

    async def slow(*given: Any, **more: Any) -> object:
        found = await build_composed(*given, **more)
        unsend_draft(db, draft_id)
        save_draft(db, cabinet.id, written(db), now=NOW, draft_id=draft_id)
        send_draft(db, draft_id, NOW)
        return found

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("sync.dispatch.composing.build_composed", slow)
        asyncio.run(dispatch_composed(db, cabinet, now=NOW))
    assert drafts_waiting(db) == [(draft_id, NOW, "")]
    assert len(dispatched(db, cabinet)) == 1


@pytest.mark.logs("draft.not_built", "draft.not_frozen")
def test_one_that_we_stumble_over_stops_no_other(
    db: Connection, cabinet: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = told(db, cabinet, written(db, body="Aïe."))
    told(db, cabinet, written(db))

    async def stumbles(*given: Any, **more: Any) -> object:
        if given[2].body == "Aïe.":
            raise IndexError
        return await build_composed(*given, **more)

    monkeypatch.setattr("sync.dispatch.composing.build_composed", stumbles)
    assert asyncio.run(look_at_composed(db, now=NOW)) == 2
    assert len(dispatched(db, cabinet)) == 1
    assert (bad, NOW, "composed.held") in drafts_waiting(db)
    found = look_of(db, bad)
    assert found
    assert found.reasons == (("submission.unbuildable", ()),)


def test_one_that_cannot_be_built_now_is_in_nobodys_way(
    db: Connection, cabinet: Account, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    later = told(db, cabinet, written(db, body="Plus tard."))
    told(db, cabinet, written(db))

    async def busy(*given: Any, **more: Any) -> object:
        if given[2].body == "Plus tard.":
            raise Transient("pdf.cannot_start")
        return await build_composed(*given, **more)

    async def sends(*_: object, **__: object) -> None:
        left.append(drafts_to_send(db, cabinet.id, NOW))

    left: list[list[DraftId]] = []
    monkeypatch.setattr("sync.dispatch.composing.build_composed", busy)
    monkeypatch.setattr(passes, "run_outbox", sends)
    monkeypatch.setattr(passes, "now", lambda: NOW)
    monkeypatch.setattr(passes, "password_for", lambda *_: "")
    with pytest.raises(Transient, match=r"pdf\.cannot_start"):
        asyncio.run(passes.outbox_pass(db, cabinet, Home(tmp_path), DataKey(b"k" * 32)))
    [waiting] = left
    assert later in waiting
    assert len(waiting) == 2
    assert drafts_waiting(db)[0][2] == ""


@pytest.mark.logs("draft.not_frozen")
def test_what_lacks_is_told_and_it_waits_for_the_person(db: Connection, cabinet: Account) -> None:
    draft_id = told(db, cabinet, written(db, wish(service_day="", to_patient=True)))
    assert dispatched(db, cabinet) == []
    assert drafts_waiting(db) == [(draft_id, NOW, "composed.held")]
    found = look_of(db, draft_id)
    assert found
    assert [code for code, _ in found.reasons] == [
        "document.missing.service_at",
        "composed.patient_not_qualified",
    ]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"bcc": (BOB,)}, "composed.hidden_copy"),
        ({"to": (EmailAddress(email=f"{INS}@patient.mssante.fr"),)}, "composed.patient_apart"),
        ({"attachments": ()}, "document.missing.content"),
        ({"to": (), "cc": ()}, "document.missing.recipient"),
    ],
)
def test_what_a_document_cannot_be_is_said(
    db: Connection, cabinet: Account, more: dict[str, object], code: str
) -> None:
    assert code in codes(db, cabinet, written(db, **more))


def with_results(db: Connection, results: str) -> Draft:
    letter = written(db)
    hprim = attach(db, "bilan.hpr", "text/plain", results.encode("cp1252"))
    return replace(letter, attachments=(*letter.attachments, hprim))


def test_results_about_somebody_else_hold_it(db: Connection, cabinet: Account) -> None:
    assert codes(db, cabinet, with_results(db, RESULTS)) == []
    other = RESULTS.replace("14/03/1985", "02/02/1951")
    assert codes(db, cabinet, with_results(db, other)) == ["composed.other_patient"]


def test_a_pdf_about_somebody_else_holds_it(
    db: Connection, cabinet: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = ""

    async def words(_: bytes) -> str:
        return said

    monkeypatch.setattr("sync.documents.pdf_text.pdf_text", words)
    said = "Mme LEROUX-ESSAI Anaïs, née le 14/03/1985"
    assert codes(db, cabinet, written(db)) == []
    said = "Mme LEROUX-ESSAI Anaïs, née le 02/02/1951"
    assert codes(db, cabinet, written(db)) == ["composed.other_patient"]
    said = "Madame DUPONT Marie"
    assert codes(db, cabinet, written(db)) == ["composed.not_in_pdf"]
    assert codes(db, cabinet, written(db, wish(checked=True))) == []


def test_a_pdf_not_read_in_time_is_looked_at_by_the_person(
    db: Connection, cabinet: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(_: bytes) -> str:
        raise Permanent("pdf.too_slow")

    monkeypatch.setattr("sync.documents.pdf_text.pdf_text", slow)
    assert codes(db, cabinet, written(db)) == ["composed.not_in_pdf"]
    assert codes(db, cabinet, written(db, wish(checked=True))) == []


def test_two_documents_are_not_one(db: Connection, cabinet: Account) -> None:
    letter = written(db)
    other = attach(db, "autre.pdf", "application/pdf", PDF_OCTETS + b"\n")
    picture = attach(db, "photo.png", "image/png", b"\x89PNG")
    for more, code in ((other, "composed.several"), (picture, "dispatch.not_a_document")):
        with_it = replace(letter, attachments=(*letter.attachments, more))
        assert codes(db, cabinet, with_it) == [code]


def test_without_settings_nobody_writes(db: Connection, cabinet: Account) -> None:
    set_author(db, cabinet.id, "", now=NOW)
    assert codes(db, cabinet, written(db)) == ["dispatch.no_author"]


def test_the_same_again_needs_a_word(db: Connection, cabinet: Account) -> None:
    told(db, cabinet, written(db))
    assert len(dispatched(db, cabinet)) == 1
    assert codes(db, cabinet, written(db)) == ["composed.already"]
    found = asyncio.run(build_composed(db, cabinet, written(db, wish(again=True)), at=NOW))
    assert isinstance(found[1] if isinstance(found, tuple) else found, Built)


def test_a_look_is_taken_once_of_the_same_facts(db: Connection, cabinet: Account) -> None:
    letter = written(db, wish(service_day=""))
    draft_id = kept(db, cabinet, letter)
    assert asyncio.run(look_at_composed(db, now=NOW)) == 1
    found = look_now(db, draft_id, cabinet.id, letter)
    assert found
    assert found.reasons == (("document.missing.service_at", ()),)
    words = replace(letter, body="D'autres mots.")
    save_draft(db, cabinet.id, words, now=NOW, draft_id=draft_id)
    assert asyncio.run(look_at_composed(db, now=NOW)) == 0
    assert look_now(db, draft_id, cabinet.id, words) == found
    whole = replace(words, health=wish())
    save_draft(db, cabinet.id, whole, now=NOW, draft_id=draft_id)
    assert look_now(db, draft_id, cabinet.id, whole) is None
    assert asyncio.run(look_at_composed(db, now=NOW)) == 1
    again = look_now(db, draft_id, cabinet.id, whole)
    assert again
    assert again.reasons == ()
    assert [code for code, _ in again.remarks] == ["dispatch.pdf_not_a1"]
