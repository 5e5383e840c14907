"""A document's whole way through the folder, with the clock and both ends in our hands."""

from __future__ import annotations

import errno
import os
import shutil
import socket
from pathlib import Path

import pytest

from store.db import drops
from store.db.open import Connection
from store.db.whitelist import replace_whitelist
from store.errors import NeedsUser
from store.host.i18n import sentence
from store.model.drop import RuleState
from sync.drop.folder import MOST_PER_LOOK
from sync.drop.prepare import prepare_folder
from sync.drop.reasons import Reason
from tests.sim.drop_world import World, new_world, pdf


@pytest.fixture
def world(db: Connection, tmp_path: Path) -> World:
    return new_world(db, tmp_path / "cobas")


async def test_a_document_leaves_and_is_put_away(world: World) -> None:
    world.drop("bilan.pdf", pdf("sodium 140"))
    await world.settle()
    assert (world.lies(pdf("sodium 140")), world.states()) == (["claimed"], ["queued"])
    world.letters_are("accepted")
    await world.settle()
    assert (world.lies(pdf("sodium 140")), world.states()) == (["sent"], ["sent"])
    assert list((world.folder / ".claimed").iterdir()) == []


async def test_the_letter_carries_the_very_octets_and_no_word_of_the_name_in_its_subject(
    world: World,
) -> None:
    from email import message_from_bytes, policy

    world.drop("MARTIN Élodie 1972.pdf", pdf("x") * 5000)
    await world.settle()
    [letter] = world.letters()
    parsed = message_from_bytes(letter, policy=policy.default)
    [attachment] = parsed.iter_attachments()
    assert attachment.get_content() == pdf("x") * 5000
    assert attachment.get_filename() == "MARTIN Élodie 1972.pdf"
    assert attachment.get_content_type() == "application/pdf"
    assert parsed["Subject"].startswith("Document transmis le ")
    assert parsed["To"] == "alice@medecins.example"
    assert "MARTIN" not in letter.decode().partition("\r\n\r\n")[0]
    stored = world.db.execute("SELECT subject FROM email_submission").fetchone()[0]
    assert "MARTIN" not in stored


async def test_what_was_there_before_the_start_is_found(world: World) -> None:
    for n in range(3):
        world.drop(f"{n}.pdf", pdf(str(n)))
    world.restart()
    await world.settle()
    assert world.states() == ["queued"] * 3


async def test_the_first_look_takes_nothing(world: World) -> None:
    world.drop("a.pdf", pdf("a"))
    await world.look()
    assert world.lies(pdf("a")) == ["in"]


async def test_a_growing_document_is_waited_for(world: World) -> None:
    path = world.drop("a.pdf", b"%PDF-1.4\n")
    for _ in range(4):
        with path.open("ab") as growing:
            growing.write(b"more\n")
        await world.look(after=1.5)
    assert world.states() == []
    with path.open("ab") as growing:
        growing.write(b"%%EOF\n")
    await world.settle()
    assert world.states() == ["queued"]


async def test_a_writer_that_pauses_longer_than_the_quiet_is_waited_for(world: World) -> None:
    with (world.folder / "a.pdf").open("wb") as writing:
        writing.write(pdf("first page"))
        writing.flush()
        for _ in range(4):
            await world.look(after=30)
        assert world.states() == []
        writing.write(pdf("second page"))
    await world.settle()
    assert pdf("first page") + pdf("second page") in _attachments(world)


async def test_a_writer_that_never_closes_is_worth_a_remark(world: World) -> None:
    with (world.folder / "a.pdf").open("wb") as writing:
        writing.write(pdf("x"))
        writing.flush()
        await world.look()
        await world.look(after=700)
        assert world.rule().last_error == Reason.OPEN
    await world.settle()
    assert world.rule().last_error == ""


async def test_an_empty_document_is_waited_for_then_put_away(world: World) -> None:
    world.drop("a.pdf", b"")
    await world.settle()
    assert world.states() == []
    await world.look(after=600)
    await world.look()
    assert world.states() == ["failed drop.empty"]
    assert world.reasons()[0].startswith(sentence("drop.empty"))


async def test_a_pdf_cut_short_is_waited_for_then_put_away(world: World) -> None:
    world.drop("a.pdf", b"%PDF-1.4\nhalf a")
    await world.settle()
    assert world.states() == []
    await world.look(after=600)
    await world.look()
    assert world.states() == ["failed drop.truncated"]
    assert world.lies(b"%PDF-1.4\nhalf a") == ["failed"]


