"""The status line: the node, each account, what has not left; and both languages."""

from __future__ import annotations

import os

import pytest

from store.db.accounts import accounts, set_link
from store.db.node import NodeState, node_started
from store.db.open import Connection, write
from store.host import clock
from store.host.i18n import sentence
from store.model.account import Link
from store.model.link import Hold, Limit, LinkReport
from tests.tui.conftest import Opened
from tests.tui.practice import Practice, letter, practice
from tui.nodestart import SILENT_SECONDS, Pulse, is_alive
from tui.plain import Plain, said
from tui.widgets.key_line import KeyLine
from tui.widgets.status_line import StatusLine, fitting


async def test_without_a_node_the_screen_says_that_nothing_moves(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter("encore lisible"))
    async with opened() as person:
        await person.sees("synchronisation arrêtée : rien n'arrive ni ne part (N la relance)")
        await person.sees("encore lisible")


async def test_the_first_screen_of_all_says_what_to_do_first(
    db: Connection, opened: Opened
) -> None:
    async with opened() as person:
        node_started(db, os.getpid(), clock.now())
        await person.sees("Aucun compte : « A » puis « n »")
        assert "relève" not in person.text
        practice(db)
        await person.sees("Réception : 0 lettres")
        with write(db):
            db.execute("DELETE FROM mailbox")
    async with opened() as person:
        await person.sees("Rien encore : la première relève n'est pas finie.")


async def test_a_node_that_lives_is_shown(practice: Practice, opened: Opened) -> None:
    async with opened() as person:
        node_started(practice.db, os.getpid(), clock.now())
        await person.sees("synchronisation active")


def test_a_node_is_alive_while_it_says_so_and_its_process_is_there() -> None:
    state = NodeState(pid=os.getpid(), started_at=0, alive_at=1000)
    assert is_alive(state, 1000 + SILENT_SECONDS)
    assert not is_alive(state, 1001 + SILENT_SECONDS)
    assert not is_alive(state._replace(pid=2**22 + 1), 1000)
    assert not is_alive(None, 1000)


def test_a_node_that_slept_with_the_machine_has_not_been_silent() -> None:
    seconds = 0.0
    pulse = Pulse(lambda: seconds)
    first = NodeState(os.getpid(), 1000, 1000)
    assert not pulse.is_beating(first, 1001 + SILENT_SECONDS)  # of yesterday, perhaps
    beat = first._replace(alive_at=1060)
    assert pulse.is_beating(beat, 1060)
    assert pulse.is_beating(beat, 90_000)
    seconds = SILENT_SECONDS + 1
    assert not pulse.is_beating(beat, 1060)
    gone = first._replace(pid=2**22 + 1, alive_at=1120)
    assert not pulse.is_beating(gone, 1120)
    assert not pulse.is_beating(None, 1120)


async def test_a_cut_line_is_one_sentence(practice: Practice, opened: Opened) -> None:
    async with opened((200, 30)) as person:
        node_started(practice.db, os.getpid(), clock.now())
        set_link(practice.db, practice.account_id, Link.OFFLINE, error="net.unreachable")
        await person.sees("cabinet : ")
        await person.sees("imap.operateur.example")


def test_what_matters_least_gives_way_first() -> None:
    lefts = Plain("actif · labo en ligne 08:21"), Plain("actif · labo en ligne"), Plain("labo …")
    rights = Plain("avis : 1 · travaux : 2"), Plain("avis : 1")
    assert fitting(lefts, rights, 80) == (lefts[0], rights[0])
    assert fitting(lefts, rights, len(lefts[1] + rights[0]) + 3) == (lefts[1], rights[0])
    assert fitting(lefts, rights, len(lefts[2] + rights[0]) + 2) == (lefts[2], rights[1])
    assert fitting(lefts, rights, 5) == (lefts[2], rights[1])
    assert fitting(lefts, (Plain(""),), len(lefts[0]) + 1) == (lefts[0], "")


def lives(practice: Practice) -> None:
    """A node is there."""
    node_started(practice.db, os.getpid(), clock.now())


