"""The Sent copy never costs the acceptance, and is filed once however often it is tried."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from store.db import arriving
from store.db.open import write
from store.errors import Transient
from store.model.submission import SentCopy, SubmissionState
from sync.submit import copies
from sync.submit.copies import TOGETHER, file_sent_copies
from tests.servers.authority import Authority
from tests.steps import commits_of
from tests.unit.submit.conftest import NOW, Sending
from tests.unit.submit.scripted_server import scripted_server

S = SubmissionState


def sent_letters(sending: Sending) -> int:
    return int(sending.db.execute("SELECT count(*) FROM placement").fetchone()[0])


def accepted(sending: Sending, count: int) -> None:
    """So many letters that a server has taken, and whose copy waits for a mailbox."""
    with write(sending.db):
        for _ in range(count):
            sending.queue_within()
        sending.db.execute("UPDATE email_submission SET state = 'accepted'")
        sending.db.execute("UPDATE submission_recipient SET state = 'accepted'")


@pytest.mark.logs("submission.copy_waits")
async def test_a_copy_that_cannot_be_filed_leaves_the_letter_accepted(
    sending: Sending, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    sending.mailbox("sent")
    bad, good = sending.queue(), sending.queue()
    poisoned = sending.row(bad).message_id

    def failing(*all_of_it: object, message_id: str) -> object:
        if message_id == poisoned:
            raise OSError("disk full")
        return arriving.file_copy(*all_of_it, message_id=message_id)  # type: ignore[arg-type]

    monkeypatch.setattr(copies, "file_copy", failing)
    async with scripted_server(authority) as server:
        report = await sending.run(server)
        assert report.accepted == 2
        assert [sending.row(id_).state for id_ in (bad, good)] == [S.ACCEPTED] * 2
        waits = [sending.row(id_).sent_copy for id_ in (bad, good)]
        assert waits == [SentCopy.TODO, SentCopy.FILED]
        monkeypatch.undo()
        assert (await sending.run(server)).filed == 1
        assert (await sending.run(server)).filed == 0
    assert len(server.taken) == 2
    assert sent_letters(sending) == 2


@pytest.mark.logs("submission.damaged")
def test_a_damaged_letter_is_not_filed_and_stops_no_other(sending: Sending) -> None:
    accepted(sending, 2)
    sending.mailbox("sent")
    first = sending.row(copies.rows.copies_to_file(sending.db, sending.account.id)[0])
    sending.db.execute("UPDATE blob SET octets = x'00' WHERE digest = ?", (first.blob_id,))
    assert file_sent_copies(sending.db, sending.account, now=NOW) == 1
    assert sending.row(first.id).sent_copy is SentCopy.TODO


def test_a_busy_store_is_asked_once(sending: Sending, monkeypatch: pytest.MonkeyPatch) -> None:
    accepted(sending, 3)
    sending.mailbox("sent")
    asked = []

    @contextlib.contextmanager
    def busy(_: object) -> Iterator[None]:
        asked.append(1)
        raise Transient("store.busy")
        yield

    monkeypatch.setattr(copies, "write", busy)
    assert file_sent_copies(sending.db, sending.account, now=NOW) == 0
    assert len(asked) == 1


def test_copies_share_commits_and_none_is_made_for_nothing(sending: Sending) -> None:
    accepted(sending, TOGETHER + 1)
    sending.mailbox("sent")
    with commits_of(sending.db) as made:
        assert file_sent_copies(sending.db, sending.account, now=NOW) == TOGETHER + 1
        assert file_sent_copies(sending.db, sending.account, now=NOW) == 0
    assert made == ["COMMIT"] * 2
    assert sent_letters(sending) == TOGETHER + 1
