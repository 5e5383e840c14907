"""A watched folder whose recipients are reached by S/MIME or Apicrypt: sealed, or held."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from store.db.accounts import account, change_account
from store.db.anchors import replace_bundle
from store.db.apicrypt import Programs, set_programs
from store.db.certificates import learn
from store.db.open import Connection
from store.db.submissions import outbox
from store.db.whitelist import replace_whitelist
from store.errors import Transient
from store.model.account import Signs
from store.model.certificate import Source
from store.model.route import Way
from store.model.trust import Anchor, Kind
from sync.drop import book
from sync.keyring import facts_of
from tests.sim.drop_world import NOW, World, new_world, pdf
from tests.unit.smime.people import authority, files, openssl, person
from tests.unit.trust.pki import Made

DOUBLE = Path(__file__).parents[1] / "servers" / "apicrypt_double.py"
APICRYPT = (
    f"{shlex.quote(sys.executable)} {shlex.quote(str(DOUBLE))} seal"
    " -s {source} -o {result} -d {recipient}"
)
RESULT = pdf("sodium 140 de Mme Valmière")


@pytest.fixture
def world(db: Connection, tmp_path: Path) -> World:
    """A folder for bob, who is outside; his certificate is known, and its authority trusted."""
    folder = tmp_path / "depot"
    folder.mkdir()
    world = new_world(db, folder)
    replace_whitelist(db, ["ailleurs.example"], digest=b"d", published_at=1, now=1)
    ca = facts_of(Made(*authority()).der)
    kept = {"certificate": ca.der, "fingerprint": ca.fingerprint, "name": ca.subject}
    times = {"not_after_at": ca.not_after_at, "imported_at": NOW}
    replace_bundle(db, "site", [Anchor(bundle="site", kind=Kind.ANCHOR, **kept, **times)])
    learn(db, facts_of(person("rsa", "bob").certificate), source=Source.BY_HAND, at=NOW)
    sends_to(world, "bob@cabinet.example")
    return world


def sends_to(world: World, *emails: str) -> None:
    """Whom the rule is for."""
    import json

    world.db.execute("UPDATE drop_rule SET recipients = ?", (json.dumps(emails),))
    world.restart()


def bobs(octets: bytes) -> bytes:
    certificate, key = files("rsa", "bob")
    return openssl("-decrypt", "-recip", certificate, "-inkey", key, given=octets)


async def test_a_document_for_whom_only_smime_reaches_leaves_sealed(world: World) -> None:
    world.drop("bilan.pdf", RESULT)
    await world.settle()
    assert world.states() == ["queued"]
    [octets] = world.letters()
    assert b"bilan" not in octets
    assert b'filename="bilan.pdf"' in bobs(octets).replace(b"\r\n ", b" ")
    [row] = outbox(world.db)
    assert [r.way for r in row.recipients] == [Way.SMIME]


async def test_it_is_signed_too_where_the_account_has_a_key(world: World) -> None:
    address = account(world.db, world.rule().account_id)
    change_account(world.db, replace(address, address="alice@cabinet.example"))
    world.node.keys = lambda _: [person("p256", "alice")]
    world.drop("bilan.pdf", RESULT)
    await world.settle()
    [octets] = world.letters()
    assert b"multipart/signed" in bobs(octets)


async def test_without_the_key_that_must_sign_it_is_held(world: World) -> None:
    by = account(world.db, world.rule().account_id)
    change_account(world.db, replace(by, sign=Signs.ALWAYS))
    world.drop("bilan.pdf", RESULT)
    await world.settle()
    assert world.states() == ["held drop.no_key"]
    assert world.letters() == []
    assert "doivent être signées" in world.reasons()[0]


async def test_a_certificate_nobody_trusts_any_more_holds_it(world: World) -> None:
    replace_bundle(world.db, "site", [])
    world.drop("bilan.pdf", RESULT)
    await world.settle()
    assert world.states() == ["held drop.no_way"]


@pytest.mark.logs("drop.not_built")
@pytest.mark.parametrize("works", [True, False])
async def test_the_vendors_program_seals_a_document_or_it_is_held(
    world: World, works: bool
) -> None:
    sends_to(world, "b.bruyere@medical03.apicrypt.org")
    command = APICRYPT if works else f"{APICRYPT} --mood refuses"
    set_programs(world.db, world.rule().account_id, Programs(seal=command))
    world.drop("bilan.pdf", RESULT)
    await world.settle()
    assert world.states() == (["queued"] if works else ["held drop.not_sealed"])
    for octets in world.letters():
        assert b"$APICRYPT" in octets
        assert b"sodium" not in octets


async def test_a_document_claimed_before_the_account_had_to_sign_does_not_leave_unsigned(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = account(world.db, world.rule().account_id)

    async def meanwhile(call: Callable[..., object], *facts: object, **more: object) -> object:
        if call is book._decide:
            change_account(world.db, replace(by, sign=Signs.ALWAYS))
        return call(*facts, **more)

    monkeypatch.setattr(book.asyncio, "to_thread", meanwhile)
    world.drop("bilan.pdf", RESULT)
    with pytest.raises(Transient, match=r"store\.busy"):
        await world.settle()
    assert world.letters() == []
    await world.settle()
    assert world.states() == ["held drop.no_key"]
