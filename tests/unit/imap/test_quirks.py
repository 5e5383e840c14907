"""Servers known to get something wrong are not asked for it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from sync.imap import quirks
from sync.imap.connect import connect
from tests.meta.sources import ROOT
from tests.unit.imap.liar import CAPABLE, Lie

ALL = "ENABLE QRESYNC CONDSTORE LIST-EXTENDED LIST-STATUS"
RULES = {
    "AUTHENTICATE": f"%s OK [CAPABILITY IMAP4rev1 {ALL}] oui\r\n",
    "ENABLE": "* ENABLED CONDSTORE\r\n%s OK\r\n",
    "LIST": '* LIST () "/" INBOX\r\n%s OK\r\n',
}


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("imap.mail.me.com", True),
        ("P03-IMAP.mail.me.com.", True),
        ("imap.mail.icloud.com", True),
        ("mail.me.com.exemple.test", False),
        ("imap.hotmail.me.com", False),
        ("imap.exemple.test", False),
    ],
)
def test_qresync_is_not_asked_of_a_server_known_to_get_it_wrong(host: str, known: bool) -> None:
    assert quirks.without(host, b"") == ({"QRESYNC"} if known else frozenset())


@pytest.mark.parametrize("remembered", ["", f"AUTH=PLAIN SASL-IR {ALL}"])
async def test_a_quirk_counts_in_a_flight_and_step_by_step(
    lie: Lie, monkeypatch: pytest.MonkeyPatch, remembered: str
) -> None:
    here = replace(quirks.QUIRKS[0], host=re.compile(r"127\.0\.0\.1"))
    monkeypatch.setattr(quirks, "QUIRKS", (here,))
    liar, to = await lie(RULES, CAPABLE.format("AUTH=PLAIN SASL-IR"))
    to = replace(to, capabilities=remembered)
    session = await connect(to, "mot de pässe", listing=True, timeout=30)
    await session.list_mailboxes()
    assert "ENABLE CONDSTORE" in liar.heard
    assert (session.has("CONDSTORE"), session.has("QRESYNC")) == (True, False)
    assert "QRESYNC" in session.remembered.split()  # it is the server's word, not ours
    await session.logout()


async def test_a_server_is_known_by_its_greeting(lie: Lie) -> None:
    liar, to = await lie(
        RULES, "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] IMAP4rev1 SmarterMail\r\n"
    )
    session = await connect(to, "mot de pässe", timeout=30)
    await session.list_mailboxes()
    await session.logout()
    await liar.over()
    assert not any("ENABLE" in words or "MODSEQ" in words for words in liar.heard)


@pytest.mark.parametrize("quirk", quirks.QUIRKS, ids=lambda quirk: quirk.name)
def test_every_quirk_is_written_down(quirk: quirks.Quirk) -> None:
    table = Path(ROOT / "docs" / "quirks.md").read_text(encoding="utf-8")
    [line] = [line for line in table.splitlines() if line.startswith(f"| {quirk.name}")]
    assert f"| {quirk.seen} |" in line
    assert any(name in line for name in quirk.without)
