"""`pli send`: a letter from the command line; its body on standard input."""

from __future__ import annotations

import asyncio
import mimetypes
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from store import reasons
from store.compose import parse_addresses
from store.db.accounts import account as account_by_id
from store.db.accounts import account_by_name, accounts
from store.db.drafts import attach, discard_draft, save_draft
from store.db.open import Connection
from store.db.submissions import submission
from store.errors import MailError, Permanent, Transient, Usage
from store.host.clock import now
from store.host.i18n import sentence
from store.host.invocation import Invocation
from store.host.keys import DataKey
from store.host.lock import node_runs
from store.host.log import to_file
from store.model.account import Account
from store.model.draft import Draft
from store.model.email import EmailAddress
from store.model.ids import AccountId, DraftId, SubmissionId
from store.model.submission import EmailSubmission, RecipientState, SubmissionState
from store.plain import explained, facts_line
from store.routing.content import content_of, recipients_of
from sync.commands.as_node import as_node, know_first
from sync.commands.card import keys_of_card, with_card
from sync.commands.document_options import document_options
from sync.commands.ending import run_until_told
from sync.commands.moment import AT_ONCE, Expected, Moment
from sync.commands.ways import both_books, tell_ways
from sync.keyring import opened_keys
from sync.passes import outbox_pass
from sync.smime.signatures import Signer
from sync.submit.freeze import freeze

DOUBTFUL = (SubmissionState.REFUSED, SubmissionState.UNCERTAIN)
MOST_OCTETS = 25 * 1024 * 1024


@click.command(help=sentence("cli.send.help"))
@document_options
@click.option("--to", "to", multiple=True, metavar="A", help=sentence("cli.send.to"))
@click.option("--cc", "cc", multiple=True, metavar="A", help=sentence("cli.send.cc"))
@click.option("--bcc", "bcc", multiple=True, metavar="A", help=sentence("cli.send.bcc"))
@click.option("--subject", metavar="S", help=sentence("cli.send.subject"))
@click.option(
    "--attach",
    "attached",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path),
    help=sentence("cli.send.attach"),
)
@click.option("--account", "account_name", help=sentence("cli.send.account"))
@click.option("--sign", is_flag=True, help=sentence("cli.send.sign"))
@click.option("--encrypt", "seal", is_flag=True, help=sentence("cli.send.encrypt"))
@click.option("--non-medical", "non_medical", default="", help=sentence("cli.send.non_medical"))
@click.option("--receipt", is_flag=True, help=sentence("cli.send.receipt"))
@click.option("--dry-run", is_flag=True, help=sentence("cli.send.dry_run"))
@click.option("--at", "leaves", type=Moment(), metavar="T", help=sentence("cli.send.at"))
@click.option("--answer-by", type=Moment(), metavar="T", help=sentence("cli.send.answer_by"))
@click.option("--escalate", default="", metavar="A", help=sentence("cli.send.escalate"))
@with_card
@click.option("--json", "as_json", is_flag=True, help=sentence("cli.option.json"))
@click.pass_context
def send(
    ctx: click.Context,
    to: tuple[str, ...],
    cc: tuple[str, ...],
    bcc: tuple[str, ...],
    subject: str,
    attached: tuple[Path, ...],
    account_name: str | None,
    sign: bool,
    seal: bool,
    non_medical: str,
    receipt: bool,
    dry_run: bool,
    leaves: int | None,
    answer_by: int | None,
    escalate: str,
    card: str | None,
    card_label: str | None,
    card_pin_file: Path | None,
    as_json: bool,
) -> None:
    """Say the way to each recipient, queue the letter durably, then let it leave: by the running
    node, else from here."""
    expected = Expected.of(leaves, answer_by, escalate)
    invocation = ctx.ensure_object(Invocation)
    key = invocation.unlock()
    with invocation.store() as db:
        to_file(invocation.chosen_home())
        know_first(db, invocation.chosen_home())
        account = chosen_account(db, account_name)
        draft = Draft(
            sender=EmailAddress(name=account.display_name, email=account.address),
            to=tuple(a for text in to for a in parse_addresses(text)),
            cc=tuple(a for text in cc for a in parse_addresses(text)),
            bcc=tuple(a for text in bcc for a in parse_addresses(text)),
            subject=subject,
            body=_body(),
            attachments=tuple(
                attach(db, path.name, _media_type(path), _octets(path)) for path in attached
            ),
            seal=seal,
            sign=sign,
            receipt=receipt,
            answer_by=expected.answer_by or 0,
            tell=expected.tell,
            non_medical=non_medical.strip(),
        )
        at = now()
        people = recipients_of(draft)
        with both_books(invocation, db, people) as shelf:
            if not tell_ways(shelf, account, people, content_of(draft), at=at):
                raise Permanent("send.no_way")
        if dry_run:
            ctx.exit(0)
        with keys_of_card(card, card_label, card_pin_file) as held:
            draft_id = save_draft(db, account.id, draft, now=at)
            submissions = _frozen(db, account, draft_id, key, at, held, expected.leaves)
        code = leave_and_tell(db, invocation, submissions, as_json=as_json, expected=expected)
    ctx.exit(code)


