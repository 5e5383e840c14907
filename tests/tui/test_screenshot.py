"""The picture of the README: the real screen, drawn by the test run; PLI_SHOTS=1 keeps it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from store.db.accounts import set_link
from store.db.node import node_started
from store.db.placements import change_keywords, newest
from store.host import clock
from store.model.account import Link
from store.model.email import FLAGGED, SEEN
from tests.tui.conftest import Opened
from tests.tui.practice import NOW, Practice, letter

SHOT = Path(__file__).parents[2] / "docs" / "screenshot.svg"
PDF = b"%PDF-1.7\n" + b"0" * 48_000
LETTERS = [
    ("Dr Hugo Bernard <h.bernard@cardio.example>", "Mme D. : compte rendu d'échographie cardiaque"),
    ("Secrétariat radiologie <radio@centre.example>", "Scanner thoracique du 22 octobre"),
    ("Labo du Port <labo@port.example>", "Hémogramme de M. P. : plaquettes à contrôler"),
    ("Dr Nora Petit <n.petit@urgences.example>", "Passage aux urgences de M. L., lettre de sortie"),
    ("Labo du Port <labo@port.example>", "INR de Mme V. : 2,4"),
    ("Pharmacie du Marché <contact@marche.example>", "dosage 5 * 3 mg : merci de confirmer"),
    ("Dr Hugo Bernard <h.bernard@cardio.example>", "Re: avis pour M. A., 71 ans"),
    ("Labo des Halles <labo@halles.example>", "Glycémie et HbA1c de Mme R."),
]
BODY = """Bonjour Docteur,

Veuillez trouver ci-joint les résultats de Mme R. du 25 octobre.

  Glycémie à jeun     1,42 g/l     (0,70 - 1,10)   élevé
  HbA1c               7,8 %        (< 6,5)         élevé
  Créatinine          8,1 mg/l     (5,0 - 9,0)
  DFG estimé          84 ml/min

La technique est inchangée depuis le dernier contrôle, en juillet.
Nous restons à votre disposition au laboratoire jusqu'à 18 h.

Bien confraternellement,
Dr Samuel Roche, biologiste médical
"""


async def test_the_screen_can_be_drawn_for_the_readme(
    practice: Practice, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setenv("TZ", "Europe/Paris")
    for n, (sender, subject) in enumerate(LETTERS):
        documents = [("résultats.pdf", "application/pdf", PDF)] if "labo" in sender.lower() else []
        last = n == len(LETTERS) - 1
        body = BODY if last else f"{subject}\n"
        practice.deliver(
            letter(subject, body, sender=sender, documents=documents),
            at=NOW - 3600 * (3 * (len(LETTERS) - n) - 2),
        )
    ids = newest(practice.db, practice.inbox)
    change_keywords(practice.db, ids[3:], add=frozenset({SEEN}))
    change_keywords(practice.db, ids[5:6], add=frozenset({FLAGGED}))
    set_link(practice.db, practice.account_id, Link.ONLINE, synced_at=NOW - 60)
    node_started(practice.db, os.getpid(), NOW)
    async with opened((160, 30)) as person:
        await person.press("enter")
        await person.sees("HbA1c               7,8 %")
        await person.settles()
        picture = person.app.export_screenshot(title="pli")
        assert "Glycémie" in picture
        assert picture.startswith("<svg")
    # Rich draws with a font from the network; a README fetches nothing.
    picture = re.sub(r"@font-face \{.*?\}", "", picture, flags=re.DOTALL)
    assert "url(" not in picture.replace("url(#", "")
    if os.environ.get("PLI_SHOTS") == "1":
        SHOT.write_text(picture, encoding="utf-8")
