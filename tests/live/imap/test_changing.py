"""Keywords, letters added, moved and removed on a real Dovecot; another client judges."""

from __future__ import annotations

import pytest

from store.errors import Permanent
from store.model.email import FLAGGED, SEEN
from sync.replica.facts import ToUpload
from tests.live.imap.conftest import Open, fetched, letters
from tests.refusals import refused
from tests.servers.authority import Authority
from tests.servers.dovecot import DovecotServer


async def test_keywords_are_stored_and_seen_by_others(
    server: DovecotServer, name: str, log_in: Open
) -> None:
    account = server.account(name)
    server.fill(name, "INBOX", letters(1, 2))
    session = await log_in(account)
    await session.select(b"INBOX")
    await session.store([1, 2], add=frozenset({SEEN, "$forwarded"}), remove=frozenset({FLAGGED}))
    await session.store([2], add=frozenset(), remove=frozenset({SEEN}))
    with server.session(name) as other:
        other.select("INBOX")
        _, [one, two] = other.uid("fetch", "1:2", "(FLAGS)")
    assert (b"\\Seen" in one, b"$Forwarded" in one) == (True, True)
    assert (b"\\Seen" in two, b"$Forwarded" in two) == (False, True)
    shown = await session.listing()
    assert shown[1].keywords == {SEEN, "$forwarded"}
    assert shown[2].keywords == {"$forwarded"}


@pytest.mark.parametrize("size", [10, 5_000, 3_000_000])
async def test_a_letter_is_appended_whole(
    server: DovecotServer, name: str, log_in: Open, size: int
) -> None:
    letter = b"Subject: ma lettre\r\n\r\n" + b"x" * size + b"\r\n"
    session = await log_in(server.account(name))
    at = await session.append(b"Sent", letter, frozenset({SEEN}), 1_770_000_000)
    selected = await session.select(b"Sent")
    # Dovecot says it even where it does not offer UIDPLUS.
    assert at is not None
    assert (at.uidvalidity, at.uid) == (selected.uidvalidity, 1)
    [email] = (await fetched(session, 1)).values()
    assert (email.octets, email.received_at) == (letter, 1_770_000_000)
    assert email.keywords == {SEEN}


@pytest.mark.parametrize("size", [10, 3_000_000])
async def test_a_refused_append_leaves_the_session_usable(
    server: DovecotServer, name: str, log_in: Open, size: int
) -> None:
    session = await log_in(server.account(name))
    before = session.traffic.octets_out
    with refused(Permanent, "imap.no_mailbox"):
        await session.append(b"Nulle part", b"x" * size, frozenset())
    assert session.traffic.octets_out - before < 1000
    await session._dialogue.ask(b"NOOP")
    assert await session.append(b"Sent", b"Subject: ok\r\n\r\n", frozenset()) is not False


async def test_moved_letters_are_found_where_the_server_says(
    dovecot: DovecotServer, name: str, log_in: Open
) -> None:
    account = dovecot.account(name)
    dovecot.fill(name, "INBOX", letters(1, 2, 3, 4))
    dovecot.fill(name, "Archive", letters(9))
    session = await log_in(account)
    await session.status(b"Archive")
    await session.select(b"INBOX")
    assert await session.move([1, 2, 4], b"Archive") == {1: 2, 2: 3, 4: 4}
    assert await session.uids() == {3}
    assert session.exists == 1
    await session.select(b"Archive")
    assert (await fetched(session, 4))[4].octets == letters(4)[0]


async def test_without_move_a_letter_is_copied_and_only_it_is_removed(
    authority: Authority, name: str, log_in: Open
) -> None:
    with DovecotServer(authority, capabilities="IMAP4rev1 SASL-IR UIDPLUS") as server:
        account = server.account(name)
        server.fill(name, "INBOX", letters(1, 2, 3))
        session = await log_in(account)
        with server.session(name) as other:
            other.select("INBOX")
            other.uid("store", "3", "+FLAGS", "(\\Deleted)")
        await session.select(b"INBOX")
        assert await session.move([1], b"Archive") == {1: 1}
        assert await session.uids() == {2, 3}
        await session.logout()


async def test_without_uidplus_nothing_is_ever_expunged(
    bare: DovecotServer, name: str, log_in: Open
) -> None:
    account = bare.account(name)
    bare.fill(name, "INBOX", letters(1, 2))
    session = await log_in(account)
    await session.select(b"INBOX")
    assert not await session.expunge([1])
    assert await session.uids() == {1, 2}


async def test_expunge_removes_just_these(dovecot: DovecotServer, name: str, log_in: Open) -> None:
    account = dovecot.account(name)
    dovecot.fill(name, "INBOX", letters(1, 2, 3, 4))
    session = await log_in(account)
    await session.select(b"INBOX")
    assert await session.expunge([1, 3])
    assert await session.uids() == {2, 4}
    assert session.exists == 2


LETTERS = [
    ToUpload(b"Message-ID: <%d@t.test>\r\n\r\n" % n + b"x" * 500, frozenset({SEEN}), 1_770_000_000)
    for n in range(20)
]


async def test_twenty_letters_are_one_turn(dovecot: DovecotServer, name: str, log_in: Open) -> None:
    session = await log_in(dovecot.account(name))
    assert session.has("MULTIAPPEND")
    before = session.traffic.turns
    told = await session.append_all(b"Sent", LETTERS)
    together = session.traffic.turns - before
    assert told is not None
    opened = await session.select(b"Sent")
    assert [each.uidvalidity for each in told] == [opened.uidvalidity] * 20
    given = await fetched(session, *[each.uid for each in told])
    assert [given[each.uid].octets for each in told] == [each.octets for each in LETTERS]
    before = session.traffic.turns
    for each in LETTERS:
        await session.append(b"Sent", *each)
    assert (together, session.traffic.turns - before) == (1, 20)


async def test_of_many_letters_that_are_refused_none_is_there(
    dovecot: DovecotServer, name: str, log_in: Open
) -> None:
    session = await log_in(dovecot.account(name))
    with refused(Permanent, "imap.no_mailbox"):
        await session.append_all(b"Nulle part", LETTERS)
    with refused(Permanent, "imap.nul"):
        await session.append_all(b"Sent", [*LETTERS, LETTERS[0]._replace(octets=b"a\0b")])
    assert (await session.select(b"Sent")).exists == 0
