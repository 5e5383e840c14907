"""Two hundred results dropped while the node is killed ten times: each is delivered once."""

from __future__ import annotations

import hashlib
import os
import random
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from store.db import drops
from store.db.open import Connection
from store.db.submissions import submission
from store.host.paths import Home
from store.model.drop import DropItem, ItemState
from store.model.submission import SubmissionState
from sync.demo.pdfs import Document, draw
from tests.live.person import Pli, opened, until
from tests.servers.world import MailWorld

DOCUMENTS, DEATHS = 200, 10
LONGEST_LIFE_SECONDS = 5.0
PATIENCE_SECONDS = 180.0


@pytest.fixture
def pli(
    home: Home,
    mail_world: MailWorld,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Pli:
    pli = Pli(home, capsys, monkeypatch, mail_world)
    assert pli("init") == 0
    return pli


def results() -> Iterator[bytes]:
    """PDFs really drawn, no two alike."""
    number = 0
    while True:
        number += 1
        yield draw(
            Document(
                issuer=["Laboratoire des Tilleuls"],
                title=f"Compte rendu n° {number}",
                facts=["Patiente : Zoé EXEMPLE", f"Dossier : T-{number:05}"],
                paragraphs=["Glycémie à jeun : 0,94 g/L."],
                signature="Dr Bob Bruyère",
            )
        )


def digest(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()


def settled(db: Connection) -> bool:
    """Everything was taken, and only what is in doubt has not ended."""
    items = ledger(db)
    return len(items) >= DOCUMENTS and all(
        doubtful(db, item) if item.state is ItemState.QUEUED else item.put_away for item in items
    )


def ledger(db: Connection) -> list[DropItem]:
    [rule] = drops.rules(db)
    return drops.items(db, rule.id, limit=DOCUMENTS * 2)


def doubtful(db: Connection, item: DropItem) -> bool:
    assert item.submission_id is not None
    return submission(db, item.submission_id).state is SubmissionState.UNCERTAIN


def delivered(world: MailWorld, address: str) -> Counter[str]:
    """How often each document arrived."""
    found: Counter[str] = Counter()
    for letter in world.postfix.delivered(address):
        parsed = message_from_bytes(letter, _class=EmailMessage, policy=policy.default)
        found.update(digest(part.get_content()) for part in parsed.iter_attachments())
    return found


def test_two_hundred_documents_and_ten_deaths(
    pli: Pli, mail_world: MailWorld, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    seed = int(os.environ.get("PLI_SEED") or secrets.randbelow(10**9))
    request.node.add_report_section("call", "repeat", f"PLI_SEED={seed}")
    chance, folder = random.Random(seed), tmp_path / "resultats"
    doctor = mail_world.newcomer()
    assert pli.add(mail_world.account("labo"), "labo") == 0
    to = ("--account", "labo", "--to", doctor.address)
    assert pli("drop", "add", "cobas", "--folder", str(folder), "--create", *to) == 0

    drawn, dropped = results(), set[str]()
    for _ in range(DEATHS):
        node = pli.node()
        try:
            dies_at = time.monotonic() + chance.uniform(0, LONGEST_LIFE_SECONDS)
            for _ in range(DOCUMENTS // DEATHS):
                octets = next(drawn)
                dropped.add(digest(octets))
                (folder / f"résultat {len(dropped)}.pdf").write_bytes(octets)
            time.sleep(max(0.0, dies_at - time.monotonic()))
        finally:
            node.kill()
            node.wait()

    node = pli.node()
    try:
        with opened(pli) as db:
            until(lambda: settled(db), PATIENCE_SECONDS)
            items = ledger(db)
            in_doubt = {item.digest.hex() for item in items if item.state is ItemState.QUEUED}
    finally:
        node.terminate()
        assert node.wait(timeout=30) == 0

    until(lambda: mail_world.postfix.queued() == 0)
    arrived = delivered(mail_world, doctor.address)
    found = f"{len(arrived)} delivered, {len(in_doubt)} in doubt"
    request.node.add_report_section("call", "found", found)
    assert {item.digest.hex() for item in items} == dropped, "one was lost"
    assert {item.state for item in items} <= {ItemState.SENT, ItemState.QUEUED}
    assert len(items) == DOCUMENTS, "one was taken twice"
    assert dropped - in_doubt <= set(arrived), "one is called sent and never arrived"
    assert set(arrived.values()) == {1}, "one arrived twice"
    lie = Counter(digest(path.read_bytes()) for path in folder.rglob("*.pdf"))
    assert lie == Counter(dropped), "one lies nowhere, or twice"
