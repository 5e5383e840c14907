"""What was frozen a moment ago leaves without being read back; the disk stays the truth."""

from __future__ import annotations

import asyncio

import pytest

from store.db.open import Connection
from store.model.ids import BlobId
from sync.submit import fresh as fresh_module
from sync.submit.fresh import FRESH, STALE_SECONDS, Fresh
from tests.servers.authority import Authority
from tests.unit.submit.conftest import NOW, Sending
from tests.unit.submit.scripted_server import scripted_server

DEADLINE_SECONDS = 5
A, B, C = (BlobId(octet * 32) for octet in (b"a", b"b", b"c"))


async def test_a_letter_just_written_is_not_read_back_and_every_other_is(
    sending: Sending, authority: Authority
) -> None:
    octets = b"Message-ID: <l0@tilleuls.test>\r\n\r\n.Bilan\r\n"
    first, second = sending.queue(source="drop"), sending.queue(source="drop")
    FRESH.keep(sending.row(first).blob_id, octets, now=NOW)
    read: list[str] = []
    again = sending.db.again

    def seen(db: Connection) -> Connection:
        db.set_trace_callback(lambda said: read.append(said) if " FROM blob" in said else None)
        return db

    sending.db.again = lambda: seen(again())
    seen(sending.db)
    async with scripted_server(authority) as server:
        report = await sending.run(server)
    sending.db.set_trace_callback(None)
    assert report.accepted == 2
    assert [sending.row(second).blob_id.hex() in said.lower() for said in read] == [True]
    assert server.taken[0].octets == octets


def test_it_holds_so_many_octets_and_those_that_came_first() -> None:
    fresh = Fresh(most_octets=10)
    fresh.keep(A, b"123456", now=NOW)
    fresh.keep(B, b"12345", now=NOW)
    fresh.keep(C, b"1234", now=NOW)
    assert (fresh.take(A), fresh.take(B), fresh.take(C)) == (b"123456", None, b"1234")
    fresh.keep(B, b"1234567890", now=NOW)
    assert fresh.take(B) == b"1234567890"
    assert fresh.take(B) is None


def test_what_has_not_left_for_long_makes_room() -> None:
    fresh = Fresh(most_octets=10)
    fresh.keep(A, b"123456", now=NOW)
    fresh.keep(B, b"12345", now=NOW + STALE_SECONDS + 1)
    assert (fresh.take(A), fresh.take(B)) == (None, b"12345")
    fresh.keep(A, b"123456", now=NOW)
    fresh.keep(B, b"12345", now=NOW - 1)  # the clock was set back
    assert (fresh.take(A), fresh.take(B)) == (None, b"12345")


async def test_whoever_takes_documents_in_waits_while_letters_leave(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fresh_module, "PATIENCE_SECONDS", 60)
    fresh = Fresh(most_octets=10)
    fresh.keep(A, b"1234", now=NOW)
    await fresh.room(now=NOW)  # half of it is free
    fresh.keep(B, b"123", now=NOW)
    fresh.keep(C, b"123", now=NOW)
    waiting = [asyncio.create_task(fresh.room(now=NOW)) for _ in range(2)]
    await _others_have_their_turn()
    fresh.take(B)
    await _others_have_their_turn()
    assert not any(each.done() for each in waiting)
    fresh.take(C)
    await _others_have_their_turn()
    assert all(each.done() for each in waiting)


async def test_nobody_waits_where_no_letter_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fresh_module, "PATIENCE_SECONDS", 0)
    fresh = Fresh(most_octets=10)
    fresh.keep(A, b"123456", now=NOW)
    await fresh.room(now=NOW)
    monkeypatch.setattr(fresh_module, "PATIENCE_SECONDS", 60)
    fresh.take(B)  # a letter of yesterday, read from the disk
    async with asyncio.timeout(DEADLINE_SECONDS):
        await fresh.room(now=NOW)
    assert fresh.take(A) == b"123456"


async def test_nobody_waits_for_letters_of_an_account_that_is_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fresh_module, "PATIENCE_SECONDS", 60)
    fresh = Fresh(most_octets=10)
    fresh.keep(A, b"123456", now=NOW)
    fresh.keep(B, b"1", now=NOW + STALE_SECONDS)
    fresh.take(B)  # another account's
    async with asyncio.timeout(DEADLINE_SECONDS):
        await fresh.room(now=NOW + STALE_SECONDS + 1)


async def test_nobody_waits_for_the_whole_of_a_slow_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is urgent may be the last of those that are still to be taken in."""
    monkeypatch.setattr(fresh_module, "PATIENCE_SECONDS", 0)
    fresh = Fresh(most_octets=10)
    for name in (A, B, C):
        fresh.keep(name, b"123", now=NOW)
    fresh.take(A)
    waiting = asyncio.create_task(fresh.room(now=NOW))
    await waiting
    assert fresh.take(B) == b"123"


async def _others_have_their_turn() -> None:
    for _ in range(5):
        await asyncio.sleep(0)
