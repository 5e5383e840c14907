"""`pli send` says the way to each recipient first; without a secure one nothing is queued."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from store.db.accounts import account, add_account, change_account
from store.db.drafts import drafts
from store.db.open import Connection
from store.db.submissions import outbox
from store.db.whitelist import replace_whitelist
from store.errors import Transient
from store.host.lock import NodeLock
from store.host.paths import Home
from store.model.account import Account, Endpoint, Signs
from store.model.ids import AccountId
from sync.commands import send
from sync.submit import freeze
from tests.unit.cli.conftest import Pli

NOW = 1_795_000_000
LETTER = ("--subject", "Bilan", "--account", "cabinet")


@pytest.fixture(autouse=True)
def _written(monkeypatch: pytest.MonkeyPatch, db: Connection, cabinet: AccountId) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"Tout va bien.")))
    replace_whitelist(db, ["chu.example"], digest=b"d", published_at=NOW, now=NOW)


def test_without_a_secure_way_nothing_is_queued_and_the_line_says_why(
    call: Pli, db: Connection
) -> None:
    said = call("send", "--to", "bob@boite.example", *LETTER)
    assert said.code == 1
    assert "bob@boite.example : ne part pas. boite.example n'est pas dans l'espace" in said.err
    assert "Rien n'est parti" in said.err
    assert outbox(db) == []
    assert drafts(db) == []


def test_one_refused_recipient_holds_the_letter_back_from_all(
    call: Pli, db: Connection, home: Home
) -> None:
    call("policy", "non_medical", "allow")
    said = call("send", "--to", "bob@boite.example", "--cc", "x@chu.example", *LETTER)
    assert said.code == 1
    assert "bob@boite.example : ne part pas" in said.err
    assert "x@chu.example : ne part pas" in said.err
    assert outbox(db) == []


def test_a_hidden_recipient_has_a_way_too(call: Pli, db: Connection) -> None:
    said = call("send", "--to", "x@chu.example", "--bcc", "bob@boite.example", *LETTER)
    assert said.code == 1
    assert "bob@boite.example : ne part pas" in said.err
    assert outbox(db) == []


def test_a_reason_is_said_kept_and_shown(call: Pli, db: Connection, home: Home) -> None:
    call("policy", "non_medical", "allow")
    with NodeLock(home):  # a node runs: the letter is only queued
        said = call(
            "send", "--to", "bob@boite.example", "--non-medical", "facture de pneus", *LETTER
        )
    assert said.code == 0
    assert "EN CLAIR, sans rien de médical : facture de pneus" in said.err
    [queued] = outbox(db)
    assert queued.non_medical == "facture de pneus"


def test_a_dry_run_says_the_ways_and_queues_nothing(
    call: Pli, db: Connection, tmp_path: Path
) -> None:
    call("policy", "non_medical", "allow")
    words = ("--to", "bob@boite.example", "--non-medical", "rdv", "--dry-run")
    said = call("send", *words, *LETTER)
    assert said.code == 0
    assert "EN CLAIR" in said.err
    assert outbox(db) == []
    assert drafts(db) == []


def test_each_message_of_a_letter_leaves_from_here_by_its_own_account(
    call: Pli, db: Connection, cabinet: AccountId, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_whitelist(db, ["cabinet.example", "chu.example"], digest=b"e", published_at=1, now=1)
    change_account(db, replace(account(db, cabinet), ca="igc-sante"))
    there = Endpoint(host="mx.garde.example", port=465)
    facts = {"name": "garde", "address": "alice@garde.example", "user": "alice", "ca": "/garde.pem"}
    garde = add_account(db, imap=there, smtp=there, **facts)
    passed = []

    async def outbox_pass(_: Connection, by: Account, *__: object) -> float:
        passed.append(by.id)
        raise Transient("net.unreachable", host="mx", port=465)

    monkeypatch.setattr(send, "outbox_pass", outbox_pass)
    said = call("send", "--to", "x@chu.example", "--cc", "y@garde.example", *LETTER, "--json")
    assert (said.code, passed) == (0, [cabinet, garde])
    assert [json.loads(line)["state"] for line in said.out.splitlines()] == ["queued", "queued"]


def test_what_changes_between_the_word_and_the_freeze_sends_nothing_and_says_so(
    call: Pli, db: Connection, cabinet: AccountId, monkeypatch: pytest.MonkeyPatch
) -> None:
    call("policy", "non_medical", "allow")

    async def signs_from_now_on(made: Callable[..., bytes], *facts: object) -> bytes:
        change_account(db, replace(account(db, cabinet), sign=Signs.ALWAYS))
        return made(*facts)

    monkeypatch.setattr(freeze.asyncio, "to_thread", signs_from_now_on)
    said = call("send", "--to", "bob@boite.example", "--non-medical", "rdv", *LETTER)
    assert said.code != 0
    assert "Rien n'est parti : une liste, un certificat ou un compte vient de changer" in said.err
    assert (outbox(db), drafts(db)) == ([], [])


def test_without_any_standard_input_a_letter_has_no_text(
    call: Pli, db: Connection, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    call("policy", "non_medical", "allow")
    monkeypatch.setattr("sys.stdin", None)
    with NodeLock(home):
        said = call("send", "--to", "bob@boite.example", "--non-medical", "rdv", *LETTER)
    assert said.code == 0
    assert len(outbox(db)) == 1


def test_a_text_that_is_too_long_is_refused_and_never_cut(
    call: Pli, db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    call("policy", "non_medical", "allow")
    monkeypatch.setattr(send, "MOST_OCTETS", 5)
    said = call("send", "--to", "bob@boite.example", "--non-medical", "rdv", *LETTER)
    assert said.code == 2
    assert outbox(db) == []
