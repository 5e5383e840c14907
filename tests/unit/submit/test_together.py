"""Several letters say what they have to say in one transaction, each as surely as alone."""

from __future__ import annotations

import asyncio

import pytest

from store.db.open import Connection
from sync.submit.together import Together, all_to_their_end
from tests.steps import commits_of


def noted(db: Connection) -> list[str]:
    return [row[0] for row in db.execute("SELECT text FROM note ORDER BY rowid")]


@pytest.fixture
def together(db: Connection) -> Together:
    """For three lines."""
    db.execute("CREATE TEMP TABLE note (text TEXT)")
    found = Together(db)
    found.lines = 3
    return found


def saying(db: Connection, word: str) -> str:
    db.execute("INSERT INTO note VALUES (?)", (word,))
    return word


async def test_what_all_lines_say_is_one_commit(db: Connection, together: Together) -> None:
    with commits_of(db) as made:
        said = await asyncio.gather(*(together.commit(lambda w=w: saying(db, w)) for w in "abc"))
    assert (said, noted(db), len(made)) == (["a", "b", "c"], ["a", "b", "c"], 1)


async def test_who_speaks_alone_waits_for_nobody_long(db: Connection, together: Together) -> None:
    assert await together.commit(lambda: saying(db, "a")) == "a"
    assert noted(db) == ["a"]


async def test_what_one_spoils_is_said_by_the_others(db: Connection, together: Together) -> None:
    def spoilt() -> str:
        saying(db, "half")
        raise OSError("disk")

    steps = [lambda: saying(db, "a"), spoilt, lambda: saying(db, "c")]
    said = await asyncio.gather(*map(together.commit, steps), return_exceptions=True)
    assert [said[0], type(said[1]), said[2]] == ["a", OSError, "c"]
    assert noted(db) == ["a", "c"]


@pytest.mark.parametrize(("at_any_rate", "left"), [(False, []), (True, ["a"])])
async def test_told_to_stop_what_was_not_said_is_said_only_at_any_rate(
    db: Connection, together: Together, at_any_rate: bool, left: list[str]
) -> None:
    async def speak() -> None:
        await together.commit(lambda: saying(db, "a"), at_any_rate=at_any_rate)
        await asyncio.sleep(0)  # the stop is felt here at the latest

    task = asyncio.create_task(speak())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert noted(db) == left


async def test_told_to_stop_once_it_is_on_disk_it_goes_on(
    db: Connection, together: Together
) -> None:
    felt: list[str] = []

    async def speak() -> None:
        felt.append(await together.commit(lambda: saying(db, "a")))
        await asyncio.sleep(0)
        felt.append("not stopped")

    task = asyncio.create_task(speak())
    others = [asyncio.create_task(together.commit(lambda w=w: saying(db, w))) for w in "bc"]
    await asyncio.sleep(0)
    assert noted(db), "the three of them have spoken"
    task.cancel()
    await asyncio.gather(task, *others, return_exceptions=True)
    assert felt == ["a"]


async def test_when_one_fails_the_others_put_away_first() -> None:
    ends: list[str] = []

    async def careful() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ends.append("put away")

    async def failing() -> None:
        await asyncio.sleep(0)
        raise OSError("line")

    with pytest.raises(OSError, match="line"):
        await all_to_their_end([careful(), failing(), careful()])
    assert ends == ["put away"] * 2