async def test_a_document_that_is_renamed_into_place_is_taken_under_its_last_name(
    world: World,
) -> None:
    path = world.drop("a.pdf.part", pdf("a"))
    await world.settle()
    assert world.states() == []
    path.rename(world.folder / "a.pdf")
    await world.settle()
    assert [item.name for item in world.items()] == [b"a.pdf"]


async def test_a_link_is_never_followed(world: World, tmp_path: Path) -> None:
    (tmp_path / "secret.pdf").write_bytes(pdf("secret"))
    (world.folder / "a.pdf").symlink_to(tmp_path / "secret.pdf")
    await world.settle()
    assert world.states() == ["failed drop.symlink"]
    assert world.letters() == []
    assert (tmp_path / "secret.pdf").exists()


async def test_a_fifo_or_a_socket_blocks_nothing_and_is_put_away(world: World) -> None:
    os.mkfifo(world.folder / "a.pdf")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.fspath(world.folder / "b"))
        world.drop("c.pdf", pdf("c"))
        await world.settle()
    assert sorted(world.states()) == ["failed drop.special", "failed drop.special", "queued"]


async def test_a_hard_link_is_put_away(world: World, tmp_path: Path) -> None:
    (tmp_path / "other.pdf").write_bytes(pdf("x"))
    os.link(tmp_path / "other.pdf", world.folder / "a.pdf")
    await world.settle()
    assert world.states() == ["failed drop.hard_link"]


async def test_a_document_that_is_too_large_is_put_away_unread(world: World) -> None:
    with (world.folder / "a.zip").open("wb") as sparse:
        sparse.truncate(10**12)
    await world.settle()
    assert world.states() == ["failed drop.too_large"]


async def test_a_name_with_controls_is_put_away(world: World) -> None:
    world.drop("a\x1b]52;c;x\x07.pdf", pdf("x"))
    await world.settle()
    assert world.states() == ["failed drop.name_unsafe"]


async def test_a_name_that_is_no_utf8_leaves(world: World) -> None:
    world.drop("r\xe9sultat.pdf".encode("latin-1"), pdf("x"))
    await world.settle()
    world.letters_are("accepted")
    await world.settle()
    assert (world.states(), world.lies(pdf("x"))) == (["sent"], ["sent"])


async def test_a_directory_is_left_alone_and_remarked_until_it_goes(world: World) -> None:
    batch = world.folder / "lot"
    batch.mkdir()
    for n in range(5):
        (batch / f"{n}.pdf").write_bytes(pdf(str(n)))
    await world.settle()
    assert world.states() == []
    assert (world.rule().state, world.rule().last_error) == (RuleState.WATCHING, Reason.DIRECTORY)
    for each in batch.iterdir():
        each.rename(world.folder / each.name)
    batch.rmdir()
    await world.settle()
    assert (world.states(), world.rule().last_error) == (["queued"] * 5, "")


async def test_two_hundred_at_once_all_leave(world: World) -> None:
    for n in range(200):
        world.drop(f"{n}.pdf", pdf(str(n)))
    await world.settle()
    assert world.states() == ["queued"] * 200
    world.letters_are("accepted")
    await world.settle()
    assert (world.report.sent, world.report.queued, world.report.waiting) == (200, 0, 0)
    assert list(world.places().values()) == [["sent"]] * 200


async def test_the_same_content_twice_leaves_once_and_the_second_is_held(world: World) -> None:
    world.drop("a.pdf", pdf("x"))
    world.drop("b.pdf", pdf("x"))
    await world.settle()
    assert world.states() == ["queued", "held drop.same_content"]
    assert sorted(world.lies(pdf("x"))) == ["claimed", "failed"]
    assert len(world.letters()) == 1


async def test_the_same_content_days_later_is_held(world: World) -> None:
    world.drop("a.pdf", pdf("x"))
    await world.settle()
    world.letters_are("accepted")
    await world.settle()
    world.clock += 3 * 86_400
    world.drop("a.pdf", pdf("x"))
    await world.settle()
    assert world.states() == ["sent", "held drop.same_content"]


