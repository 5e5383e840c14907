"""The words of a PDF inside a package or a CDA are found, like those of a PDF beside it."""

from __future__ import annotations

import asyncio

import pytest

from store.db.file_texts import WantedFile, file_texts_wanted, save_file_text
from store.db.open import Connection, write
from store.db.search import search
from store.errors import Permanent
from sync import derive
from sync.derive import read_pdf_texts
from tests.tui.practice import letter, practice
from tests.unit.documents import xdm_maker
from tests.unit.documents.test_duty import read
from tests.unit.documents.test_pdf_text import drawn
from tests.unit.documents.test_reading import PDF

SCAN = {"IHE_XDM/SUBSET01/SCAN.PDF": drawn(["Splenomegalie moderee"])}


def packed(files: dict[str, bytes]) -> bytes:
    octets = xdm_maker.package(files)
    return letter("CR", documents=[("IHE_XDM.ZIP", "application/zip", octets)])


def found(db: Connection, word: str) -> int:
    return len(search(db, word))


def test_the_words_of_a_pdf_in_a_package_are_found(db: Connection) -> None:
    practice(db).deliver(packed(SCAN))
    read(db)
    assert found(db, "splenomegalie") == 0
    assert asyncio.run(read_pdf_texts(db)) > 0
    assert found(db, "splenomegalie") == 1
    assert asyncio.run(read_pdf_texts(db)) == 0


@pytest.mark.logs("pdf.unreadable")
def test_one_that_cannot_be_read_is_asked_for_once(
    db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuses(octets: bytes) -> str:
        raise Permanent("pdf.unreadable")

    monkeypatch.setattr(derive, "pdf_text", refuses)
    practice(db).deliver(packed({"IHE_XDM/SUBSET01/SCAN.PDF": PDF}))
    read(db)
    assert asyncio.run(read_pdf_texts(db)) > 0
    assert asyncio.run(read_pdf_texts(db)) == 0


def test_the_text_of_another_file_is_never_kept_in_its_place(db: Connection) -> None:
    practice(db).deliver(packed(SCAN))
    read(db)
    wanted, *_ = file_texts_wanted(db, 1)
    with write(db):
        save_file_text(db, wanted, b"another", "Splenomegalie")
        save_file_text(db, WantedFile(wanted.email_id, wanted.document_id, 99), b"x", "Rien")
    assert found(db, "splenomegalie") == 0
    assert file_texts_wanted(db, 1) == [wanted]
