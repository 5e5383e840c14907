"""The list of letters: a hundred thousand of them, and the ones that come while one reads."""

from __future__ import annotations

import pytest

from store.db.arriving import Arrival
from store.db.emails import page_of_emails
from store.db.open import write
from store.db.placements import change_keywords, move
from store.model.email import NO_KEYWORDS, SEEN
from store.model.mailbox import Role
from tests.tui.conftest import Opened, Person
from tests.tui.practice import NOW, Practice, letter
from tui.widgets.email_list import MOST_PAGES, PAGE, EmailList
from tui.widgets.key_line import KeyLine
from tui.widgets.line_list import LineList
from tui.widgets.mailbox_list import MailboxList

MANY = 100_000


def emails(person: Person) -> EmailList:
    """The list on the screen in front."""
    return person.find(EmailList)


def deliver_many(practice: Practice, count: int) -> None:
    """Fill the inbox with the same few letters, many times over: rows are what is counted here."""
    few = [letter(f"sujet {n}") for n in range(20)]
    practice.deliver(*few)
    practice.keep(
        [Arrival(100 + n, NO_KEYWORDS, NOW - 60 * n, few[n % 20]) for n in range(count - 20)],
        practice.inbox,
    )


async def test_a_hundred_thousand_letters_open_to_their_end(
    practice: Practice, opened: Opened
) -> None:
    deliver_many(practice, MANY)
    async with opened() as person:
        await person.sees("100000 lettres")
        await person.press("end")
        await person.until(lambda: emails(person).current is not None)
        assert emails(person).cursor == MANY - 1
        oldest = page_of_emails(practice.db, practice.inbox, before=(NOW - 60 * (MANY - 22), 0))
        assert emails(person).current in oldest
        await person.press("pageup", "home")
        await person.until(lambda: emails(person).cursor == 0)
        assert len(emails(person).pages) <= MOST_PAGES


async def test_every_row_is_the_one_the_store_has_there(practice: Practice, opened: Opened) -> None:
    deliver_many(practice, 3 * PAGE)
    expected = [r.placement_id for r in page_of_emails(practice.db, practice.inbox, limit=600)]
    async with opened() as person:
        shown = []
        for _ in range(3 * PAGE):
            await person.until(lambda: emails(person).current is not None)
            row = emails(person).current
            assert row is not None
            shown.append(row.placement_id)
            emails(person).action_down()
        assert shown == expected


async def test_only_a_few_pages_are_held(practice: Practice, opened: Opened) -> None:
    deliver_many(practice, (MOST_PAGES + 6) * PAGE)
    async with opened() as person:
        for row in range(0, (MOST_PAGES + 6) * PAGE, PAGE):
            emails(person).go_to(row)
            await person.until(lambda: emails(person).current is not None)
            assert len(emails(person).pages) <= MOST_PAGES


async def test_the_cursor_stays_on_its_letter_when_another_arrives(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter("ancienne"), letter("récente"))
    async with opened() as person:
        await person.press("down")
        practice.deliver(letter("toute nouvelle"), at=NOW)
        await person.sees("toute nouvelle")
        await person.sees("Nouvelles lettres en haut de la liste : 1")
        current = emails(person).current
        assert current is not None
        assert current.subject == "ancienne"


async def test_a_list_that_was_scrolled_does_not_move_when_a_letter_arrives(
    practice: Practice, opened: Opened
) -> None:
    deliver_many(practice, 300)
    async with opened() as person:
        emails(person).go_to(150)
        await person.settles()
        before = emails(person)
        line, row = before.cursor - before.scroll_offset.y, before.current
        practice.deliver(letter("toute nouvelle"), at=NOW + 10**6)
        await person.sees("Nouvelles lettres en haut de la liste : 1")
        after = emails(person)
        assert after.cursor == 151
        assert after.cursor - after.scroll_offset.y == line
        assert after.current == row


async def test_a_letter_that_vanishes_leaves_the_cursor_on_its_neighbour(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter("ancienne"), letter("récente"))
    async with opened() as person:
        rows = page_of_emails(practice.db, practice.inbox)
        with write(practice.db):
            practice.db.execute("DELETE FROM placement WHERE id = ?", (rows[0].placement_id,))
        await person.until(lambda: emails(person).count == 1)
        current = emails(person).current
        assert current is not None
        assert current.subject == "ancienne"


