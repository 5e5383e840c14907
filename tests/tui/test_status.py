"""The status line: the node, each account, what has not left; and both languages."""

from __future__ import annotations

import os

import pytest

from store.db.accounts import accounts, set_link
from store.db.node import NodeState, node_alive, node_started
from store.host import clock
from store.model.account import Link
from store.model.link import Hold, Limit, LinkReport
from tests.tui.conftest import Opened
from tests.tui.practice import Practice, letter
from tui.nodestart import SILENT_SECONDS, is_alive


async def test_without_a_node_the_screen_says_that_nothing_moves(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter("encore lisible"))
    async with opened() as person:
        await person.sees("nœud arrêté : rien n'arrive ni ne part (N le relance)")
        await person.sees("encore lisible")


async def test_a_node_that_lives_is_shown(practice: Practice, opened: Opened) -> None:
    async with opened() as person:
        node_started(practice.db, os.getpid(), clock.now())
        await person.sees("nœud actif")


def test_a_node_is_alive_while_it_says_so_and_its_process_is_there() -> None:
    state = NodeState(pid=os.getpid(), started_at=0, alive_at=1000)
    assert is_alive(state, 1000 + SILENT_SECONDS)
    assert not is_alive(state, 1001 + SILENT_SECONDS)
    assert not is_alive(state._replace(pid=2**22 + 1), 1000)
    assert not is_alive(None, 1000)


async def test_a_cut_line_is_one_sentence(practice: Practice, opened: Opened) -> None:
    async with opened((200, 30)) as person:
        node_alive(practice.db, clock.now())
        set_link(practice.db, practice.account_id, Link.OFFLINE, error="net.unreachable")
        await person.sees("cabinet : ")
        await person.sees("imap.operateur.example")


async def test_what_a_budget_keeps_is_said(practice: Practice, opened: Opened) -> None:
    async with opened((200, 30)) as person:
        node_alive(practice.db, clock.now())
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
        await person.sees("pli account add NOM")


async def test_the_palette_finds_an_action_by_its_words(practice: Practice, opened: Opened) -> None:
    async with opened() as person:
        await person.press("ctrl+p")
        await person.sees("Que voulez-vous faire ?")
        await person.types("dossi")
        await person.press("enter")
        await person.sees("Aucun dossier surveillé")


async def test_the_help_says_every_key(practice: Practice, opened: Opened) -> None:
    async with opened((100, 90)) as person:
        await person.press("question_mark")
        await person.sees("répondre à tous")
        await person.sees("Ctrl+S")


async def test_the_screen_speaks_english(
    practice: Practice, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLI_LANG", "en")
    async with opened((120, 30)) as person:
        await person.sees("node stopped")
        await person.sees("Inbox")
        await person.sees("quit")
