"""A session against servers that can do little, do it oddly, or are busy while we ask."""

from __future__ import annotations

import asyncio

import pytest

from store.errors import Permanent, Transient
from store.model.email import FLAGGED, SEEN
from sync.imap.answers import FetchedEmail
from tests.refusals import refused
from tests.unit.imap.fake_line import OK, FakeLine

OPEN = b"* %d EXISTS\r\n* OK [UIDVALIDITY 3]\r\n* OK [UIDNEXT 9]\r\n"
STATUS = b'* STATUS "%s" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 3)\r\n'


def opened(exists: int, more: bytes = b"") -> bytes:
    return OPEN % exists + more + OK


async def test_what_was_said_before_closed_belongs_to_the_mailbox_before() -> None:
    line = FakeLine(
        {
            b"ENABLE": b"* ENABLED QRESYNC\r\n" + OK,
            b"SELECT": b"* 7 EXPUNGE\r\n* VANISHED (EARLIER) 1:9\r\n* 3 FETCH (UID 3 FLAGS ())\r\n"
            b"* OK [CLOSED] au revoir\r\n"
            + opened(2, b"* OK [HIGHESTMODSEQ 8]\r\n* VANISHED (EARLIER) 4\r\n"),
        }
    )
    session = line.session("ENABLE QRESYNC CONDSTORE")
    await session._dialogue.begin_enabling()
    selected = await session.select(b"INBOX", known=(3, 5))
    assert line.words[1] == b'SELECT "INBOX" (QRESYNC (3 5))'
    assert selected.vanished is not None
    assert (list(selected.vanished), selected.changed, session.exists) == ([4], {}, 2)


async def test_a_sample_of_what_is_held_leaves_out_no_uid() -> None:
    line = FakeLine({b"ENABLE": b"* ENABLED QRESYNC\r\n" + OK, b"SELECT": opened(2)})
    session = line.session("ENABLE QRESYNC")
    await session._dialogue.begin_enabling()
    await session.select(b"INBOX", known=(3, 5), sample=[(2, 20), (3, 31)])
    assert line.words[1] == b'SELECT "INBOX" (QRESYNC (3 5 1:4294967295 (2,3 20,31)))'


async def test_changes_half_told_are_no_changes() -> None:
    line = FakeLine(
        {
            b"ENABLE": b"* ENABLED QRESYNC\r\n" + OK,
            b"SELECT": opened(2, b"* OK [HIGHESTMODSEQ 8]\r\n* 1 FETCH (FLAGS ())\r\n"),
        }
    )
    session = line.session("ENABLE QRESYNC")
    await session._dialogue.begin_enabling()
    selected = await session.select(b"INBOX", known=(3, 5))
    assert (selected.changed, selected.vanished) == (None, None)


async def test_changes_under_another_numbering_are_no_changes() -> None:
    line = FakeLine(
        {
            b"ENABLE": b"* ENABLED QRESYNC\r\n" + OK,
            b"SELECT": opened(2, b"* OK [HIGHESTMODSEQ 8]\r\n* VANISHED (EARLIER) 1\r\n"),
        }
    )
    session = line.session("ENABLE QRESYNC")
    await session._dialogue.begin_enabling()
    selected = await session.select(b"INBOX", known=(2, 5))
    assert (selected.uidvalidity, selected.changed, selected.vanished) == (3, None, None)


async def test_nothing_is_asked_of_a_server_that_did_not_enable_it() -> None:
    line = FakeLine({b"ENABLE": OK, b"SELECT": opened(0)})
    session = line.session("ENABLE QRESYNC")
    await session._dialogue.begin_enabling()
    selected = await session.select(b"INBOX", known=(3, 5))
    assert line.words[1] == b'SELECT "INBOX" (CONDSTORE)'
    assert selected.changed is None


