"""TLS sessions are taken up again, by the account they belong to, while all is as it was."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from store.errors import NeedsUser
from store.host import clock
from store.model.account import Account
from store.model.ids import AccountId
from sync import resumption
from sync.imap.connect import connect
from sync.resumption import KEPT_SECONDS, resuming_context
from tests.refusals import refused
from tests.unit.imap.liar import CAPABLE, Lie

RULES = {
    "STARTTLS": "%s OK oui\r\n",
    "AUTHENTICATE": "%s OK [CAPABILITY IMAP4rev1] oui\r\n",
    "CAPABILITY": "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n%s OK\r\n",
}
GREETING = CAPABLE.format("AUTH=PLAIN SASL-IR STARTTLS")


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """Each test begins and ends without sessions."""
    resumption._contexts.clear()
    yield
    resumption._contexts.clear()


async def resumed(to: Account) -> bool:
    """Log in and leave; whether the TLS session was one of before."""
    session = await connect(to, "mot de pässe", timeout=30)
    reused: bool = session._dialogue.stream.transport.get_extra_info("ssl_object").session_reused
    await session.logout()
    return reused


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("implicit", [True, False])
async def test_a_reconnection_takes_up_the_session(
    lie: Lie, version: ssl.TLSVersion, implicit: bool
) -> None:
    liar, to = await lie(RULES, GREETING, implicit=implicit)
    liar.context.maximum_version = version
    assert [await resumed(to) for _ in range(4)] == [False, True, True, True]
    await liar.over()


async def test_nobody_else_takes_it_up(lie: Lie, tmp_path: Path) -> None:
    liar, to = await lie(RULES, GREETING)
    assert not await resumed(to)
    assert not await resumed(replace(to, id=AccountId(2)))
    other = tmp_path / "autre.pem"
    other.write_bytes(Path(to.ca).read_bytes())
    assert not await resumed(replace(to, ca=str(other)))
    assert await resumed(to)
    await liar.over()


async def test_anchors_that_changed_are_asked_again(lie: Lie, tmp_path: Path) -> None:
    liar, to = await lie(RULES, GREETING)
    anchors = tmp_path / "ancres.pem"
    anchors.write_bytes(Path(to.ca).read_bytes())
    to = replace(to, ca=str(anchors))
    assert [await resumed(to), await resumed(to)] == [False, True]
    os.replace(_stranger(tmp_path), anchors)
    with refused(NeedsUser, "tls.untrusted"):
        await resumed(to)
    await liar.over()


async def test_after_an_hour_they_show_themselves_again(
    lie: Lie, monkeypatch: pytest.MonkeyPatch
) -> None:
    liar, to = await lie(RULES, GREETING)
    assert [await resumed(to), await resumed(to)] == [False, True]
    later = clock.now() + KEPT_SECONDS
    monkeypatch.setattr(clock, "now", lambda: later)
    assert not await resumed(to)
    assert len(resumption._contexts) == 1
    monkeypatch.setattr(clock, "now", lambda: later - 1)  # a clock set back is no reason to trust
    assert not await resumed(to)
    await liar.over()


async def test_a_login_that_failed_leaves_nothing_to_take_up(lie: Lie) -> None:
    liar, to = await lie(RULES, GREETING)
    assert not await resumed(to)
    liar.rules = {**RULES, "AUTHENTICATE": "%s NO non\r\n"}
    with refused(NeedsUser, "imap.login_refused"):
        await resumed(to)
    assert resuming_context(to, to.imap).session is None
    liar.rules = RULES
    assert [await resumed(to), await resumed(to)] == [False, True]
    await liar.over()


async def test_a_server_that_takes_up_nothing_is_simply_met_again(lie: Lie) -> None:
    liar, to = await lie(RULES, GREETING)
    liar.context.options |= ssl.OP_NO_TICKET
    liar.context.num_tickets = 0
    liar.context.maximum_version = ssl.TLSVersion.TLSv1_3
    assert [await resumed(to) for _ in range(3)] == [False, False, False]
    await liar.over()


def _stranger(directory: Path) -> Path:
    from tests.servers.authority import Authority

    return Authority(directory / "autre", "Un inconnu").ca_file
