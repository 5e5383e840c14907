"""Letters are opened beside what was received: once, in a thread, and again when a key comes."""

from __future__ import annotations

import asyncio
import threading

import pytest

from store.db import blobs
from store.db.apicrypt import Programs, set_programs
from store.db.emails import octets_of
from store.db.open import Connection, write
from store.db.opened import opened_digest, opened_octets
from store.db.parts import part_octets, texts_wanted
from store.db.removal import remove_account
from store.db.search import search
from store.db.smime_keys import keys, remove_key
from store.errors import Transient
from store.model.draft import Attachment
from store.model.ids import BlobId, EmailId
from sync import derive as deriving
from sync.opening import duty
from sync.opening.duty import keep_letters
from tests.unit.apicrypt.test_apicrypt import OPEN, PDF, PYTHON, sealed_letter
from tests.unit.opening.world import World
from tests.unit.smime.people import person
from tests.unit.smime.test_letters import letter, made, signing, to

DOCUMENT = Attachment(name="bilan.pdf", media_type="application/pdf", blob_id=BlobId(b""), size=300)
SEALED = made(letter(attachments=(DOCUMENT,)), signing=signing(), readers=to("rsa"))
FOR_ANOTHER = made(letter(), readers=to("p256"))


def test_what_lay_inside_is_read_searched_and_cut(world: World) -> None:
    email_id = world.receive(SEALED)
    shown = world.shown(email_id)
    assert (shown.subject, shown.sender.name) == ("Bilan de Mme Durand : glycémie", "Alice Martin")
    assert [each.email for each in shown.to] == ["labo@biologie.example"]
    assert "1,05 g/L" in shown.body
    assert [row.email_id for row in search(world.db, "durand glycemie", 9)] == [email_id]
    (document,) = [each for each in shown.parts if not each.is_body]
    assert part_octets(world.db, email_id, document.number).startswith(b"%PDF-1.4\n\x00\x01")
    assert [each.number for each in texts_wanted(world.db, 9)] == [document.number]


def test_what_was_received_stays_what_it_is(world: World) -> None:
    email_id = world.receive(SEALED)
    assert octets_of(world.db, email_id) == SEALED
    inside = opened_octets(world.db, email_id)
    assert inside is not None
    assert b"1,05 g/L" in inside
    assert b"1,05 g/L" not in SEALED


def test_a_letter_that_claims_nothing_has_no_row(world: World) -> None:
    email_id = world.receive(letter())
    assert not world.trust(email_id).claims
    assert world.db.execute("SELECT count(*) FROM email_opened").fetchone() == (0,)


def test_without_its_key_it_stays_sealed_and_says_so_until_the_key_comes(world: World) -> None:
    email_id = world.receive(FOR_ANOTHER)
    assert world.shown(email_id).warnings == ("smime.no_key",)
    assert world.shown(email_id).subject == "[...]"
    world.give_key("p256")
    world.turn()
    assert world.shown(email_id).warnings == ()
    assert "1,05 g/L" in world.shown(email_id).body
    assert world.trust(email_id).sealed_for == "alice, Pli, FR"


def test_a_key_that_is_here_for_a_moment_opens_what_waits_and_it_stays_open(world: World) -> None:
    ids = world.receive(FOR_ANOTHER), world.receive(SEALED)
    assert asyncio.run(duty.open_with(world.db, [person("p384")])) == 0
    assert world.shown(ids[0]).warnings == ("smime.no_key",)
    assert asyncio.run(duty.open_with(world.db, [person("p256")])) == 1
    assert "1,05 g/L" in world.shown(ids[0]).body
    world.turn()
    assert world.shown(ids[0]).warnings == ()


def test_it_is_not_tried_again_for_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[object] = []
    real = duty.open_whole
    monkeypatch.setattr(duty, "open_whole", lambda *a, **k: (tried.append(a), real(*a, **k))[1])
    world.receive(FOR_ANOTHER)
    for _ in range(3):
        world.turn()
    assert len(tried) == 1
    world.give_key("p384")
    for _ in range(3):
        world.turn()
    assert len(tried) == 2


def test_what_a_key_opened_stays_when_the_key_goes(world: World) -> None:
    email_id = world.receive(SEALED)
    remove_key(world.db, keys(world.db)[0].id)
    again(world)
    assert "1,05 g/L" in world.shown(email_id).body
    assert world.trust(email_id).stopped == ""


def again(world: World) -> None:
    """As `pli rederive` does."""
    from store.db.opened import read_all_anew

    with write(world.db):
        read_all_anew(world.db)
    deriving.derive_emails(world.db)
    world.turn()


def test_all_is_made_anew_from_what_was_received(world: World) -> None:
    email_id = world.receive(SEALED)
    before = world.shown(email_id), world.trust(email_id)
    with write(world.db):
        world.db.execute("UPDATE email SET subject = 'x'")
        world.db.execute("UPDATE email_opened SET digest = NULL, level = 'broken', reasons = ''")
    again(world)
    assert (world.shown(email_id), world.trust(email_id)) == before


