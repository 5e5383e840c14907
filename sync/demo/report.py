"""`pli demo --report`: the whole line end to end, without a screen, told step by step with times.

Everything in it is what a person gets: real servers, the real encrypted store, the node as a
process of its own, documents dropped as files. A check that fails says why, and the next ones run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from store.host.i18n import explain, sentence
from sync.demo import packages, proofs, results, story
from sync.demo.scene import Scene

WHOLE_SECONDS = 80.0
"""Twice what it takes on a machine that does nothing else; the report promises an end."""
STEP_SECONDS = 20.0

Facts = Mapping[str, object]
Check = Callable[[Scene], Awaitable[Facts]]
CHECKS: tuple[tuple[str, Check], ...] = (
    ("certificates", story.certificates),
    ("servers", story.servers),
    ("store", story.store),
    ("first_sync", story.first_sync),
    ("star", story.star_reaches_the_server),
    ("seen", story.seen_elsewhere_is_seen_here),
    ("search", story.search_without_accents),
    ("pdf", story.search_inside_a_document),
    ("dropped", story.dropped_document),
    ("reply", story.reply),
    ("result", results.result_of_the_machine),
    ("cut", story.line_cut),
    # While the letter of the cut waits for its next try; first what needs no line.
    ("hostile", proofs.hostile_words),
    ("guard", proofs.nothing_leaves_in_clear),
    ("stranger", proofs.stranger_refused),
    ("twice", story.dropped_twice),
    ("letter", packages.letter_of_the_hospital),
    ("corrected", packages.corrected_letter),
    ("misaddressed", results.misaddressed_result),
    ("alert", results.alerting_result),
    ("counted", results.nothing_lost_nothing_twice),
    ("back", story.line_is_back),
    ("dispatch", packages.dispatch_to_a_colleague),
    ("unfiled", packages.answer_of_their_software),
    ("listening", proofs.listening),
    ("sealed", proofs.sealed),
    ("end", story.end_of_the_node),
)


class Report:
    """Runs checks one after the other and counts them."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._loop = asyncio.get_running_loop()
        self._deadline = self._loop.time() + WHOLE_SECONDS
        self.done = self.failed = 0

    async def check(self, name: str, work: Callable[[], Awaitable[Facts]]) -> None:
        """Run one check and say how it went; never raises for what the check raised."""
        started, why, facts = self._loop.time(), "", {}
        seconds = min(STEP_SECONDS, self._deadline - started)
        try:
            async with asyncio.timeout(max(seconds, 0)):
                facts = dict(await work())
        except TimeoutError:
            why = sentence("demo.too_long", seconds=max(round(seconds), 0))
        except Exception as error:
            why = explain(error)
        self.done += 1
        self.failed += bool(why)
        spent = round((self._loop.time() - started) * 1000)
        words = sentence(f"demo.step.{name}")
        if why:
            words += f" : {why}"
        elif facts:
            words += f" ({sentence(f'demo.detail.{name}', **facts)})"
        self._say(f"{'FAIL' if why else 'ok  '} {spent:>6} ms  {words}")


async def run_report(root: Path, *, say: Callable[[str], None], now: Callable[[], int]) -> int:
    """Build the demo under `root` (empty, private), run every check, say each, the way that
    documents went, and the last line.

    Returns:
        How many checks failed.
    """
    report = Report(say)
    async with AsyncExitStack() as stack:
        scene = Scene(root, now, stack)
        for name, work in CHECKS:
            await report.check(name, partial(work, scene))
        for line in scene.journeys.page():
            say(line)
    say(sentence("demo.total", n=report.done, failed=report.failed))
    return report.failed
