"""Killed at any step, missing any fact: a dropped health document is whole, once, or held."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.db.handovers import handovers
from store.db.open import Connection, write
from store.db.submissions import outbox
from store.host.i18n import sentence
from sync.dispatch.placing import place_open
from sync.drop.reasons import Reason
from tests.sim.drop_world import World
from tests.sim.test_drop_crashes import Crash, Fuse, Store, fuse
from tests.sim.test_drop_health import PAGE, TOLD, drop, fiche, health_world, rule, world
from tests.unit.dispatch.practice import AUTHOR, SIDECAR

__all__ = ["fuse", "world"]
OPTIONAL = ("nil", "reply_to", "order_number", "phones", "address")
FACTS = tuple(
    line
    for line in (AUTHOR + SIDECAR).splitlines()
    if " = " in line and not line.startswith(OPTIONAL)
)
"""Lines that say something the document must say, or may."""


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gone=st.sets(st.sampled_from(FACTS), max_size=4))
def test_whatever_is_missing_it_is_whole_or_held_and_nothing_has_left(
    world: World, tmp_path: Path, gone: set[str]
) -> None:
    rule(world, to_patient="always", to_dmp="always")
    before = (len(world.letters()), len(handovers(world.db)), len(world.items()))
    number = before[2]
    author, sidecar = AUTHOR + f'\n[dmp]\nfolder = "{tmp_path / "dmp"}"\n', TOLD
    for line in gone:
        author, sidecar = author.replace(f"{line}\n", ""), sidecar.replace(f"{line}\n", "")
    fiche(world, author)
    drop(world, PAGE + b"%% %d" % number + b"\n%%EOF\n", sidecar, name=f"n{number}")
    asyncio.run(world.settle())
    item = world.items()[-1]
    after = (len(world.letters()), len(handovers(world.db)), len(world.items()))
    if item.state == "queued":
        assert after == (before[0] + 2, before[1] + 1, before[2] + 1)
        assert item.lacks == ()
    else:
        assert after == (*before[:2], before[2] + 1)
        assert (item.state, item.reason) == ("held", Reason.LACKS)
        assert item.lacks
        assert all(sentence(code) != code for code in item.lacks)
    assert gone or item.state == "queued"


async def test_killed_before_each_effect_all_of_it_leaves_once(
    db: Connection, tmp_path: Path, fuse: Fuse
) -> None:
    for steps in itertools.count():
        folder = tmp_path / str(steps)
        world = health_world(Store(db, fuse), tmp_path, folder)  # type: ignore[arg-type]
        rule(world, to_patient="always", to_dmp="always")
        drop(world)
        fuse.left = steps
        for stage in ("taken", "ended"):
            while True:
                try:
                    await world.settle()
                    break
                except Crash:
                    if db.in_transaction:
                        db.execute("ROLLBACK")
                    assert (len(outbox(db)), len(handovers(db)), len(world.items())) in (
                        (0, 0, 0),
                        (2, 1, 1),
                    )
                    assert world.lies(PAGE)
                    world.restart()
            burnt, fuse.left = fuse.left, None
            assert (len(outbox(db)), len(handovers(db))) == (2, 1)
            if stage == "taken":
                world.letters_are("accepted")
                assert await place_open(db) == 0
            fuse.left = burnt
        whole, fuse.left = fuse.left is not None, None
        assert (world.states(), world.lies(PAGE)) == (["sent"], ["sent"])
        forget(db)
        if whole:
            break
    assert steps > 15, "the fuse misses effects"


def forget(db: Connection) -> None:
    """For another account and rule in the same store."""
    with write(db):
        db.execute("UPDATE account SET name = 'old-' || id")
        db.execute("UPDATE drop_rule SET name = 'old-' || id")
        db.execute("DELETE FROM drop_item")
        for table in ("handover_file", "handover", "dispatch_to", "dispatch"):
            db.execute(f"DELETE FROM {table}")
        for table in ("submission_attempt", "submission_recipient", "email_submission"):
            db.execute(f"DELETE FROM {table}")
