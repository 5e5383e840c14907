"""A sender is told once what became of their document, by the guard's way or not at all."""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
from dataclasses import replace
from typing import Any

import pytest

from store.db import blobs
from store.db.accounts import account, change_account
from store.db.filing_answers import account_of
from store.db.open import Connection
from store.db.submissions import outbox
from store.db.whitelist import replace_whitelist
from store.errors import MailError, Transient
from store.host.clock import now
from store.model.ids import AccountId, EmailId
from store.model.receipt import Outcome
from store.model.route import Way
from sync.commands import send
from sync.dispatch import answering
from sync.documents.receipts import read_receipts
from tests.unit.cli.conftest import Pli, cabinet, call
from tests.unit.dispatch.test_exporting import a_letter, arrives

__all__ = ["cabinet", "call"]


@pytest.fixture(autouse=True)
def _inside(db: Connection, cabinet: AccountId, monkeypatch: pytest.MonkeyPatch) -> None:
    domains = ["cabinet.example", "labo.example"]
    replace_whitelist(db, domains, digest=b"d", published_at=now(), now=now())
    change_account(db, replace(account(db, cabinet), ca="igc-sante"))

    async def no_line(*_: object) -> float:
        raise Transient("net.unreachable", host="mx", port=465)

    monkeypatch.setattr(send, "outbox_pass", no_line)


@pytest.fixture
async def arrived(db: Connection, cabinet: AccountId) -> EmailId:
    return await arrives(db, cabinet, b"Return-Path: <eloise@labo.example>\r\n" + a_letter())


def only(db: Connection) -> Any:
    [row] = outbox(db)
    return row, blobs.get(db, row.blob_id)


def test_a_refusal_says_its_code(db: Connection, arrived: EmailId, call: Pli) -> None:
    said = call("answer-integration", str(arrived), "--code", "902", "--json")
    assert (said.code, json.loads(said.out)["state"]) == (0, "queued")
    row, octets = only(db)
    assert [(each.email, each.way) for each in row.recipients] == [
        ("eloise@labo.example", Way.MSSANTE)
    ]
    [receipt] = read_receipts(octets)
    assert (receipt.outcome, receipt.error) == (Outcome.REFUSED, "902")
    assert receipt.message_id == "un@labo.example"
    assert not receipt.is_automatic
    assert row.mail_from == ""
    letter = email.message_from_bytes(octets, policy=email.policy.default)
    assert letter.get_content_type() == "multipart/report"
    assert letter["Subject"].startswith("[KO Intégration système !][902] XDM/1.0/DDM+")


def test_a_filed_document_says_so(db: Connection, arrived: EmailId, call: Pli) -> None:
    assert call("answer-integration", str(arrived), "--filed").code == 0
    [receipt] = read_receipts(only(db)[1])
    assert (receipt.outcome, receipt.error) == (Outcome.PROCESSED, "")


def test_no_receipt_of_its_reading_follows(db: Connection, arrived: EmailId, call: Pli) -> None:
    state = "SELECT state FROM receipt_asked WHERE email_id = ?"
    assert db.execute(state, (arrived,)).fetchone() == ("unread",)
    assert call("answer-integration", str(arrived), "--filed").code == 0
    assert db.execute(state, (arrived,)).fetchone() == ("done",)


def test_it_is_said_once(db: Connection, arrived: EmailId, call: Pli) -> None:
    assert call("answer-integration", str(arrived), "--filed").code == 0
    said = call("answer-integration", str(arrived), "--code", "906")
    assert said.code == 2
    assert "a déjà reçu une réponse" in said.err
    only(db)


@pytest.mark.parametrize(
    "words", [(), ("--filed", "--code", "900"), ("--code", "907"), ("--code", "900", "--dry-run")]
)
def test_what_is_not_clear_or_only_asked_sends_nothing(
    db: Connection, arrived: EmailId, call: Pli, words: tuple[str, ...]
) -> None:
    said = call("answer-integration", str(arrived), *words)
    assert said.code == (0 if "--dry-run" in words else 2)
    assert outbox(db) == []


def test_the_guard_has_its_word(db: Connection, arrived: EmailId, call: Pli) -> None:
    replace_whitelist(db, ["cabinet.example"], digest=b"e", published_at=now(), now=now())
    said = call("answer-integration", str(arrived), "--filed")
    assert said.code == 1
    assert "eloise@labo.example : ne part pas" in said.err
    assert outbox(db) == []


async def test_a_list_that_changes_meanwhile_holds_it_back(
    db: Connection, arrived: EmailId, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = answering.build_mdn

    def changes(*args: Any, **facts: Any) -> bytes:
        change_account(db, replace(account(db, account_of(db, arrived)), ca="/other.pem"))
        replace_whitelist(db, ["labo.example"], digest=b"e", published_at=now(), now=now())
        return real(*args, **facts)

    async def here(made: Any, *facts: Any) -> Any:
        return made(*facts)

    monkeypatch.setattr(answering, "build_mdn", changes)
    monkeypatch.setattr(answering.asyncio, "to_thread", here)
    with pytest.raises(MailError):
        await answering.answer(db, arrived, None, now=now())
    assert outbox(db) == []


async def test_nobody_is_told_who_did_not_ask(
    db: Connection, cabinet: AccountId, call: Pli
) -> None:
    plain = b"From: bob@labo.example\r\nMessage-ID: <x@labo.example>\r\n\r\nBonjour\r\n"
    email_id = await arrives(db, cabinet, plain)
    said = await asyncio.to_thread(call, "answer-integration", str(email_id), "--filed")
    assert said.code == 1
    assert "n'a pas demandé d'accusé" in said.err
    said = await asyncio.to_thread(call, "answer-integration", "99", "--filed")
    assert said.code == 2
