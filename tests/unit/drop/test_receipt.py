"""What a laboratory's system is told, and what it is not."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from store.model.drop import DropItem, DropRule, ItemState
from store.model.handover import Handover, HandoverKind, HandoverState
from store.model.ids import AccountId, BlobId, DropItemId, DropRuleId, HandoverId, SubmissionId
from store.model.submission import (
    EmailSubmission,
    Recipient,
    RecipientState,
    SentCopy,
    SubmissionState,
)
from sync.documents import hl7
from sync.documents.hl7_receipts import Step
from sync.documents.hl7_text import unescaped
from sync.drop import receipt as made
from sync.drop.receipt import Words, answers, receipt, receipt_name

NOW = 1_795_000_000
RULE = DropRule(
    id=DropRuleId(1),
    name="cobas",
    folder="/srv/cobas",
    account_id=AccountId(1),
    to=("a@b.example",),
)
ITEM = DropItem(
    id=DropItemId(7),
    rule_id=RULE.id,
    name=b"r\xe9sultat\x1b.pdf",
    digest=BlobId(b"\x01" * 32),
    size=10,
    state=ItemState.QUEUED,
    claim="abcd-1",
    reason="",
    submission_id=SubmissionId(3),
    seen_at=NOW,
    updated_at=NOW,
    control_ids=("M-77|\r", "M-78"),
)


def sent(*recipients: Recipient) -> EmailSubmission:
    return EmailSubmission(
        id=SubmissionId(3),
        account_id=AccountId(1),
        blob_id=BlobId(b""),
        message_id="x@labo.example",
        mail_from="labo@labo.example",
        subject="",
        size=1,
        source="drop",
        state=SubmissionState.ACCEPTED,
        send_at=NOW,
        attempts=1,
        next_attempt_at=0,
        last_error="",
        last_reply="",
        sent_copy=SentCopy.NONE,
        created_at=NOW,
        updated_at=NOW,
        recipients=recipients,
    )


def test_a_receipt_says_what_is_known_of_each_recipient() -> None:
    letter = sent(
        Recipient(email="a@b.example", state=RecipientState.ACCEPTED, at=NOW + 5),
        Recipient(email="c@d.example", state=RecipientState.REFUSED, code=550, reply="no", at=NOW),
    )
    octets = receipt(RULE, ITEM, [letter], Words())
    facts = json.loads(octets)
    assert octets.isascii()
    assert [each["state"] for each in facts["recipients"]] == ["accepted", "refused"]
    assert (facts["state"], facts["message_id"]) == ("queued", "x@labo.example")
    assert facts["updated_at"] == "2026-11-18T11:06:45Z"
    assert receipt_name(ITEM) == "pli-abcd-1.json"


def test_a_held_document_says_why() -> None:
    held = replace(ITEM, state=ItemState.HELD, reason="drop.no_way", submission_id=None)
    facts = json.loads(receipt(RULE, held, [], Words(reason="Personne")))
    assert (facts["reason"], facts["words"], facts["recipients"]) == ("drop.no_way", "Personne", [])


def test_that_a_server_took_it_is_not_said_to_be_received() -> None:
    letter = sent(Recipient(email="a@b.example", state=RecipientState.ACCEPTED, at=NOW))
    assert list(answers(ITEM, [letter])) == []


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("delivered", [(Step.DELIVERED, True)]),
        ("refused", [(Step.DELIVERED, False)]),
        ("failed", [(Step.DELIVERED, False)]),
        ("filed", [(Step.DELIVERED, True), (Step.READ, True)]),
        ("displayed", [(Step.DELIVERED, True), (Step.READ, True)]),
        ("unfiled", [(Step.DELIVERED, True), (Step.READ, False)]),
    ],
)
def test_what_is_learnt_is_answered_in_hl7_and_can_be_read_back(
    monkeypatch: pytest.MonkeyPatch, step: str, said: list[tuple[Step, bool]]
) -> None:
    monkeypatch.setattr(made, "step_of", lambda _: step)
    letter = sent(Recipient(email="a@b.example", code=550, reply="non|^~\\&\r", at=NOW))
    found = list(answers(replace(ITEM, control_ids=("M-77",)), [letter]))
    read = [exchange.receipt for each in found for exchange in hl7.read(each.octets)]
    assert [(each.step, each.succeeded) for each in read if each] == said
    assert all(each and each.of_message == "M-77" for each in read)
    assert all(each and each.address == "a@b.example" for each in read)
    assert all(bool(each.faults) is not each.succeeded for each in read if each)
    assert len({each.name for each in found}) == len(found)


def test_words_from_outside_cannot_end_a_segment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made, "step_of", lambda _: "refused")
    letter = sent(Recipient(email="a@b.example", reply="x\rOBX|9|\n", at=NOW))
    for each in answers(ITEM, [letter]):
        assert each.octets.count(b"\r") == 4
        assert b"\n" not in each.octets


def test_a_long_reply_is_not_cut_within_an_escape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made, "step_of", lambda _: "refused")
    letter = sent(Recipient(email="a@b.example", reply="no" + "|" * 400, at=NOW))
    [answer] = answers(replace(ITEM, control_ids=("M-77",)), [letter])
    words = answer.octets.decode().rpartition("ERR|")[2].split("^")[-2]
    assert unescaped(words) == "no" + "|" * 198


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (HandoverState.WAITING, []),
        (HandoverState.HELD, []),
        (HandoverState.PLACED, [True]),
        (HandoverState.CANCELED, [False]),
    ],
)
def test_the_dmp_is_answered_for_once_its_set_lies_in_its_folder(
    state: HandoverState, said: list[bool]
) -> None:
    dmp = Handover(
        id=HandoverId(1),
        account_id=AccountId(1),
        kind=HandoverKind.DMP,
        folder="/srv/dmp",
        state=state,
        created_at=NOW,
        updated_at=NOW + 9,
    )
    found = list(answers(replace(ITEM, control_ids=("M-77",)), [sent()], dmp))
    read = [exchange.receipt for each in found for exchange in hl7.read(each.octets)]
    assert [(each.step, each.of_message, each.succeeded) for each in read if each] == [
        (Step.DMP, "M-77", yes) for yes in said
    ]
    facts = json.loads(receipt(RULE, ITEM, [sent()], Words(), dmp=dmp))
    assert (facts["dmp"], facts["updated_at"]) == (state.value, "2026-11-18T11:06:49Z")


def test_a_document_that_became_two_letters_has_one_receipt() -> None:
    letters = [
        sent(Recipient(email="a@b.example", state=RecipientState.ACCEPTED, at=NOW)),
        sent(Recipient(email="p@patient.mssante.fr", state=RecipientState.REFUSED, at=NOW)),
    ]
    item = replace(ITEM, lacks=("drop.lacks.author",))
    facts = json.loads(receipt(RULE, item, letters, Words(lacks=("Il manque",))))
    assert [each["email"] for each in facts["recipients"]] == [
        "a@b.example",
        "p@patient.mssante.fr",
    ]
    assert len(facts["letters"]) == 2
    assert facts["lacks"] == [{"reason": "drop.lacks.author", "words": "Il manque"}]
