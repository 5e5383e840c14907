"""The loop around the looks: what wakes it, what it survives, and how it ends."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from store.db.drop_options import options_as_json
from store.db.open import Connection, connect, write
from store.errors import NeedsUser, Usage
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.drop import RuleState
from store.model.drop_options import RuleOptions
from store.model.ids import DropRuleId
from sync.drop import folder, watch
from sync.drop.in_thread import in_thread
from sync.drop.watch import run_once, run_rule
from tests.sim.drop_world import World, new_world, pdf

DEADLINE_SECONDS = 30.0
QUIET = 0.05


@pytest.fixture
def world(db: Connection, tmp_path: Path) -> World:
    return new_world(db, tmp_path / "cobas")


@pytest.fixture
def other_db(home: Home, key: DataKey) -> Iterator[Connection]:
    """What the node's loop has: a connection of its own."""
    connection = connect(home, key)
    yield connection
    connection.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until it is so, or fail."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not condition():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def watching(
    db: Connection, world: World, *, rescan: float, polling: bool | None = None
) -> AsyncIterator[None]:
    """The loop runs, and has looked once."""
    task = asyncio.create_task(
        run_rule(
            db, world.rule_id, quiet_seconds=QUIET, rescan_seconds=rescan, force_polling=polling
        )
    )
    try:
        await until(lambda: world.rule().state is not RuleState.NEVER or task.done())
        yield
    finally:
        task.cancel()
        async with asyncio.timeout(DEADLINE_SECONDS):
            await asyncio.gather(task, return_exceptions=True)


def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: Any, **__: Any) -> AsyncIterator[set[Any]]:
        await asyncio.Event().wait()
        yield set()

    monkeypatch.setattr(watch, "awatch", never)


async def test_an_event_is_enough_to_look_again(world: World, other_db: Connection) -> None:
    async with watching(other_db, world, rescan=600):
        world.drop("a.pdf", pdf("a"))
        await until(lambda: world.states() == ["queued"])
        world.drop(b"r\xe9sultat.pdf", pdf("b"))
        await until(lambda: world.states() == ["queued"] * 2)


async def test_polling_hears_too(world: World, other_db: Connection) -> None:
    async with watching(other_db, world, rescan=600, polling=True):
        world.drop("a.pdf", pdf("a"))
        await until(lambda: world.states() == ["queued"])


