"""A code kept in a row becomes a whole sentence again, whichever code it is, in each language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from store import reasons
from store.db.accounts import account
from store.db.open import Connection
from store.host.i18n import LANGUAGES, catalogue
from store.model.account import Account, Link
from store.model.drop import DISMISSED, DropRule
from store.model.ids import AccountId, DropRuleId
from store.plain import said
from sync.drop.reasons import Reason
from sync.tls import CERTIFICATE
from tests.meta.sources import called, calls, modules, strings
from tests.tui.practice import practice

RAISED = {"MailError", "Transient", "NeedsUser", "Permanent"}
KEPT_AREAS = (
    *("bug", "net", "tls", "imap", "pop3", "smtp", "send", "submission", "password", "blob"),
    *("drop", "token", "certificate"),
)
HOLE = re.compile(r"[{}]|\bNone\b|« »|  ")


def kept_codes() -> set[str]:
    """Every code that the node can meet and so may write into a row."""
    raised = {
        word
        for path in modules("sync", "store")
        for call in calls(path)
        if called(call) in RAISED
        for word in in_first(call)
    }
    # Codes that travel as values: verdicts on a letter, tables from what TLS says.
    tables = {code for code in catalogue("fr") if code.startswith(("submission.", "tls.", "net."))}
    codes = raised | tables | set(CERTIFICATE.values()) | {DISMISSED}
    return {code for code in codes if code.partition(".")[0] in KEPT_AREAS} & set(catalogue("fr"))


def in_first(call: ast.Call) -> Iterator[str]:
    """The literals of the first argument of a call."""
    yield from strings(call.args[0]) if call.args else ()


@pytest.fixture
def cabinet(db: Connection) -> Account:
    """An account with a name, two servers and two files."""
    files = {
        "password_file": "/secret/pw",
        "client_key": "/secret/cle.pem",
        "client_password_file": "/secret/ouvre",
    }
    return replace(account(db, practice(db).account_id), **files)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_kept_is_a_whole_sentence(
    cabinet: Account, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLI_LANG", language)
    rule = DropRule(
        id=DropRuleId(1),
        name="labo",
        folder="/srv/labo",
        account_id=cabinet.id,
        to=("b@b.example",),
    )
    codes = kept_codes()
    assert len(codes) > 60
    for code in sorted(codes):
        shown = {
            "account": reasons.of_account(replace(cabinet, last_error=code)),
            "submission": reasons.of_submission(code, cabinet),
            "draft": reasons.of_draft(code),
            "rule": reasons.of_rule(replace(rule, last_error=code)),
            "document": said(code),
        }
        for row in rows_that_keep(code):
            assert not HOLE.search(shown[row]), f"{row}: {shown[row]}"
            assert shown[row] != code, row


def rows_that_keep(code: str) -> Iterator[str]:
    """Which rows a code can be written into."""
    area = code.partition(".")[0]
    if area == "drop":
        yield from ("rule",) if code not in NEVER_KEPT else ()
        yield from ("document",) if code in OF_DOCUMENTS else ()
    elif area in ("submission", "blob"):
        yield from ("submission", "draft")
    elif area == "send":
        yield "draft"
    else:
        yield from ("account", "submission")


REMARKS = {"drop.stuck", "drop.directory"}
"""On a folder; a document never carries them."""
OF_DOCUMENTS = {reason.value for reason in Reason} - REMARKS | {DISMISSED}
NEVER_KEPT = {"drop.not_ended"}
"""Our own bug: it ends the pass over a folder, and is in the log alone."""


def test_a_sending_servers_error_names_that_server(cabinet: Account) -> None:
    down = replace(cabinet, last_error="smtp.no_login")
    assert "smtp.operateur.example" in reasons.of_account(down)
    assert "imap.operateur.example" in reasons.of_account(replace(down, last_error="net.timeout"))
    assert "smtp.operateur.example" in reasons.of_submission("net.timeout", cabinet)


def test_the_file_to_protect_is_the_one_that_is_named(cabinet: Account) -> None:
    for code, path in (
        ("password.file_not_private", "/secret/pw"),
        ("tls.client_key_not_private", "/secret/cle.pem"),
    ):
        assert f"chmod 600 {path}" in reasons.of_account(replace(cabinet, last_error=code))


def test_what_a_dead_node_last_knew_of_a_line_is_said_to_be_old(cabinet: Account) -> None:
    online = replace(cabinet, id=AccountId(1), link=Link.ONLINE)
    assert reasons.of_link(online, current=True) == "en ligne"
    assert reasons.of_link(online, current=False) == "en ligne au dernier passage"
    assert reasons.of_link(cabinet, current=False) == "jamais connecté"


@pytest.mark.parametrize(
    "code",
    ["net.timeout", "net.name", "tls.untrusted", "directory.key_refused", "directory.server_busy"],
)
def test_why_a_directory_was_silent_has_no_hole_left(code: str) -> None:
    assert "{" not in reasons.of_directory(code)
    assert "pli account" not in reasons.of_directory(code)
