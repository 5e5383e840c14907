"""Sentences for the codes that rows keep: why a pass, a letter, a document did not go through.

A row keeps a code and nothing else, so that no word from outside lies there twice. The sentence
is made when it is shown, in the language of whoever reads it; what it names, a host, an account, a
folder, is found again in the rows. What no row knows is left out, by a sentence without it.
"""

from __future__ import annotations

from store.host.clock import local
from store.host.i18n import sentence
from store.model.account import Account, Endpoint, Link
from store.model.drop import DropRule
from store.model.submission import EmailSubmission, SubmissionState
from store.outbox_words import of_fate
from store.plain import Plain, plain_words, said

UNKNOWN = "…"
"""For what only the moment knew: the kind of an unexpected error, which the log names."""
WITHOUT_HOLES = {
    "send.bad_address": "submission.bad_address",
    "send.bad_header": "submission.bad_header",
}
"""A draft's code -> the same said without the address or the field, which the row does not know."""


def of_account(account: Account) -> Plain:
    """What stopped the last pass of an account, and what to do."""
    return said(account.last_error, **facts(account))


def of_submission(code: str, account: Account | None) -> Plain:
    """Why a letter has not left; None when its account is not known."""
    return said(code) if account is None else said(code, **_facts(account, account.smtp, code))


OF_SEVERAL = {
    SubmissionState.REFUSED: "outbox.refused.of_several",
    SubmissionState.CANCELED: "outbox.canceled.of_several",
}
"""What is otherwise said of these is said of the whole letter."""


def of_state(submission: EmailSubmission) -> Plain:
    """Where a letter stands, in a few words; one that not everybody got does not look delivered."""
    if submission.left_out == 1:
        return said("outbox.accepted_but_one")
    if submission.left_out:
        return said("outbox.accepted_but", n=submission.left_out)
    if fate := of_fate(submission):
        return fate
    if submission.is_asked:
        return said("outbox.copied")
    return said(f"outbox.{submission.shown_state.value}")


def of_state_explained(submission: EmailSubmission) -> Plain:
    """Where a letter stands, in a sentence."""
    if submission.answer_awaited:
        return said("outbox.answer_awaited")
    if submission.left_out:
        return said("outbox.accepted_but.explained")
    if submission.troubled:
        return said("outbox.troubled.explained")
    # Somebody else may have another message of the same letter, or get it yet.
    if submission.letter and submission.state in OF_SEVERAL:
        return said(OF_SEVERAL[submission.state])
    if submission.copied_at:
        at = f"{local(submission.copied_at):%d/%m/%Y %H:%M}"
        if submission.is_asked:
            return said("outbox.copied.explained", at=at)
        if submission.state is SubmissionState.CANCELED:
            return said("outbox.copied.let_go", at=at)
    return said(f"outbox.{submission.state.value}.explained")


def of_draft(code: str) -> Plain:
    """Why a letter told to leave could not be made ready."""
    if code.startswith("route."):
        return said("route.no_way_now")  # which address, and why: the draft says it when opened
    return said(WITHOUT_HOLES.get(code, code))


def of_rule(rule: DropRule) -> Plain:
    """Why a folder is not watched, or a remark on it."""
    return said(rule.last_error, folder=rule.folder)


def of_directory(code: str) -> Plain:
    """Why a live directory did not answer; which one, the code does not know."""
    if code.startswith("net."):
        return said("directory.live_unreachable")
    if code.startswith("tls."):
        return said("directory.live_untrusted")
    return said(code, host=UNKNOWN, status=UNKNOWN)


def of_link(account: Account, *, current: bool) -> Plain:
    """The line to an account; `current` is False when no node keeps watch over it."""
    state = sentence(f"link.{account.link.value}")
    if current or account.link is Link.NEVER:
        return plain_words(state)
    return said("link.before", state=state)


def facts(account: Account) -> dict[str, object]:
    """What fills the sentence for `account.last_error`."""
    sends = account.last_error.startswith("smtp.")
    return _facts(account, account.smtp if sends else account.imap, account.last_error)


def _facts(account: Account, server: Endpoint, code: str) -> dict[str, object]:
    path = account.password_file
    if code == "tls.client_password_not_private":
        path = account.client_password_file
    elif code.startswith("tls."):
        path = account.client_key or account.client_cert
    return {"account": account.name, "host": server.host, "path": path, "kind": UNKNOWN}
