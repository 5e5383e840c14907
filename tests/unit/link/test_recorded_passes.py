"""A pass over a real connection leaves its steps behind, in a commit it would have made anyway."""

from __future__ import annotations

import pytest

from store.db import link
from store.db.accounts import accounts
from store.db.open import Connection
from store.errors import Transient
from store.host import clock
from store.model.account import Link
from store.model.link import LinkStep, Step
from sync.demo.imap_server import ImapServer
from sync.link import line
from tests.unit.link.conftest import Pass, deliver


def steps(db: Connection) -> list[LinkStep]:
    (alice,) = accounts(db)
    return link.last_pass(db, alice.id)


def transactions(statements: list[str]) -> list[list[str]]:
    """What was written between each BEGIN and its COMMIT."""
    found: list[list[str]] = []
    for sql in statements:
        if sql.startswith("BEGIN"):
            found.append([])
        elif found and sql.split()[0] in ("INSERT", "UPDATE", "DELETE"):
            found[-1].append(" ".join(sql.split()[:4]))
    return found


async def test_every_step_of_a_pass_is_there_and_every_octet(
    server: ImapServer, one_pass: Pass, db: Connection
) -> None:
    await deliver(server, range(12))
    report = await one_pass()
    kinds = [each.step for each in steps(db)]
    assert kinds[:3] == [Step.CONNECT, Step.LOGIN, Step.LIST]
    assert kinds.count(Step.FETCH) == 3, "windows of five letters"
    assert kinds[-1] is Step.LOGOUT
    assert sum(s.octets_up + s.octets_down for s in steps(db)) == report.octets
    assert sum(s.turns for s in steps(db)) == report.turns
    (alice,) = accounts(db)
    day = clock.local(clock.now()).date().isoformat()
    assert link.spent(db, alice.id, day).total == report.octets


async def test_a_pass_without_news_costs_no_commit_for_its_steps(
    one_pass: Pass, db: Connection
) -> None:
    await one_pass()
    statements: list[str] = []
    db.set_trace_callback(statements.append)
    await one_pass()
    db.set_trace_callback(None)
    written = [t for t in transactions(statements) if any("link_log" in sql for sql in t)]
    assert len(written) == 1
    assert written[0][0].startswith("UPDATE account SET link"), "the end of the pass said so anyway"


async def test_a_connection_that_fails_is_recorded_with_why(
    server: ImapServer, one_pass: Pass, db: Connection
) -> None:
    await server.hang_up()
    with pytest.raises(Transient):
        await one_pass()
    (connecting,) = steps(db)
    assert (connecting.step, connecting.result) == (Step.CONNECT, "net.unreachable")
    assert accounts(db)[0].link is Link.OFFLINE


async def test_a_long_pass_is_written_on_the_way(
    server: ImapServer, one_pass: Pass, db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "NOTE_SECONDS", -1)
    await deliver(server, range(10))
    statements: list[str] = []
    db.set_trace_callback(statements.append)
    await one_pass()
    db.set_trace_callback(None)
    writing = [t for t in transactions(statements) if any("INTO link_log" in sql for sql in t)]
    assert len(writing) == 3, "after each of two windows, and at the end"
    assert len({sql for t in writing[:-1] for sql in t if "account SET" in sql}) == 0
    assert [s.step for s in steps(db)].count(Step.FETCH) == 2


@pytest.mark.logs("link.unrecorded")
async def test_a_log_that_cannot_be_written_hides_no_failure(
    server: ImapServer, one_pass: Pass, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise Transient("store.busy")

    monkeypatch.setattr(link, "record", busy)
    await server.hang_up()
    with pytest.raises(Transient, match=r"net\."):
        await one_pass()