async def test_a_mailbox_without_uidvalidity_cannot_be_synchronised() -> None:
    line = FakeLine({b"SELECT": b"* 3 EXISTS\r\n" + OK})
    with refused(Transient, "imap.protocol"):
        await line.session().select(b"INBOX")


async def test_a_mailbox_without_mod_sequences_is_never_asked_for_them() -> None:
    line = FakeLine(
        {b"SELECT": opened(1, b"* OK [NOMODSEQ]\r\n"), b"UID FETCH": b"%s OK\r\n", b"": OK}
    )
    session = line.session("CONDSTORE")
    await session.select(b"INBOX")
    await session.listing(changed_since=4)
    assert line.words[1] == b"UID FETCH 1:* (UID FLAGS RFC822.SIZE)"


async def test_letters_that_arrive_during_a_listing_are_listed() -> None:
    first = b"* 1 FETCH (UID 4 FLAGS () RFC822.SIZE 9)\r\n* 2 EXISTS\r\n" + OK
    second = b"* 2 FETCH (UID 7 FLAGS () RFC822.SIZE 9)\r\n" + OK
    line = FakeLine({b"SELECT": opened(1), b"UID FETCH 1:*": first, b"UID FETCH 5:*": second})
    session = line.session()
    await session.select(b"INBOX")
    assert (set(await session.listing()), session.exists) == ({4, 7}, 2)


async def test_letters_that_vanish_during_a_listing_are_not_listed() -> None:
    answer = (
        b"* 1 FETCH (UID 4 FLAGS () RFC822.SIZE 9)\r\n* 2 FETCH (UID 7 FLAGS () RFC822.SIZE 9)\r\n"
        b"* VANISHED 4:5\r\n" + OK
    )
    line = FakeLine({b"SELECT": opened(3), b"UID FETCH": answer})
    session = line.session()
    await session.select(b"INBOX")
    assert (set(await session.listing()), session.exists) == ({7}, 1)


async def test_news_during_a_listing_keeps_the_size() -> None:
    answer = (
        b"* 1 FETCH (UID 4 FLAGS () RFC822.SIZE 9)\r\n* 1 FETCH (FLAGS (\\Seen) UID 4)\r\n"
        b"* 1 FETCH (FLAGS (\\Seen))\r\n" + OK
    )
    line = FakeLine({b"SELECT": opened(1), b"UID FETCH": answer})
    session = line.session()
    await session.select(b"INBOX")
    listed = await session.listing()
    assert listed[4].size == 9


async def test_an_empty_mailbox_is_not_asked_what_it_holds() -> None:
    line = FakeLine({b"SELECT": opened(0)})
    session = line.session()
    await session.select(b"INBOX")
    assert (await session.listing(), await session.uids(), len(line.words)) == ({}, set(), 1)


async def test_a_search_without_an_answer_is_not_an_empty_mailbox() -> None:
    line = FakeLine({b"SELECT": opened(2), b"UID SEARCH": OK})
    session = line.session()
    await session.select(b"INBOX")
    with refused(Transient, "imap.protocol"):
        await session.uids()


async def test_the_last_letter_is_not_one_that_was_searched_for() -> None:
    line = FakeLine({b"SELECT": opened(2), b"UID SEARCH": b"* SEARCH 5 9 12\r\n" + OK})
    session = line.session()
    await session.select(b"INBOX")
    assert await session.search_message_id("a@b.test", from_uid=9) == [9, 12]
    assert line.words[1] == b'UID SEARCH UID 9:* HEADER Message-ID "<a@b.test>"'


async def test_each_letter_is_given_once_and_nothing_that_was_not_asked_for() -> None:
    one = b'* 1 FETCH (UID %d INTERNALDATE "" FLAGS () BODY[] {2}\r\nab)\r\n'
    answer = one % 4 + one % 4 + one % 9 + b"* 1 FETCH (UID 4 FLAGS ())\r\n" + OK
    line = FakeLine({b"SELECT": opened(2), b"UID FETCH": answer})
    session, given = line.session(), list[FetchedEmail]()
    await session.select(b"INBOX")
    await session.fetch([4, 5], given.append)
    assert [email.uid for email in given] == [4]


