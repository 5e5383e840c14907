"""The first login to a server nobody remembers: in one flight where its greeting says who it is."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

import pytest

from store.errors import NeedsUser, Transient
from sync.imap.connect import connect
from sync.imap.memory import Memory
from tests.refusals import refused
from tests.unit.imap.flight import (
    AUTHENTICATE,
    GREETING,
    GREETS,
    INBOX,
    LIST,
    OFFERED,
    RULES,
    pass_over,
)
from tests.unit.imap.liar import Lie

DOVECOT = GREETING.replace("bonjour", "Dovecot ready.")
REPUTED = 'LIST "" "*" RETURN (SPECIAL-USE STATUS (UIDVALIDITY UIDNEXT MESSAGES HIGHESTMODSEQ))'


async def test_a_server_that_says_who_it_is_gets_a_flight_the_first_time(lie: Lie) -> None:
    liar, to = await lie({**RULES, "COMPRESS": "%s NO sans\r\n"}, DOVECOT)
    session = await pass_over(to, known="", much=True)
    await liar.over()
    said = [AUTHENTICATE, "ENABLE QRESYNC", REPUTED, "COMPRESS DEFLATE", "LOGOUT"]
    assert liar.heard == said
    assert (session.traffic.turns, session.remembered) == (1, GREETS)


async def test_what_it_hides_is_not_used_though_it_was_switched_on(lie: Lie) -> None:
    hides = "%s OK [CAPABILITY IMAP4rev1 ENABLE LIST-EXTENDED LIST-STATUS] oui\r\n"
    _, to = await lie({**RULES, "AUTHENTICATE": hides}, DOVECOT)
    session = await connect(to, "mot de pässe", listing=True, timeout=30)
    await session.list_mailboxes()
    assert await session._dialogue.enabled() == frozenset()
    await session.logout()


async def test_one_that_does_not_is_asked_step_by_step(lie: Lie) -> None:
    liar, to = await lie(RULES, GREETING)
    session = await pass_over(to, known="")
    await liar.over()
    assert liar.heard == [AUTHENTICATE, "ENABLE QRESYNC", LIST, "LOGOUT"]
    assert (session.traffic.turns, session.remembered) == (2, GREETS)


async def test_a_first_flight_that_is_refused_is_not_tried_again_for_days(lie: Lie) -> None:
    liar, to = await lie({"AUTHENTICATE": "%s BAD quoi\r\n", "": "%s BAD quoi\r\n"}, DOVECOT)
    remembered: list[str] = []
    with refused(NeedsUser, "imap.no_login"):
        await connect(to, "mot de pässe", listing=True, timeout=30, remember=remembered.append)
    assert len(liar.connections) == 2
    assert not Memory.read(remembered[0]).is_empty
    await liar.over()
    liar.heard.clear()
    with refused(NeedsUser, "imap.no_login"):
        again = replace(to, capabilities=remembered[0])
        await connect(again, "mot de pässe", listing=True, timeout=30)
    assert liar.heard == [AUTHENTICATE]


async def test_a_wrong_password_is_said_once_at_the_first_contact_too(lie: Lie) -> None:
    liar, to = await lie(
        {"AUTHENTICATE": "%s NO [AUTHENTICATIONFAILED] non\r\n", "": "%s BAD quoi\r\n"}, DOVECOT
    )
    with refused(NeedsUser, "imap.login_refused"):
        await connect(to, "mot de pässe", listing=True, timeout=30)
    assert [words for words in liar.heard if words.startswith("AUTH")] == [AUTHENTICATE]


async def test_a_refusal_is_heard_before_the_server_has_had_enough_of_the_flight(lie: Lie) -> None:
    # Some hang up on so many commands that only make sense once somebody is logged in.
    rules = {
        "AUTHENTICATE": "%s NO [AUTHENTICATIONFAILED] non\r\n",
        "COMPRESS": "* BYE Too many invalid IMAP commands.\r\n",
        "": "%s BAD quoi\r\n",
    }
    liar, to = await lie(rules, DOVECOT)
    with refused(NeedsUser, "imap.login_refused"):
        await connect(to, "mot de pässe", listing=True, much=True, timeout=30)
    await liar.over()
    assert liar.heard.count(AUTHENTICATE) == 1


async def test_a_login_does_not_wait_for_the_list_that_left_with_it(lie: Lie) -> None:
    liar, to = await lie({**RULES, "LIST": "", "COMPRESS": ""}, DOVECOT)
    session = await connect(to, "mot de pässe", listing=True, much=True, timeout=30)
    await session._dialogue.stream.close()
    await liar.over()
    assert liar.heard[-1] == "COMPRESS DEFLATE"


async def test_nothing_is_said_before_it_is_known_how(lie: Lie) -> None:
    liar, to = await lie({**RULES, "COMPRESS": ""}, DOVECOT)
    liar.rules["LIST"] = ""
    session = await connect(to, "mot de pässe", listing=True, much=True, timeout=30)
    asking = asyncio.ensure_future(session.status(b"INBOX"))
    await asyncio.sleep(0)
    await session._dialogue.stream.close()
    with refused(Transient, "net.lost"):
        await asking
    await liar.over()
    assert liar.heard[-1] == "COMPRESS DEFLATE"


WORDS = DOVECOT + OFFERED + RULES["ENABLE"] + INBOX
EDGES = [n + by for n, octet in enumerate(WORDS) if octet == "\n" for by in (0, 1, 2)]


@pytest.mark.parametrize("cut_at", sorted({*range(1, len(WORDS), 11), *EDGES}))
async def test_a_first_flight_may_be_cut_at_any_octet(lie: Lie, cut_at: int) -> None:
    liar, to = await lie({**RULES, "COMPRESS": "%s NO sans\r\n"}, DOVECOT)
    liar.cut_at, remembered = cut_at, [""]

    async def once_more() -> None:
        session = await connect(
            replace(to, capabilities=remembered[-1]),
            "mot de pässe",
            listing=True,
            much=True,
            timeout=30,
            remember=remembered.append,
        )
        try:
            assert [each.name for each in await session.list_mailboxes()] == ["INBOX"]
        finally:
            await session.logout()

    with contextlib.suppress(Transient):
        await once_more()
    await liar.over()
    assert (len(liar.connections), liar.heard.count(AUTHENTICATE) <= 1) == (1, True)
    await once_more()
    await liar.over()
    assert (len(liar.connections), liar.heard.count(AUTHENTICATE) <= 2) == (2, True)
    assert not Memory.read(remembered[-1]).stepwise_until, "cuts fall anywhere"