async def test_a_corrected_document_under_the_same_name_leaves_too(world: World) -> None:
    world.drop("a.pdf", pdf("first"))
    await world.settle()
    world.drop("a.pdf", pdf("corrected"))
    await world.settle()
    world.letters_are("accepted")
    await world.settle()
    assert world.states() == ["sent", "sent"]
    assert world.lies(pdf("first")) == world.lies(pdf("corrected")) == ["sent"]


async def test_a_refused_document_is_put_away_with_the_servers_words_made_harmless(
    world: World,
) -> None:
    world.drop("a.pdf", pdf("x"))
    await world.settle()
    world.letters_are("refused", "refused", reply="550 no\x1b[2J such user")
    await world.settle()
    assert world.states() == ["failed drop.server_refused"]
    [reason] = world.reasons()
    assert reason.startswith(sentence("drop.server_refused"))
    assert "drop.server_refused" in reason
    assert "550 no [2J such user" in reason


async def test_a_refused_document_may_be_dropped_again(world: World) -> None:
    world.drop("a.pdf", pdf("x"))
    await world.settle()
    world.letters_are("refused", "refused")
    await world.settle()
    world.drop("a.pdf", pdf("x"))
    await world.settle()
    assert world.states() == ["failed drop.server_refused", "queued"]


async def test_a_refused_document_sent_again_from_the_outbox_ends_in_sent(world: World) -> None:
    world.drop("a.pdf", pdf("x"))
    await world.settle()
    world.letters_are("refused", "refused")
    await world.settle()
    world.letters_are("queued", "todo")
    await world.settle()
    assert world.states() == ["queued"]
    world.letters_are("accepted")
    await world.settle()
    assert (world.states(), world.lies(pdf("x")), world.reasons()) == (["sent"], ["sent"], [])


async def test_a_document_refused_for_some_is_sent_with_a_note(world: World) -> None:
    world.drop("a.pdf", pdf("x"))
    await world.settle()
    world.letters_are("accepted", "refused", reply="550 unknown")
    await world.settle()
    assert (world.states(), world.lies(pdf("x"))) == (["sent drop.partly_refused"], ["sent"])
    assert "550 unknown" in world.reasons()[0]


async def test_a_withdrawn_document_is_put_away(world: World) -> None:
    world.drop("a.pdf", pdf("x"))
    await world.settle()
    world.letters_are("canceled")
    await world.settle()
    assert world.states() == ["failed drop.canceled"]


async def test_an_uncertain_document_stays_claimed_and_queued(world: World) -> None:
    world.drop("a.pdf", pdf("x"))
    await world.settle()
    world.letters_are("uncertain", "uncertain")
    await world.settle()
    assert (world.states(), world.lies(pdf("x"))) == (["queued"], ["claimed"])


async def test_a_missing_folder_is_down_and_comes_back(world: World) -> None:
    await world.settle()
    aside = world.folder.with_name("aside")
    world.folder.rename(aside)
    with pytest.raises(NeedsUser, match="folder_missing"):
        await world.look()
    assert (world.rule().state, world.rule().last_error) == (RuleState.DOWN, "drop.folder_missing")
    aside.rename(world.folder)
    world.drop("a.pdf", pdf("x"))
    await world.settle()
    assert (world.rule().state, world.rule().last_error) == (RuleState.WATCHING, "")
    assert world.states() == ["queued"]


async def test_a_folder_deleted_and_made_again_is_watched_again(world: World) -> None:
    await world.settle()
    shutil.rmtree(world.folder)
    with pytest.raises(NeedsUser):
        await world.look()
    world.folder.mkdir()
    world.drop("a.pdf", pdf("x"))
    await world.settle()
    assert world.states() == ["queued"]


async def test_a_document_deleted_with_its_folder_still_ends(world: World) -> None:
    world.drop("a.pdf", pdf("x"))
    await world.settle()
    shutil.rmtree(world.folder)
    world.folder.mkdir()
    world.letters_are("accepted")
    await world.settle()
    assert (world.states(), world.items()[0].put_away) == (["sent"], True)


async def test_an_unmounted_disk_is_no_empty_folder(world: World, tmp_path: Path) -> None:
    drops.set_rule_state(world.db, world.rule_id, RuleState.WATCHING, mount=str(tmp_path))
    with pytest.raises(NeedsUser, match="not_mounted"):
        await world.look()
    assert world.rule().last_error == "drop.not_mounted"


