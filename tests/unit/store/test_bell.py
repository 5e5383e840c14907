"""A commit rings, and whoever waits wakes; at rest nobody looks."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from store.db.node import node_alive, node_started
from store.db.open import connect
from store.host import bell, wake
from store.host.wake import commit_or, commits, data_version

NEVER = 3600.0


@pytest.fixture
def looks(monkeypatch):
    """How often somebody looked, where nobody looks unless it rings."""
    found = []

    def counted(db):
        found.append(1)
        return data_version(db)

    monkeypatch.setattr(wake, "LOOK_SECONDS", NEVER)
    monkeypatch.setattr(wake, "data_version", counted)
    return found


@pytest.fixture
def other(home, key, db):
    connection = connect(home, key)
    yield connection
    connection.close()


async def test_a_commit_wakes_who_waits_without_a_look_meanwhile(db, other, looks):
    woken = commits(db, every_seconds=0)
    await anext(woken)
    for pid in range(3):
        waiting = asyncio.create_task(anext(woken))
        while len(looks) < 2 + 2 * pid:
            await asyncio.sleep(0)
        node_started(other, pid, 1)
        await asyncio.wait_for(waiting, 30)
    await woken.aclose()
    assert len(looks) <= 1 + 2 * 3


async def test_the_sign_of_life_of_the_node_wakes_nobody(db, other, looks):
    node_started(other, 1, 1)
    seen = data_version(db)
    waiting = asyncio.create_task(commit_or(db, seen, NEVER))
    await asyncio.sleep(0)
    node_alive(other, 2)
    await asyncio.sleep(0.1)
    assert not waiting.done()
    assert looks == [1]
    node_started(other, 2, 3)
    await asyncio.wait_for(waiting, 30)


async def test_a_commit_is_found_where_no_bell_is_heard(db, other, monkeypatch):
    monkeypatch.setattr(bell, "_listen", lambda path: -1)
    woken = commits(db, every_seconds=0)
    await anext(woken)
    node_started(other, 1, 1)
    await asyncio.wait_for(anext(woken), 30)
    await woken.aclose()


async def test_everybody_in_a_process_has_one_ear_and_gives_it_back(db, other):
    def ears():
        names = (Path("/proc/self/fd") / each for each in os.listdir("/proc/self/fd"))
        return sum("inotify" in os.readlink(each) for each in names if os.path.islink(each))

    before, seen = ears(), data_version(db)
    waiting = [asyncio.create_task(commit_or(db, seen, NEVER)) for _ in range(9)]
    await asyncio.sleep(0)
    assert ears() == before + 1
    node_started(other, 1, 1)
    await asyncio.wait_for(asyncio.gather(*waiting), 30)
    assert ears() == before


def test_one_connection_more_leaves_the_locks_of_the_others(home, key, db):
    def locks():
        inode = f":{home.database.stat().st_ino} "
        lines = Path("/proc/locks").read_text().splitlines()
        return [line for line in lines if inode in line and f" {os.getpid()} " in line]

    db.execute("SELECT count(*) FROM node").fetchone()
    assert locks()
    connect(home, key).close()
    assert locks()
