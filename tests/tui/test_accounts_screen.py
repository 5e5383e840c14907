"""What the screen says of how an account is reached."""

from __future__ import annotations

from dataclasses import replace

from store.model.account import Incoming, Tls
from tests.refusals import CABINET
from tui.screens.accounts import about


def test_the_protocol_and_each_encryption_are_said() -> None:
    words = about(replace(CABINET, smtp_tls=Tls.STARTTLS))
    assert "IMAP imap.exemple.test:993 (" in words
    assert words.count("STARTTLS") == 1
    assert "reste ici" not in words


def test_of_pop3_it_says_that_what_is_done_stays_here() -> None:
    words = about(replace(CABINET, incoming=Incoming.POP3, last_error="pop3.busy"))
    assert "POP3 imap.exemple.test:993" in words
    assert "reste ici" in words
    assert "déjà ouverte ailleurs" in words
