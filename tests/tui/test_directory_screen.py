"""The directory on the screen, and recipients completed from it."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from store.db.accounts import account, change_account
from store.db.certificates import known_for
from store.db.directory.searching import search
from store.db.directory.shelf import connect_listings
from store.db.open import Connection
from store.db.sealing import to_learn
from store.db.sources import answer, unanswered
from store.db.whitelist import replace_whitelist
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.directory import Address, Answer, Network, Person, Source
from store.model.mailbox import Role
from sync.directory.load import load
from sync.trust.sealing import learn_wished
from tests.tui.conftest import Opened
from tests.tui.conftest import Person as Somebody
from tests.tui.practice import NOW, Practice, letter
from tests.unit.directory.conftest import PEOPLE
from tests.unit.directory.lines import MSSANTE
from tests.unit.directory.test_networks import whitelist
from tests.unit.directory.test_searching import written_to
from tests.unit.smime.people import person as somebody
from tui.screens import directory
from tui.screens.composer import ComposerScreen
from tui.screens.directory import DirectoryScreen
from tui.widgets import completion
from tui.widgets.completion import PeopleFound


@pytest.fixture
def known(practice: Practice, home: Home, key: DataKey, tmp_path: Path) -> Practice:
    """PEOPLE are in the directory."""
    listings = connect_listings(home, key)
    text = tmp_path / "extract_202610250800.txt"
    text.write_text("\n".join([MSSANTE, *PEOPLE]), encoding="utf-8")
    load(listings, text, now=NOW)
    listings.close()
    return practice


def field(person: Somebody, name: str) -> str:
    """What is in a field."""
    return person.app.screen.query_one(f"#{name}", Input).value


async def looking(person: Somebody, typed: str) -> None:
    """Open the directory and type into it."""
    await person.press("a")
    await person.until(lambda: isinstance(person.app.screen, DirectoryScreen))
    await person.settles()
    await person.types(typed)


@pytest.mark.parametrize(
    ("language", "found", "age", "keys"),
    [
        ("fr", "Trouvés : 1", "MSSanté du 25/10/2026", ["lui écrire", "demander en ligne", "Esc"]),
        ("en", "Found: 1", "MSSanté of 25/10/2026", ["write to them", "ask live", "Esc"]),
    ],
)
async def test_people_are_found_as_one_types_with_network_town_and_age(
    known, opened: Opened, monkeypatch, language: str, found: str, age: str, keys: list[str]
) -> None:
    monkeypatch.setenv("PLI_LANG", language)
    async with opened() as person:
        await looking(person, "mul z")
        await person.sees(found)
        line = next(line for line in person.text.splitlines() if "Zoé MÜLLER" in line)
        assert "Médecin" in line
        assert "DIJON" in line
        assert "MSSanté" in line
        assert age in person.text
        assert person.text.splitlines()[-1].lstrip().startswith("Esc")
        await person.press("down")
        await person.settles()
        assert all(key in person.text.splitlines()[-1] for key in keys)
        assert all(len(line) <= 80 for line in person.text.splitlines())


async def test_enter_shows_every_address_and_escape_hides_them(known, opened: Opened) -> None:
    async with opened() as person:
        await looking(person, "muller")
        await person.sees("Zoé MÜLLER")
        await person.press("down", "enter")
        for words in ("zoe.muller@medecin.mssante.fr", "z.muller@chu-brest.mssante.fr"):
            await person.sees(words)
        await person.sees("RPPS 99000000010")
        await person.press("escape")
        await person.settles()
        assert "z.muller@chu-brest" not in person.text
        await person.press("escape")
        await person.until(lambda: not isinstance(person.app.screen, DirectoryScreen))


async def test_c_writes_to_the_address_that_is_chosen(known, opened: Opened) -> None:
    async with opened() as person:
        await looking(person, "muller")
        await person.sees("Zoé MÜLLER")
        await person.press("enter", "c")
        await person.sees("À quelle adresse ?")
        await person.press("down", "enter")
        await person.until(lambda: isinstance(person.app.screen, ComposerScreen))
        await person.settles()
        assert field(person, "to") == '"Zoé MÜLLER" <z.muller@chu-brest.mssante.fr>'


async def test_one_address_is_written_to_at_once(known, opened: Opened) -> None:
    async with opened() as person:
        await looking(person, "biologie")
        await person.sees("CH DE DIJON")
        await person.press("down", "c")
        await person.until(lambda: isinstance(person.app.screen, ComposerScreen))
        await person.settles()
        assert "biologie@ch-dijon.mssante.fr" in field(person, "to")


async def test_a_slip_is_forgiven_and_nobody_is_said(known, opened: Opened) -> None:
    async with opened() as person:
        await looking(person, "mullre")
        await person.sees("Orthographes proches : 2")
        await person.sees("Zoé MÜLLER")
        await person.types("xxx")
        await person.sees("Personne.")
        await person.press("down", "c")
        await person.sees("Personne n'est choisi : cherchez d'abord un nom.")


async def test_an_empty_directory_says_what_to_do(practice, opened: Opened) -> None:
    async with opened((120, 24)) as person:
        await looking(person, "")
        await person.sees("annuaire pas encore chargé : « pli directory import FICHIER »")


async def test_live_directories_are_asked_when_wanted_and_answer_later(
    known, opened: Opened
) -> None:
    async with opened((120, 24)) as person:
        await looking(person, "muller")
        await person.sees("Zoé MÜLLER")
        await person.press("down", "l")
        await person.sees("la synchronisation est arrêtée")
        [asked] = unanswered(known.db)
        assert asked.query == "muller"
        addresses = (Address("zoe@apicrypt.org", Network.APICRYPT),)
        zoe = Person(
            id="899000000010", national_id="899000000010", addresses=addresses,
            sources=(Source.LDAP,),
        )  # fmt: skip
        answer(known.db, asked.id, [zoe], NOW)
        await person.sees("Les annuaires en ligne ont répondu.")
        await person.sees("MSSanté, Apicrypt")
        await person.press("enter")
        await person.sees("zoe@apicrypt.org")


async def test_the_certificates_of_a_live_answer_are_learnt_by_one_key(
    known, opened: Opened
) -> None:
    bob = somebody("rsa", "bob")
    async with opened((120, 24)) as person:
        await looking(person, "muller")
        await person.sees("Zoé MÜLLER")
        await person.press("down", "s")
        await person.sees("Aucun certificat n'est connu de Zoé MÜLLER.")
        await person.press("l")
        await person.until(lambda: bool(unanswered(known.db)))
        [asked] = unanswered(known.db)
        found = Person(
            id="bob@cabinet.example", family="Bob",
            addresses=(Address("bob@cabinet.example", Network.ORDINARY),),
            certificates=(bob.certificate,), sources=(Source.LDAP,),
        )  # fmt: skip
        answer(known.db, asked.id, [found], NOW)
        await person.sees("Les annuaires en ligne ont répondu.")
        await person.press("end", "s")
        await person.sees("1 certificats de Bob sont retenus.")
    assert known_for(known.db, "bob@cabinet.example") == []
    learn_wished(known.db)
    [learnt] = known_for(known.db, "bob@cabinet.example")
    assert (learnt.der, learnt.source.value) == (bob.certificate, "directory")
    learn_wished(known.db)
    assert to_learn(known.db) == []


async def test_words_from_an_extract_never_drive_the_terminal(
    practice, opened: Opened, home: Home, key: DataKey, tmp_path: Path
) -> None:
    listings = connect_listings(home, key)
    text = tmp_path / "x.txt"
    hostile = PEOPLE[0].replace("MÜLLER", "MÜL\x1b[2JLER [red]").replace("DIJON", "DI\u202eJON")
    text.write_text(f"{MSSANTE}\n{hostile}\n", encoding="utf-8")
    load(listings, text, now=NOW)
    listings.close()
    async with opened((120, 24)) as person:
        await looking(person, "zoe")
        await person.sees("MÜL␛[2JLER [red]")
        await person.press("down", "enter")
        await person.settles()
        assert "\x1b" not in person.text
        assert "\u202e" not in person.text


async def test_a_recipient_is_completed_by_enter_and_by_tab(known, opened: Opened) -> None:
    async with opened() as person:
        await person.press("c")
        await person.types("m")
        await person.settles()
        assert not person.find(PeopleFound).is_shown
        await person.types("ul z")
        await person.until(lambda: person.find(PeopleFound).is_shown)
        await person.sees("zoe.muller@medecin.mssante.fr")
        await person.press("down", "enter")
        assert field(person, "to") == '"Zoé MÜLLER" <z.muller@chu-brest.mssante.fr>, '
        assert not person.find(PeopleFound).is_shown
        await person.types("paul mullet")
        await person.until(lambda: person.find(PeopleFound).is_shown)
        await person.press("tab")
        assert field(person, "to").endswith(', "Paul MULLET" <paul.mullet@pro.mssante.fr>, ')
        await person.press("tab")
        assert person.app.focused is person.app.screen.query_one("#cc")
        await person.types("anne l")
        await person.until(lambda: person.find(PeopleFound).is_shown)
        await person.press("enter")
        assert field(person, "cc") == '"Anne LŒB-MARTIN" <anne.loeb@medecin.mssante.fr>, '


async def test_a_list_found_for_fewer_letters_is_not_taken_from(known, opened: Opened) -> None:
    async with opened() as person:
        await person.press("c")
        await person.types("pau")
        await person.until(lambda: person.find(PeopleFound).is_shown)
        typed = person.app.screen.query_one("#to", Input)
        with typed.prevent(Input.Changed):  # the search for the rest has not begun
            typed.value = "paul mullet"
            typed.cursor_position = len(typed.value)
        await person.press("enter")
        await person.settles()
        assert field(person, "to") == '"Paul MULLET" <paul.mullet@pro.mssante.fr>, '


async def test_a_completed_recipient_leaves(known, opened: Opened) -> None:
    from tests.tui.test_writing import leaving

    replace_whitelist(
        known.db, ["cabinet.example", "pro.mssante.fr"], digest=b"d", published_at=NOW, now=NOW
    )
    change_account(known.db, replace(account(known.db, known.account_id), ca="igc-sante"))
    async with opened((120, 30)) as person:
        await person.press("c")
        await person.types("mullet")
        await person.until(lambda: person.find(PeopleFound).is_shown)
        await person.press("tab", "tab", "tab", "tab")
        await person.types("Avis")
        await person.press("ctrl+s")
        await person.sees("Part dans 10 s pour")
        [sent] = leaving(known.db)
        assert [each.email for each in sent.to] == ["paul.mullet@pro.mssante.fr"]


async def test_a_certificate_is_said_beside_the_address_it_is_for(known, opened: Opened) -> None:
    from tests.tui.test_ways import knows

    knows(known, "alice", "paul.mullet@pro.mssante.fr")
    async with opened((120, 30)) as person:
        await person.press("c")
        await person.types("mullet")
        await person.sees("paul.mullet@pro.mssante.fr certificat · ")
        assert person.text.count("certificat ·") == 1


async def test_escape_closes_the_list_and_not_the_letter(known, opened: Opened) -> None:
    async with opened() as person:
        await person.press("c")
        await person.types("mull")
        await person.until(lambda: person.find(PeopleFound).is_shown)
        await person.press("escape")
        await person.settles()
        assert not person.find(PeopleFound).is_shown
        assert isinstance(person.app.screen, ComposerScreen)
        assert field(person, "to") == "mull"


async def test_a_name_that_nobody_has_is_said_with_what_to_do(known, opened: Opened) -> None:
    async with opened() as person:
        await person.press("c")
        await person.types("xylo")
        await person.sees("Personne n'est connu ici sous ce nom. Tapez l'adresse entière")
        await person.sees("puis « a ».")
        await person.types("@labo.example")
        await person.until(lambda: "Personne n'est connu" not in person.text)
        await person.types(", xylo")
        await person.sees("Personne n'est connu")
        await person.press("tab")
        await person.until(lambda: "Personne n'est connu" not in person.text)


async def test_whom_one_has_written_to_is_offered_without_any_directory(
    practice, opened: Opened
) -> None:
    written_to(practice.db, "jean.valjean@apicrypt.org")
    async with opened() as person:
        await person.press("c")
        await person.types("valj")
        await person.sees("Apicrypt")
        await person.press("enter")
        assert field(person, "to") == "jean.valjean@apicrypt.org, "


async def test_whom_one_wrote_to_elsewhere_is_offered_by_name(
    practice: Practice, opened: Opened
) -> None:
    """In Sent before Pli came: ten years of colleagues."""
    sent = letter("Avis", to="Dr Hugo Bernard <hb@cardio.example>, labo@port.example")
    practice.deliver(sent, mailbox=practice.mailbox(Role.SENT))
    practice.deliver(letter("Reçue", sender="Dr Bernardo <b@ailleurs.example>"))
    async with opened() as person:
        await person.press("c")
        await person.types("bern")
        await person.sees("Dr Hugo Bernard")
        assert "Bernardo" not in person.text
        await person.press("enter")
        await person.sees('"Dr Hugo Bernard" <hb@cardio.example>, ')


async def test_the_white_list_is_said_beside_each_address(
    known, opened: Opened, db: Connection
) -> None:
    whitelist(db, "medecin.mssante.fr")
    async with opened() as person:
        await looking(person, "mul z")
        await person.sees("MSSanté ?")
        await person.press("down", "enter")
        await person.sees("dans l'espace de confiance")
        await person.sees("absent de la liste blanche")


async def test_no_key_is_waited_for_by_a_search(known, opened: Opened, monkeypatch) -> None:
    seen: list[threading.Thread] = []

    def elsewhere(*args: Any) -> Answer:
        seen.append(threading.current_thread())
        return search(*args)

    for module in (directory, completion):
        monkeypatch.setattr(module, "search", elsewhere)
    async with opened() as person:
        await looking(person, "mul z")
        await person.sees("Trouvés : 1")
        await person.press("escape", "c")
        await person.until(lambda: isinstance(person.app.screen, ComposerScreen))
        await person.settles()
        count = len(seen)
        await person.types("mulle")
        await person.sees("Zoé")
    assert len(seen) > count > 0
    assert threading.main_thread() not in seen
