"""What a line is asked before each window, without a server."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from store.db import link
from store.db.accounts import account, add_account
from store.db.open import Connection
from store.errors import Transient
from store.host import clock
from store.model.account import Endpoint, Profile
from store.model.link import Budget, Limit
from sync.imap.session import ImapSession
from sync.link import line as module
from sync.link.budget import Lane
from sync.link.line import MeteredLine
from sync.link.recorder import Recorder

Line = MeteredLine[ImapSession]


@pytest.fixture
def line(db: Connection) -> Line:
    at = Endpoint(host="mail.example", port=993)
    cabinet = add_account(
        db, name="cabinet", address="a@b.test", imap=at, smtp=at, user="a", profile=Profile.MOBILE
    )
    session = cast(ImapSession, SimpleNamespace(recorder=Recorder()))
    return MeteredLine(db, account(db, cabinet), session)


def spend(db: Connection, line: Line) -> None:
    """A day's budget of one octet, and an octet."""
    link.set_budget(db, line.account.id, Budget(octets_per_day=1))
    day = clock.local(clock.now()).date().isoformat()
    db.execute("INSERT INTO link_day VALUES (?, ?, 1, 0)", (line.account.id, day))


def test_what_is_urgent_is_fetched_though_all_is_spent(db: Connection, line: Line) -> None:
    spend(db, line)
    assert line.may_fetch(Lane.URGENT, 50_000)
    assert line.hold is None
    assert not line.may_fetch()
    assert line.hold is not None
    assert line.hold.reason is Limit.DAY


def test_a_new_pass_asks_anew(db: Connection, line: Line) -> None:
    spend(db, line)
    line.begin_pass()
    assert not line.may_fetch()
    link.set_budget(db, line.account.id, Budget())
    line.begin_pass()
    assert line.hold is None
    assert line.may_fetch()
    line.end_pass(synced_at=1, waiting=0)
    assert link.holds(db, now=0) == {}


def test_a_profile_the_person_chose_is_not_measured_away(db: Connection, line: Line) -> None:
    line.begin_pass()
    line.end_pass(synced_at=1, waiting=0)
    assert account(db, line.account.id).profile is Profile.MOBILE
    assert line.profile.window_emails == 25


@pytest.mark.logs("account.unremembered")
def test_a_store_too_busy_to_remember_the_server_hides_no_failure(
    db: Connection, line: MeteredLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise Transient("store.busy")

    monkeypatch.setattr(module, "set_capabilities", busy)
    module._remember(db, line.account.id, "IDLE")
    monkeypatch.undo()
    module._remember(db, line.account.id, "IDLE")
    assert account(db, line.account.id).capabilities == "IDLE"
