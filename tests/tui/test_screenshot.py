"""The README's picture is the screen, drawn by a test: PLI_SHOTS=1 writes it to docs/."""

from __future__ import annotations

import os
import re
from pathlib import Path

from store.model.email import NO_KEYWORDS, SEEN
from sync.demo.correspondence import letters
from tests.tui.conftest import Opened
from tests.tui.practice import NOW, Practice

PICTURE = Path(__file__).parents[2] / "docs" / "screenshot.svg"


async def test_the_readmes_picture_shows_the_demo_letters(
    practice: Practice, opened: Opened
) -> None:
    for letter in letters(NOW):
        if letter.owner == "alice" and letter.mailbox == "INBOX":
            keywords = frozenset({SEEN}) if r"\Seen" in letter.flags else NO_KEYWORDS
            practice.deliver(letter.octets, at=letter.received_at, keywords=keywords)
    async with opened(size=(120, 34)) as person:
        await person.sees("dosage 5 * 3 mg")
        drawn = person.app.export_screenshot(title="Pli")
    assert "Laboratoire" in drawn
    assert "\x1b" not in drawn
    if os.environ.get("PLI_SHOTS"):
        # The picture fetches nothing: its reader's own fonts will do.
        alone = re.sub(r"\s*@font-face \{.*?\}|<!--.*?-->", "", drawn, flags=re.DOTALL)
        PICTURE.write_text(alone, encoding="utf-8")
    assert PICTURE.exists()