async def test_without_any_event_the_scan_finds_it(
    world: World, other_db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    deaf(monkeypatch)
    async with watching(other_db, world, rescan=0.1):
        world.drop("a.pdf", pdf("a"))
        await until(lambda: world.states() == ["queued"])


async def test_what_came_while_it_slept_is_found_at_the_start(
    world: World, other_db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    deaf(monkeypatch)
    world.drop("a.pdf", pdf("a"))
    async with watching(other_db, world, rescan=600):
        await until(lambda: world.states() == ["queued"])


async def test_a_directory_moved_in_and_emptied_into_the_folder_loses_none(
    world: World, other_db: Connection, tmp_path: Path
) -> None:
    (tmp_path / "lot").mkdir()
    for n in range(5):
        (tmp_path / "lot" / f"{n}.pdf").write_bytes(pdf(str(n)))
    async with watching(other_db, world, rescan=600):
        (tmp_path / "lot").rename(world.folder / "lot")
        await until(lambda: world.rule().last_error == "drop.directory")
        for each in (world.folder / "lot").iterdir():
            each.rename(world.folder / each.name)
        await until(lambda: world.states() == ["queued"] * 5)


async def test_the_end_of_a_letter_is_enough_to_put_its_document_away(
    world: World, other_db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    deaf(monkeypatch)
    world.drop("a.pdf", pdf("a"))
    async with watching(other_db, world, rescan=600):
        await until(lambda: world.states() == ["queued"])
        world.letters_are("accepted")
        await until(lambda: world.lies(pdf("a")) == ["sent"])


@pytest.mark.logs("drop.down")
async def test_a_folder_deleted_and_made_again_is_heard_again(
    world: World, other_db: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    async with watching(other_db, world, rescan=0.3):
        shutil.rmtree(world.folder)
        await until(lambda: world.rule().state is RuleState.DOWN)
        world.folder.mkdir()
        await until(lambda: world.rule().state is RuleState.WATCHING)
        world.drop("a.pdf", pdf("a"))
        await until(lambda: world.states() == ["queued"])
    assert caplog.text.count("drop.down") == 1


async def test_the_ears_move_to_a_directory_made_again(world: World) -> None:
    hint = asyncio.Event()
    ears = watch.Ears(hint, force_polling=False, retry_seconds=600)
    try:
        await world.look()
        assert ears.listen(world.node)
        assert not ears.listen(world.node)
        shutil.rmtree(world.folder)
        world.folder.mkdir()
        await world.look()
        assert ears.listen(world.node)
        while not hint.is_set():
            world.drop("a.pdf", pdf("a"))
            await asyncio.sleep(0.05)
    finally:
        await ears.close()


async def test_a_machine_without_watches_left_still_scans(
    world: World, other_db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left(*_: Any, **__: Any) -> AsyncIterator[set[Any]]:
        raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr(watch, "awatch", none_left)
    async with watching(other_db, world, rescan=0.1):
        world.drop("a.pdf", pdf("a"))
        await until(lambda: world.states() == ["queued"])


async def test_a_busy_store_is_waited_for(world: World, other_db: Connection) -> None:
    other_db.execute("PRAGMA busy_timeout = 1")
    world.drop("a.pdf", pdf("a"))
    async with watching(other_db, world, rescan=0.1):
        world.db.execute("BEGIN IMMEDIATE")
        await until(lambda: world.lies(pdf("a")) == ["claimed"])
        world.db.execute("ROLLBACK")
        await until(lambda: world.states() == ["queued"])
    assert len(world.letters()) == 1


async def test_a_rule_that_is_gone_ends_its_loop(world: World, other_db: Connection) -> None:
    with pytest.raises(Usage, match="unknown"):
        await run_rule(other_db, DropRuleId(99))


async def test_a_loop_that_is_cancelled_lets_the_disk_finish_first() -> None:
    begun, may_end, done = threading.Event(), threading.Event(), []

    def slow() -> None:
        begun.set()
        may_end.wait(DEADLINE_SECONDS)
        done.append(True)

    task = asyncio.create_task(in_thread(slow))
    await asyncio.to_thread(begun.wait)
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done == [True]


async def test_one_run_takes_what_is_finished_and_says_what_waits(world: World) -> None:
    world.drop("a.pdf", pdf("a"))
    world.drop("twin.pdf", pdf("a"))
    world.drop("half.pdf", b"%PDF-1.4\n")
    report = await run_once(world.db, world.rule_id, quiet_seconds=QUIET)
    assert report.facts() == {"queued": 1, "waiting": 1, "sent": 0, "held": 1, "failed": 0}
    assert world.lies(pdf("a")).count("failed") == 1


async def test_one_run_waits_for_the_quiet_between_its_two_looks(world: World) -> None:
    world.drop("a.pdf", pdf("a"))
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await run_once(world.db, world.rule_id, quiet_seconds=0.3)
    assert loop.time() - begun >= 0.3
    assert world.states() == ["queued"]


async def test_one_run_does_not_wait_for_a_writer(world: World) -> None:
    with (world.folder / "a.pdf").open("wb") as writing:
        writing.write(pdf("a"))
        writing.flush()
        report = await run_once(world.db, world.rule_id, quiet_seconds=QUIET)
    assert (report.queued, report.waiting) == (0, 1)


async def test_one_run_puts_away_what_has_ended_and_need_not_take(world: World) -> None:
    world.drop("a.pdf", pdf("a"))
    first = await run_once(world.db, world.rule_id, quiet_seconds=QUIET)
    world.letters_are("accepted")
    world.drop("b.pdf", pdf("b"))
    last = await run_once(world.db, world.rule_id, quiet_seconds=0, take=False)
    both = first.then(last)
    assert both.facts() == {"queued": 0, "waiting": 1, "sent": 1, "held": 0, "failed": 0}
    assert (world.lies(pdf("a")), world.lies(pdf("b"))) == (["sent"], ["in"])


async def test_one_run_takes_more_than_one_look_can(world: World) -> None:
    for n in range(250):
        world.drop(f"{n}.pdf", pdf(str(n)))
    report = await run_once(world.db, world.rule_id, quiet_seconds=QUIET)
    assert (report.queued, report.waiting) == (250, 0)


async def test_one_run_over_a_missing_folder_says_so(world: World) -> None:
    world.folder.rmdir()
    with pytest.raises(NeedsUser, match="folder_missing"):
        await run_once(world.db, world.rule_id)


async def test_a_rule_may_say_that_its_folder_hints_at_nothing(
    db: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[bool | None] = []

    class Deaf(watch.Ears):
        def __init__(self, hint: asyncio.Event, **more: object) -> None:
            heard.append(more["force_polling"])  # type: ignore[arg-type]
            raise asyncio.CancelledError

    world = new_world(db, tmp_path / "cobas")
    monkeypatch.setattr(watch, "Ears", Deaf)
    for polls in (False, True):
        with write(db):
            options = options_as_json(RuleOptions(polls=polls))
            db.execute("UPDATE drop_rule SET options = ?", (options,))
        with pytest.raises(asyncio.CancelledError):
            await watch.run_rule(db, world.rule_id)
    assert heard == [None, True]


async def test_a_full_folder_is_sorted_beside_the_loop(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sorted_in: list[threading.Thread] = []
    sort = folder.sort

    def noting(*args: Any) -> Any:
        sorted_in.append(threading.current_thread())
        return sort(*args)

    monkeypatch.setattr(folder, "sort", noting)
    world.drop("a.pdf", pdf("a"))
    await world.settle()
    assert world.states() == ["queued"]
    assert sorted_in
    assert threading.main_thread() not in sorted_in
