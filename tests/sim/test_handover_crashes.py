"""Killed before every effect on the disk or the store, files reach the other program once, whole.

The other program may take a file away at once, or never look; what it takes is noted.
"""

from __future__ import annotations

import errno
import itertools
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from store.db.accounts import add_account
from store.db.dispatches import add_dispatch_within
from store.db.handovers import add_handover_within, cancel_handover, handover, retry_handover
from store.db.open import Connection, write
from store.errors import Usage
from store.model.account import Endpoint
from store.model.handover import HandoverKind, HandoverState
from store.model.ids import AccountId, EmailId, HandoverId
from sync.dispatch import placing
from sync.dispatch.placing import place_open
from sync.drop import kernel

EFFECTS = {"open", "mkdir", "rename", "unlink", "link", "fchmod", "fdopen", "fsync"}
SET = {f"IHE_XDM_1/{path}": path.encode() for path in ("INDEX.HTM", "IHE_XDM/SUBSET01/A", "B")}
PAIR = {"pli_2.pdf": b"%PDF", "pli_2.hpr": b"****FIN****"}
NOW = 1_795_514_000


class Crash(BaseException):
    """The process died here."""


@dataclass
class Fuse:
    """Lets so many effects happen; the next one is where the process dies, or the disk fails."""

    left: int | None = None
    fails: BaseException = field(default_factory=Crash)

    def step(self) -> None:
        if self.left is None:
            return
        if self.left == 0:
            self.left = None
            raise self.fails
        self.left -= 1


class Counted:
    """A module or a connection whose effects burn the fuse."""

    def __init__(self, real: Any, fuse: Fuse) -> None:
        self.real, self.fuse = real, fuse

    def __getattr__(self, name: str) -> Any:
        real = getattr(self.real, name)
        if name == "execute":
            return self._executed
        if name not in EFFECTS:
            return real

        def counted(*args: Any, **kwargs: Any) -> Any:
            self.fuse.step()
            return real(*args, **kwargs)

        return counted

    def _executed(self, sql: str, *args: Any) -> Any:
        if sql == "COMMIT":
            self.fuse.step()
        return self.real.execute(sql, *args)


