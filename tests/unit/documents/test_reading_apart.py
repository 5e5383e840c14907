"""A heavy letter is read in a process of its own, which finds the same and may die of it."""

from __future__ import annotations

import asyncio
import inspect
import io
import zipfile

import pytest

from store.db.documents import documents_of_email
from store.db.open import Connection
from store.errors import Permanent
from store.host import clock
from sync.documents import apart, duty, reading_child
from sync.documents.apart import read_apart
from sync.documents.duty import read_documents
from sync.documents.pdf_text import end
from sync.documents.reading import Heavy, Letter, LetterFile, read_letter
from sync.documents.reading_frames import packed_documents, unpacked_documents
from tests.tui.practice import NOW, letter, practice
from tests.unit.documents.corpus import CORPUS

MEGABYTE = 1 << 20


def of(*files: tuple[str, bytes]) -> Letter:
    made = [
        LetterFile(part=str(n), name=name, media_type="", octets=octets)
        for n, (name, octets) in enumerate(files)
    ]
    return Letter(files=tuple(made), subject="CR 1", sender="Labo", sent_at=NOW)


EVERYTHING = of(*((each.name, each.octets) for each in CORPUS))


def zipped(name: str, octets: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(name, octets)
    return out.getvalue()


async def test_the_child_finds_in_every_document_what_the_reader_finds() -> None:
    assert await read_apart(EVERYTHING) == read_letter(EVERYTHING)


def test_a_letter_of_few_octets_that_unpacks_to_many_is_heavy() -> None:
    noise = bytes(range(256)) * 4 + b" " * 60_000
    inner = zipped("a.txt", noise * 40)
    small = of(("a.zip", zipped("b.zip", inner)))
    assert sum(len(each.octets) for each in small.files) < 100_000
    with pytest.raises(Heavy):
        read_letter(small, MEGABYTE)
    assert read_letter(small) == ()
    with pytest.raises(Heavy):
        read_letter(of(("a.pdf", b"%PDF-" + bytes(MEGABYTE))), MEGABYTE)


def test_what_is_no_answer_of_a_child_is_refused() -> None:
    whole = packed_documents(read_letter(EVERYTHING))
    for broken in (b"", whole[:-1], whole[: len(whole) // 2], b"\0" * 20, whole[:8] + b"[]"):
        with pytest.raises(Permanent, match=r"document\.unreadable"):
            unpacked_documents(broken)


async def test_a_child_that_dies_or_is_too_slow_leaves_its_letter_unread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(Permanent, match=r"document\.too_slow"):
        await read_apart(EVERYTHING, timeout=0.000_1)
    monkeypatch.setattr(apart, "MOST_ANSWERED", 10)
    with pytest.raises(Permanent, match=r"document\.unreadable"):
        await read_apart(EVERYTHING)


def test_a_heavy_letter_is_read_by_the_duty_and_leaves_no_child(
    db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(duty, "now", lambda: NOW)
    someone = practice(db)
    ended: list[int | None] = []

    async def ends(process: asyncio.subprocess.Process) -> None:
        await end(process)
        ended.append(process.returncode)

    monkeypatch.setattr(apart, "end", ends)
    pdf = b"%PDF-1.4\n" + bytes(duty.MOST_HERE_OCTETS) + b"%%EOF"
    someone.deliver(letter("Gros", documents=[("gros.pdf", "application/pdf", pdf)]))
    asyncio.run(read_documents(db))
    (found,) = documents_of_email(db, db.execute("SELECT id FROM email").fetchone()[0])
    assert (found.title, ended) == ("gros", [0])


def test_the_child_gives_everything_up_before_it_reads() -> None:
    source = inspect.getsource(reading_child.main)
    assert source.index("give_up_everything(cpu") < source.index("read_letter(letter)")
