"""NOTIFY: said once, before the first list; what nobody asked about is news."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from sync.imap.connect import connect
from tests.unit.imap.fake_line import OK, FakeLine
from tests.unit.imap.liar import CAPABLE, Lie

OPEN = b"* 1 EXISTS\r\n* OK [UIDVALIDITY 3]\r\n* OK [UIDNEXT 9]\r\n" + OK
INBOX = b'* LIST () "/" INBOX\r\n'
ELSEWHERE = b"* STATUS Dossier (HIGHESTMODSEQ 4)\r\n"
NOTIFY = (
    "NOTIFY SET (selected-delayed (MessageNew MessageExpunge FlagChange))"
    " (personal (MessageNew MessageExpunge FlagChange MailboxName))"
)
OFFERED = "ENABLE QRESYNC LIST-EXTENDED LIST-STATUS NOTIFY IDLE"


def watching(script: dict[bytes, object]) -> FakeLine:
    usual = {b"SELECT": OPEN, b"LIST": INBOX + OK, b"DONE": OK, b"NOTIFY": OK}
    return FakeLine({**usual, **script})  # type: ignore[arg-type]


@pytest.mark.parametrize("remembered", ["", f"AUTH=PLAIN SASL-IR {OFFERED}"])
@pytest.mark.parametrize("watch", [True, False])
async def test_it_is_said_once_and_before_the_list(lie: Lie, remembered: str, watch: bool) -> None:
    rules = {
        "AUTHENTICATE": f"%s OK [CAPABILITY IMAP4rev1 {OFFERED}] oui\r\n",
        "ENABLE": "* ENABLED QRESYNC\r\n%s OK\r\n",
        "NOTIFY": "%s OK\r\n",
        "LIST": '* LIST () "/" INBOX\r\n%s OK\r\n',
    }
    liar, to = await lie(rules, CAPABLE.format("AUTH=PLAIN SASL-IR"))
    to = replace(to, capabilities=remembered)
    session = await connect(to, "mot de pässe", listing=True, watch=watch, timeout=30)
    await session.list_mailboxes()
    assert await session.watches_all() == watch
    await session.list_mailboxes()
    await session.logout()
    await liar.over()
    verbs = [words.split()[0] for words in liar.heard]
    said = ["NOTIFY"] if watch else []
    assert verbs == ["AUTHENTICATE", "ENABLE", *said, "LIST", "LIST", "LOGOUT"]
    assert (NOTIFY in liar.heard) == watch


async def test_it_is_not_said_to_a_server_that_does_not_offer_it() -> None:
    line = watching({})
    session = line.session("IDLE")
    await session._dialogue.begin_watching()
    assert not await session.watches_all()
    assert line.written == []


async def test_news_of_another_mailbox_ends_the_wait() -> None:
    line = watching({b"IDLE": b"+ attends\r\n"})
    session = line.session("IDLE NOTIFY LIST-EXTENDED LIST-STATUS")
    await session.list_mailboxes()
    waiting = asyncio.create_task(session.idle(60))
    while b"IDLE" not in line.words:
        await asyncio.sleep(0)
    line.say(ELSEWHERE)
    async with asyncio.timeout(30):
        assert await waiting
    assert await session.idle(60)  # until somebody has looked
    await session.list_mailboxes()
    assert not await session.idle(0.01)


@pytest.mark.parametrize(
    "said", [ELSEWHERE, b'* LIST () "/" Nouveau\r\n', b"* OK [NOTIFICATIONOVERFLOW] trop\r\n"]
)
async def test_what_is_told_while_we_are_busy_is_news_at_once(said: bytes) -> None:
    line = watching({b"NOOP": said + OK})
    session = line.session("IDLE NOTIFY LIST-EXTENDED LIST-STATUS")
    await session.list_mailboxes()
    await session.select(b"Sent")
    await session._dialogue.ask(b"NOOP")
    assert await session.idle(60)


async def test_the_status_of_one_mailbox_is_no_place_for_news_of_another() -> None:
    told = b"* STATUS Sent (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 3)\r\n"
    line = watching({b"STATUS": ELSEWHERE + told + OK})
    session = line.session("NOTIFY")
    assert (await session.status(b"Sent")).uidnext == 2
    assert line.stream.elsewhere.is_set()


@pytest.mark.parametrize("answer", [b"%s NO [BADEVENT (FlagChange)] non\r\n", b"%s BAD quoi\r\n"])
async def test_a_server_that_will_not_watch_is_asked_now_and_then(answer: bytes) -> None:
    line = watching({b"NOTIFY": answer})
    session = line.session("NOTIFY")
    await session._dialogue.begin_watching()
    assert not await session.watches_all()


async def test_a_server_that_has_had_enough_is_asked_now_and_then() -> None:
    line = watching({b"NOOP": b"* OK [NOTIFICATIONOVERFLOW] trop\r\n" + OK})
    session = line.session("NOTIFY")
    await session._dialogue.begin_watching()
    assert await session.watches_all()
    await session._dialogue.ask(b"NOOP")
    assert not await session.watches_all()
