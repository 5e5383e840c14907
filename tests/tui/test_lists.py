"""Views, threads, order, and letters chosen together: what a day's reading is made of."""

from __future__ import annotations

import pytest

from store.db.accounts import add_account
from store.db.listing import save_listing
from store.db.mailboxes import mailbox_by_role
from store.db.open import write
from store.db.saved_views import save_view
from store.host import clock
from store.model.account import Endpoint
from store.model.email import FLAGGED, SEEN
from store.model.health import Health
from store.model.mailbox import Role
from tests.tui.conftest import Opened, Person
from tests.tui.practice import ALICE, LISTING, NOW, Practice, letter
from tui.widgets.email_list import EmailList
from tui.widgets.mailbox_list import MailboxList

BOB = "Dr Bob <bob@labo.example>"


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setenv("TZ", "Europe/Paris")


def shown(person: Person) -> list[str]:
    """The subjects listed, from the top."""
    emails = person.find(EmailList)
    rows = [emails.row(n) for n in range(emails.count)]
    return [row.subject if row else "" for row in rows]


async def choose(person: Person, words: str) -> None:
    """Go to a row of the left column and open it."""
    column = person.find(MailboxList)
    await person.until(lambda: any(words in row_words(column, n) for n in range(column.count)))
    column.focus()
    column.go_to(next(n for n in range(column.count) if words in row_words(column, n)))
    await person.press("enter")
    await person.settles()


def row_words(column: MailboxList, row: int) -> str:
    """What a row of the left column says."""
    return " ".join("".join(words for words, _ in column.pieces(row, 40)).split())


def second_account(practice: Practice) -> Practice:
    """The same doctor, at the hospital."""
    account_id = add_account(
        practice.db,
        name="hôpital",
        address="alice@hopital.example",
        display_name="",
        imap=Endpoint(host="imap.hopital.example", port=993),
        smtp=Endpoint(host="smtp.hopital.example", port=465),
        user="alice",
    )
    save_listing(practice.db, account_id, LISTING, now=NOW)
    return Practice(practice.db, account_id, uid=500)


async def test_a_letter_is_claimed_and_released_by_a_key(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter("Avis"))
    async with opened((100, 24)) as person:
        await person.press("y")
        await person.sees("[Dr Alice Martin répond] Avis")
        await person.until(lambda: practice.keywords() == ["$pli-claim-dr-alice-martin"])
        await person.settles()
        await person.press("y")
        await person.until(lambda: practice.keywords() == [""])
        await person.settles()
        await person.press("u")
        await person.sees("[Dr Alice Martin répond] Avis")


async def test_the_inboxes_of_all_accounts_are_one_list(practice: Practice, opened: Opened) -> None:
    hospital = second_account(practice)
    practice.deliver(letter("au cabinet"), letter("au cabinet aussi"))
    hospital.deliver(letter("à l'hôpital"))
    hospital.deliver(letter("rangée"), mailbox=hospital.mailbox(Role.ARCHIVE))
    async with opened() as person:
        assert shown(person) == ["au cabinet aussi", "au cabinet"]
        await choose(person, "Réceptions")
        assert shown(person) == ["à l'hôpital", "au cabinet aussi", "au cabinet"]
        await person.sees("Réceptions : 3")
        await person.press("e")
        await person.sees("Rangée dans « Archives ».")
        assert hospital.subjects(Role.ARCHIVE) == ["rangée", "à l'hôpital"]


async def test_with_one_account_there_is_no_second_inbox(
    practice: Practice, opened: Opened
) -> None:
    async with opened() as person:
        column = person.find(MailboxList)
        assert not [n for n in range(column.count) if "Réceptions" in row_words(column, n)]


async def test_what_is_unread_anywhere_is_one_list(practice: Practice, opened: Opened) -> None:
    practice.deliver(letter("lue"), keywords=frozenset({SEEN}))
    practice.deliver(letter("nouvelle"))
    practice.deliver(letter("au labo"), mailbox=practice.named("Labos"))
    practice.deliver(letter("jetée"), mailbox=practice.mailbox(Role.TRASH))
    async with opened() as person:
        await choose(person, "Non lues 2")
        assert shown(person) == ["au labo", "nouvelle"]