async def test_letters_removed_while_we_ask_are_no_error() -> None:
    line = FakeLine({b"SELECT": opened(2), b"UID FETCH": b"%s NO [EXPUNGEISSUED] partis\r\n"})
    session = line.session()
    await session.select(b"INBOX")
    await session.fetch([4, 5], lambda email: None)


async def test_many_uids_go_in_lines_of_a_length_that_servers_take() -> None:
    line = FakeLine({b"SELECT": opened(2), b"UID FETCH": OK})
    session = line.session()
    await session.select(b"INBOX")
    await session.fetch(range(1_000_000, 1_006_000, 2), lambda email: None)
    assert len(line.words) > 3
    assert max(map(len, line.words)) < 8192
    assert session.traffic.turns <= 2


async def test_only_what_the_mailbox_keeps_is_stored() -> None:
    flags = b"* OK [PERMANENTFLAGS (\\Seen \\Answered)] garde\r\n"
    line = FakeLine({b"SELECT": opened(2, flags), b"UID STORE": OK})
    session = line.session()
    selected = await session.select(b"INBOX")
    assert selected.permanent == {SEEN, "$answered"}
    await session.store([1, 2], add=frozenset({SEEN, FLAGGED, "x"}), remove=frozenset({FLAGGED}))
    assert line.words[1:] == [b"UID STORE 1:2 +FLAGS.SILENT (\\Seen)"]


async def test_a_refused_change_is_said_after_all_were_answered() -> None:
    answers = iter([b"%s NO [CANNOT] non\r\n", OK])
    line = FakeLine({b"SELECT": opened(2), b"NOOP": OK})
    session = line.session()
    await session.select(b"INBOX")
    line.script = {b"UID STORE 1 +": next(answers), b"UID STORE 1 -": next(answers), b"NOOP": OK}
    with refused(Permanent, "imap.not_allowed"):
        await session.store([1], add=frozenset({SEEN}), remove=frozenset({FLAGGED}))
    await session._dialogue.ask(b"NOOP")


async def test_a_plain_expunge_is_never_said() -> None:
    line = FakeLine({b"SELECT": opened(2), b"UID": OK})
    session = line.session("IMAP4REV1")
    await session.select(b"INBOX")
    assert await session.move([1], b"Archive") is None
    assert not await session.expunge([2])
    assert line.words[1:] == [
        b'UID COPY 1 "Archive"',
        b"UID STORE 1 +FLAGS.SILENT (\\Deleted)",
        b"UID STORE 2 +FLAGS.SILENT (\\Deleted)",
    ]


async def test_a_letter_with_a_null_octet_is_not_appended() -> None:
    line = FakeLine()
    with refused(Permanent, "imap.nul"):
        await line.session().append(b"Sent", b"a\0b", frozenset())
    assert line.words == []


async def test_without_list_status_each_mailbox_is_asked_in_one_flight() -> None:
    listed = (
        b'* LIST (\\Noselect) "." "groupe"\r\n* LIST () "." inbox\r\n'
        b'* LIST () "." {5}\r\nEnvoy\r\n* LIST () "." "a\\"b"\r\n* LIST () "." {4}\r\na\r\nb\r\n'
    )
    line = FakeLine(
        {
            b"LIST": listed + OK,
            b'STATUS "inbox"': STATUS % b"INBOX" + OK,
            b'STATUS "Envoy"': STATUS % b"Envoy" + OK,
            b'STATUS "a': b"%s NO [NOPERM] non\r\n",
        }
    )
    session = line.session()
    mailboxes = {m.name: m for m in await session.list_mailboxes()}
    assert set(mailboxes) == {"groupe", "inbox", "Envoy", 'a"b'}
    assert {name for name, m in mailboxes.items() if m.status} == {"inbox", "Envoy"}
    assert not mailboxes["groupe"].selectable
    assert session.traffic.turns <= 2


