"""A verdict is given when a letter is opened, when what it rests on changes, and once a day."""

from __future__ import annotations

from dataclasses import replace

import pytest

from store import trust_words
from store.db.anchors import replace_bundle, set_trust_policy
from store.db.certificates import known_for
from store.db.crls import crls, keep_crl
from store.db.opened import came_sealed, to_judge
from store.db.packed_trust import evidence_of, pack
from store.db.whitelist import replace_whitelist
from store.model.certificate import Learnt
from store.model.opened import Waiting
from store.model.trust import Evidence, Level, Policy, Reason
from sync.opening import duty
from sync.trust.judge import examined
from sync.trust.kept import kept
from tests.tui.test_lean_letters import begun
from tests.unit.opening.attacks import (
    ALICE,
    ATTACKS,
    BARE,
    ENTITY,
    by,
    cms,
    holder,
    multipart,
    signed,
)
from tests.unit.opening.conftest import Clock
from tests.unit.opening.world import World
from tests.unit.smime.test_letters import letter, made, signing, to
from tests.unit.trust import pki
from tests.unit.trust.pki import CRL_URL, DAY, MIDDLE, NOW, ROOT, crl


@pytest.fixture
def world(world: World) -> World:
    world.believe(ROOT.der)
    return world


def level(world: World, email_id) -> Level:
    return world.trust(email_id).verdict.level


def test_an_authority_that_comes_or_goes_changes_what_is_said(world: World) -> None:
    email_id = world.receive(signed())
    assert level(world, email_id) is Level.PROVEN
    replace_bundle(world.db, "essai", [])
    world.turn()
    assert level(world, email_id) is Level.UNPROVEN
    world.believe(ROOT.der)
    world.turn()
    assert level(world, email_id) is Level.PROVEN


def test_so_does_the_policy_of_the_site(world: World) -> None:
    email_id = world.receive(signed())
    set_trust_policy(world.db, Policy(needs_revocation=True))
    world.turn()
    assert world.trust(email_id).verdict.reasons == (Reason.REVOCATION_NEEDED,)


def test_a_list_that_names_the_signer_takes_the_badge_away(world: World) -> None:
    email_id = world.receive(by(holder(serial=77)))
    (wanted,) = [each for each in crls(world.db) if each.url == CRL_URL]
    keep_crl(world.db, replace(wanted, octets=crl(MIDDLE, 77), this_update_at=NOW - DAY))
    world.turn()
    assert level(world, email_id) is Level.BROKEN
    assert Reason.REVOKED in world.trust(email_id).verdict.reasons


def test_lists_are_wanted_of_a_sound_chain_and_of_no_stranger(world: World) -> None:
    world.receive(ATTACKS["of another authority"](), ATTACKS["signed by itself"]())
    assert crls(world.db) == []
    world.receive(signed())
    assert CRL_URL in [each.url for each in crls(world.db)]


