"""The composer says by which way each recipient is reached, and what would work where none is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from textual.widgets import Input, TextArea

from store.db.accounts import account, change_account
from store.db.anchors import replace_bundle
from store.db.certificates import learn
from store.db.contacts import add as add_contact
from store.db.crls import crls
from store.db.drafts import draft, drafts
from store.db.smime_keys import add_key
from store.db.whitelist import replace_whitelist, set_policy
from store.model.certificate import Source
from store.model.trust import Anchor, Kind
from sync.keyring import facts_of
from sync.trust.sealing import judge_all
from tests.tui.conftest import Opened, Person
from tests.tui.practice import NOW, Practice
from tests.tui.test_writing import field, leaving, write
from tests.unit.smime.people import authority
from tests.unit.smime.people import person as somebody
from tests.unit.trust.pki import Made
from tui.widgets.ways import PART, Ways, whole_addresses, with_address

SIZE = (80, 24)


@pytest.fixture
def inside(practice: Practice) -> Practice:
    """The practice is in the trust space, and its site trusts an authority."""
    db = practice.db
    replace_whitelist(
        db, ["cabinet.example", "chu.example"], digest=b"d", published_at=NOW, now=NOW
    )
    change_account(db, replace(account(db, practice.account_id), ca="igc-sante"))
    ca = facts_of(Made(*authority()).der)
    kept = {"certificate": ca.der, "fingerprint": ca.fingerprint, "name": ca.subject}
    times = {"not_after_at": ca.not_after_at, "imported_at": NOW}
    replace_bundle(db, "site", [Anchor(bundle="site", kind=Kind.ANCHOR, **kept, **times)])
    return practice


def knows(practice: Practice, name: str, *addresses: str) -> None:
    """Somebody's certificate is learnt, for other addresses too, and judged as the node does."""
    facts = facts_of(somebody("rsa", name).certificate)
    learn(practice.db, facts, source=Source.DIRECTORY, at=NOW, addresses=addresses)
    judge_all(practice.db, NOW)
    assert crls(practice.db) == []


def has_key(practice: Practice) -> None:
    """Alice has a key of her own."""
    facts = facts_of(somebody("p256", "alice").certificate)
    add_key(practice.db, practice.account_id, facts, chain=(), wrapped=b"w", at=NOW)


async def shows(person: Person, *lines: str) -> None:
    """The pane comes to say these, whatever the lines are folded into."""
    for words in lines:
        await person.until(lambda words=words: words in said(person), lambda: said(person))


def said(person: Person) -> str:
    return person.find(Ways).words


async def test_each_recipient_has_a_way_once_their_address_is_whole(
    inside: Practice, opened: Opened
) -> None:
    async with opened(SIZE) as person:
        await person.press("c")
        await person.types("x@chu.exampl")
        await person.settles()
        assert "chu.exampl" not in said(person)
        await person.types("e, bob@boite.fr")
        await shows(person, "✓ x@chu.example : espace de confiance MSSanté (chu.example")
        assert "boite.fr" not in said(person)
        await person.press("tab")
        await shows(person, "× bob@boite.fr : ne part pas. boite.fr n'est pas dans l'espace")
        assert "Ctrl+S envoyer" in person.text
        assert "x@chu.example : espace de confiance" in person.text


async def test_without_a_way_it_does_not_leave_and_that_is_said(
    inside: Practice, opened: Opened
) -> None:
    async with opened(SIZE) as person:
        await write(person, to="bob@boite.fr")
        await person.press("ctrl+s")
        await person.sees("un document de santé y voyagerait en clair")
        await person.settles()
        assert leaving(inside.db) == []


async def test_the_safe_address_of_the_same_person_takes_the_place(
    inside: Practice, opened: Opened
) -> None:
    add_contact(inside.db, name="Dr Bob", emails=("bob@boite.fr", "bob@chu.example"), now=NOW)
    async with opened(SIZE) as person:
        await write(person, to='"Dr Bob" <bob@boite.fr>')
        await shows(person, "Voie sûre pour la même personne : bob@chu.example.", "Ctrl+R")
        await person.press("ctrl+r")
        await shows(person, "✓ bob@chu.example")
        assert field(person, "to") == '"Dr Bob" <bob@chu.example>'
        await person.press("ctrl+s")
        await person.sees("Part dans 10 s")
        assert leaving(inside.db)[0].to[0].email == "bob@chu.example"


async def test_a_look_alike_is_called_out(inside: Practice, opened: Opened) -> None:
    async with opened(SIZE) as person:
        await write(person, to="x@chv.example")
        await shows(person, "chv.example ressemble à chu.example")