async def test_results_and_abnormal_values_are_views(practice: Practice, opened: Opened) -> None:
    practice.deliver(*(letter(f"lettre {n}") for n in range(6)))
    of_each = (
        Health.NONE,
        Health.DOCUMENT,
        Health.DOCUMENT | Health.RESULT,
        Health.DOCUMENT | Health.RESULT | Health.ABNORMAL,
        Health.DOCUMENT | Health.RESULT | Health.ABNORMAL | Health.ALERT,
        Health.DOCUMENT | Health.RESULT | Health.SUPERSEDED,
    )
    with write(practice.db):
        for n, health in enumerate(of_each):
            practice.db.execute(
                "UPDATE email SET health = ? WHERE subject = ?", (int(health), f"lettre {n}")
            )
    async with opened() as person:
        await choose(person, "Résultats")
        assert shown(person) == ["lettre 4", "lettre 3", "lettre 2"]
        await choose(person, "Anormaux")
        assert shown(person) == ["lettre 4", "lettre 3"]
        assert "● !" in person.text
        assert "● △" in person.text


async def test_a_letter_waits_for_my_answer_until_i_write_in_its_thread(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter("une question", message_id="q", sender=BOB))
    practice.deliver(letter("déjà répondue", message_id="r", sender=BOB))
    practice.deliver(letter("à tout le monde", to="liste@ville.example", sender=BOB))
    mine = letter("Re: déjà répondue", sender=ALICE, to="bob@labo.example")
    mine = mine.replace(b"Subject:", b"In-Reply-To: <r@port.example>\nSubject:", 1)
    practice.deliver(mine, mailbox=practice.mailbox(Role.SENT))
    async with opened() as person:
        await choose(person, "À répondre")
        assert shown(person) == ["une question"]


async def test_what_i_sent_and_nothing_came_back_to(practice: Practice, opened: Opened) -> None:
    sent = practice.mailbox(Role.SENT)
    mine = {"sender": ALICE, "to": "bob@labo.example"}
    practice.deliver(letter("sans nouvelles", message_id="a", **mine), mailbox=sent)
    practice.deliver(letter("lue par Bob", message_id="b", **mine), mailbox=sent)
    receipt = letter("Lu : lue par Bob", sender=BOB)
    practice.deliver(receipt.replace(b"Subject:", b"References: <b@port.example>\nSubject:", 1))
    async with opened() as person:
        await choose(person, "Sans retour")
        assert shown(person) == ["sans nouvelles"]
        await person.sees("À : bob@labo")


async def test_a_search_is_kept_from_where_it_was_typed_and_let_go(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter("INR de M. A."), letter("Scanner"))
    async with opened() as person:
        await person.press("slash")
        await person.types("inr")
        await person.press("ctrl+s")
        await person.sees("Garder cette recherche")
        await person.types(" suivi")
        await person.press("enter")
        await person.sees("Vue « inr suivi » gardée")
        await person.press("escape")
        await choose(person, "/ inr suivi")
        assert shown(person) == ["INR de M. A."]
        person.find(MailboxList).focus()
        await person.press("x")
        await person.sees("Ne plus garder la vue « inr suivi » ?")
        await person.press("o")
        await person.sees("n'est plus gardée")
        await person.until(lambda: "/ inr" not in person.text.replace("« inr", ""))
        await person.press("x")
        await person.sees("Seule une recherche gardée s'enlève d'ici.")


async def test_a_kept_search_is_a_view(practice: Practice, opened: Opened) -> None:
    practice.deliver(letter("INR de M. A."), letter("Scanner"), letter("INR de Mme B."))
    save_view(practice.db, "INR à suivre", "inr")
    async with opened() as person:
        await choose(person, "INR à suivre")
        assert shown(person) == ["INR de Mme B.", "INR de M. A."]
        await person.sees("/ INR à suivre : 2")


def three_in_a_thread(practice: Practice) -> None:
    """A conversation of three, and a letter of its own."""
    practice.deliver(letter("Avis", message_id="1", sender="Dr Nora <nora@ville.example>"))
    practice.deliver(letter("sans rapport", sender="Zoé <zoe@ville.example>", body="x" * 4000))
    for n in (2, 3):
        answer = letter(f"Re: Avis {n}", message_id=str(n), sender=BOB)
        practice.deliver(answer.replace(b"Subject:", b"References: <1@port.example>\nSubject:", 1))


