"""Faults nobody thought of together: some at random, pass after pass, then a healthy line.

`make soak` runs it; a round that fails prints the seed that repeats it (PLI_FAULT_SEED).
"""

from __future__ import annotations

import os
import random

import pytest

from store.model.account import Profile
from tests.faults.acts import FAULTS
from tests.faults.conftest import Begin
from tests.faults.points import MASKED, SAME, TABLE

SEED = int(os.environ.get("PLI_FAULT_SEED") or random.randrange(2**32))
ROUNDS, MOST_FAULTS, MOST_HEALTHY = 400, 5, 3
STEPS = sorted(
    {SAME.get(step, step) for step in TABLE} - {"connect", "hello", "starttls", "idle", "notify"}
)
MASKS = [frozenset[bytes](), *sorted({*MASKED.values()}, key=sorted)]


@pytest.mark.soak
@pytest.mark.logs(
    "replica.refused",
    "replica.unsettled",
    "replica.unfinished",
    "mailbox.refused",
    "letter.refused",
    "mailbox.wish_refused",
)
@pytest.mark.parametrize("turn", range(ROUNDS))
async def test_any_faults_in_any_order_end_as_if_nothing_had_happened(
    begin: Begin, turn: int
) -> None:
    chance = random.Random(SEED + turn)
    faults = [
        (chance.choice(STEPS), chance.choice(sorted(FAULTS)))
        for _ in range(chance.randint(1, MOST_FAULTS))
    ]
    masked = chance.choice(MASKS)
    print(f"PLI_FAULT_SEED={SEED} turn {turn}: {faults} without {sorted(masked)}")
    profile = chance.choice((Profile.ADSL, Profile.SATELLITE))
    case = await begin(masked=masked, profile=profile, names=chance.random() < 0.3)
    for step, name in faults:
        case.proxy.arm(step, FAULTS[name])
        await case.ends()
        case.proxy.disarm()
        case.person.assert_nothing_is_claimed()
    for _ in range(MOST_HEALTHY):
        assert await case.ends() == ""
    case.person.assert_ended_well()
    await case.person.assert_nothing_is_left()
