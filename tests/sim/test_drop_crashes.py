"""Killed before every single effect on the disk or the store, a document still leaves once."""

from __future__ import annotations

import errno
import itertools
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.db.migrate import migrate
from store.db.open import Connection, connect, write
from store.host.keys import create
from store.host.paths import Home
from sync.drop import away, claiming, claims, files, kernel, putting
from tests.sim.drop_world import World, new_world, pdf

EFFECTS = {"mkdir", "rmdir", "rename", "unlink", "link", "fchmod", "fdopen"}
MODULES = (files, claims, away, kernel)


class Crash(BaseException):
    """The process died here."""


class Fuse:
    """Lets so many effects happen; the next one is where the process dies."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.burnt = 0
        self.order: list[str] = []

    def step(self, name: str) -> None:
        self.order.append(name)
        if self.left is not None:
            if self.left == 0:
                self.left = None
                raise Crash
            self.left -= 1


class Disk:
    """The `os` module, its effects counted."""

    def __init__(self, fuse: Fuse) -> None:
        self.fuse = fuse

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name not in EFFECTS:
            return real

        def counted(*args: Any, **kwargs: Any) -> Any:
            self.fuse.step(name)
            return real(*args, **kwargs)

        return counted


class Store:
    """A connection, its commits counted."""

    def __init__(self, db: Connection, fuse: Fuse) -> None:
        self.db, self.fuse = db, fuse

    def __getattr__(self, name: str) -> Any:
        return getattr(self.db, name)

    def execute(self, sql: str, *args: Any) -> Any:
        if sql == "COMMIT":
            self.fuse.step("commit")
        return self.db.execute(sql, *args)


@pytest.fixture(params=["renameat2", "link"])
def fuse(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Fuse:
    """Armed over everything that changes the disk; both ways of moving without replacing."""
    return armed(monkeypatch, request.param)


def armed(monkeypatch: pytest.MonkeyPatch, way: str) -> Fuse:
    """A fuse over everything that changes the disk."""
    fuse = Fuse()
    for module in MODULES:
        monkeypatch.setattr(module, "os", Disk(fuse))
    real = kernel._renameat2

    def counted(*args: Any) -> None:
        if way == "link":
            raise OSError(errno.EINVAL, "not offered")
        fuse.step("renameat2")
        real(*args)

    def flushed(file: int) -> None:
        fuse.step("flush")
        kernel.flush(file)

    monkeypatch.setattr(kernel, "_renameat2", counted)
    monkeypatch.setattr(claiming, "flush", flushed)
    monkeypatch.setattr(putting, "flush", flushed)
    return fuse


def populated(db: Connection, folder: Path, fuse: Fuse) -> World:
    """One document of each fate."""
    world = new_world(Store(db, fuse), folder)  # type: ignore[arg-type]
    world.drop("sent.pdf", pdf("sent"))
    world.drop("twin.pdf", pdf("sent"))
    world.drop("refused.pdf", pdf("refused"))
    world.drop("sent.zip", b"other")
    (folder / "link.pdf").symlink_to("sent.pdf")
    for n, name in enumerate(["sent.pdf", "twin.pdf", "refused.pdf", "sent.zip"]):
        os.utime(folder / name, (n, n))  # taken in this order
    return world


def outbox_runs(world: World) -> None:
    """The other connection: every letter under way ends, by its content."""
    with write(world.db):
        for item in world.items():
            if item.submission_id is None:
                continue
            state = "refused" if item.name == b"refused.pdf" else "accepted"
            world.db.execute(
                "UPDATE email_submission SET state = ? WHERE id = ?", (state, item.submission_id)
            )
            world.db.execute(
                "UPDATE submission_recipient SET state = ? WHERE submission_id = ?",
                (state, item.submission_id),
            )


async def live(world: World, fuse: Fuse, fuses: list[int]) -> bool:
    """The whole scenario, dying as told and starting again each time; True if all fuses burnt."""
    left = [*fuses]
    fuse.left = left.pop(0) if left else None
    for stage in (world.settle, world.settle):
        while True:
            try:
                await stage()
                break
            except Crash:
                if world.db.in_transaction:
                    world.db.execute("ROLLBACK")
                check_nothing_lost(world)
                world.restart()
                fuse.left = left.pop(0) if left else None
        burnt, fuse.left = fuse.left, None
        outbox_runs(world)
        fuse.left = burnt
    whole, fuse.left = not left and fuse.left is None, None
    for _ in range(2):  # what the outbox said last
        await world.settle()
        outbox_runs(world)
    await world.settle()
    return whole


def check_nothing_lost(world: World) -> None:
    """Wherever we died, every document lies somewhere in the folder."""
    lie = [len(world.lies(content)) for content in (pdf("sent"), pdf("refused"), b"other")]
    assert all(n >= expected for n, expected in zip(lie, (2, 1, 1), strict=True))


def check(world: World) -> None:
    """Each document exactly once where it belongs, each content in exactly one letter."""
    assert sorted(world.lies(pdf("sent"))) == ["failed", "sent"]
    assert world.lies(pdf("refused")) == ["failed"]
    assert world.lies(b"other") == ["sent"]
    links = [p for p in world.folder.rglob("*") if p.is_symlink()]
    assert [(p.name, p.parts[-3]) for p in links] == [("link.pdf", "failed")]
    assert sorted(world.states()) == [
        *("failed drop.server_refused", "failed drop.symlink", "held drop.same_content"),
        *("sent", "sent"),
    ]
    assert len(world.letters()) == 3
    assert len(world.reasons()) == 3
    assert [p.name for p in (world.folder / ".claimed").iterdir()] == []
    assert all(item.put_away for item in world.items())


async def test_killed_before_each_effect_every_document_ends_once(
    db: Connection, tmp_path: Path, fuse: Fuse
) -> None:
    for steps in itertools.count():
        world = populated(db, tmp_path / str(steps), fuse)
        if not await live(world, fuse, [steps]):
            break
        check(world)
        with write(db):  # another account and rule for the next world
            db.execute("UPDATE account SET name = 'old-' || id")
            db.execute("UPDATE drop_rule SET name = 'old-' || id")
            db.execute("DELETE FROM drop_item")
            for table in ("submission_attempt", "submission_recipient", "email_submission"):
                db.execute(f"DELETE FROM {table}")
    assert steps > 45, "the fuse misses effects"


async def test_what_the_ledger_relies_on_is_flushed_before_the_commit(
    db: Connection, tmp_path: Path, fuse: Fuse
) -> None:
    world = new_world(Store(db, fuse), tmp_path / "cobas")  # type: ignore[arg-type]
    world.drop("a.pdf", pdf("x"))
    world.drop("b.pdf", pdf("y"))
    await world.look()
    fuse.order.clear()
    await world.look(after=2)
    assert fuse.order == ["mkdir", "rename", "mkdir", "rename", "flush", "commit"]
    outbox_runs(world)
    fuse.order.clear()
    await world.look()
    moves = [step for step in fuse.order if step not in ("mkdir", "fchmod", "rmdir", "unlink")]
    assert moves[0] == "commit"
    assert set(moves[1:-2]) <= {"renameat2", "link"}
    assert moves[-2:] == ["flush", "commit"]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 25), min_size=2, max_size=6))
def test_killed_again_and_again_every_document_ends_once(
    tmp_path_factory: pytest.TempPathFactory, fuse: Fuse, fuses: list[int]
) -> None:
    import asyncio

    home = Home(tmp_path_factory.mktemp("home"))
    home.root.chmod(0o700)
    db = connect(home, create(home, key_file=home.root / "test.key"))
    try:
        migrate(db)
        world = populated(db, tmp_path_factory.mktemp("cobas"), fuse)
        asyncio.run(live(world, fuse, fuses))
        check(world)
    finally:
        db.close()
