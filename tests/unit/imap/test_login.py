"""Login, ENABLE and LIST in one flight, to servers that take it and to those that do not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from store.errors import MailError, NeedsUser, Permanent, Transient
from store.host import clock
from sync.imap.connect import connect
from sync.imap.exchange import Patience
from sync.imap.login import Unanswered
from sync.imap.memory import Memory
from tests.refusals import refused
from tests.unit.imap.flight import (
    AUTHENTICATE,
    GREETING,
    GREETS,
    INBOX,
    KNOWN,
    LIST,
    RULES,
    pass_over,
)
from tests.unit.imap.liar import CAPABLE, HELLO, Lie, account


async def test_a_server_that_is_known_is_asked_everything_at_once(lie: Lie) -> None:
    liar, to = await lie(RULES, GREETING)
    session = await pass_over(to)
    await liar.over()
    assert liar.heard == [AUTHENTICATE, "ENABLE QRESYNC", LIST, "LOGOUT"]
    assert session.traffic.turns == 1
    assert session.remembered == GREETS


async def test_one_whose_greeting_says_nothing_new_is_not_waited_for(lie: Lie) -> None:
    liar, to = await lie(RULES, GREETING)
    liar.greets_after = "LIST"
    session = await pass_over(to, known=GREETS)
    await liar.over()
    assert liar.heard == [AUTHENTICATE, "ENABLE QRESYNC", LIST, "LOGOUT"]
    assert (session.traffic.turns, session.remembered) == (1, GREETS)


@pytest.mark.parametrize(
    "greeting",
    [
        HELLO,
        CAPABLE.format("LOGINDISABLED"),
        CAPABLE.format("AUTH=PLAIN SASL-IR").replace("bonjour", "SmarterMail"),
        "* PREAUTH [CAPABILITY IMAP4rev1] bonjour\r\n",
    ],
)
async def test_a_greeting_that_says_something_new_is_waited_for_again(
    lie: Lie, greeting: str
) -> None:
    liar, to = await lie({**RULES, "CAPABILITY": f"* CAPABILITY {KNOWN}\r\n%s OK\r\n"}, greeting)
    liar.greets_after = "LIST"
    liar.then_greets = GREETING
    remembered: list[str] = []
    session = await connect(
        replace(to, capabilities=GREETS),
        "mot de pässe",
        listing=True,
        timeout=30,
        remember=remembered.append,
    )
    await session.logout()
    await liar.over()
    assert len(liar.connections) == 2
    assert [Memory.read(words).takes_a_flight(clock.now()) for words in remembered] == [False]


async def test_a_server_that_has_no_time_to_greet_has_refused_no_flight(lie: Lie) -> None:
    liar, to = await lie({}, "* BYE plus tard\r\n")
    liar.greets_after = AUTHENTICATE
    remembered: list[str] = []
    with refused(Transient, "imap.bye"):
        await connect(
            replace(to, capabilities=GREETS), "mot de pässe", timeout=30, remember=remembered.append
        )
    assert (len(liar.connections), remembered) == (1, [])


async def test_where_much_will_be_said_deflating_is_asked_for_in_the_turn_of_the_list(
    lie: Lie,
) -> None:
    liar, to = await lie({**RULES, "COMPRESS": "%s NO sans\r\n"}, GREETING)
    session = await pass_over(to, known=f"{KNOWN} COMPRESS=DEFLATE", much=True)
    await liar.over()
    said = [AUTHENTICATE, "ENABLE QRESYNC", LIST, "COMPRESS DEFLATE", "LOGOUT"]
    assert (liar.heard, session.traffic.turns) == (said, 1)


async def test_a_flight_whose_list_is_never_answered_is_not_flown_for_ever(lie: Lie) -> None:
    """What was written behind the login is thrown away by some proxies once it is taken."""
    liar, to = await lie({**RULES, "LIST": ""}, GREETING)
    remembered = [KNOWN]

    async def once_more() -> int:
        session = await connect(
            replace(to, capabilities=remembered[-1]),
            "mot de pässe",
            listing=True,
            timeout=30,
            patience=Patience(silence_seconds=0.2),
            remember=remembered.append,
        )
        try:
            await session.list_mailboxes()
        finally:
            await session.logout()
        remembered.append(session.remembered)
        return session.traffic.turns

    with refused(Transient, "net.timeout"):
        await once_more()
    liar.later = RULES
    assert await once_more() == 2, "step by step"
    liar.later = {**RULES, "LIST": ""}
    with refused(Transient, "net.timeout"):
        await once_more()
    assert Memory.read(remembered[-1]).stepwise_until, "twice is no accident"


async def test_a_list_that_had_begun_shows_that_the_flight_was_taken(lie: Lie) -> None:
    _, to = await lie({**RULES, "LIST": '* LIST () "/" INBOX\r\n* BYE\r\n'}, GREETING)
    remembered: list[str] = []
    session = await connect(
        replace(to, capabilities=KNOWN), "x", listing=True, remember=remembered.append
    )
    with refused(Transient, "imap.bye"):
        await session.list_mailboxes()
    await session.logout()
    assert remembered == []


async def test_only_a_pass_asks_for_the_list(lie: Lie) -> None:
    liar, to = await lie(RULES, GREETING)
    session = await connect(replace(to, capabilities=KNOWN), "mot de pässe", timeout=30)
    await session.logout()
    await liar.over()
    assert liar.heard == [AUTHENTICATE, "ENABLE QRESYNC", "LOGOUT"]


async def test_the_early_list_is_given_once(lie: Lie) -> None:
    liar, to = await lie(RULES, GREETING)
    session = await connect(
        replace(to, capabilities=KNOWN), "mot de pässe", listing=True, timeout=30
    )
    for _ in range(2):
        await session.list_mailboxes()
    assert liar.heard.count(LIST) == 2
    await session.logout()


async def test_what_is_not_remembered_is_not_assumed(lie: Lie) -> None:
    liar, to = await lie(RULES, GREETING)
    session = await pass_over(to, known="AUTH=PLAIN SASL-IR")
    await liar.over()
    assert liar.heard == [AUTHENTICATE, "ENABLE QRESYNC", LIST, "LOGOUT"]
    assert session.traffic.turns == 2
    assert session.remembered == GREETS


async def test_a_server_that_never_says_what_it_offers_is_asked_in_the_same_flight(
    lie: Lie,
) -> None:
    rules = {
        **RULES,
        "AUTHENTICATE": "%s OK oui\r\n",
        "CAPABILITY": "* CAPABILITY IMAP4rev1 ENABLE QRESYNC LIST-EXTENDED LIST-STATUS\r\n"
        "%s OK\r\n",
    }
    liar, to = await lie(rules, HELLO)
    session = await pass_over(to)
    await liar.over()
    assert liar.heard == [AUTHENTICATE, "ENABLE QRESYNC", "CAPABILITY", LIST, "LOGOUT"]
    assert session.remembered == KNOWN


async def test_one_that_says_it_only_when_greeting_is_asked_again(lie: Lie) -> None:
    rules = {
        **RULES,
        "AUTHENTICATE": "%s OK oui\r\n",
        "CAPABILITY": "* CAPABILITY IMAP4rev1 IDLE\r\n%s OK\r\n",
    }
    _, to = await lie(rules, GREETING)
    remembered = (await pass_over(to)).remembered
    assert remembered == "AUTH=PLAIN IDLE IMAP4REV1 SASL-IR X-PLI-BEFORE-GREETING"


async def test_a_server_that_takes_no_flight_is_asked_step_by_step(lie: Lie) -> None:
    liar, to = await lie({**RULES, "AUTHENTICATE": "%s BAD quoi\r\n"}, GREETING)
    liar.later = {**RULES}
    session = await pass_over(to)
    await liar.over()
    assert liar.heard[-4:] == [AUTHENTICATE, "ENABLE QRESYNC", LIST, "LOGOUT"]
    assert session.traffic.turns == 2
    assert len(liar.connections) == 2
    again = await pass_over(to, known=session.remembered)
    assert again.traffic.turns == 2
    assert len(liar.connections) == 3
    assert again.remembered == session.remembered


async def test_one_that_hangs_up_after_the_login_too(lie: Lie) -> None:
    liar, to = await lie({**RULES, "AUTHENTICATE": "%s OK oui\r\n", "CAPABILITY": "hang up"}, HELLO)
    liar.later = {**RULES, "CAPABILITY": f"* CAPABILITY {KNOWN}\r\n%s OK\r\n"}
    session = await pass_over(to)
    assert Memory.read(session.remembered).doubted


async def test_a_line_cut_in_a_flight_once_is_no_server_that_hates_flights(lie: Lie) -> None:
    now = clock.now()
    cut = Memory.read(KNOWN).cut(now)
    assert not cut.takes_a_flight(now), "the password may have been refused so"
    again = cut.logged_in(flew=False)
    assert again.takes_a_flight(now)
    assert again.logged_in(flew=True) == Memory.read(KNOWN)
    assert again.cut(now) == Memory.read(KNOWN).stepwise(now), "twice is no accident"
    liar, to = await lie({**RULES, "AUTHENTICATE": "hang up"}, GREETING)
    liar.later = RULES
    remembered: list[str] = []
    with refused(Unanswered, "net.lost"):
        await connect(
            replace(to, capabilities=KNOWN), "mot de pässe", timeout=30, remember=remembered.append
        )
    session = await pass_over(to, known=remembered[-1])
    assert session.traffic.turns == 2, "step by step"
    session = await pass_over(to, known=session.remembered)
    assert (session.traffic.turns, session.remembered) == (1, GREETS)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("* BYE [UNAVAILABLE] maintenance\r\n", "imap.bye"),
        ("hang up", "net.lost"),
        ("+ \r\n", "imap.protocol"),
        ("quoi ?\r\n", "imap.protocol"),
        ("%s PERHAPS\r\n", "imap.protocol"),
    ],
)
async def test_a_password_that_is_not_answered_is_said_once_per_connection(
    lie: Lie, answer: str, code: str
) -> None:
    liar, to = await lie({**RULES, "AUTHENTICATE": answer}, GREETING)
    remembered = [KNOWN]
    for said in (1, 2, 3):
        with refused(Unanswered, code):
            await connect(
                replace(to, capabilities=remembered[-1]),
                "mot de pässe",
                listing=True,
                timeout=30,
                remember=remembered.append,
            )
        await liar.over()
        assert liar.heard.count(AUTHENTICATE) == said
    assert liar.heard[-1] == AUTHENTICATE, "the second time step by step"
    known, now = Memory.read(KNOWN), clock.now()
    then = known.stepwise(now) if code == "imap.protocol" else known.cut(now)
    assert remembered == [KNOWN, str(then)]


async def test_a_goodbye_after_the_password_means_that_it_may_be_wrong(lie: Lie) -> None:
    liar, to = await lie({**RULES, "AUTHENTICATE": "* BYE Too many failures.\r\n"}, GREETING)
    remembered = [KNOWN]

    async def once_more() -> None:
        knowing = replace(to, capabilities=remembered[-1])
        await connect(knowing, "mot de pässe", timeout=30, remember=remembered.append)

    with refused(Unanswered, "imap.bye"):
        await once_more()  # it may also be how it takes a flight
    with pytest.raises(NeedsUser) as caught:
        await once_more()
    assert caught.value.code == "imap.closed_after_password"
    assert caught.value.params["said"] == "Too many failures."
    assert liar.heard.count(AUTHENTICATE) == 2


async def test_one_that_says_bad_and_then_hangs_up_gets_no_second_flight(lie: Lie) -> None:
    liar, to = await lie({**RULES, "AUTHENTICATE": "%s BAD quoi\r\n"}, GREETING)
    liar.later = {"AUTHENTICATE": "hang up"}
    remembered: list[str] = []
    with refused(Unanswered, "net.lost"):
        await connect(
            replace(to, capabilities=KNOWN), "mot de pässe", timeout=30, remember=remembered.append
        )
    assert liar.heard.count(AUTHENTICATE) == 2
    assert [Memory.read(words).takes_a_flight(clock.now()) for words in remembered] == [False]


async def test_a_flight_that_is_not_answered_in_time_may_be_what_it_cannot_take(lie: Lie) -> None:
    liar, to = await lie({**RULES, "AUTHENTICATE": ""}, GREETING)
    remembered: list[str] = []
    with refused(Unanswered, "net.timeout"):
        await connect(
            replace(to, capabilities=KNOWN),
            "mot de pässe",
            timeout=0.3,
            remember=remembered.append,
        )
    then = Memory.read(KNOWN).cut(clock.now())
    assert (liar.heard.count(AUTHENTICATE), remembered) == (1, [str(then)])


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        ("%s NO [AUTHENTICATIONFAILED] non\r\n", NeedsUser, "imap.login_refused"),
        ("%s NO [UNAVAILABLE] plus tard\r\n", Transient, "imap.busy"),
    ],
)
async def test_a_password_that_is_refused_is_said_once(
    lie: Lie, answer: str, kind: type[MailError], code: str
) -> None:
    rules = {"AUTHENTICATE": answer, "ENABLE": "%s BAD qui ?\r\n", "LIST": "%s BAD qui ?\r\n"}
    liar, to = await lie(rules, GREETING)
    with refused(kind, code):
        await pass_over(to)
    assert liar.heard.count(AUTHENTICATE) == 1


@pytest.mark.parametrize("early", ["%s BAD pas encore\r\n", "%s NO\r\n", "%s OK rien\r\n"])
async def test_a_list_that_came_too_early_is_asked_for_again(lie: Lie, early: str) -> None:
    liar, to = await lie({**RULES, "LIST": early}, GREETING)
    liar.then["LIST"] = INBOX
    session = await pass_over(to)
    await liar.over()
    assert liar.heard == [AUTHENTICATE, "ENABLE QRESYNC", LIST, LIST, "LOGOUT"]
    assert not Memory.read(session.remembered).takes_a_flight(0)


async def test_what_is_refused_twice_is_refused(lie: Lie) -> None:
    _, to = await lie({**RULES, "LIST": "%s BAD jamais\r\n"}, GREETING)
    with refused(Permanent, "imap.not_understood"):
        await pass_over(to)


@pytest.mark.parametrize(
    ("greeting", "implicit", "code"),
    [
        ("* PREAUTH bonjour\r\n", True, "imap.preauth"),
        (CAPABLE.format("LOGINDISABLED"), True, "imap.no_login"),
        (CAPABLE.format("AUTH=PLAIN SASL-IR"), False, "tls.no_starttls"),
        ("* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] bonjour\r\n", False, "tls.no_starttls"),
    ],
)
async def test_what_is_remembered_opens_no_door(
    lie: Lie, greeting: str, implicit: bool, code: str
) -> None:
    liar, to = await lie(RULES, greeting, implicit=implicit)
    with refused(NeedsUser, code):
        await pass_over(to, known=KNOWN + " STARTTLS")
    assert liar.heard == []


async def test_after_starttls_the_flight_needs_no_asking_what_is_offered(lie: Lie) -> None:
    rules = {**RULES, "STARTTLS": "%s OK oui\r\n"}
    liar, to = await lie(rules, CAPABLE.format("STARTTLS LOGINDISABLED"), implicit=False)
    await pass_over(to)
    await liar.over()
    assert liar.heard == ["STARTTLS", AUTHENTICATE, "ENABLE QRESYNC", LIST, "LOGOUT"]


def test_memory_is_read_as_it_was_written() -> None:
    day = 86_400
    memory = Memory.read(KNOWN)
    assert (str(memory), memory.takes_a_flight(0)) == (KNOWN, True)
    stepwise = memory.stepwise(100 * day)
    assert Memory.read(str(stepwise)) == stepwise
    cut = memory.cut(100 * day)
    assert Memory.read(str(cut)) == cut
    assert not Memory().cut(100 * day).is_empty
    assert [stepwise.takes_a_flight(n * day) for n in (100, 106, 107)] == [False, False, True]
    assert str(stepwise.at(107 * day)) == KNOWN
    assert stepwise.at(106 * day) == stepwise
    assert not Memory.read("").takes_a_flight(0)
    assert (str(Memory.read(GREETS)), Memory.read(GREETS).before_greeting) == (GREETS, True)
    assert Memory.read("X-PLI-STEPWISE-UNTIL=² IDLE") == Memory(offered=frozenset({"IDLE"}))


def test_an_account_begins_without_memory() -> None:
    assert account(993).capabilities == ""
