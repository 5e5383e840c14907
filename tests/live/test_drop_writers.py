"""Ten thousand files from writers of every kind, a real node killed every hour, real servers.

`make soak` runs it. Its clock is compressed: one hour of a busy laboratory, 500 files, is dropped
within some ten seconds, and in each the node is killed once (kill -9) at a moment drawn by chance.
A failure prints the seed that repeats what the writers do (PLI_SEED); PLI_FILES makes it shorter.
"""

from __future__ import annotations

import os
import random
import secrets
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from store.db import drops
from store.db.open import Connection
from store.db.submissions import submission
from store.host.paths import Home
from store.model.account import Account
from store.model.drop import DropItem, ItemState
from store.model.submission import SubmissionState
from tests.live.person import Pli, opened, until
from tests.live.test_drop_postfix import delivered, digest
from tests.servers.world import MailWorld
from tests.sim.drop_world import NOTES
from tests.sim.test_drop_writers import Writers

FILES = int(os.environ.get("PLI_FILES") or 10_000)
FILES_AN_HOUR, AT_ONCE, STEP_SECONDS = 500, 3, 0.05
SLOWEST_STEPS = 80
"""Four seconds: twice what a document must stay unchanged."""
PATIENCE_SECONDS, LOOK_SECONDS = 2400.0, 3.0


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


def writers_work(pli: Pli, writers: Writers, chance: random.Random) -> int:
    """Everything is dropped, hour by hour. Returns how often the node was killed."""
    deaths, node = 0, pli.node()
    try:
        while writers.begun < FILES:
            hour = range(FILES_AN_HOUR // AT_ONCE)
            dies = chance.choice(hour)
            for step in hour:
                for _ in range(min(AT_ONCE, FILES - writers.begun)):
                    writers.begin()
                writers.go_on()
                time.sleep(STEP_SECONDS)
                if step == dies:
                    node.kill()
                    node.wait()
                    deaths, node = deaths + 1, pli.node()
        while writers.at_work:
            writers.go_on()
            time.sleep(STEP_SECONDS)
    finally:
        node.kill()
        node.wait()
    return deaths


def ledger(db: Connection) -> list[DropItem]:
    [rule] = drops.rules(db)
    return drops.items(db, rule.id, limit=4 * FILES)


def in_doubt(db: Connection) -> list[DropItem]:
    """What a person is asked about: looked for in our own mailboxes, and not seen there."""
    return [
        item
        for item in ledger(db)
        if item.state is ItemState.QUEUED
        and item.submission_id is not None
        and (row := submission(db, item.submission_id)).state is SubmissionState.UNCERTAIN
        and row.looks
    ]


def settled(db: Connection, count: int) -> bool:
    """Each file has ended, or is a question."""
    items = ledger(db)
    open_ = [item for item in items if item.state is ItemState.QUEUED or not item.put_away]
    return len(items) == count and len(open_) == len(in_doubt(db))


def patiently(happened: Callable[[], object]) -> None:
    """As `until`; reading a long ledger again and again would be most of the work here."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(LOOK_SECONDS)


def to_its_end(pli: Pli, doctor: Account, count: int) -> tuple[list[DropItem], int]:
    """Nothing disturbs any more, and a person answers each question: "again". The ledger, and how
    many questions there were."""
    node = pli.node()
    try:
        with opened(pli) as db:
            patiently(lambda: settled(db, count))
            doubts = in_doubt(db)
            early = delivered(pli.world, doctor.address)
            assert not [d for d in doubts if d.digest.hex() in early], "evidence was not seen"
            for each in doubts:
                assert pli("outbox", "retry", str(each.submission_id)) == 0
            patiently(lambda: settled(db, count) and not in_doubt(db))
            return ledger(db), len(doubts)
    finally:
        node.terminate()
        assert node.wait(timeout=90) == 0


def check(writers: Writers, items: list[DropItem], arrived: Counter[str], folder: Path) -> str:
    """Files in = accepted + held + failed; each whole content arrived once. The count in words."""
    given = +writers.given
    states = Counter(item.state for item in items)
    whole = {digest(octets) for octets in given if octets not in writers.broken}
    counted = (
        f"{given.total()} files, {len(given)} contents ({len(writers.broken)} broken off):"
        f" accepted {states[ItemState.SENT]}, held {states[ItemState.HELD]},"
        f" failed {states[ItemState.FAILED]}; {len(arrived)} contents arrived,"
        f" {arrived.total() - len(arrived)} twice, {len(whole - set(arrived))} lost"
    )
    assert set(arrived) == whole, counted
    assert set(arrived.values()) == {1}, counted
    assert states[ItemState.SENT] == len(whole), counted
    assert states[ItemState.FAILED] == len(writers.broken), counted
    assert states.total() == given.total(), counted
    lie = Counter(
        digest(path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(NOTES)
    )
    assert lie == Counter({digest(octets): n for octets, n in given.items()}), "one lies nowhere"
    return counted


@pytest.mark.soak
def test_ten_thousand_files_a_real_node_killed_every_hour_an_exact_count(
    pli: Pli, mail_world: MailWorld, tmp_path: Path
) -> None:
    seed = int(os.environ.get("PLI_SEED") or secrets.randbelow(10**9))
    print(f"PLI_SEED={seed}")
    chance, folder, begun = random.Random(seed), tmp_path / "resultats", time.monotonic()
    doctor, labo = mail_world.newcomer(), mail_world.newcomer()
    # Our own mailbox is one more recipient: what arrived there had been taken.
    assert pli.add(labo, "labo", sent="self") == 0
    to = ("--account", "labo", "--to", doctor.address)
    assert pli("drop", "add", "cobas", "--folder", str(folder), "--create", *to) == 0

    writers = Writers(folder, chance, slowest=SLOWEST_STEPS)
    deaths = writers_work(pli, writers, chance)
    items, questions = to_its_end(pli, doctor, (+writers.given).total())
    until(lambda: mail_world.postfix.queued() == 0)
    counted = check(writers, items, delivered(mail_world, doctor.address), folder)
    minutes = (time.monotonic() - begun) / 60
    worked = f"{writers.begun} writers, {deaths} kills, {questions} questions"
    print(f"PLI_SEED={seed}: {worked}, {minutes:.0f} minutes;")
    print(counted)
    assert deaths >= FILES // FILES_AN_HOUR
