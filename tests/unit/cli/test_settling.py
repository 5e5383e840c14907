"""What a person has seen to no longer worries `pli doctor`; what nobody has, does."""

from __future__ import annotations

import json

import pytest

from store.db.drop_ledger import Became, add_item_within, put_away
from store.db.drops import add_rule
from store.db.node import node_started
from store.db.open import Connection, write
from store.db.submissions import retry, submission
from store.model.drop import ItemState
from store.model.ids import BlobId, DropItemId, DropRuleId, SubmissionId
from store.model.submission import SubmissionState
from tests.tui.practice import NOW, Practice
from tests.tui.practice import practice as make_practice
from tests.tui.test_outbox_screen import attempted, partly_refused, queued
from tests.unit.cli.conftest import Pli


@pytest.fixture
def practice(db: Connection) -> Practice:
    """The account `cabinet` with its mailboxes."""
    return make_practice(db)


@pytest.fixture
def rule_id(db: Connection, practice: Practice, tmp_path: object) -> DropRuleId:
    """A watched folder."""
    folder, account_id = f"{tmp_path}/depot", practice.account_id
    return add_rule(db, name="labo", folder=folder, account_id=account_id, to=["bob@labo.example"])


def document(
    db: Connection,
    rule_id: DropRuleId,
    state: ItemState,
    reason: str,
    submission_id: SubmissionId | None = None,
) -> DropItemId:
    """A document that has come to its end."""
    with write(db):
        item_id = add_item_within(
            db,
            rule_id,
            name=b"r.pdf",
            digest=BlobId(b"x" * 32),
            size=1,
            claim="c",
            state=state,
            now=NOW,
            reason=reason,
            became=Became(letter=submission_id),
        )
    put_away(db, [item_id])
    return item_id


def refused(practice: Practice, name: str = "m1") -> SubmissionId:
    """A letter that the server would not have."""
    id_ = queued(practice, name=name)
    attempted(practice.db, id_, SubmissionState.REFUSED, "submission.refused", "550 inconnu")
    return id_


def complaints(call: Pli) -> set[str]:
    """What the doctor finds wrong with letters and documents."""
    found = [json.loads(line) for line in call("doctor", "--offline", "--json").out.splitlines()]
    return {f["code"] for f in found if not f["ok"]} & {"doctor.refused", "doctor.drop"}


def test_held_and_refused_documents_are_dismissed(
    call: Pli, db: Connection, rule_id: DropRuleId
) -> None:
    held = document(db, rule_id, ItemState.HELD, "drop.same_content")
    failed = document(db, rule_id, ItemState.FAILED, "drop.not_pdf")
    assert complaints(call) == {"doctor.drop"}
    listed = call("drop", "status")
    assert listed.code == 1
    assert f"{held}  r.pdf : Exactement le même document" in listed.out
    said = call("drop", "dismiss", str(held), str(failed))
    assert (said.code, "2 documents" in said.err) == (0, True)
    assert complaints(call) == set()
    listed = call("drop", "status")
    assert (listed.code, "r.pdf" in listed.out) == (0, False)
    states = db.execute("SELECT state, reason FROM drop_item ORDER BY id").fetchall()
    assert states == [("held", "drop.dismissed"), ("failed", "drop.dismissed")]
    assert call("drop", "dismiss", str(held)).code == 0  # again: nothing more to do


def test_the_doctor_is_content_once_everything_is_settled(
    call: Pli,
    db: Connection,
    practice: Practice,
    rule_id: DropRuleId,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sync.commands.doctor.node_runs", lambda home: True)
    node_started(db, 1, NOW)
    db.execute("UPDATE account SET last_synced_at = 1 << 40, password_command = 'echo x'")
    assert call("doctor", "--offline").code == 0
    held = document(db, rule_id, ItemState.HELD, "drop.same_content")
    letter = refused(practice)
    assert call("doctor", "--offline").code == 1
    call("drop", "dismiss", str(held))
    assert call("doctor", "--offline").code == 1
    call("outbox", "cancel", str(letter))
    assert call("doctor", "--offline").code == 0


def test_a_document_under_way_cannot_be_dismissed(
    call: Pli, db: Connection, rule_id: DropRuleId
) -> None:
    held = document(db, rule_id, ItemState.HELD, "drop.same_content")
    sent = document(db, rule_id, ItemState.SENT, "")
    for wrong in (str(sent), "99"):
        said = call("drop", "dismiss", str(held), wrong)
        assert (said.code, said.err.count("\n")) == (2, 1)
        assert wrong in said.err
    assert complaints(call) == {"doctor.drop"}  # all of them or none


def test_a_refused_letter_is_let_go_of_with_its_document(
    call: Pli, db: Connection, practice: Practice, rule_id: DropRuleId
) -> None:
    letter = refused(practice)
    document(db, rule_id, ItemState.FAILED, "drop.server_refused", letter)
    assert complaints(call) == {"doctor.refused", "doctor.drop"}
    assert call("outbox", "cancel", str(letter)).code == 0
    assert submission(db, letter).state is SubmissionState.CANCELED
    assert complaints(call) == set()
    assert call("outbox", "cancel", str(letter)).code == 2


def test_a_refused_letter_that_leaves_again_is_no_worry(call: Pli, practice: Practice) -> None:
    letter = refused(practice)
    retry(practice.db, letter, now=NOW)
    assert complaints(call) == set()


def test_a_letter_refused_after_a_doubt_can_be_let_go_of_too(
    call: Pli, db: Connection, practice: Practice
) -> None:
    letter = refused(practice)
    db.execute("UPDATE submission_attempt SET phase = 'dot'")  # an earlier answer never came
    assert call("outbox", "cancel", str(letter)).code == 0
    said = call("outbox", "show", str(letter)).out
    assert "ne partira plus" in said
    assert "personne ne l'a reçue" not in said


def test_a_rule_is_removed_only_when_its_documents_have_ended(
    call: Pli, db: Connection, practice: Practice, rule_id: DropRuleId
) -> None:
    document(db, rule_id, ItemState.QUEUED, "", queued(practice))
    db.execute("UPDATE drop_item SET put_away = 0")
    said = call("drop", "remove", "labo")
    assert (said.code, said.err.count("\n")) == (2, 1)
    db.execute("UPDATE drop_item SET state = 'sent', put_away = 1")
    assert call("drop", "remove", "labo").code == 0
    assert db.execute("SELECT count(*) FROM drop_item").fetchone() == (0,)


def test_a_letter_refused_for_somebody_is_listed_so(call: Pli, practice: Practice) -> None:
    id_ = partly_refused(practice)
    assert "remis, sauf à 1 destinataire " in call("outbox").out
    shown = call("outbox", "show", str(id_)).out
    assert "remis, sauf à 1 destinataire" in shown
    assert "absent1@labo.example  refusé  550 inconnu" in shown


def test_a_stopped_letter_says_why_on_the_command_line(call: Pli, practice: Practice) -> None:
    id_ = queued(practice)
    practice.db.execute("UPDATE email_submission SET last_error = 'smtp.no_login'")
    assert "smtp.operateur.example" in call("outbox", "show", str(id_)).out