async def test_a_thread_is_one_row_that_unfolds(practice: Practice, opened: Opened) -> None:
    three_in_a_thread(practice)
    async with opened((120, 40)) as person:
        await person.press("T")
        await person.sees("par fil · Réception : 2")
        assert shown(person) == ["Re: Avis 3", "sans rapport"]
        assert "[3] Re: Avis 3" in person.text
        await person.press("right")
        await person.until(lambda: len(shown(person)) == 4)
        assert shown(person) == ["Avis", "Re: Avis 2", "Re: Avis 3", "sans rapport"]
        assert "└ Dr Bob" in person.text
        await person.press("left")
        await person.until(lambda: len(shown(person)) == 2)
        await person.press("T")
        await person.until(lambda: len(shown(person)) == 4)
        assert "par fil" not in person.text


async def test_what_is_done_to_a_folded_thread_is_done_to_all_of_it(
    practice: Practice, opened: Opened
) -> None:
    three_in_a_thread(practice)
    async with opened() as person:
        await person.press("T")
        await person.sees("[3]")
        await person.press("e")
        await person.sees("Rangées dans « Archives » : 3.")
        await person.press("u")
        await person.sees("Remises dans « Réception » : 3.")
        assert len(practice.subjects(Role.INBOX)) == 4


async def test_a_folded_thread_that_is_chosen_is_chosen_whole(
    practice: Practice, opened: Opened
) -> None:
    three_in_a_thread(practice)
    async with opened() as person:
        await person.press("T")
        await person.sees("[3]")
        await person.press("space", "space", "e")
        await person.sees("Rangées dans « Archives » : 4.")
        assert practice.subjects(Role.INBOX) == []


async def test_unfolding_announces_no_news(practice: Practice, opened: Opened) -> None:
    three_in_a_thread(practice)
    async with opened() as person:
        await person.press("T")
        await person.sees("[3]")
        await person.press("right")
        await person.until(lambda: len(shown(person)) == 4)
        await person.settles()
        assert "Nouvelles lettres" not in person.text
        answer = letter("Re: Avis 4", message_id="4", sender=BOB)
        practice.deliver(answer.replace(b"Subject:", b"References: <1@port.example>\nSubject:", 1))
        await person.until(lambda: "Re: Avis 4" in shown(person))


async def test_the_order_is_shown_and_followed(practice: Practice, opened: Opened) -> None:
    three_in_a_thread(practice)
    async with opened() as person:
        await person.press("S")
        await person.sees("par expéditeur · Réception")
        assert shown(person) == ["Re: Avis 3", "Re: Avis 2", "Avis", "sans rapport"]
        await person.press("S")
        await person.sees("par taille")
        assert shown(person)[0] == "sans rapport"
        await person.press("S")
        await person.sees("par objet")
        assert shown(person) == ["Avis", "Re: Avis 2", "Re: Avis 3", "sans rapport"]
        await person.press("S")
        await person.sees("Réception : 4 lettres")


async def test_a_filter_says_that_it_hides(practice: Practice, opened: Opened) -> None:
    pdf = ("r.pdf", "application/pdf", b"%PDF")
    practice.deliver(letter("lue"), keywords=frozenset({SEEN}))
    practice.deliver(letter("étoilée"), keywords=frozenset({SEEN, FLAGGED}))
    practice.deliver(letter("jointe", documents=[pdf]), keywords=frozenset({SEEN}))
    practice.deliver(letter("nouvelle"))
    expected = {"non lues": "nouvelle", "étoilées": "étoilée", "avec document": "jointe"}
    async with opened() as person:
        for words, subject in expected.items():
            await person.press("F")
            await person.sees(f"seulement {words} · Réception : 1")
            assert shown(person) == [subject]
        await person.press("F")
        await person.sees("Réception : 4 lettres")