async def test_a_keyword_changed_elsewhere_repaints_its_line_only(
    practice: Practice, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice.deliver(*(letter(f"sujet {n}") for n in range(10)))
    async with opened() as person:
        await person.sees("sujet 9")
        painted: list[int] = []
        whole = LineList.refresh_row

        def noted(lines: LineList, row: int) -> None:
            painted.append(row)
            whole(lines, row)

        monkeypatch.setattr(EmailList, "refresh_row", noted)
        fourth = page_of_emails(practice.db, practice.inbox)[3]
        change_keywords(practice.db, [fourth.placement_id], add=frozenset({SEEN}))
        await person.until(lambda: bool(painted))
        await person.settles()
        assert set(painted) == {3}


async def test_a_click_moves_the_cursor_and_a_second_one_opens(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter("ancienne"), letter("récente"))
    async with opened() as person:
        await person.sees("ancienne")
        await person.pilot.click(EmailList, offset=(10, 1))
        assert emails(person).cursor == 1
        await person.pilot.click(EmailList, offset=(10, 1))
        await person.sees("Objet ancienne")


async def test_everything_is_done_by_mouse(practice: Practice, opened: Opened) -> None:
    practice.deliver(*(letter(subject) for subject in ("un", "deux", "trois")))
    async with opened() as person:
        await person.sees("trois")
        await person.pilot.click(EmailList, offset=(10, 0), control=True)
        await person.pilot.click(EmailList, offset=(10, 2), control=True)
        await person.sees("choisies : 2")
        await click_on_word(person, "archiver")
        await person.until(lambda: sorted(practice.subjects(Role.ARCHIVE)) == ["trois", "un"])
        assert "Rangées dans" in person.text
        await person.pilot.click(KeyLine, offset=(5, 0))  # a message gives way to the keys
        await person.sees("r répondre")
        await click_on_word(person, "Archives")
        await person.sees("Archives : 2 lettres")
        await click_on_word(person, "aide")
        await person.sees("Les touches")
        await click_on_word(person, "retour")
        await person.sees("Archives : 2 lettres")


async def click_on_word(person: Person, word: str) -> None:
    """Click where a word stands."""
    lines = person.text.splitlines()
    y = max(n for n, line in enumerate(lines) if word in line)
    await person.pilot.click(offset=(lines[y].index(word), y))
    await person.settles()


@pytest.mark.parametrize("by", ["d", "e"])
@pytest.mark.parametrize("at", [0, 3, 399])
async def test_a_letter_taken_back_is_under_the_cursor_and_no_news(
    practice: Practice, opened: Opened, by: str, at: int
) -> None:
    deliver_many(practice, 400)
    async with opened() as person:
        emails(person).go_to(at)
        await person.until(lambda: emails(person).current is not None)
        row = emails(person).current
        await person.press(by)
        await person.until(lambda: emails(person).count == 399)
        await person.settles()
        await person.press("home")
        await person.settles()
        await person.press("u")
        await person.until(lambda: emails(person).count == 400)
        await person.settles()
        assert "Remise dans « Réception »." in person.text
        assert emails(person).cursor == at
        assert emails(person).current == row
        assert row is not None
        top = emails(person).scroll_offset.y
        assert top <= at < top + emails(person).size.height


async def test_letters_taken_back_are_no_news_though_the_store_tells_of_them_one_by_one(
    practice: Practice, opened: Opened
) -> None:
    deliver_many(practice, 30)
    inbox, archive = practice.inbox, practice.mailbox(Role.ARCHIVE)
    three = [row.placement_id for row in page_of_emails(practice.db, inbox)[:3]]
    move(practice.db, three, archive)
    async with opened() as person:
        await person.until(lambda: emails(person).count == 27)
        emails(person).returning_many = len(three)
        for n, each in enumerate(reversed(three), 28):
            move(practice.db, [each], inbox)
            await person.until(lambda n=n: emails(person).count == n)  # type: ignore[misc]
            await person.settles()
        assert "Nouvelles lettres" not in person.text
        practice.keep([Arrival(9000, NO_KEYWORDS, NOW + 60, letter("neuve"))], inbox)
        await person.sees("Nouvelles lettres en haut")


async def test_what_comes_meanwhile_is_news_all_the_same(
    practice: Practice, opened: Opened
) -> None:
    deliver_many(practice, 30)
    async with opened() as person:
        row = emails(person).current
        await person.press("d")
        await person.until(lambda: emails(person).count == 29)
        await person.settles()
        await person.press("u")
        await person.until(lambda: emails(person).count == 30)
        await person.settles()
        practice.keep([Arrival(9000, NO_KEYWORDS, NOW + 60, letter("neuve"))], practice.inbox)
        await person.sees("Nouvelles lettres en haut")
        assert emails(person).current == row


async def test_among_letters_sent_the_recipient_tells_them_apart(
    practice: Practice, opened: Opened
) -> None:
    sent = practice.mailbox(Role.SENT)
    me = "Alice <alice@cabinet.example>"
    practice.deliver(letter("nommé", sender=me, to="Dr Bob <bob@labo.example>"), mailbox=sent)
    practice.deliver(letter("sans nom", sender=me, to="a@b.example, c@d.example"), mailbox=sent)
    practice.deliver(letter("reçue"))
    async with opened((120, 30)) as person:
        await person.sees("Labo du Port")
        assert "À : " not in person.text
        await person.press("shift+tab")
        person.find(MailboxList).point_at(sent)
        await person.press("enter")
        await person.sees("À : Dr Bob")
        await person.sees("À : a@b.example")
        assert "Alice" not in person.text
