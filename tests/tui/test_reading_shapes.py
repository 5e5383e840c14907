"""What the reading screens look like at the two usual sizes, in both languages."""

from __future__ import annotations

import pytest
from textual.screen import ModalScreen

from store.host import clock
from store.model.email import SEEN
from tests.tui.conftest import Opened
from tests.tui.practice import NOW, Practice, letter

AT_80 = """\
 synchronisation arrêtée : rien n'arrive ni ne part (N la relance)
Non lues          2│ choisies : 1 · par fil · Réception : 3
Résultats          │   ✓ 25 oct  Zoé Roche           Scanner
Anormaux           │●    25 oct  Labo du Port        [3] Re: INR de M. A.
À répondre         │●    25 oct  Labo du Port        [À rappeler] Hémogramme"""
AT_120 = """\
 synchronisation arrêtée : rien n'arrive ni ne part (N la relance)
Non lues          2│ choisies : 1 · par fil · Réception : 3
Résultats          │   ✓ 25 oct  Zoé Roche                   Scanner
Anormaux           │●    25 oct  Labo du Port                [3] Re: INR de M. A.
À répondre         │●    25 oct  Labo du Port                [À rappeler] Hémogramme"""


@pytest.fixture
def working_day(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> Practice:
    """A conversation, a labelled letter, a read one."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setenv("TZ", "Europe/Paris")
    return practice


@pytest.mark.parametrize(("size", "shape"), [((80, 24), AT_80), ((120, 40), AT_120)])
async def test_a_list_with_all_its_signs(
    working_day: Practice, opened: Opened, size: tuple[int, int], shape: str
) -> None:
    made = working_day
    made.deliver(letter("Hémogramme"))
    seen = frozenset({SEEN})
    for n in range(3):
        octets = letter("Re: INR de M. A.", f"{n}", message_id=f"inr{n}")
        octets = octets.replace(b"Subject:", b"References: <inr0@port.example>\nSubject:", 1)
        made.deliver(octets, keywords=frozenset() if n == 2 else seen)
    made.deliver(letter("Scanner", sender="Zoé Roche <zoe@ville.example>"), keywords=seen)
    async with opened(size) as person:
        await person.press("end", "l")
        await person.types("À rappeler")
        await person.press("enter")
        await person.sees("mise.")
        await person.press("T")
        await person.sees("par fil")
        await person.press("home", "space")
        await person.sees("choisies : 1")
        await person.settles()
        lines = [line.rstrip().rstrip("▄▁ ") for line in person.text.splitlines()]
        rows = [line for line in lines if "# À rappeler" not in line][:5]
        assert "\n".join(rows) == shape
        assert all(len(line) <= size[0] for line in person.text.splitlines())


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_every_question_fits(
    working_day: Practice,
    opened: Opened,
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
    language: str,
) -> None:
    monkeypatch.setenv("PLI_LANG", language)
    working_day.deliver(letter(documents=[("x.pdf", "application/pdf", b"%PDF")]))
    async with opened(size) as person:
        for key, keys in (("l", 3), ("z", 3), ("m", 3)):
            await person.press(key)
            await person.until(lambda: isinstance(person.app.screen, ModalScreen))
            await person.pilot.pause()
            rows = person.text.splitlines()
            framed = [row for row in rows if "┌" in row or "└" in row or row.count("│") >= 2]
            assert len(framed) >= keys
            assert any("Échap" in row or "Esc" in row for row in rows)
            await person.press("escape")
            await person.settles()
