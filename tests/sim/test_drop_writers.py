"""Many files from writers of every kind, and a node that is killed every hour: an exact count.

`make soak` drops 10,000 of them; a failure prints the seed that repeats it (PLI_SEED).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.db import drops
from store.db.open import Connection, write
from store.model.drop import ItemState
from sync.drop.letter import local_day
from sync.drop.reconcile import Column
from sync.drop.telling import page_of
from tests.sim.drop_world import NOW, World, new_world, pdf
from tests.sim.test_drop_crashes import Crash, Fuse, Store, armed

SEED = int(os.environ.get("PLI_SEED") or secrets.randbelow(10**9))
FEW, MANY = 300, 10_000
AT_ONCE, LOOKS_AN_HOUR, LOOK_SECONDS = 10, 2, 3
WAYS = ("renameat2", "link")


class Writers:
    """Everybody who drops something; what the folder was given, by content."""

    def __init__(self, folder: Path, chance: random.Random, *, slowest: int = 1) -> None:
        """`slowest`: so many steps of the others at most between two things one does."""
        self.folder, self.chance, self.slowest = folder, chance, slowest
        self.given: Counter[bytes] = Counter()
        """Of each content, how many files were finished and left."""
        self.broken: set[bytes] = set()
        self.begun = 0
        self.at_work: list[Iterator[None]] = []

    def begin(self) -> None:
        """One more file, by a writer of some kind."""
        kinds = (self.whole, self.slow, self.partial, self.renaming, self.overwriting)
        kind = self.chance.choice((*kinds, self.duplicating, self.breaking_off))
        self.at_work.append(kind(self.folder / f"{self.begun}.pdf", self.begun))
        self.begun += 1

    def go_on(self) -> None:
        """Each does its next thing."""
        self.at_work = [each for each in self.at_work if next(each, self) is None]

    def rests(self) -> Iterator[None]:
        """Until it does its next thing."""
        for _ in range(self.chance.randint(1, self.slowest)):
            yield

    def content(self, n: int, version: str = "") -> bytes:
        return pdf(f"{n} {version} " + "x" * self.chance.randrange(3000))

    def whole(self, path: Path, n: int) -> Iterator[None]:
        """At once."""
        self.leaves(path, self.content(n))
        yield

    def slow(self, path: Path, n: int) -> Iterator[None]:
        """In pieces, the file open all the time."""
        octets = self.content(n)
        with path.open("wb", buffering=0) as file:
            for start in range(0, len(octets), 1 + len(octets) // 4):
                file.write(octets[start : start + 1 + len(octets) // 4])
                yield from self.rests()
        self.given[octets] += 1

    def partial(self, path: Path, n: int) -> Iterator[None]:
        """In pieces, under a name that says so."""
        octets, beside = self.content(n), path.with_suffix(".pdf.part")
        beside.write_bytes(octets[:20])
        yield from self.rests()
        beside.write_bytes(octets)
        yield from self.rests()
        beside.rename(path)
        self.given[octets] += 1

    def renaming(self, path: Path, n: int) -> Iterator[None]:
        """Under another name, after it was whole; perhaps too late."""
        self.leaves(path, self.content(n))
        for _ in range(self.chance.randrange(3)):
            yield from self.rests()
        with contextlib.suppress(FileNotFoundError):
            path.rename(path.with_name(f"bis {path.name}"))

    def overwriting(self, path: Path, n: int) -> Iterator[None]:
        """With other content, under the same name; if the first had gone, both leave."""
        first, second = self.content(n, "un"), self.content(n, "deux")
        self.leaves(path, first)
        for _ in range(self.chance.randrange(3)):
            yield from self.rests()
        hidden = path.with_name(f".{path.name}")
        hidden.write_bytes(second)
        with contextlib.ExitStack() as stack:
            # A node may take it at this very moment: what has lost its last name, we replaced.
            with contextlib.suppress(FileNotFoundError):
                there = stack.enter_context(path.open("rb"))
                stack.callback(lambda: self.overwrote(first, there.fileno()))
            hidden.replace(path)
        self.given[second] += 1

    def overwrote(self, octets: bytes, file: int) -> None:
        self.given[octets] -= os.fstat(file).st_nlink == 0

    def duplicating(self, path: Path, n: int) -> Iterator[None]:
        """The same again under other names."""
        octets = self.content(n)
        for copy in range(self.chance.randint(2, 3)):
            self.leaves(path.with_name(f"{n} copie {copy}.pdf"), octets)
            if self.chance.random() < 0.5:
                yield from self.rests()

    def breaking_off(self, path: Path, n: int) -> Iterator[None]:
        """Half of it, and nothing more, ever."""
        octets = self.content(n)[:-8]
        self.leaves(path, octets)
        self.broken.add(octets)
        yield

    def leaves(self, path: Path, octets: bytes) -> None:
        path.write_bytes(octets)
        self.given[octets] += 1


async def lives(world: World, fuse: Fuse) -> bool:
    """One look; True when the node died in it and was started again."""
    try:
        await world.look(after=LOOK_SECONDS)
    except Crash:
        if world.db.in_transaction:
            world.db.execute("ROLLBACK")
        world.restart()
        fuse.left = None
        return True
    return False


def letters_end(world: World) -> None:
    """The outbox sends what waits, and what is refused is refused for good."""
    with write(world.db):
        for state, rest in (("refused", "= 0"), ("accepted", "<> 0")):
            chosen = f"state = 'queued' AND id % 50 {rest}"
            world.db.execute(
                "UPDATE submission_recipient SET state = ? WHERE submission_id IN"
                f" (SELECT id FROM email_submission WHERE {chosen})",
                (state,),
            )
            world.db.execute(f"UPDATE email_submission SET state = ? WHERE {chosen}", (state,))


async def a_busy_laboratory(world: World, fuse: Fuse, files: int) -> tuple[Writers, int]:
    """All of it, to the end. Returns who wrote, and how often the node died."""
    chance = random.Random(SEED)
    writers, deaths, looks = Writers(world.folder, chance), 0, 0
    while writers.begun < files or writers.at_work:
        for _ in range(min(AT_ONCE, files - writers.begun)):
            writers.begin()
        writers.go_on()
        looks += 1
        if looks % LOOKS_AN_HOUR == 0:
            fuse.left = chance.randrange(AT_ONCE)
        deaths += await lives(world, fuse)
        if looks % 2:
            burning, fuse.left = fuse.left, None
            letters_end(world)
            fuse.left = burning
    fuse.left = None
    for _ in range(2):
        world.clock += 700  # what is broken off is given up
        for _ in range(4):
            await world.settle()
            letters_end(world)
    await world.settle()
    return writers, deaths


def check(world: World, writers: Writers) -> None:
    """Files in = accepted + held + failed; each content that left did so once."""
    given = +writers.given
    items = drops.items(world.db, world.rule_id, limit=2 * MANY)
    ended = defaultdict[bytes, Counter[str]](Counter)
    assert all(item.put_away for item in items)
    assert not [item for item in items if item.state is ItemState.QUEUED]
    for item in items:
        ended[item.digest][item.state] += 1
    lie = world.places()
    refused = 0
    for octets, times in given.items():
        name = hashlib.sha256(octets).digest()
        assert len(lie[name]) == times, "one lies nowhere, or twice"
        if octets in writers.broken:
            assert lie[name] == ["failed"]
            continue
        count = ended[name]
        assert count.total() == times
        # One more attempt for each refusal, if it was dropped again.
        assert count["sent"] <= 1
        assert count["sent"] + count["failed"] >= 1, "it never left"
        refused += count["failed"]
    unread = sum(ended[b""].values())
    assert unread == len(writers.broken)
    given_names = {hashlib.sha256(octets).digest() for octets in given}
    assert set(lie) == given_names, "one came from nowhere"
    assert len(items) == given.total()
    states = Counter(item.state for item in items)
    assert len(world.letters()) == states[ItemState.SENT] + refused
    page = page_of(world.db, world.rule(), local_day(NOW))
    assert page.came == given.total()
    assert page.accepted == page.counts[Column.DELIVERED] == states[ItemState.SENT]


async def run(db: Connection, folder: Path, fuse: Fuse, files: int) -> None:
    world = new_world(Store(db, fuse), folder)  # type: ignore[arg-type]
    print(f"PLI_SEED={SEED}")
    writers, deaths = await a_busy_laboratory(world, fuse, files)
    check(world, writers)
    hours = files // AT_ONCE // LOOKS_AN_HOUR
    assert deaths > hours // 2 > 5, "the fuse hardly ever burns"
    print(f"{files} files, {deaths} deaths, {writers.given.total()} in")


@pytest.mark.parametrize("way", WAYS)
async def test_files_from_writers_of_every_kind_are_counted_exactly(
    db: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    await run(db, tmp_path / "cobas", armed(monkeypatch, way), FEW)


@pytest.mark.soak
@pytest.mark.parametrize("way", WAYS)
async def test_ten_thousand_files_from_writers_of_every_kind_are_counted_exactly(
    db: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    await run(db, tmp_path / "cobas", armed(monkeypatch, way), MANY)