async def test_a_full_disk_is_said_and_loses_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.drop("a.pdf", pdf("x"))
    await world.look()

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "no room")

    with monkeypatch.context() as patch:
        patch.setattr("sync.drop.files.os.mkdir", full)
        with pytest.raises(NeedsUser, match="disk_full"):
            await world.look(after=2)
    assert world.lies(pdf("x")) == ["in"]
    await world.settle()
    assert world.states() == ["queued"]


async def test_a_document_that_may_not_be_moved_is_remarked_and_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.drop("a.pdf", pdf("a"))
    world.drop("b.pdf", pdf("b"))
    real = os.rename

    def sticky(source: bytes, *rest: bytes, **where: int) -> None:
        if source == b"a.pdf":
            raise PermissionError(errno.EPERM, "sticky")
        real(source, *rest, **where)

    monkeypatch.setattr("sync.drop.files.os.rename", sticky)
    await world.settle()
    assert (world.states(), world.lies(pdf("a"))) == (["queued"], ["in"])
    assert world.rule().last_error == Reason.STUCK


@pytest.mark.logs("drop.not_built")
async def test_a_document_that_no_letter_can_carry_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sync.drop import fate

    real = fate.letter_for

    def poisoned(document: object, *rest: object, **more: object) -> object:
        if document.name == b"a.pdf":  # type: ignore[attr-defined]
            raise ValueError("a bug of ours")
        return real(document, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(fate, "letter_for", poisoned)
    world.drop("a.pdf", pdf("a"))
    world.drop("b.pdf", pdf("b"))
    await world.settle()
    assert sorted(world.states()) == ["failed drop.not_built", "queued"]


async def test_the_claims_of_another_store_are_left_alone(world: World) -> None:
    await world.look()
    theirs = world.folder / ".claimed/ffffffff-1"
    theirs.mkdir()
    (theirs / "a.pdf").write_bytes(pdf("theirs"))
    await world.settle()
    assert (world.states(), world.lies(pdf("theirs"))) == ([], ["claimed"])


async def test_a_claimed_document_that_changes_under_our_hands_is_given_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sync.drop import claiming

    world.drop("a.pdf", pdf("x"))
    await world.look()
    real = claiming.claims.claim

    def then_it_grows(root: object, whole: object, claim: str) -> None:
        real(root, whole, claim)  # type: ignore[arg-type]
        with (world.folder / ".claimed" / claim / "a.pdf").open("ab") as late:
            late.write(pdf("late"))

    with monkeypatch.context() as patch:
        patch.setattr(claiming.claims, "claim", then_it_grows)
        await world.look(after=2)
    assert (world.states(), world.lies(pdf("x") + pdf("late"))) == ([], ["in"])
    await world.settle()
    assert _attachments(world) == [pdf("x") + pdf("late")]


def test_preparing_makes_the_folder_for_its_owner_only(tmp_path: Path) -> None:
    prepare_folder(tmp_path / "a/b")
    assert (tmp_path / "a/b").stat().st_mode & 0o077 == 0
    prepare_folder(tmp_path / "a/b")


def test_a_file_cannot_be_prepared(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(NeedsUser, match="not_a_folder"):
        prepare_folder(tmp_path / "a")


def _attachments(world: World) -> list[bytes]:
    from email import message_from_bytes, policy

    found = []
    for letter in world.letters():
        parsed = message_from_bytes(letter, policy=policy.default)
        found += [part.get_content() for part in parsed.iter_attachments()]
    return found


async def test_a_document_for_somebody_without_a_secure_way_is_held_and_says_so(
    world: World,
) -> None:
    replace_whitelist(world.db, ["ailleurs.example"], digest=b"d", published_at=1, now=1)
    world.drop("bilan.pdf", pdf("sodium 140"))
    await world.settle()
    assert world.states() == ["held drop.no_way"]
    assert world.letters() == []
    assert world.lies(pdf("sodium 140")) == ["failed"]
    [note] = (world.folder / "failed").rglob("*.txt")
    assert "pas de voie sûre" in note.read_text(encoding="utf-8")


async def test_a_hundred_that_never_end_keep_nobody_out(world: World) -> None:
    for n in range(2 * MOST_PER_LOOK):
        world.drop(f"a{n}.pdf", pdf(str(n))[:-8])
    world.clock += 60
    await world.settle()
    world.drop("b.pdf", pdf("whole"))
    await world.settle()
    assert world.states() == ["queued"]
    world.clock += 600
    await world.settle()
    assert world.states().count("failed drop.truncated") == 2 * MOST_PER_LOOK
