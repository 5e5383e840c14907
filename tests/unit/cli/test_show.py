"""`pli show` says of a letter what the screen says of it."""

from __future__ import annotations

from store.db.listing import save_listing
from store.db.open import Connection
from store.model.ids import AccountId
from tests.tui.practice import LISTING, Practice
from tests.unit.cli.conftest import Pli

HOSTILE = b"""From: labo@port.example\r\nSubject: essai\r\nMessage-ID: <h@port.example>\r
Content-Type: text/html\r\n\r
<i hidden>dose triple</i><a href="https://voleur.example/x">www.ameli.fr</a> <s>10 mg</s> 5 mg"""


def test_what_is_hidden_struck_or_leads_elsewhere_is_told(
    db: Connection, cabinet: AccountId, call: Pli
) -> None:
    save_listing(db, cabinet, LISTING, now=1)
    Practice(db, cabinet).deliver(HOSTILE)
    code, out, _ = call("show", "1")
    assert code == 0
    assert "! Une partie du texte de cette lettre a été cachée" in out
    assert "! Les mots entre ~~ et ~~ sont barrés" in out
    assert "mène à voleur.example, et non à www.ameli.fr" in out
    assert "dose" not in out
