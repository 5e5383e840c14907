"""The only sender, over real TLS: what it says, and what it makes of what it hears."""

from __future__ import annotations

import asyncio
import ssl

import pytest

from store.errors import MailError, NeedsUser, Permanent, Transient
from store.model.account import Tls
from sync.submit import plan
from sync.submit.envelope import Letter
from sync.submit.plan import Transmission
from sync.submit.smtp import Submitter
from sync.submit.transaction import ONE_FLIGHT_OCTETS, Patience
from tests.servers.authority import Authority
from tests.unit.submit.conftest import SHORT
from tests.unit.submit.scripted_server import (
    CHUNKING,
    PASSWORD,
    PIPELINING,
    PLAIN,
    Act,
    ScriptedServer,
    scripted_server,
)

A, B = "alice@aubepine.test", "bob@bruyere.test"
STYLES = [CHUNKING, PIPELINING, PLAIN]
HOSTILE = b"Subject: .\r\n\r\n.\r\n..\r\n.a\r\n\r\n. \r\nRCPT TO:<eve@intrus.test>\r\n.\r\n"


def letter(octets: bytes = HOSTILE, *recipients: str) -> Letter:
    return Letter(
        mail_from="labo@tilleuls.test", recipients=recipients or (A,), octets=octets, envid="0f"
    )


def line(server: ScriptedServer, password: str = PASSWORD) -> Submitter:
    return Submitter(server.account(), password, SHORT)


async def nothing(_: tuple[str, ...]) -> None:
    """What is called before the dot, where a test does not care."""


async def sent(server: ScriptedServer, each: Letter) -> Transmission:
    async with line(server) as submitter:
        return await submitter.transmit(each, nothing)


async def refused(server: ScriptedServer, password: str = PASSWORD) -> MailError:
    with pytest.raises(MailError) as caught:
        async with line(server, password):
            raise AssertionError("it connected")
    return caught.value


@pytest.mark.parametrize("offers", STYLES)
@pytest.mark.parametrize("tls", Tls)
async def test_the_octets_on_the_wire_are_the_frozen_ones(
    authority: Authority, offers: tuple[str, ...], tls: Tls
) -> None:
    async with scripted_server(authority, offers=offers, tls=tls) as server:
        said = await sent(server, letter(HOSTILE, A, B))
    [taken] = server.taken
    assert (taken.octets, taken.recipients) == (HOSTILE, (A, B))
    assert said.final is not None
    assert said.whole()
    assert server.verbs()[-1] == "QUIT"


