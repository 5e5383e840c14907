"""The screens of health documents as text, in both languages, and `pli --flat` word for word.

Read by eye when they change: PLI_SNAPSHOTS=1 and PLI_TRANSCRIPTS=1 write them anew.
"""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import pytest

from store.db.accounts import set_link
from store.db.authors import set_author
from store.db.node import node_started
from store.db.open import Connection
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.account import Link
from sync.documents.duty import read_documents
from tests.tui.conftest import Opened, Person
from tests.tui.health_world import DAY, LATEST, SERIES, from_hospital, hprim, potassium
from tests.tui.practice import NOW, Begun, Practice, letter
from tests.tui.test_snapshots import SCROLLBAR, SIZES
from tests.unit.dispatch.practice import AUTHOR
from tui.commands.flat.session import Flat
from tui.commands.flat.talk import HungUp, Talk
from tui.commands.flat.vocabulary import words_of

KEPT = Path(__file__).parent / "snapshots_health"
TRANSCRIPTS = Path(__file__).parent / "transcripts"
SCREENS: dict[str, tuple[str, ...]] = {
    "inbox": (),
    "letter": ("home", "enter"),
    "document": ("L",),
    "values": ("n", "enter"),
    "patient": ("escape", "escape", "escape", "end", "I"),
    "patients": ("I", *"be"),
    "alerts": ("escape", "exclamation_mark"),
    "composing_pick": ("escape", "escape", "home", "r", "ctrl+p"),
    "composing_ticks": ("enter", "enter", "down", "enter"),
    "composing_document": ("escape",),
}
"""In the order they are visited; each begins where the last one was left."""


@pytest.fixture
async def world(practice: Practice, today: None) -> Practice:
    """Two patients, one of them under the number of a third; a document that was replaced."""
    own = {"setId": '<setId root="1.2.250.1.999.2" extension="AUTRE"/>'}
    other = (
        potassium("4.4", "N", 9, **own)
        .decode()
        .replace("PAULE", "MARIE")
        .replace("19690321", "19751212")
    )
    practice.deliver(
        from_hospital(other.encode(), "Compte rendu, autres traits"),
        from_hospital(potassium("5.8", "H", 1), "Compte rendu"),
        from_hospital(potassium("5.9", "H", 2), "Compte rendu corrigé"),
    )
    for n, (day, result) in enumerate(SERIES):
        practice.deliver(letter(f"Bilan {day}", hprim(day, result)), at=NOW - (280 - 60 * n) * DAY)
    milligrams = "RES|Potassium|K|N|190|mg/l|137|199|N|F"
    practice.deliver(letter("Bilan, autre unité", hprim("24/10/2026", milligrams)))
    practice.deliver(letter("Bilan du jour", hprim("25/10/2026", *LATEST)))
    await read_documents(practice.db)
    set_author(practice.db, practice.account_id, AUTHOR, now=NOW)
    set_link(practice.db, practice.account_id, Link.ONLINE, synced_at=NOW - 60)
    node_started(practice.db, os.getpid(), NOW)
    return practice


async def rests(person: Person) -> None:
    """Wait until everything is drawn; a question asked while composing waits for its answer."""
    await person.pilot.pause()
    waits = ("feed", "compose")
    await person.until(lambda: all(w.is_finished or w.group in waits for w in person.app.workers))
    await person.pilot.pause()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", ["fr", "en"])
async def test_every_screen_is_as_it_was_read(
    language: str,
    size: tuple[int, int],
    world: Practice,
    opened: Opened,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PLI_LANG", language)
    changed = []
    async with opened(size) as person:
        await person.press("f1", "escape")  # what was told at the beginning is over
        for name, pressed in SCREENS.items():
            await rests(person)
            for key in pressed:
                await person.press(key)
                await rests(person)
            words = SCROLLBAR.sub(" ", person.text)
            text = re.sub(r" +$", "", words, flags=re.M).rstrip() + "\n"
            path = KEPT / f"{name}.{language}.{size[0]}x{size[1]}.txt"
            if os.environ.get("PLI_SNAPSHOTS") == "1":
                path.write_text(text, encoding="utf-8")
            if text != path.read_text(encoding="utf-8"):
                changed.append(f"{path.name}\n{text}")
    assert not changed, "\n".join(changed)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_line_after_line_word_for_word(
    language: str,
    world: Practice,
    home: Home,
    key: DataKey,
    db: Connection,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PLI_LANG", language)

    def word(name: str) -> str:
        return words_of(name)[0]

    lines = [
        *(word("values"), word("results"), "1", "1", word("results"), "1", f"{word('values')} 2"),
        *(f"{word('values')} 99", word("patient"), "1", f"{word('patient')} be", "1", "2"),
        *(word("alerts"), f"{word('seen')} 99", f"{word('seen')} 1", word("undo")),
        *("1", word("seen"), word("seen"), word("alerts"), word("quit")),
    ]
    talk = Talk(io.StringIO("".join(f"{line}\n" for line in lines)))
    try:
        Flat(talk, home, key, db, Begun()).run()
    except HungUp:
        talk.forget()
    said = capsys.readouterr().out
    kept = TRANSCRIPTS / f"health.{language}.txt"
    if os.environ.get("PLI_TRANSCRIPTS") == "1":
        kept.write_text(said, encoding="utf-8")
    assert said == kept.read_text(encoding="utf-8")


def test_no_snapshot_is_left_of_a_screen_that_is_gone() -> None:
    made = {
        f"{name}.{language}.{columns}x{rows}.txt"
        for name in SCREENS
        for language in ("fr", "en")
        for columns, rows in SIZES
    }
    assert {path.name for path in KEPT.iterdir()} == made