async def test_a_long_sentence_about_an_account_is_seen_whole(
    practice: Practice, opened: Opened
) -> None:
    lives(practice)
    set_link(practice.db, practice.account_id, Link.NEEDS_USER, error="tls.untrusted")
    async with opened((80, 24)) as person:
        await person.sees("cabinet : ")
        whole = sentence("tls.untrusted", host="imap.operateur.example")
        await person.until(lambda: whole in " ".join(person.text.split()))
        assert "…" not in person.text.split("Réception")[0]
        set_link(practice.db, practice.account_id, Link.ONLINE)
        await person.sees("synchronisation active · cabinet en ligne")
        await person.until(lambda: person.find(StatusLine).size.height == 1)


async def test_a_long_message_is_seen_whole_and_gives_its_room_back(
    practice: Practice, opened: Opened
) -> None:
    long = sentence("account.ask_remove", account="cabinet", letters=1, drafts=2, pending=3)
    async with opened((80, 24)) as person:
        person.app.say(
            said("account.ask_remove", account="cabinet", letters=1, drafts=2, pending=3)
        )
        await person.until(lambda: long in " ".join(person.text.split()))
        line = person.find(KeyLine)
        assert line.size.height > 1
        await person.pilot.resize_terminal(40, 24)
        await person.until(lambda: long in " ".join(person.text.split()))
        line.hush()
        await person.until(lambda: line.size.height == 1)
        assert "quitter" in person.text


async def test_what_a_dead_node_knew_is_not_shown_as_if_it_were_so(
    practice: Practice, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    lives(practice)
    set_link(practice.db, practice.account_id, Link.ONLINE)
    async with opened((120, 24)) as person:
        await person.sees("cabinet en ligne")
        await person.sees("● cabinet")
        # It dies as a killed process does: without a commit.
        monkeypatch.setattr("tui.nodestart.is_alive", lambda state, now: False)
        person.app._tick()
        await person.sees("synchronisation arrêtée")
        assert "en ligne" not in person.text
        assert "● cabinet" not in person.text
        await person.press("A")
        await person.sees("en ligne au dernier passage")


async def test_what_a_budget_keeps_is_said(practice: Practice, opened: Opened) -> None:
    async with opened((200, 30)) as person:
        lives(practice)
        hold = Hold(reason=Limit.DAY, until_at=clock.now() + 3600, waiting=12)
        kept = LinkReport(pass_began_at=0, at=0, day="2026-11-26", whole=True, hold=hold)
        set_link(practice.db, practice.account_id, Link.ONLINE, synced_at=1, report=kept)
        await person.sees("cabinet : budget du jour atteint ; reprise à ")
        await person.sees("lettres en attente : 12")


async def test_a_fetch_is_wished(practice: Practice, opened: Opened) -> None:
    async with opened() as person:
        await person.press("ctrl+r")
        await person.sees("Relève demandée")
        assert accounts(practice.db)[0].sync_wanted_at > 0


async def test_the_accounts_are_shown_with_how_to_add_one(
    practice: Practice, opened: Opened
) -> None:
    async with opened((120, 30)) as person:
        await person.press("A")
        await person.sees("alice@cabinet.example")
        await person.sees("pli account add ADRESSE")


async def test_the_palette_finds_an_action_by_its_words(practice: Practice, opened: Opened) -> None:
    async with opened() as person:
        await person.press("ctrl+p")
        await person.sees("Que voulez-vous faire ?")
        await person.types("dossi")
        await person.press("enter")
        await person.sees("Aucun dossier surveillé")


async def test_the_help_says_every_key(practice: Practice, opened: Opened) -> None:
    async with opened((100, 200)) as person:
        await person.press("question_mark")
        await person.sees("répondre à tous")
        await person.sees("Ctrl+S")


async def test_the_screen_speaks_english(
    practice: Practice, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLI_LANG", "en")
    async with opened((120, 30)) as person:
        await person.sees("sync stopped")
        await person.sees("Inbox")
        await person.sees("quit")


async def test_the_help_says_the_signs_and_tab_after_the_keys_of_here(
    practice: Practice, opened: Opened
) -> None:
    async with opened((80, 60)) as person:
        await person.press("question_mark")
        await person.sees("● non lue")
        await person.sees("+ document")
        await person.sees("Tab passe d'un volet à l'autre")