def test_time_passes_and_is_looked_at_once_a_day(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    email_id = world.receive(by(holder(until_at=NOW + DAY // 2)))
    judged: list[object] = []
    real = duty._judged
    monkeypatch.setattr(duty, "_judged", lambda *a: (judged.append(a), real(*a))[1])
    clock(DAY - 1)
    assert world.turn() == 1.0
    assert not judged
    clock(DAY)
    world.turn()
    assert len(judged) == 1
    assert Reason.EXPIRED_SINCE in world.trust(email_id).verdict.reasons
    assert world.turn() == 3600


def test_a_letter_that_comes_after_its_certificate_ended_was_not_here_before(
    world: World, clock: Clock
) -> None:
    clock(DAY)
    email_id = world.receive(by(holder(until_at=NOW + DAY // 2)), at=NOW - 30 * DAY)
    assert Reason.EXPIRED in world.trust(email_id).verdict.reasons
    assert level(world, email_id) is Level.UNPROVEN


def test_an_old_verdict_says_its_age(world: World) -> None:
    said = world.trust(world.receive(signed()))
    assert "vérifiée le" not in trust_words.line(said, NOW + DAY)
    assert "vérifiée le" in trust_words.line(said, NOW + 3 * DAY)


@pytest.mark.parametrize("name", ["content changed", "revoked", "sealed twice", "no signer infos"])
def test_evidence_is_read_back_as_it_was(world: World, name: str) -> None:
    world.receive(ATTACKS[name]())
    ((_, evidence),) = to_judge(world.db, "other means", NOW, 9)
    looked_at = examined(evidence, kept(world.db), NOW)
    assert evidence_of(pack(looked_at)) == looked_at


def test_the_first_signed_letter_is_said_and_the_next_is_not(world: World) -> None:
    first = world.receive(signed(), at=NOW - 9 * DAY)
    again = world.receive(signed() + b"\r\n", at=NOW - 8 * DAY)
    assert world.trust(first).learnt is Learnt.FIRST
    assert world.trust(again).learnt is None
    assert "premier message signé de alice@cabinet.example" in trust_words.line(
        world.trust(first), NOW
    )


def test_the_first_is_the_first_that_came_not_the_first_that_was_read(world: World) -> None:
    again = world.receive(signed() + b"\r\n", at=NOW - 8 * DAY)
    first = world.receive(signed(), at=NOW - 9 * DAY)
    assert world.trust(first).learnt is Learnt.FIRST
    assert world.trust(again).learnt is None


@pytest.mark.parametrize("newest_first", [False, True])
def test_another_certificate_is_said_whichever_letter_is_read_first(
    world: World, newest_first: bool
) -> None:
    other = by(holder(key=pki.ec_key("her next")))
    letters = [(signed(), NOW - 9 * DAY), (other, NOW - 2 * DAY)]
    ids = {}
    for octets, at in reversed(letters) if newest_first else letters:
        ids[at] = world.receive(octets, at=at)
    assert world.trust(ids[NOW - 9 * DAY]).learnt is Learnt.FIRST
    assert world.trust(ids[NOW - 2 * DAY]).learnt is Learnt.CHANGED
    line = trust_words.line(world.trust(ids[NOW - 2 * DAY]), NOW)
    assert "le certificat de alice@cabinet.example a changé le" in line


def test_nothing_is_learnt_of_a_letter_that_is_not_proven(world: World) -> None:
    for name in ("signed by itself", "Mallory signs in her name", "of another authority"):
        world.receive(ATTACKS[name]())
    assert known_for(world.db, ALICE) == []


def test_the_certificate_to_write_to_is_learnt_with_what_its_holder_can_read(world: World) -> None:
    sealing = holder(key=pki.ec_key("to seal"), usage=pki.usage("key_agreement")).certificate
    world.receive(by(holder(), sealed_to=sealing))
    known = {each.der: each for each in known_for(world.db, ALICE)}
    assert known.keys() >= {holder().certificate}
    assert known[holder().certificate].capabilities
    assert sealing in known


def test_the_network_is_that_of_a_listed_address_and_an_account_inside(world: World) -> None:
    email_id = world.receive(signed())
    assert world.trust(email_id).network == ""
    listed(world, "autre.example")
    assert world.trust(email_id).network == "outside"
    listed(world, "cabinet.example", "autre.example")
    assert world.trust(email_id).network == "mssante_outside"
    world.db.execute("UPDATE account SET ca = 'igc-sante'")
    assert world.trust(email_id).network == "mssante"
    assert "adresse MSSanté" in trust_words.line(world.trust(email_id), NOW)


def listed(world: World, *domains: str) -> None:
    replace_whitelist(world.db, domains, digest=b"", published_at=NOW, now=NOW, shrunk=True)


def test_the_reasons_tell_the_certificate_whole(world: World) -> None:
    told = "\n".join(trust_words.explained(world.trust(world.receive(signed())), NOW, listed=True))
    for words in (
        "adresse dans l'annuaire",
        "Personne ici ne sait si le certificat a été révoqué.",
        "titulaire : Dr Alice Martin",
        "délivré par : Intermédiaire",
        "adresses du certificat : alice@cabinet.example",
        "empreinte SHA-256 : ",
        "révocation inconnue ; dernière liste : jamais",
    ):
        assert words in told


def test_a_removed_authority_takes_the_badge_away_before_any_node_has_run(world: World) -> None:
    email_id = world.receive(signed())
    replace_bundle(world.db, "essai", [])
    said = world.trust(email_id)
    assert (level(world, email_id), said.waiting) == (Level.UNSIGNED, Waiting.AGAIN)
    line, *reasons = trust_words.explained(said, NOW)
    assert line.startswith("… à vérifier de nouveau")
    assert trust_words.of_reason(Reason.NOT_SIGNED) not in reasons


def test_a_letter_that_was_opened_and_not_read_since_has_no_badge(world: World) -> None:
    """What is shown then is not what was signed."""
    email_id = world.receive(signed())
    world.db.execute("UPDATE email SET derived_version = 0")
    assert world.trust(email_id).waiting is Waiting.PENDING


def test_of_a_letter_that_is_not_whole_nobody_says_that_it_is_not_signed(world: World) -> None:
    said = world.trust(begun(world.practice, 600))
    assert said.waiting is Waiting.NOT_WHOLE
    words = " ".join(trust_words.explained(said, NOW))
    assert "on ne sait pas si elle est signée" in words
    assert "non signée" not in words


def test_nor_of_one_that_an_older_version_read(world: World) -> None:
    email_id = world.receive(letter())
    world.db.execute("UPDATE email SET derived_version = 1")
    assert world.trust(email_id).waiting is Waiting.PENDING


def test_an_answer_to_a_sealed_letter_an_older_version_read_is_to_be_sealed(world: World) -> None:
    email_id = world.receive(made(letter(), readers=to("p256")))
    assert came_sealed(world.db, email_id)
    world.db.execute("DELETE FROM email_opened")
    assert came_sealed(world.db, email_id)
    assert not came_sealed(world.db, world.receive(letter()))


@pytest.mark.logs("email.not_judged")
def test_one_certificate_that_breaks_the_judge_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(evidence: Evidence, *given: object) -> Evidence:
        if evidence.arrived_at == NOW:
            raise RecursionError("deep")
        return examined(evidence, *given)  # type: ignore[arg-type]

    email_id = world.receive(signed())
    with monkeypatch.context() as patch:
        patch.setattr(duty, "examined", breaks)
        world.believe(ROOT.der, MIDDLE.der)
        world.turn()
        said = world.trust(email_id).verdict
    assert (said.level, said.reasons) == (Level.UNPROVEN, (Reason.MALFORMED,))


def test_that_subject_and_date_are_not_signed_is_said_on_the_line(world: World) -> None:
    bare = world.receive(multipart(BARE, ENTITY, cms(holder(), ENTITY)))
    whole = world.receive(signed())
    words = "objet et date non signés"
    assert level(world, bare) is level(world, whole) is Level.PROVEN
    assert words in trust_words.line(world.trust(bare), NOW)
    assert words not in trust_words.line(world.trust(whole), NOW)


def test_of_a_letter_that_stays_sealed_nobody_says_that_it_is_not_signed(world: World) -> None:
    """Most are signed first, and sealed after."""
    email_id = world.receive(made(letter(), signing=signing(), readers=to("p256")))
    words = " ".join(trust_words.explained(world.trust(email_id), NOW))
    assert "on ne sait pas si elle est signée · scellée, et pas ouverte ici" in words
    assert "non signée" not in words
    assert "n'est pas signée" not in words
