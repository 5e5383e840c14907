"""Letters whose pages the disk has damaged: SQLCipher itself refuses them, and no other pays."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from store.db.open import PAGE_BYTES, Connection, StoreBroken, connect
from store.db.submissions import submission
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.ids import SubmissionId
from store.model.submission import SentCopy
from store.model.submission import SubmissionState as S
from store.reasons import of_submission
from tests.servers.authority import Authority
from tests.unit.submit.conftest import Sending
from tests.unit.submit.scripted_server import scripted_server

pytestmark = pytest.mark.logs("submission.damaged")
LONG = 400_000
"""Octets: pages enough that some belong to one letter alone."""


def long_letter() -> bytes:
    return b"\r\n" + base64.encodebytes(os.urandom(LONG)).replace(b"\n", b"\r\n")


@contextmanager
def damaged_at_the_end(sending: Sending, home: Home, key: DataKey) -> Iterator[None]:
    """What was written last is damaged, and the store opened anew."""
    account = sending.account
    sending.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    sending.db.close()
    with home.database.open("r+b") as file:
        file.seek(-20 * PAGE_BYTES, os.SEEK_END)
        file.write(b"\xff" * 64)
    with closing(connect(home, key)) as db:
        sending.db, sending.account = db, account
        yield


def is_refused_by_sqlcipher(db: Connection, id_: SubmissionId) -> bool:
    with closing(db.again()) as other:
        try:
            name = submission(other, id_).blob_id
            other.execute("SELECT octets FROM blob WHERE digest = ?", (name,)).fetchone()
        except StoreBroken:
            return True
    return False


async def test_a_queued_letter_says_so_and_the_others_leave_in_the_same_pass(
    sending: Sending, authority: Authority, home: Home, key: DataKey
) -> None:
    good = sending.queue()
    bad = sending.queue(octets=long_letter())
    with damaged_at_the_end(sending, home, key):
        later = sending.queue()
        assert is_refused_by_sqlcipher(sending.db, bad)
        async with scripted_server(authority) as server:
            report = await sending.run(server)
        assert (report.accepted, report.refused) == (2, 1)
        assert [sending.row(id_).state for id_ in (good, later)] == [S.ACCEPTED] * 2
        row = sending.row(bad)
        assert (row.state, row.last_error) == (S.REFUSED, "submission.damaged")
        assert "abîmé sur le disque" in of_submission(row.last_error, sending.account)


async def test_a_copy_that_cannot_be_read_keeps_nothing_from_leaving_nor_other_copies(
    sending: Sending, authority: Authority, home: Home, key: DataKey
) -> None:
    whole, bad = sending.queue(), sending.queue(octets=long_letter())
    with sending.db:
        sending.db.execute("UPDATE email_submission SET state = 'accepted'")
        sending.db.execute("UPDATE submission_recipient SET state = 'accepted'")
    sending.mailbox("sent")
    with damaged_at_the_end(sending, home, key):
        assert is_refused_by_sqlcipher(sending.db, bad)
        waits = sending.queue()
        async with scripted_server(authority) as server:
            for _ in range(2):
                await sending.run(server)
        assert sending.row(waits).state is S.ACCEPTED
        copies = {id_: sending.row(id_).sent_copy for id_ in (whole, bad, waits)}
        assert copies == {whole: SentCopy.FILED, bad: SentCopy.TODO, waits: SentCopy.FILED}