@pytest.fixture(params=["renameat2", "link"])
def fuse(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Fuse:
    """Armed over everything that changes the disk; both ways of moving without replacing."""
    fuse = Fuse()
    for module in (placing, kernel):
        monkeypatch.setattr(module, "os", Counted(os, fuse))
    real = kernel._renameat2

    def counted(*args: Any) -> None:
        if request.param == "link":
            raise OSError(errno.EINVAL, "not offered")
        fuse.step()
        real(*args)

    monkeypatch.setattr(kernel, "_renameat2", counted)
    return fuse


@pytest.fixture
def labo(db: Connection) -> AccountId:
    there = Endpoint(host="mx.labo.example", port=465)
    facts = {"name": "labo", "address": "eloise@labo.example", "user": "eloise"}
    return add_account(db, imap=there, smtp=there, **facts)


def said(db: Connection, account: AccountId, folder: Path) -> list[HandoverId]:
    """A set for the DMP and a pair for the practice's software, to be put into `folder`."""
    folder.mkdir(exist_ok=True)
    with write(db):
        dispatch = add_dispatch_within(db, account, digest=b"d", document="{}", to=["dmp"], now=NOW)
        facts = {"folder": str(folder), "now": NOW}
        kind = HandoverKind.DMP
        files = SET.items()
        one = add_handover_within(db, account, kind, files=files, dispatch_id=dispatch, **facts)
        other = add_handover_within(db, account, HandoverKind.HPRIM, files=PAIR.items(), **facts)
    return [one, other]


@dataclass
class Other:
    """The other program: it takes what it sees, and never looks at hidden names."""

    folder: Path
    takes: bool
    taken: list[tuple[str, dict[str, bytes]]] = field(default_factory=list)

    def looks(self) -> None:
        for each in sorted(self.folder.iterdir()):
            if not each.name.startswith(".") and self.takes:
                self.taken.append((each.name, whole(each)))
                shutil.rmtree(each) if each.is_dir() else each.unlink()

    def at_last(self) -> list[tuple[str, dict[str, bytes]]]:
        self.takes = True
        self.looks()
        assert list(self.folder.iterdir()) == [], "a half was left behind"
        return sorted(self.taken)


def whole(path: Path) -> dict[str, bytes]:
    if path.is_file():
        return {path.name: path.read_bytes()}
    files = (each for each in path.rglob("*") if each.is_file())
    return {str(each.relative_to(path.parent)): each.read_bytes() for each in files}


ALL = [("IHE_XDM_1", SET), *(((name, {name: octets}) for name, octets in sorted(PAIR.items())))]


@pytest.mark.parametrize("takes", [True, False])
async def test_killed_before_each_effect_every_piece_is_there_once_and_whole(
    db: Connection, labo: AccountId, tmp_path: Path, fuse: Fuse, takes: bool
) -> None:
    for steps in itertools.count():
        folder = tmp_path / str(steps)
        ids, other = said(db, labo, folder), Other(folder, takes)
        fuse.left = steps
        try:
            await place_open(Counted(db, fuse))  # type: ignore[arg-type]
        except Crash:
            if db.in_transaction:
                db.execute("ROLLBACK")
            other.looks()
        burnt, fuse.left = fuse.left, None
        assert await place_open(db) == 0
        assert other.at_last() == ALL
        assert {handover(db, each).state for each in ids} == {HandoverState.PLACED}
        assert await place_open(db) == 0
        assert list(folder.iterdir()) == [], "it was put there again"
        if burnt is not None:
            break
    assert steps > 40, "the fuse misses effects"


async def test_a_text_never_comes_before_its_pdf(
    db: Connection, labo: AccountId, tmp_path: Path, fuse: Fuse
) -> None:
    for steps in range(60):
        folder = tmp_path / str(steps)
        said(db, labo, folder)
        fuse.left = steps
        try:
            await place_open(Counted(db, fuse))  # type: ignore[arg-type]
        except Crash:
            if db.in_transaction:
                db.execute("ROLLBACK")
        fuse.left = None
        seen = {each.name for each in folder.iterdir()}
        assert "pli_2.hpr" not in seen or "pli_2.pdf" in seen
        await place_open(db)


@pytest.mark.logs("handover.waits")
async def test_a_full_disk_is_said_and_leaves_no_half_and_then_it_goes_on(
    db: Connection, labo: AccountId, tmp_path: Path, fuse: Fuse
) -> None:
    fuse.fails = OSError(errno.ENOSPC, "full")
    codes = set()
    for steps in itertools.count():
        folder = tmp_path / str(steps)
        ids, other = said(db, labo, folder), Other(folder, takes=False)
        fuse.left = steps
        waiting = await place_open(db)
        burnt, fuse.left = fuse.left, None
        codes |= {handover(db, each).reason for each in ids} - {""}
        assert waiting or burnt is not None or steps
        assert await place_open(db) == 0
        assert other.at_last() == ALL
        if burnt is not None:
            break
    assert codes == {"handover.disk_full"}


@pytest.mark.logs("handover.waits")
async def test_a_name_that_is_taken_is_never_written_over(
    db: Connection, labo: AccountId, tmp_path: Path, fuse: Fuse
) -> None:
    out = tmp_path / "out"
    one, other = said(db, labo, out)
    (out / "IHE_XDM_1").mkdir()
    (out / "IHE_XDM_1" / "theirs").write_bytes(b"theirs")
    (out / "pli_2.hpr").write_bytes(b"theirs")
    assert await place_open(db) == 2
    for each in (one, other):
        held = handover(db, each)
        assert (held.state, held.reason) == (HandoverState.HELD, "handover.name_taken")
    assert (out / "pli_2.hpr").read_bytes() == b"theirs"
    assert [each.name for each in (out / "IHE_XDM_1").iterdir()] == ["theirs"]
    shutil.rmtree(out / "IHE_XDM_1")
    (out / "pli_2.hpr").unlink()
    for each in (one, other):
        retry_handover(db, each, now=NOW)
    assert await place_open(db) == 0
    assert Other(out, takes=True).at_last() == ALL


@pytest.mark.logs("handover.waits")
async def test_a_folder_that_is_away_is_waited_for(
    db: Connection, labo: AccountId, tmp_path: Path
) -> None:
    folder = tmp_path / "dmp"
    ids = said(db, labo, folder)
    folder.rmdir()
    assert await place_open(db) == 2
    assert {handover(db, each).reason for each in ids} == {"handover.folder_missing"}
    folder.mkdir()
    assert await place_open(db) == 0
    assert {handover(db, each).reason for each in ids} == {""}


@pytest.mark.logs("handover.waits")
async def test_a_disk_that_went_away_in_the_middle_is_waited_for(
    db: Connection, labo: AccountId, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, away = tmp_path / "dmp", tmp_path / "away"
    one, other = said(db, labo, folder)
    cancel_handover(db, other, now=NOW)

    def dies(*_: object) -> None:
        raise Crash

    monkeypatch.setattr(placing, "_give_name", dies)
    with pytest.raises(Crash):
        await place_open(db)
    monkeypatch.undo()
    assert handover(db, one).state is HandoverState.PLACING
    folder.rename(away)
    folder.mkdir()  # the empty mount point
    monkeypatch.setattr(placing, "mount_point", lambda _: "/elsewhere")
    await place_open(db)
    assert handover(db, one).reason == "handover.folder_missing"
    folder.rmdir()
    away.rename(folder)
    monkeypatch.undo()
    assert await place_open(db) == 0
    assert Other(folder, takes=True).at_last() == ALL[:1]


@pytest.mark.logs("handover.waits")
async def test_what_is_withdrawn_is_not_put_there(
    db: Connection, labo: AccountId, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    one, other = said(db, labo, out)
    cancel_handover(db, one, now=NOW)
    assert await place_open(db) == 0
    assert sorted(each.name for each in out.iterdir()) == ["pli_2.hpr", "pli_2.pdf"]
    with pytest.raises(Usage, match=r"handover\.too_late"):
        cancel_handover(db, other, now=NOW)
    with pytest.raises(Usage, match=r"handover\.nothing_to_retry"):
        retry_handover(db, other, now=NOW)
    with pytest.raises(Usage, match=r"handover\.unknown"):
        handover(db, HandoverId(99))


@pytest.mark.logs("handover.waits")
async def test_nothing_is_put_where_it_would_leave_again_or_beside_our_keys(
    db: Connection, labo: AccountId, tmp_path: Path, home: Any
) -> None:
    from store.db.drops import add_rule

    watched = tmp_path / "watched"
    add_rule(db, name="r", folder=str(watched), account_id=labo, to=["a@b.example"])
    watched.mkdir()
    one, _ = said(db, labo, watched / "inner")
    two, _ = said(db, labo, home.root)
    await place_open(db)
    assert handover(db, one).reason == "handover.folder_watched"
    assert handover(db, two).reason == "handover.folder_private"
    assert list((watched / "inner").iterdir()) == []


def test_a_letter_gives_each_document_once(db: Connection, labo: AccountId) -> None:
    from store.db.emails import add_email

    with write(db):
        email_id = EmailId(add_email(db, labo, b"a\r\n", NOW))
        facts = {"folder": "/x", "files": [], "email_id": email_id, "now": NOW}
        add_handover_within(db, labo, HandoverKind.HL7, reason="blob.missing", **facts)
    with pytest.raises(Exception, match="UNIQUE"), write(db):
        add_handover_within(db, labo, HandoverKind.HL7, reason="blob.missing", **facts)
