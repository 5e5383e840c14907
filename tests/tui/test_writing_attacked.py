"""The composer on a bad day: many people, odd paths, large documents, two screens, a lock."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from textual.events import Paste
from textual.widgets import Input

from store.db.accounts import add_account
from store.db.drafts import draft, drafts, save_draft
from store.db.letter_sizes import largest_letter, note_largest, size_of
from store.errors import Usage
from store.model.account import Endpoint
from store.model.draft import Attachment, Draft
from store.model.email import EmailAddress
from store.model.ids import BlobId
from sync.mime.build import build
from tests.tui.conftest import Opened
from tests.tui.practice import ALICE, NOW, Practice, letter
from tests.tui.test_health_letter import attach
from tests.tui.test_writing import composing, field, kept, leaving
from tests.tui.test_writing_helps import text, write
from tui import file_names
from tui.file_names import named_paths, read_document
from tui.long_lines import MOST_LINE
from tui.widgets.ways import Ways
from tui.widgets.writing_area import WritingArea

SIZE = (80, 24)
MANY = ", ".join(f"docteur.numero.{n:02d}@centre-hospitalier.example" for n in range(15))


async def test_with_fifteen_recipients_there_is_room_to_write_and_all_are_written_to(
    practice: Practice, opened: Opened, tmp_path: Path
) -> None:
    async with opened(SIZE) as person:
        await write(person, to=MANY)
        paths = [tmp_path / f"un nom bien long pour un document {n}.pdf" for n in range(3)]
        for each in paths:
            each.write_bytes(b"%PDF")
        await person.press("ctrl+t")
        await person.sees("Document à joindre")
        person.find(Input).value = " ".join(f"'{each}'" for each in paths)
        await person.press("enter")
        await person.sees("Joints : un nom bien long")
        await person.until(lambda: "et 12 autres" in person.find(Ways).words)
        assert person.find(WritingArea).size.height >= 6
        await person.press("ctrl+s")
        await person.sees("Part dans 10 s")
        assert len(leaving(practice.db)[0].to) == 15


@pytest.mark.parametrize(
    "pasted",
    [
        "{}",
        "'{}'",
        '"{}"',
        "file://{url}",
        "'file://{url}'",
        "file://localhost{url}",
        "file:{url}",
        "\u202a{}\u202c",
        "{escaped}",
        " {} \n",
    ],
)
async def test_a_path_is_taken_as_a_file_manager_or_a_terminal_gives_it(
    practice: Practice, opened: Opened, tmp_path: Path, pasted: str
) -> None:
    path = tmp_path / "résumé d'été (1).pdf"
    path.write_bytes(b"%PDF-1.7")
    escaped = str(path).replace(" ", "\\ ").replace("'", "\\'").replace("(", "\\(")
    url = str(path).replace("é", "%C3%A9").replace(" ", "%20").replace("'", "%27")
    if pasted == "'{}'":
        path = path.rename(tmp_path / "résumé (1).pdf")  # no shell quotes an apostrophe so
    words = pasted.format(path, url=url, escaped=escaped.replace(")", "\\)"))
    assert [Path(each) for each in named_paths(words.strip())] == [path]


@pytest.mark.parametrize("pasted", ["/" + "mot" * 200, "/" + "a/" * 3000, "~" * 300, "/a\0b", "/"])
async def test_no_text_that_begins_like_a_path_stops_the_writing(
    practice: Practice, opened: Opened, pasted: str
) -> None:
    async with opened(SIZE) as person:
        await write(person)
        person.app.post_message(Paste(pasted))
        await person.until(lambda: text(person) == f"Bonjour{pasted}")


def test_a_name_of_another_time_is_read_and_attached(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/r\xe9sum\xe9.pdf", "wb") as file:
        file.write(b"%PDF")
    [by_address] = named_paths(f"file://{tmp_path}/r%E9sum%E9.pdf")
    for words in (f"{tmp_path}/résumé.pdf", f"{tmp_path}/r\ufffdsum\ufffd.pdf", by_address):
        assert read_document(words)[0] == "résumé.pdf"
    assert file_names.complete(f"{tmp_path}/r").words == f"{tmp_path}/résumé.pdf"


@pytest.mark.parametrize(
    ("words", "code", "path"),
    [
        ("{}/dossier", "tui.attach.folder", "{}/dossier"),
        ("'{}/dossier/'", "tui.attach.folder", "{}/dossier/"),
        ("'{}/a b.pdf' '{}/absent.pdf'", "tui.attach.missing", "{}/absent.pdf"),
        ("file://{}/ab%20sent.pdf", "tui.attach.missing", "{}/ab sent.pdf"),
        ("{}/ab sent.pdf", "tui.attach.missing", "{}/ab sent.pdf"),
        ("copy\nfile://{}/a%20b.pdf", "tui.attach.missing", "copy\nfile://{}/a%20b.pdf"),
        ("'{}/a b.pdf' {}/gros.bin", "tui.attach.document_too_large", "{}/gros.bin"),
        ("{}/" + "x" * 300, "tui.attach.missing", "{}/" + "x" * 300),
    ],
)
def test_what_cannot_be_attached_is_named(tmp_path: Path, words: str, code: str, path: str) -> None:
    (tmp_path / "dossier").mkdir()
    (tmp_path / "a b.pdf").write_bytes(b"%PDF")
    with (tmp_path / "gros.bin").open("wb") as file:
        file.truncate(200 * 2**20)
    with pytest.raises(Usage) as refused:
        for each in named_paths(words.replace("{}", str(tmp_path))):
            read_document(each)
    assert refused.value.code == code
    assert refused.value.params["path"] == path.replace("{}", str(tmp_path))


def test_accents_are_found_however_the_disk_writes_them(tmp_path: Path) -> None:
    apart = tmp_path / unicodedata.normalize("NFD", "résumé.pdf")
    apart.write_bytes(b"%PDF")
    name, kind, octets = read_document(str(tmp_path / "résumé.pdf"))
    assert (name, kind, octets) == ("résumé.pdf", "application/pdf", b"%PDF")
    assert file_names.pasted_paths(str(tmp_path / "résumé.pdf"))


async def test_several_paths_are_pasted_into_the_field_that_asks_for_one(
    practice: Practice, opened: Opened, tmp_path: Path
) -> None:
    paths = [tmp_path / "a b.pdf", tmp_path / "c.pdf"]
    for each in paths:
        each.write_bytes(b"%PDF")
    async with opened(SIZE) as person:
        await write(person)
        await person.press("ctrl+t")
        await person.sees("Document à joindre")
        person.find(Input).value = " ".join(f"'{each}'" for each in paths)
        await person.press("enter")
        await person.sees("Joints : a b.pdf (4 o), c.pdf (4 o)")


async def test_a_document_that_changes_or_goes_after_it_was_attached_leaves_as_it_was(
    practice: Practice, opened: Opened, tmp_path: Path
) -> None:
    path = tmp_path / "bilan.pdf"
    path.write_bytes(b"%PDF-1.7 un")
    async with opened(SIZE) as person:
        await write(person)
        await attach(person, path)
        await person.until(lambda: any(each.attachments for each in kept(practice.db)))
        path.unlink()
        await person.press("ctrl+s")
        await person.sees("Part dans 10 s")
        assert leaving(practice.db)[0].attachments[0].size == 11


async def test_a_letter_too_large_for_its_server_is_told_before_it_is_sent(
    practice: Practice, opened: Opened, tmp_path: Path
) -> None:
    note_largest(practice.db, practice.account_id, 1_000_000)
    (tmp_path / "gros.pdf").write_bytes(b"%" * 800_000)
    async with opened(SIZE) as person:
        await write(person)
        await attach(person, tmp_path / "gros.pdf")
        await person.sees("× Cette lettre ferait 1,")
        await person.press("ctrl+s")
        await person.until(lambda: person.text.count("Cette lettre ferait") == 2)
        assert leaving(practice.db) == []
        await person.press("ctrl+g", "ctrl+s")
        await person.sees("Part dans 10 s")


def test_a_letter_is_never_larger_than_was_said(practice: Practice) -> None:
    for n, octets in enumerate((b"", b"x" * 57, b"y" * 100_001)):
        attached = Attachment(
            name="é" * 40 + ".pdf",
            media_type="application/pdf",
            blob_id=BlobId(b""),
            size=len(octets),
        )
        written = Draft(
            sender=EmailAddress(name="Dr É", email=ALICE),
            to=(EmailAddress(email="bob@labo.example"),),
            subject="é" * 100,
            body="é\n" * n * 3000,
            attachments=(attached,),
        )
        built = build(
            written,
            message_id="a@cabinet.example",
            date_at=NOW,
            boundary="0" * 32,
            attachments=[octets],
        )
        assert len(built) <= size_of(written)
    note_largest(practice.db, practice.account_id, None)
    assert largest_letter(practice.db, practice.account_id) is None


async def test_what_is_pasted_by_the_page_is_all_there(practice: Practice, opened: Opened) -> None:
    page = ("Compte rendu opératoire, page après page. " * 5 + "\n") * 950
    async with opened(SIZE) as person:
        await write(person)
        person.app.post_message(Paste(page))
        await person.until(lambda: text(person) == f"Bonjour{page}")
        await person.press("x", "escape")
        await person.sees("Brouillon gardé")
        assert kept(practice.db)[0].body == f"Bonjour{page}x"


async def test_an_endless_line_is_broken_and_nothing_of_it_is_missing(
    practice: Practice, opened: Opened
) -> None:
    endless = "Compte rendu opératoire, page après page. " * 4800
    async with opened(SIZE) as person:
        await write(person)
        person.app.post_message(Paste(endless))
        await person.sees("elle a été coupée à des blancs")
        assert text(person).replace("\n", " ") == f"Bonjour{endless}"
        assert max(map(len, text(person).split("\n"))) <= MOST_LINE + len("Bonjour")


async def test_two_screens_on_one_draft_lose_nothing_of_either(
    practice: Practice, opened: Opened
) -> None:
    db = practice.db
    first = Draft(sender=EmailAddress(email=ALICE), subject="Avis", body="Début.")
    draft_id = save_draft(db, practice.account_id, first, now=NOW)
    async with opened(SIZE) as person:
        await person.press("o")
        await person.sees("brouillon")
        await composing(person, "enter")
        there = Draft(sender=EmailAddress(email=ALICE), subject="Avis", body="Début. Ailleurs.")
        save_draft(db, practice.account_id, there, now=NOW, draft_id=draft_id)
        area = person.find(WritingArea)
        area.text = "Début. Ici."
        await person.press("escape")
        await person.sees("gardé à part")
        bodies = [draft(db, each)[1].body for each in drafts(db)]
        assert sorted(bodies) == ["Début. Ailleurs.", "Début. Ici."]


async def test_a_draft_that_goes_on_elsewhere_does_not_leave_as_it_was_here(
    practice: Practice, opened: Opened
) -> None:
    db = practice.db
    bob = (EmailAddress(email="bob@labo.example"),)
    first = Draft(sender=EmailAddress(email=ALICE), to=bob, subject="Avis", body="Début.")
    draft_id = save_draft(db, practice.account_id, first, now=NOW)
    async with opened(SIZE) as person:
        await person.press("o")
        await person.sees("brouillon")
        await composing(person, "enter")
        save_draft(db, practice.account_id, first, now=NOW, draft_id=draft_id)
        person.find(WritingArea).text = "Fin."
        await person.press("ctrl+s")
        await person.sees("comparez avant d'envoyer")
        assert leaving(db) == []


async def test_an_answer_to_all_leaves_out_all_our_own_addresses(
    practice: Practice, opened: Opened
) -> None:
    nowhere = Endpoint(host="h.example", port=1)
    add_account(
        practice.db,
        name="b",
        address="secretariat@cabinet.example",
        imap=nowhere,
        smtp=nowhere,
        user="b",
    )
    cc = "Secretariat@Cabinet.example, liste@ml.example, LABO@port.example"
    practice.deliver(letter(to=f"{ALICE.upper()}, bob@labo.example", cc=cc))
    async with opened(SIZE) as person:
        await person.sees("Résultats")
        await composing(person, "R")
        assert field(person, "to") == '"Labo du Port" <labo@port.example>'
        assert field(person, "cc") == "bob@labo.example, liste@ml.example"


async def test_a_domain_with_accents_is_written_to_in_its_own_letters(
    practice: Practice, opened: Opened
) -> None:
    async with opened(SIZE) as person:
        await write(person, to="bob@hôpital.example")
        await person.press("ctrl+s")
        await person.sees("Part dans 10 s")
        assert leaving(practice.db)[0].to[0].email == "bob@xn--hpital-ixa.example"