def leave_and_tell(
    db: Connection,
    invocation: Invocation,
    submissions: Sequence[SubmissionId],
    *,
    as_json: bool,
    expected: Expected = AT_ONCE,
) -> int:
    """Let frozen letters leave, by the running node, else from here; say where they stand.

    Returns the exit code.
    """
    kept_back, stopped = False, False
    if expected.leaves is None and not node_runs(invocation.chosen_home()):
        try:
            kept_back = _leave_from_here(db, submissions, invocation, invocation.unlock())
        except KeyboardInterrupt:
            stopped = True  # it may have left all the same: say so, or it is written again
    now_they = [submission(db, id_) for id_ in submissions]
    for one in now_they:
        _tell(one, as_json)
        expected.tell_when()
    if stopped:
        raise KeyboardInterrupt
    refused = any(r.state is RecipientState.REFUSED for one in now_they for r in one.recipients)
    doubtful = any(one.shown_state in DOUBTFUL for one in now_they)
    return 1 if refused or doubtful or kept_back else 0


def _frozen(
    db: Connection,
    account: Account,
    draft_id: DraftId,
    key: DataKey,
    at: int,
    of_card: Sequence[Signer],
    leaves: int | None,
) -> tuple[SubmissionId, ...]:
    """Queue it. What can never leave is thrown away; what waits for a key, say, stays a draft.

    Where a way is no longer the one that was said, nothing leaves: whoever asked asks again.
    """

    def keys(account_id: AccountId) -> Sequence[Signer]:
        return [*of_card, *opened_keys(db, key, account_id)]

    try:
        return asyncio.run(freeze(db, account, draft_id, now=at, keys=keys, send_at=leaves))
    except Permanent:
        discard_draft(db, draft_id)
        raise
    except Transient as error:
        if error.code != "draft.changed":
            raise
        discard_draft(db, draft_id)
        raise Transient("send.changed") from error


def chosen_account(db: Connection, name: str | None) -> Account:
    """The one that is named, else the only one.

    Raises:
        Usage: `account.unknown`, `send.which_account`, `send.no_account`.
    """
    if name is not None:
        return account_by_name(db, name)
    everyone = accounts(db)
    if len(everyone) != 1:
        raise Usage("send.which_account" if everyone else "send.no_account")
    return everyone[0]


def _body() -> str:
    if sys.stdin is None or sys.stdin.isatty():  # None: whoever started us closed it
        return ""
    octets = sys.stdin.buffer.read(MOST_OCTETS + 1)
    if len(octets) > MOST_OCTETS:
        raise Usage("send.too_large", name="-", most_mb=MOST_OCTETS // 2**20)
    return octets.decode("utf-8", errors="replace")


def _octets(path: Path) -> bytes:
    if path.stat().st_size > MOST_OCTETS:
        raise Usage("send.too_large", name=path.name, most_mb=MOST_OCTETS // 2**20)
    return path.read_bytes()


def _media_type(path: Path) -> str:
    return mimetypes.guess_type(path.name)[0] or "application/octet-stream"


def _leave_from_here(
    db: Connection, submissions: Iterable[SubmissionId], invocation: Invocation, key: DataKey
) -> bool:
    """One outbox pass in this process for each account they leave by. True when one of them waits
    for a person to act.

    A line that is down is no failure: the letter is kept and leaves later.
    """
    by = dict.fromkeys(submission(db, id_).account_id for id_ in submissions)
    # All of them: what keeps the messages of one account back keeps nobody else's.
    kept_back = [_passed(db, account_by_id(db, id_), invocation, key) for id_ in by]
    return any(kept_back)


def _passed(db: Connection, account: Account, invocation: Invocation, key: DataKey) -> bool:
    home = invocation.chosen_home()
    try:
        with as_node(db, home):
            run_until_told(outbox_pass(db, account, home, key))
    except MailError as error:
        click.echo(explained(error), err=True)
        return not isinstance(error, Transient)
    return False


def _tell(one: EmailSubmission, as_json: bool) -> None:
    if as_json:
        facts = {"id": one.id, "state": one.state.value, "answer_awaited": one.answer_awaited}
        click.echo(facts_line(facts))
    click.echo(reasons.of_state_explained(one), err=True)
