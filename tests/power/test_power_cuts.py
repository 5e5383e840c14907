"""The node is killed, or the power is cut, between any two calls by which the store is written.

What a real run did to its files is recorded call by call; each state that a death could have left
is then made, opened, judged and gone on from. `make soak` looks at 20,000; a failure prints the
seed that repeats it (PLI_SEED).
"""

from __future__ import annotations

import hashlib
import os
import random
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.host.keys import DataKey
from store.host.paths import Home
from tests.power.disk import Disk, Image
from tests.power.judging import judge
from tests.power.recording import Act, record
from tests.power.scenario import STAGES, prepare

SEED = int(os.environ.get("PLI_SEED") or secrets.randbelow(10**9))
FEW, MANY, PARTS = 200, 20_000, 8


class Recording:
    """One run: the store before it, and all it did."""

    def __init__(self, root: Path) -> None:
        self.home, folder = Home(root / "home"), root / "folder"
        self.home.root.mkdir(mode=0o700)
        self.key: DataKey = prepare(self.home, folder, self.home.root / "test.key")
        self.before: Image = {
            str(file): file.read_bytes() for file in self.home.root.glob("mail.db*")
        }
        self.acts: list[Act] = record(self.home.root, folder, root / "marks")

    def states(
        self, chance: random.Random, power_cuts: int, acts: range
    ) -> Iterator[tuple[str, Image, int]]:
        """Each death in so many acts, what it leaves, and how many acts came before it."""
        disk = Disk(self.before)
        for n, act in enumerate(self.acts[: acts.stop], 1):
            disk.do(act)
            if n <= acts.start:
                continue
            yield f"killed after {n}", disk.killed(), n
            for turn in range(1 if disk.is_settled else power_cuts):
                yield f"power cut {turn} after {n}", disk.cut(chance), n

    def marks(self, count: int) -> list[bytes]:
        """What the world had learnt by then."""
        return [act.octets for act in self.acts[:count] if act.kind == "mark"]


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """Made once; `strace` is what records it."""
    return Recording(tmp_path_factory.mktemp("power"))


def look_at(
    recording: Recording, power_cuts: int, share: float = 1.0, acts: range | None = None
) -> int:
    """Judge a share of the states, evenly; how many different ones they were."""
    chance, seen = random.Random(SEED), set[bytes]()
    acts = acts or range(len(recording.acts))
    for name, image, count in recording.states(chance, power_cuts, acts):
        if share < 1 and chance.random() >= share:
            continue
        made = hashlib.sha256(b"%d" % len(recording.marks(count)))
        for path in sorted(image):
            made.update(path.encode() + image[path])
        if made.digest() in seen:
            continue
        seen.add(made.digest())
        try:
            judge(image, recording.marks(count), recording.home, recording.key)
        except BaseException:
            print(f"PLI_SEED={SEED}: {name} of {len(recording.acts)} calls")
            raise
    print(f"PLI_SEED={SEED}: {len(seen)} states, none lost")
    return len(seen)


def test_the_run_shows_what_it_is_recorded_for(recording: Recording) -> None:
    words = [act.octets.split()[0].decode() for act in recording.acts if act.kind == "mark"]
    assert {"queued", "in", "dot", "took", "later", "no", "end"} <= set(words)
    to_the_file = [act for act in recording.acts if act.kind == "write" and act.path[-3:] == ".db"]
    synced = [act for act in recording.acts if act.kind == "sync"]
    assert len(to_the_file) > STAGES, "the log was never copied into the file"
    assert len(synced) > words.count("dot") / 6, "who syncs so little has promised nothing"


def test_a_store_that_never_waits_for_the_disk_is_found_out(recording: Recording) -> None:
    forgetful = Recording.__new__(Recording)
    forgetful.home, forgetful.key = recording.home, recording.key
    forgetful.before = recording.before
    forgetful.acts = [act for act in recording.acts if act.kind != "sync"]
    with pytest.raises(AssertionError):
        look_at(forgetful, 1, FEW / len(forgetful.acts))


def test_killed_or_cut_off_anywhere_nothing_is_lost_nor_repeated(recording: Recording) -> None:
    assert look_at(recording, 1, FEW / 2 / len(recording.acts)) > FEW / 2


@pytest.mark.soak
@pytest.mark.parametrize("part", range(PARTS))
def test_twenty_thousand_deaths_lose_nothing(recording: Recording, part: int) -> None:
    whole = len(recording.acts)
    acts = range(whole * part // PARTS, whole * (part + 1) // PARTS)
    assert look_at(recording, 2 * MANY // whole, acts=acts) >= MANY // PARTS