async def test_letters_are_chosen_one_by_one_and_filed_together(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(*(letter(f"lettre {n}") for n in range(5)))
    async with opened() as person:
        await person.press("space", "down", "space")
        await person.sees("choisies : 2 · Réception")
        assert person.text.count("✓") == 2
        await person.press("e")
        await person.sees("Rangées dans « Archives » : 2. (u : annuler)")
        assert practice.subjects(Role.ARCHIVE) == ["lettre 4", "lettre 2"]
        await person.until(lambda: "✓" not in person.text)
        await person.press("u")
        await person.sees("Remises dans « Réception » : 2.")
        assert practice.subjects(Role.ARCHIVE) == []


async def test_a_letter_chosen_twice_is_not_chosen(practice: Practice, opened: Opened) -> None:
    practice.deliver(letter("une"), letter("deux"))
    async with opened() as person:
        await person.press("space", "up", "space")
        await person.settles()
        assert "✓" not in person.text
        await person.press("space", "escape")
        await person.settles()
        assert "✓" not in person.text


async def test_a_range_is_marked_and_only_what_changed_changes_back(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(*(letter(f"lettre {n}") for n in range(5)))
    async with opened() as person:
        await person.press("down", "asterisk")
        await person.sees("Étoile mise.")
        await person.press("home", "space", "down", "v")
        await person.sees("choisies : 3")
        await person.press("asterisk")
        await person.sees("Étoile mise. Lettres : 2.")
        assert practice.keywords() == ["$flagged"] * 3 + [""] * 2
        await person.press("u")
        await person.sees("Marques annulées : 2.")
        assert practice.keywords() == ["", "$flagged", "", "", ""]


async def test_all_are_chosen_and_deleting_for_good_asks_once(
    practice: Practice, opened: Opened
) -> None:
    trash = practice.mailbox(Role.TRASH)
    practice.deliver(*(letter(f"lettre {n}") for n in range(300)), mailbox=trash)
    async with opened() as person:
        await choose(person, "Corbeille")
        await person.press("ctrl+a")
        await person.sees("choisies : 300")
        await person.press("d")
        await person.sees("Supprimer ces lettres pour de bon (300) ?")
        await person.press("o")
        await person.sees("Supprimées : 300.")
        await person.press("u")
        await person.sees("Lettres remises : 300.")
        assert mailbox_by_role(practice.db, practice.account_id, Role.TRASH).total == 300


async def test_a_label_is_made_by_its_name_and_shown_by_it(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter("INR"), letter("Scanner"))
    async with opened((120, 40)) as person:
        await person.press("l")
        await person.sees("ou le nom d'une nouvelle étiquette")
        await person.types("À rappeler")
        await person.press("enter")
        await person.sees("Étiquette « À rappeler » mise.")
        assert practice.keywords() == ["a-rappeler", ""]
        await person.sees("[À rappeler] Scanner")
        await choose(person, "# À rappeler")
        assert shown(person) == ["Scanner"]
        await person.press("l")
        await person.sees("✓ À rappeler")
        await person.press("enter")
        await person.sees("Étiquette « À rappeler » enlevée.")
        assert practice.keywords() == ["", ""]
        await person.press("u")
        await person.until(lambda: practice.keywords() == ["a-rappeler", ""])


async def test_a_letter_put_off_comes_back_on_top_by_itself(
    practice: Practice, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice.deliver(letter("à revoir"), letter("récente"), keywords=frozenset({SEEN}))
    async with opened() as person:
        await person.press("down", "z")
        await person.sees("demain, 8 h")
        await person.press("down", "enter")
        await person.sees("elle reviendra en haut de la liste le 27 oct 2026, 08:00")
        assert shown(person) == ["récente"]
        await person.sees("Réception : 1 lettre")
        await choose(person, "Reportées 1")
        assert shown(person) == ["à revoir"]
        await choose(person, "Réception")
    monkeypatch.setattr(clock, "now", lambda: NOW + 86_400 - 3600)
    async with opened() as person:
        assert shown(person) == ["récente"]
        monkeypatch.setattr(clock, "now", lambda: NOW + 2 * 86_400)
        person.app._tick()
        await person.until(lambda: shown(person) == ["à revoir", "récente"])
        await person.sees("◷")
        assert practice.keywords() == [SEEN, SEEN]


async def test_putting_off_is_undone_and_a_date_is_typed(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter("à revoir"))
    async with opened() as person:
        await person.press("z")
        await person.sees("Reporter jusqu'à")
        await person.types("32/13")
        await person.press("enter")
        await person.sees("Ce n'est pas une date à venir.")
        await person.press(*["backspace"] * 5)
        await person.types("3/11 14h30")
        await person.press("enter")
        await person.sees("3 nov 2026, 14:30")
        assert shown(person) == []
        await person.press("u")
        await person.sees("Report annulé.")
        assert shown(person) == ["à revoir"]
        assert practice.keywords() == [""]