@pytest.mark.parametrize("offered", [True, False])
async def test_what_is_asked_of_the_letter_survives_closing_and_going_on(
    inside: Practice, opened: Opened, offered: bool
) -> None:
    set_policy(inside.db, "non_medical", "allow" if offered else "refuse")
    has_key(inside)
    knows(inside, "bob", "bob@boite.fr")
    async with opened(SIZE) as person:
        await write(person, to="bob@boite.fr")
        await person.press("ctrl+n", "f12")
        await shows(person, "Ctrl+N signer : oui · F12 sceller : oui", "scellée par S/MIME")
        await person.press("ctrl+b")
        if offered:
            await person.sees("Pourquoi cette lettre ne concerne aucun patient")
            await person.types("tour de garde")
            await person.press("enter")
            await person.settles()
        else:
            await person.sees("Ce site n'autorise pas de message en clair")
        await person.press("escape")
        await person.sees("Brouillon gardé")
        [draft_id] = drafts(inside.db)
        kept = draft(inside.db, draft_id)[1]
        reason = "tour de garde" if offered else ""
        assert (kept.sign, kept.seal, kept.non_medical) == (True, True, reason)
        await person.press("o")
        await person.sees("brouillon")
        await person.press("enter")
        await shows(person, "Ctrl+N signer : oui · F12 sceller : oui")
        await person.press("ctrl+s")
        await person.sees("Part dans 10 s")
        [sent] = leaving(inside.db)
        assert (sent.sign, sent.seal, sent.non_medical) == (True, True, reason)


async def test_without_a_key_of_ours_what_is_sealed_does_not_leave(
    inside: Practice, opened: Opened
) -> None:
    knows(inside, "bob", "bob@boite.fr")
    async with opened(SIZE) as person:
        await write(person, to="bob@boite.fr")
        await shows(person, "scellée par S/MIME", "n'a pas de clé qui ouvre")
        await person.press("ctrl+s")
        await person.settles()
        assert leaving(inside.db) == []


async def test_many_recipients_leave_room_for_the_text(inside: Practice, opened: Opened) -> None:
    people = ", ".join(f"p{n}@chu.example" for n in range(9))
    async with opened(SIZE) as person:
        await write(person, to="")
        person.app.screen.query_one("#to", Input).value = people
        await shows(person, "et 6 autres, chacun par une voie sûre")
        assert "Bonjour" in person.text


async def test_in_english_too(
    inside: Practice, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLI_LANG", "en")
    async with opened(SIZE) as person:
        await write(person, to="bob@boite.fr")
        await shows(person, "Ctrl+N sign: no · F12 seal: no", "× bob@boite.fr")


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("a@b.fr, c@d", ["a@b.fr", "c@d"]),
        ('"Martin, Dr" <m@x.fr>; bob', ["m@x.fr"]),
        ("", []),
    ],
)
def test_what_is_half_typed_is_no_address(text: str, whole: Sequence[str]) -> None:
    assert [each.email for each in whole_addresses(text)] == whole
    assert all(part for part in PART.findall(text))


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("a@b.fr", "s@x.fr"),
        ('"A" <A@b.fr>, za@b.fr, a@b.fr.org', '"A" <s@x.fr>, za@b.fr, a@b.fr.org'),
    ],
)
def test_an_address_gives_its_place_and_no_other_does(text: str, after: str) -> None:
    assert with_address(text, "a@b.fr", "s@x.fr") == after


async def test_a_reason_lets_nothing_in_clear_that_repeats_a_letter_and_the_line_says_so(
    inside: Practice, opened: Opened
) -> None:
    set_policy(inside.db, "non_medical", "allow")
    async with opened(SIZE) as person:
        await write(person, to="bob@boite.fr")
        person.find(TextArea).text = "Voyez :\n> Glycémie 1,05 g/L"
        await person.press("ctrl+b")
        await person.sees("Pourquoi cette lettre ne concerne aucun patient")
        await person.types("tour de garde")
        await person.press("enter")
        await shows(person, "× bob@boite.fr : ne part pas. Un message en clair ne porte ni")


async def test_nobody_who_gets_it_in_clear_is_counted_among_the_safe(
    inside: Practice, opened: Opened
) -> None:
    set_policy(inside.db, "non_medical", "allow")
    people = ", ".join(f"p{n}@chu.example" for n in range(5))
    async with opened(SIZE) as person:
        await write(person, to="")
        person.find(Ways).change(non_medical="tour de garde")
        person.app.screen.query_one("#to", Input).value = f"{people}, bob@boite.fr"
        await shows(person, "! bob@boite.fr : EN CLAIR", "et 2 autres, chacun par une voie sûre")


async def test_how_many_have_no_way_is_seen_whatever_room_their_reasons_take(
    inside: Practice, opened: Opened
) -> None:
    add_contact(inside.db, name="Dr Bob", emails=("bob@boite.fr", "bob@chu.example"), now=NOW)
    async with opened(SIZE) as person:
        await write(person, to="")
        people = "bob@boite.fr, x@chv.example, y@lointain.fr, z@chu.example"
        person.app.screen.query_one("#to", Input).value = people
        await person.sees("× 3 destinataires n'ont pas de voie sûre. Le premier :")
        assert "Ctrl+R la met à la place." in person.text
        assert "Bonjour" in person.text


async def test_for_whom_it_could_be_sealed_is_said_before_anybody_asks(
    inside: Practice, opened: Opened
) -> None:
    knows(inside, "bob", "bob@chu.example")
    async with opened((120, 30)) as person:
        await write(person, to="bob@chu.example, zoe@chu.example")
        await shows(person, "F12 sceller : non ·")  # there is no key to seal our own copy with
        has_key(inside)
        await person.press("ctrl+n")
        await shows(person, "F12 sceller : non, possible pour 1 sur 2")