def test_opening_never_holds_the_loop(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []
    real = duty.open_whole

    def noted(*given, **more):
        threads.append(threading.current_thread())
        return real(*given, **more)

    monkeypatch.setattr(duty, "open_whole", noted)
    world.receive(SEALED)
    assert threads
    assert threading.main_thread() not in threads


@pytest.mark.logs("email.not_opened")
def test_one_letter_that_breaks_the_opener_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = duty.open_whole

    def breaks_on_one(octets: bytes, *given, **more):
        if octets == FOR_ANOTHER:
            raise RecursionError("deep")
        return real(octets, *given, **more)

    monkeypatch.setattr(duty, "open_whole", breaks_on_one)
    world.receive(FOR_ANOTHER, SEALED)
    rows = world.db.execute("SELECT id FROM email ORDER BY id").fetchall()
    assert world.shown(EmailId(rows[0][0])).warnings == ("smime.malformed",)
    assert "1,05 g/L" in world.shown(EmailId(rows[1][0])).body


def test_what_this_machine_has_no_room_for_now_is_opened_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*given, **more):
        raise Transient("store.busy")

    with monkeypatch.context() as patch:
        patch.setattr(duty, "open_whole", busy)
        email_id = world.receive(SEALED)
    assert world.trust(email_id).pending
    world.turn()
    assert not world.trust(email_id).pending


@pytest.mark.logs("key.unusable")
def test_a_damaged_key_closes_no_letter_to_the_others(world: World) -> None:
    world.give_key("p384")
    with write(world.db):
        world.db.execute("UPDATE smime_key SET wrapped = x'00' WHERE id = 2")
    assert "1,05 g/L" in world.shown(world.receive(SEALED)).body


def test_what_was_opened_elsewhere_meanwhile_is_read_and_not_the_sealed_letter(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes: one reads the sealed letter while the other opens it."""
    email_id = world.receive(SEALED)
    real, first = deriving.derive, []
    with write(world.db):
        digest = world.db.execute("SELECT digest FROM email_opened").fetchone()[0]
        world.db.execute("UPDATE email_opened SET digest = NULL")
        world.db.execute("UPDATE email SET derived_version = 0")

    def opened_meanwhile(octets: bytes):
        if not first:
            first.append(octets)
            world.db.execute("UPDATE email_opened SET digest = ?", (digest,))
        return real(octets)

    monkeypatch.setattr(deriving, "derive", opened_meanwhile)
    deriving.derive_emails(world.db)
    assert first == [SEALED]
    assert "1,05 g/L" in world.shown(email_id).body


def test_the_account_takes_what_was_opened_with_it(world: World) -> None:
    world.receive(SEALED)
    remove_account(world.db, world.practice.account_id)
    assert held(world.db) == 0


def test_nothing_is_kept_of_a_letter_that_is_gone_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = duty.open_whole
    gone = threading.Event()

    def slow(*given, **more):
        assert gone.wait(20)
        return real(*given, **more)

    async def both() -> None:
        opening = asyncio.create_task(keep_letters(world.db, key=world.key))
        await asyncio.sleep(0)  # it has taken up the letter, and waits for its thread
        remove_account(world.db, world.practice.account_id)
        gone.set()
        await opening

    monkeypatch.setattr(duty, "open_whole", slow)
    world.practice.deliver(SEALED)
    asyncio.run(both())
    assert held(world.db) == 0


def test_another_opening_takes_the_place_of_the_first(world: World) -> None:
    email_id = world.receive(SEALED)
    before = held(world.db)
    inside = opened_octets(world.db, email_id)
    assert inside is not None
    with write(world.db):
        digest = blobs.put(world.db, inside + b"older")
        world.db.execute("UPDATE email_opened SET digest = ?", (digest,))
    again(world)
    assert held(world.db) == before


def test_two_letters_with_the_same_inside_share_it(world: World) -> None:
    email_id = world.receive(SEALED)
    other = world.receive(b"Received: from a.example\r\n" + SEALED)
    assert opened_octets(world.db, email_id) == opened_octets(world.db, other)
    with write(world.db):
        gone = blobs.put(world.db, b"something else")
        world.db.execute("UPDATE email_opened SET digest = ? WHERE email_id = ?", (gone, other))
        world.db.execute(blobs.FORGET_BLOB, (opened_digest(world.db, email_id),))
        world.db.execute(blobs.FORGET_BLOB, (gone,))
    assert "1,05 g/L" in str(opened_octets(world.db, email_id))
    assert opened_octets(world.db, other) == b"something else"


def held(db: Connection) -> int:
    return int(db.execute("SELECT count(*) FROM blob").fetchone()[0])


def test_apicrypt_is_opened_once_the_site_gives_its_program(world: World) -> None:
    email_id = world.receive(sealed_letter())
    assert world.shown(email_id).warnings == ("apicrypt.no_command",)
    set_programs(world.db, world.practice.account_id, Programs(open=OPEN))
    world.turn()
    shown = world.shown(email_id)
    assert shown.warnings == ()
    assert "Glycémie : 1,2 g/l." in shown.body
    (document,) = [each for each in shown.parts if not each.is_body]
    assert document.name == "bilan d'été.pdf"
    assert part_octets(world.db, email_id, document.number) == PDF
    assert world.trust(email_id).sealed


def test_a_program_that_fails_leaves_it_sealed_and_is_not_asked_again(world: World) -> None:
    failing = f"{PYTHON} open -s {{source}} -o {{result}} --mood refuses"
    set_programs(world.db, world.practice.account_id, Programs(open=failing))
    email_id = world.receive(sealed_letter())
    assert world.shown(email_id).warnings == ("apicrypt.failed",)
    assert world.db.execute("SELECT digest FROM email_opened").fetchone() == (None,)
    set_programs(world.db, world.practice.account_id, Programs(open=OPEN))
    world.turn()
    assert "Glycémie" in world.shown(email_id).body


def test_keys_of_no_letter_are_never_opened(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A private key is in clear in memory only while there is something to open."""
    monkeypatch.setattr(duty, "opened_key", lambda *_: pytest.fail("opened"))
    world.receive(letter())
