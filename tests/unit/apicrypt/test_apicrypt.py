"""Apicrypt letters, with a double of the vendor's program: sealed, opened, and never half."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import MailError, NeedsUser, Permanent, Usage
from store.model.draft import Attachment, Draft
from store.model.email import EmailAddress
from store.model.ids import BlobId
from sync.apicrypt import program
from sync.apicrypt.letter import opened, plain_text, sealed_draft, sealed_pieces, to_seal
from sync.apicrypt.program import OPENS, SEALS, check_command, run
from sync.mime.build import build
from sync.mime.read import derive
from sync.mime.structure import scan

DOUBLE = Path(__file__).parents[2] / "servers" / "apicrypt_double.py"
PYTHON = f"{shlex.quote(sys.executable)} {shlex.quote(str(DOUBLE))}"
SEAL = f"{PYTHON} seal -s {{source}} -o {{result}} -d {{recipient}}"
OPEN = f"{PYTHON} open -s {{source}} -o {{result}}"
BOB = "bob.durand@medical03.apicrypt.org"
DRAFT = Draft(
    sender=EmailAddress(email="alice.martin@medical03.apicrypt.org"),
    to=(EmailAddress(email=BOB),),
    subject="Bilan de Mme Valmière",
    body="Glycémie : 1,2 g/l.\nœdème – 5 €",
    attachments=(
        Attachment(
            name="bilan d'été.pdf", media_type="application/pdf", blob_id=BlobId(b""), size=8
        ),
    ),
)
PDF = b"%PDF-1.4"


def sealed_letter() -> bytes:
    """`DRAFT` as it leaves."""
    to = {"recipient": BOB}
    text, document = run(SEAL, to, to_seal(DRAFT.body)), run(SEAL, to, PDF)
    written = sealed_draft(DRAFT, "Document médical", text, [document])
    return build(
        written, message_id="m@x.test", date_at=1_700_000_000, boundary="b", attachments=[document]
    )


def test_a_letter_sealed_and_opened_says_what_was_written() -> None:
    letter = sealed_letter()
    for word in (b"Valmi", b"Glyc", PDF):
        assert word not in letter
    pieces = sealed_pieces(letter)
    assert [piece.name for piece in pieces] == ["", "bilan d'été.pdf"]
    results = {piece.number: run(OPEN, {}, piece.octets) for piece in pieces}
    read = derive(opened(letter, results, "c"))
    assert read.body == "Glycémie : 1,2 g/l.\noedème - 5 EUR"
    assert (read.message_id, read.subject) == ("m@x.test", "Document médical")
    assert read.to == (EmailAddress(email=BOB),)
    [attachment] = [part for part in read.parts if not part.is_body]
    assert (attachment.name, attachment.media_type) == ("bilan d'été.pdf", "application/pdf")


def test_a_piece_that_does_not_open_stays_as_it_came() -> None:
    letter = sealed_letter()
    first, _ = sealed_pieces(letter)
    read = derive(opened(letter, {first.number: run(OPEN, {}, first.octets)}, "c"))
    assert "Glycémie" in read.body
    assert [part.name for part in read.parts if not part.is_body] == ["bilan d'été.pdf.apz"]


def test_a_body_sealed_between_clear_words_is_found_and_other_letters_are_left_alone() -> None:
    inside = b"From: a@x.test\r\n\r\nBonjour\r\n$APICRYPT abc\r\nAAAA\r\n"
    assert [piece.number for piece in sealed_pieces(inside)] == ["1"]
    assert sealed_pieces(b"From: a@x.test\r\n\r\nBonjour, apicrypt ?\r\n") == ()


def test_what_cannot_be_written_in_their_letters_is_refused_not_changed() -> None:
    with pytest.raises(Permanent, match=r"apicrypt\.letters"):
        to_seal("Dose : 5 µg, нет")
    assert plain_text(to_seal("Dose : 5 µg.")) == "Dose : 5 µg."


@pytest.mark.parametrize("mood", ["refuses", "nothing", "links"])
def test_a_program_that_fails_gives_nothing_and_leaves_nothing(
    mood: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(program, "IN_MEMORY", tmp_path)
    with pytest.raises(Permanent, match=r"apicrypt\.failed"):
        run(f"{SEAL} --mood {mood}", {"recipient": BOB}, b"secret")
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "SECONDS", 0.5)
    with pytest.raises(Permanent, match=r"apicrypt\.failed"):
        run(f"{SEAL} --mood hangs", {"recipient": BOB}, b"secret")


def test_a_program_that_is_not_there_is_for_the_person() -> None:
    with pytest.raises(NeedsUser, match=r"apicrypt\.no_program"):
        run("/nulle/part/apicrypt {source} {result}", {}, b"x")


def test_a_recipient_is_never_an_option() -> None:
    with pytest.raises(Permanent, match=r"apicrypt\.failed"):
        run(SEAL, {"recipient": "-x@medical03.apicrypt.org"}, b"x")


@pytest.mark.parametrize(
    "command",
    [
        "",
        "apicrypt",
        "apicrypt -s {source}",
        "apicrypt -s {source} -o {result} -d {recipient} -z {autre}",
        "{source} {result} {recipient}",
        "apicrypt '{source} {result} {recipient}",
    ],
)
def test_a_command_that_could_not_work_is_refused(command: str) -> None:
    with pytest.raises(Usage, match=r"apicrypt\.bad_command"):
        check_command(command, SEALS)


def test_a_command_that_can_is_taken() -> None:
    check_command(SEAL, SEALS)
    check_command(OPEN, OPENS)


def test_what_is_open_lies_where_only_we_read_and_goes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen = []

    def looking(words: list[str], **_: object) -> bytes:
        source = Path(words[words.index("-s") + 1])
        seen.append((source.stat().st_mode & 0o777, source.parent.stat().st_mode & 0o777))
        Path(words[words.index("-o") + 1]).write_bytes(b"$APICRYPT")
        return b""

    monkeypatch.setattr(program, "IN_MEMORY", tmp_path)
    monkeypatch.setattr(program, "output_of", looking)
    run(SEAL, {"recipient": BOB}, b"secret")
    assert seen == [(0o600, 0o700)]
    assert os.listdir(tmp_path) == []


@given(st.binary(max_size=300), st.binary(max_size=60))
def test_any_octets_are_looked_through_and_opened_without_harm(head: bytes, result: bytes) -> None:
    for letter in (head, b"Content-Type: text/plain\r\n\r\n$APICRYPT " + head):
        pieces = sealed_pieces(letter)
        scan(opened(letter, {piece.number: result for piece in pieces}, "c"))


def test_only_our_errors_leave_the_module() -> None:
    with pytest.raises(MailError):
        sealed_draft(DRAFT, "x", b"clair", [PDF])


def test_what_a_killed_process_left_open_is_removed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "IN_MEMORY", tmp_path)
    dead = subprocess.Popen(["true"])
    dead.wait()
    left, busy = (tmp_path / f"{program.OURS}{n}-x" for n in (dead.pid, os.getpid()))
    other, elsewhere = tmp_path / "pli-autre", tmp_path / "dehors"
    for each in (left, busy, other, elsewhere):
        each.mkdir()
        (each / "source").write_bytes(b"Bilan de Mme X")
    (tmp_path / f"{program.OURS}{dead.pid}-lien").symlink_to(elsewhere)
    run(SEAL, {"recipient": BOB}, b"Bilan\r\n****FIN****\r\n")
    assert not left.exists()
    assert all((each / "source").exists() for each in (busy, other, elsewhere))