async def test_special_use_is_asked_for_only_where_it_is_offered() -> None:
    for capabilities, wanted in {
        "IMAP4REV1 SPECIAL-USE": b'LIST "" "*"',
        "LIST-EXTENDED SPECIAL-USE": b'LIST "" "*" RETURN (SPECIAL-USE)',
        "LIST-EXTENDED LIST-STATUS": b'LIST "" "*" RETURN (STATUS (UIDVALIDITY UIDNEXT MESSAGES))',
    }.items():
        line = FakeLine({b"LIST": OK})
        await line.session(capabilities).list_mailboxes()
        assert line.words == [wanted]


async def test_a_refused_idle_is_said() -> None:
    line = FakeLine({b"SELECT": opened(0), b"IDLE": b"%s NO [CANNOT] non\r\n"})
    with refused(Permanent, "imap.not_allowed"):
        await line.session("IDLE").idle(60)


async def test_still_here_is_no_news() -> None:
    line = FakeLine({b"SELECT": opened(0), b"DONE": OK})
    line.script = {**line.script, b"IDLE": b"+ attends\r\n* OK Still here\r\n"}
    assert not await line.session("IDLE").idle(0.05)


async def test_idle_ends_within_the_same_packet_as_the_news() -> None:
    line = FakeLine({b"SELECT": opened(0), b"DONE": OK, b"IDLE": b"+ attends\r\n* 1 EXISTS\r\n"})
    assert await line.session("IDLE").idle(60)


async def test_without_idle_the_server_is_asked_again_and_again() -> None:
    line = FakeLine({b"SELECT": opened(0), b"NOOP": OK})
    session = line.session()
    from sync.imap import news

    waiting = asyncio.create_task(news.idle(session._dialogue, 60, poll_seconds=0.02))
    async with asyncio.timeout(30):
        while line.words.count(b"NOOP") < 3:
            await asyncio.sleep(0.01)
        line.script = {b"NOOP": b"* 1 EXISTS\r\n" + OK}
        assert await waiting


@pytest.mark.parametrize("answer", [OK, b"* BYE au revoir\r\n" + OK, b"* BYE\r\n", b"%s BAD\r\n"])
async def test_goodbye_is_said_whatever_the_answer(answer: bytes) -> None:
    line = FakeLine({b"LOGOUT": answer})
    await line.session().logout()
    assert line.is_closing()


async def test_a_letter_announced_shorter_than_it_is_is_no_letter() -> None:
    letter = b"Subject: x\r\n\r\nC'est la fin ok"
    told = b'* 1 FETCH (UID 1 FLAGS () INTERNALDATE "26-Nov-2026 10:00:00 +0000" BODY[] {%d}\r\n'
    line = FakeLine(
        {b"SELECT": opened(1), b"UID FETCH": told % (len(letter) - 7) + letter + b")\r\n" + OK}
    )
    session = line.session()
    await session.select(b"INBOX")
    given: list[FetchedEmail] = []
    with refused(Transient, "imap.protocol"):
        await session.fetch([1], given.append)
    assert not given


async def test_more_letters_expunged_than_there_are_is_not_believed() -> None:
    line = FakeLine({b"SELECT": opened(2), b"NOOP": b"* 1 EXPUNGE\r\n" * 3 + OK})
    session = line.session()
    await session.select(b"INBOX")
    with refused(Transient, "imap.protocol"):
        await session._dialogue.ask(b"NOOP")


async def test_a_letter_expunged_that_does_not_exist_is_not_believed() -> None:
    line = FakeLine({b"SELECT": opened(2), b"NOOP": b"* 3 EXPUNGE\r\n" + OK})
    session = line.session()
    await session.select(b"INBOX")
    with refused(Transient, "imap.protocol"):
        await session._dialogue.ask(b"NOOP")