@pytest.mark.parametrize("offers", STYLES)
async def test_a_letter_larger_than_a_flight_arrives_whole(
    authority: Authority, offers: tuple[str, ...]
) -> None:
    large = b".0123456789\r\n" * (3 * ONE_FLIGHT_OCTETS // 13)
    async with scripted_server(authority, offers=offers) as server:
        await sent(server, letter(large))
    assert server.taken[0].octets == large


@pytest.mark.parametrize("offers", [CHUNKING, PIPELINING])
async def test_the_whole_envelope_is_one_flight(
    authority: Authority, offers: tuple[str, ...]
) -> None:
    async with scripted_server(authority, offers=offers, holds_replies=True) as server:
        assert (await sent(server, letter(HOSTILE, A, B))).whole()


async def test_a_large_letter_is_not_sent_to_a_server_that_refuses_its_recipients(
    authority: Authority,
) -> None:
    async with scripted_server(authority, answers={A: "550 5.1.1 no"}) as server:
        await sent(server, letter(b"0123456789\r\n" * ONE_FLIGHT_OCTETS))
    assert "BDAT" not in server.verbs()


@pytest.mark.parametrize("offers", STYLES)
async def test_nothing_is_accepted_before_the_disk_knows(
    authority: Authority, offers: tuple[str, ...]
) -> None:
    async with scripted_server(authority, offers=offers, answers={B: "550 5.1.1 no"}) as server:
        seen: list[tuple[int, tuple[str, ...]]] = []

        async def look(accepted: tuple[str, ...]) -> None:
            seen.append((len(server.taken), accepted))

        async with line(server) as submitter:
            await submitter.transmit(letter(HOSTILE, A, B), look)
        assert seen == [(0, (A,))]
        assert len(server.taken) == 1


@pytest.mark.parametrize("offers", STYLES)
async def test_when_the_disk_fails_the_dot_never_leaves(
    authority: Authority, offers: tuple[str, ...]
) -> None:
    async def full(_: tuple[str, ...]) -> None:
        raise Transient("store.busy")

    async with scripted_server(authority, offers=offers) as server:
        with pytest.raises(Transient, match=r"store\.busy"):
            async with line(server) as submitter:
                await submitter.transmit(letter(), full)
        assert not submitter.usable
    assert not server.taken


@pytest.mark.parametrize("offers", STYLES)
async def test_after_a_refused_letter_the_next_leaves_over_the_same_connection(
    authority: Authority, offers: tuple[str, ...]
) -> None:
    refuses_a = scripted_server(authority, offers=offers, answers={A: "550 5.1.1 no"})
    async with refuses_a as server, line(server) as submitter:
        first = await submitter.transmit(letter(HOSTILE, A), nothing)
        second = await submitter.transmit(letter(HOSTILE, B), nothing)
    assert first.recipients[A].code == 550
    assert second.whole()
    assert server.connections == 1
    assert [t.recipients for t in server.taken] == [(B,)]


async def test_a_hundred_letters_need_one_connection(authority: Authority) -> None:
    async with scripted_server(authority) as server, line(server) as submitter:
        for _ in range(100):
            assert (await submitter.transmit(letter(), nothing)).whole()
    assert (server.connections, len(server.taken)) == (1, 100)


FAULTS: dict[str, Act] = {
    "later": Act(say=b"451 4.3.0 later\r\n"),
    "refused": Act(say=b"550 5.7.1 no\r\n"),
    "closing": Act(say=b"421 4.3.2 closing\r\n", drop=True),
    "dropped": Act(drop=True),
    "partial": Act(say=b"25", drop=True),
    "garbage": Act(say=b"<html>\r\n"),
    "short code": Act(say=b"25\r\n"),
    "stalled": Act(stall=True),
}


@pytest.mark.parametrize("offers", STYLES)
@pytest.mark.parametrize("step", ["mail", "rcpt", "data", "body"])
@pytest.mark.parametrize("fault", FAULTS)
async def test_whatever_happens_before_the_dot_nothing_is_accepted_nor_in_doubt(
    authority: Authority, offers: tuple[str, ...], step: str, fault: str
) -> None:
    # Large enough that its end cannot leave before the server is heard.
    each = letter(b"0123456789\r\n" * 100_000 if step == "body" else HOSTILE)
    async with scripted_server(authority, offers=offers) as server:
        server.plan[step] = [FAULTS[fault]]
        said = await asyncio.wait_for(sent(server, each), 30)
        again = await sent(server, letter())
    assert not said.dotted
    assert len(server.taken) == 1
    assert again.whole()


@pytest.mark.parametrize("offers", STYLES)
@pytest.mark.parametrize("fault", FAULTS)
async def test_after_the_dot_only_a_whole_answer_is_an_answer(
    authority: Authority, offers: tuple[str, ...], fault: str
) -> None:
    async with scripted_server(authority, offers=offers) as server:
        server.plan["dot"] = [FAULTS[fault]]
        said = await asyncio.wait_for(sent(server, letter()), 30)
    assert said.dotted
    answered = said.final.code if said.final else None
    assert answered == {"later": 451, "refused": 550, "closing": 421}.get(fault)


@pytest.mark.parametrize("offers", STYLES)
@pytest.mark.parametrize("step", ["mail", "rcpt", "data"])
async def test_an_extra_answer_is_never_taken_for_the_one_to_the_dot(
    authority: Authority, offers: tuple[str, ...], step: str
) -> None:
    right = b"354 go\r\n" if step == "data" and offers is not CHUNKING else b"250 ok\r\n"
    async with scripted_server(authority, offers=offers) as server:
        server.plan[step] = [Act(say=right + b"250 stray\r\n")]
        server.plan["dot"] = [Act(say=b"550 5.7.1 no\r\n")]
        said = await sent(server, letter())
    assert not said.whole()
    assert not server.taken


async def test_a_connection_on_which_the_server_spoke_unasked_is_left(
    authority: Authority,
) -> None:
    async with scripted_server(authority) as server:
        server.plan["dot"] = [Act(take=True, say=b"250 ok\r\n421 4.4.2 idle\r\n")]
        async with line(server) as submitter:
            assert (await submitter.transmit(letter(), nothing)).whole()
            assert not submitter.usable
            assert (await submitter.transmit(letter(), nothing)).broken == plan.CUT


@pytest.mark.parametrize("offers", STYLES)
@pytest.mark.parametrize("fault", ["closing", "garbage", "stalled"])
async def test_a_connection_that_went_wrong_is_not_used_again(
    authority: Authority, offers: tuple[str, ...], fault: str
) -> None:
    async with scripted_server(authority, offers=offers) as server:
        server.plan["mail"] = [FAULTS[fault]]
        async with line(server) as submitter:
            await submitter.transmit(letter(), nothing)
            assert not submitter.usable
    assert "RSET" not in server.verbs()


async def test_a_server_that_wants_a_letter_for_nobody_gets_none(authority: Authority) -> None:
    refuses_a = scripted_server(authority, offers=PIPELINING, answers={A: "550 5.1.1 no"})
    async with refuses_a as server:
        server.plan["data"] = [Act(say=b"354 go\r\n")]
        async with line(server) as submitter:
            said = await submitter.transmit(letter(), nothing)
            assert not submitter.usable
    assert not said.dotted
    assert server.verbs()[-1] == "DATA"


@pytest.mark.parametrize("offers", [PIPELINING, PLAIN])
async def test_a_refusal_in_the_middle_of_the_letter_is_heard(
    authority: Authority, offers: tuple[str, ...]
) -> None:
    large = b"0123456789\r\n" * 100_000
    async with scripted_server(authority, offers=offers) as server:
        server.plan["body"] = [Act(say=b"552 5.3.4 too much\r\n")]
        said = await sent(server, letter(large))
    assert not said.dotted
    assert said.data is not None
    assert said.data.code == 552


async def test_a_letter_the_server_cannot_take_is_refused_without_a_word(
    authority: Authority,
) -> None:
    async with scripted_server(authority, offers=("SIZE 10",)) as server, line(server) as submitter:
        with pytest.raises(Permanent, match=r"submission\.too_large"):
            await submitter.transmit(letter(), nothing)
        assert submitter.usable
    assert "MAIL" not in server.verbs()


async def test_starttls_taken_away_means_nothing_is_said(authority: Authority) -> None:
    async with scripted_server(authority, tls=Tls.STARTTLS) as server:
        server.plan["ehlo"] = [Act(say=b"250-here\r\n250 AUTH PLAIN\r\n")]
        error = await refused(server)
    assert (type(error), error.code) == (NeedsUser, "tls.no_starttls")
    assert server.verbs() == ["EHLO"]


async def test_words_added_before_encryption_end_it(authority: Authority) -> None:
    async with scripted_server(authority, tls=Tls.STARTTLS) as server:
        server.plan["starttls"] = [Act(say=b"220 go\r\n250 AUTH PLAIN\r\n")]
        error = await refused(server)
    assert (type(error), error.code) == (NeedsUser, "tls.injected")
    assert server.verbs() == ["EHLO", "STARTTLS"]


@pytest.mark.parametrize("tls", Tls)
@pytest.mark.parametrize("kind", ["expired", "wrong_host", "self_signed", "stranger"])
async def test_a_certificate_that_does_not_convince_gets_no_password(
    authority: Authority, kind: str, tls: Tls
) -> None:
    async with scripted_server(authority, certificate=kind, tls=tls) as server:
        error = await refused(server)
    assert isinstance(error, NeedsUser)
    assert error.code.startswith("tls.")
    assert "AUTH" not in server.verbs()


async def test_a_wrong_password_is_said_once_and_not_by_another_method(
    authority: Authority,
) -> None:
    async with scripted_server(authority) as server:
        error = await refused(server, "faux")
    assert (type(error), error.code) == (NeedsUser, "smtp.login_refused")
    assert server.verbs().count("AUTH") == 1


async def test_login_is_used_where_plain_is_not_offered(authority: Authority) -> None:
    async with scripted_server(authority, login="AUTH CRAM-MD5 LOGIN") as server:
        assert (await sent(server, letter())).whole()


CONNECTING: list[tuple[str, Act, type[MailError], str]] = [
    ("greeting", Act(say=b"421 4.3.2 full\r\n"), Transient, "smtp.busy"),
    ("greeting", Act(say=b"554 5.7.1 not you\r\n"), NeedsUser, "smtp.turned_away"),
    ("greeting", Act(say=b"HTTP/1.1 302 Found\r\n"), Transient, "smtp.garbled"),
    ("greeting", Act(drop=True), Transient, "net.lost"),
    ("greeting", Act(stall=True), Transient, "net.timeout"),
    ("ehlo", Act(drop=True), Transient, "net.lost"),
    ("auth", Act(say=b"454 4.7.0 later\r\n"), Transient, "smtp.busy"),
    ("auth", Act(say=b"534 5.7.9 stronger\r\n"), NeedsUser, "smtp.login_refused"),
    ("auth", Act(drop=True), Transient, "net.lost"),
    ("auth", Act(stall=True), Transient, "net.timeout"),
]


@pytest.mark.parametrize(("step", "act", "kind", "code"), CONNECTING)
async def test_what_keeps_us_from_connecting_says_what_to_do(
    authority: Authority, step: str, act: Act, kind: type[MailError], code: str
) -> None:
    async with scripted_server(authority) as server:
        server.plan[step] = [act]
        submitter = Submitter(server.account(), PASSWORD, Patience(connect_seconds=0.5))
        with pytest.raises(MailError) as caught:
            async with submitter:
                raise AssertionError("it connected")
    assert (type(caught.value), caught.value.code) == (kind, code)


UPGRADING: list[tuple[str, Act, type[MailError], str]] = [
    ("starttls", Act(say=b"454 4.7.0 not now\r\n"), Transient, "smtp.busy"),
    ("starttls", Act(say=b"502 5.5.1 not here\r\n"), NeedsUser, "smtp.turned_away"),
    ("starttls", Act(say=b"HTTP/1.1 302 Found\r\n"), Transient, "smtp.garbled"),
    ("starttls", Act(say=b"250 2.0.0 as you like\r\n"), Transient, "smtp.garbled"),
    ("starttls", Act(drop=True), Transient, "net.lost"),
    ("starttls", Act(stall=True), Transient, "net.timeout"),
    ("starttls", Act(say=b"220 go\r\n", drop=True), Transient, "net.lost"),
    ("starttls", Act(say=b"220 go\r\n", stall=True), Transient, "net.timeout"),
    ("greeting", Act(say=b"421 4.3.2 full\r\n"), Transient, "smtp.busy"),
    ("ehlo", Act(say=b"451 4.3.0 later\r\n"), Transient, "smtp.busy"),
    ("ehlo", Act(say=b"554 5.7.1 not you\r\n"), NeedsUser, "smtp.turned_away"),
]


@pytest.mark.parametrize(("step", "act", "kind", "code"), UPGRADING)
async def test_what_goes_wrong_on_the_way_to_encryption_says_what_to_do(
    authority: Authority, step: str, act: Act, kind: type[MailError], code: str
) -> None:
    async with scripted_server(authority, tls=Tls.STARTTLS) as server:
        server.plan[step] = [act]
        submitter = Submitter(server.account(), PASSWORD, Patience(connect_seconds=0.5))
        with pytest.raises(MailError) as caught:
            async with submitter:
                raise AssertionError("it connected")
    assert (type(caught.value), caught.value.code) == (kind, code)
    assert not {"AUTH", "MAIL"} & set(server.verbs())


async def test_a_server_without_a_login_we_know_is_no_server_for_us(authority: Authority) -> None:
    async with scripted_server(authority, login="") as server:
        assert (await refused(server)).code == "smtp.no_login"


async def test_nobody_at_home(authority: Authority) -> None:
    async with scripted_server(authority) as server:
        pass
    assert (await refused(server)).code == "net.unreachable"


async def test_our_machine_is_not_named(authority: Authority) -> None:
    async with scripted_server(authority) as server:
        await sent(server, letter())
    assert server.lines[0] == "EHLO [127.0.0.1]"


def test_the_connection_is_never_without_verification(authority: Authority) -> None:
    account = ScriptedServer(port=465, ca_file=str(authority.ca_file)).account()
    context = Submitter(account, "").tls_context
    assert context is not None
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
