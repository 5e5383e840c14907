"""What others do while somebody looks at the demo world: a machine, and a hospital.

At their own pace: a result and a letter, then a result that needs a decision, one that calls, and a
correction. Nothing waits for any of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from sync.demo import hospital, laboratory
from sync.demo.posting import post
from sync.demo.world import World
from sync.documents.mss_letter import MssLetter

Act = Callable[[], None]


def acts(world: World, now: int) -> list[tuple[float, Act]]:
    """Each with how many seconds after the beginning it happens."""
    first, misaddressed, alerting = laboratory.pairs(now)
    dropped = partial(laboratory.drop, world.machine)
    return [
        (0.0, partial(dropped, first)),
        (0.0, partial(_post, world, hospital.letter(now), now)),
        (20.0, partial(dropped, misaddressed)),
        (60.0, partial(dropped, alerting)),
        (90.0, partial(_post, world, hospital.corrected_letter(now), now)),
    ]


async def let_others_live(world: World, *, now: Callable[[], int]) -> None:
    """All of it; ends with the last one, or when it is cancelled."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for seconds, act in await asyncio.to_thread(acts, world, now()):
        await asyncio.sleep(begun + seconds - loop.time())
        await asyncio.to_thread(act)


def _post(world: World, letter: MssLetter, now: int) -> None:
    envid = hospital.message_id(letter, now).partition("@")[0]
    post(world.servers, hospital.MAILBOX, hospital.octets(letter, now), "alice", envid=envid)
