"""Commands that only look: status, list, show, search.

Standard output is facts. Words from a letter pass `plain_words` before they reach a terminal;
`show --raw` and `--part` give the octets as they are, and refuse a terminal for binary ones.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import click

from store import health_words, reasons, trust_words
from store.db.accounts import accounts
from store.db.documents import documents_of_email
from store.db.emails import EmailRow, email, octets_of, page_of_emails
from store.db.letter_trust import letter_trust
from store.db.link import holds
from store.db.losses import questions
from store.db.mailboxes import find_mailboxes
from store.db.opened import came_sealed
from store.db.parts import part_octets
from store.db.patients import patients_of_email
from store.db.search import Order, is_complete
from store.db.search import search as find
from store.db.status import Status
from store.db.status import status as counts
from store.errors import Usage
from store.host.clock import now
from store.host.i18n import sentence
from store.host.invocation import Invocation
from store.host.link_words import hold_words
from store.host.lock import node_runs
from store.model.account import Account
from store.model.email import Email
from store.model.health import DocumentRow, PatientRow
from store.model.ids import AccountId, EmailId
from store.model.link import Hold
from store.model.opened import LetterTrust
from store.plain import facts_line, plain_block, plain_words, said
from store.questions import how_to_answer, question_words
from store.watch_words import watch_facts, watch_words
from store.work_words import part_words
from tui.links import with_hosts

as_json_option = click.option("--json", "as_json", is_flag=True, help=sentence("cli.option.json"))
limit_option = click.option(
    "--limit",
    type=click.IntRange(1),
    default=50,
    show_default=True,
    help=sentence("cli.option.limit"),
)


@click.command(help=sentence("cli.status.help"))
@as_json_option
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    """Counts, accounts, outbox, drop folder, node; exit code 1 when something is asked."""
    invocation = ctx.ensure_object(Invocation)
    with invocation.store() as db:
        seen, everyone, held = counts(db), accounts(db), holds(db, now=now())
        asked, watched, facts_of_rules = questions(db), list(watch_words(db)), watch_facts(db)
    running = node_runs(invocation.chosen_home())
    facts = {
        "messages": seen.messages,
        "seen": seen.seen,
        "flagged": seen.flagged,
        "outbox": seen.outbox,
        "drop": seen.drop,
        "node": running,
        "accounts": [
            {
                "name": a.name,
                "address": a.address,
                "link": a.link.value,
                "last_synced_at": a.last_synced_at,
                "last_error": a.last_error,
                "hold": asdict(held[a.id]) if a.id in held else None,
            }
            for a in everyone
        ],
        "questions": [
            {"account": q.account, "mailbox": q.mailbox.name, "lost": q.lost, "held": q.held}
            for q in asked
        ],
        **facts_of_rules,
    }
    if as_json:
        click.echo(facts_line(facts))
    else:
        _print_status(seen, everyone, held, running)
        for words in watched:
            click.echo(plain_words(words))
        for question in asked:
            click.echo(plain_words(f"{question_words(question)} {how_to_answer(question)}"))
    ctx.exit(1 if asked else 0)


def _print_status(
    seen: Status, everyone: Sequence[Account], held: Mapping[AccountId, Hold], running: bool
) -> None:
    click.echo(said("cli.status.letters", n=seen.messages, seen=seen.seen))
    click.echo(said("cli.status.node_runs" if running else "cli.status.node_stopped"))
    for a in everyone:
        at = sentence("cli.never") if a.last_synced_at is None else local_time(a.last_synced_at)
        state = reasons.of_link(a, current=running)
        click.echo(said("cli.status.account", name=a.name, state=state, at=at))
        if a.last_error:
            click.echo(plain_words(f"  {reasons.of_account(a)}"))
        if a.id in held:
            click.echo(plain_words("  " + hold_words(held[a.id])))
    for state_name, n in seen.outbox.items():
        click.echo(said("cli.status.outbox", state=sentence(f"outbox.{state_name}"), n=n))
    for state_name, n in seen.drop.items():
        click.echo(said("cli.status.drop", state=sentence(f"drop.state.{state_name}"), n=n))


@click.command("list", help=sentence("cli.list.help"))
@click.argument("mailbox")
@limit_option
@as_json_option
@click.pass_obj
def list_(invocation: Invocation, mailbox: str, limit: int, as_json: bool) -> None:
    """The newest letters of a mailbox."""
    with invocation.store() as db:
        rows: list[EmailRow] = []
        for found in find_mailboxes(db, mailbox):
            rows += page_of_emails(db, found.id, limit=limit)
    rows.sort(key=lambda row: row.key, reverse=True)
    _print_rows(rows[:limit], as_json)


@click.command(help=sentence("cli.search.help"))
@click.argument("query")
@limit_option
@click.option("--relevance", is_flag=True, help=sentence("cli.search.relevance"))
@as_json_option
@click.pass_obj
def search(invocation: Invocation, query: str, limit: int, relevance: bool, as_json: bool) -> None:
    """The letters that answer QUERY, the newest first."""
    with invocation.store() as db:
        rows = find(db, query, limit, order=Order.RELEVANCE if relevance else Order.DATE)
        complete = is_complete(db)
    if not complete:
        click.echo(said("tui.search.incomplete", n=len(rows)), err=True)
    _print_rows(rows, as_json)


@click.command(help=sentence("cli.show.help"))
@click.argument("id_", metavar="ID", type=int)
@click.option("--raw", is_flag=True, help=sentence("cli.show.raw"))
@click.option("--part", metavar="N", help=sentence("cli.show.part"))
@as_json_option
@click.pass_obj
def show(invocation: Invocation, id_: int, raw: bool, part: str | None, as_json: bool) -> None:
    """One letter: as text, as received, or one of its parts."""
    if raw and part is not None:
        raise Usage("cli.show.raw_or_part")
    with invocation.store() as db:
        if raw or part is not None:
            email_id = EmailId(id_)
            octets = octets_of(db, email_id) if part is None else part_octets(db, email_id, part)
            if sys.stdout.isatty():
                raise Usage("cli.show.not_on_screen")
            if part is not None and came_sealed(db, email_id):
                click.echo(said("cli.show.was_sealed"), err=True)
            click.echo(octets, nl=False)
            return
        shown, trust = email(db, EmailId(id_)), letter_trust(db, EmailId(id_))
        documents = documents_of_email(db, EmailId(id_))
        people = patients_of_email(db, EmailId(id_))
    if as_json:
        click.echo(facts_line(_letter_facts(shown, trust, documents, people)))
        return
    _print_letter(shown, trust, documents, people)


def _letter_facts(
    shown: Email,
    trust: LetterTrust,
    documents: Sequence[DocumentRow],
    people: Sequence[PatientRow],
) -> dict[str, object]:
    return {
        "id": shown.id,
        "message_id": shown.message_id,
        "from": [shown.sender.name, shown.sender.email],
        "to": [[a.name, a.email] for a in shown.to],
        "cc": [[a.name, a.email] for a in shown.cc],
        "subject": shown.subject,
        "sent_at": shown.sent_at,
        "received_at": shown.received_at,
        "size": shown.size,
        "body": shown.body,
        "parts": [
            {
                "number": p.number,
                "type": p.media_type,
                "name": p.name,
                "size": p.size,
                "state": p.state.value,
                "held": p.held,
                "to_come": p.to_come,
            }
            for p in shown.parts
        ],
        "warnings": shown.warnings,
        "trust": _trust_facts(trust),
        "documents": [asdict(each) for each in documents],
        "patients": [asdict(each) for each in people],
    }


def _trust_facts(trust: LetterTrust) -> dict[str, object]:
    signer = trust.verdict.signer
    return {
        "level": None if trust.pending else trust.verdict.level.value,
        "reasons": [] if trust.pending else [each.value for each in trust.verdict.reasons],
        "address": trust.verdict.address,
        "signer": None if signer is None else [signer.name, signer.fingerprint],
        "sealed": trust.sealed,
        "sealed_for": trust.sealed_for,
        "stopped": trust.stopped,
        "pending": trust.pending,
        "network": trust.network,
        "judged_at": trust.judged_at,
    }


def _print_letter(
    shown: Email,
    trust: LetterTrust,
    documents: Sequence[DocumentRow],
    people: Sequence[PatientRow],
) -> None:
    sender = f"{shown.sender.email} ({shown.sender.name})" if shown.sender.name else ""
    head = {
        "letter.from": sender or shown.sender.email,
        "letter.to": ", ".join(a.email for a in shown.to),
        "letter.date": local_time(shown.sent_at or shown.received_at),
        "letter.subject": shown.subject,
    }
    for field, words in head.items():
        click.echo(plain_words(f"{sentence(field)} {words}"))
    click.echo(plain_words(f"{sentence('cli.show.trust')} {trust_words.line(trust, now())}"))
    for who in people:
        sure = health_words.certainty_words(who.certainty)
        click.echo(said("cli.show.patient", words=health_words.patient_words(who), certainty=sure))
    for each in documents:
        click.echo(said("cli.show.document", words=health_words.document_words(each)))
    for code in shown.warnings:
        if code.startswith(("mime.", "merge.", "part.", "smime.", "apicrypt.", "card.", "trust.")):
            click.echo(plain_words(f"! {said(code)}"))
    for p in shown.parts:
        if not p.is_body:
            facts = {"number": p.number, "name": p.name or p.media_type, "size": p.size}
            if state := part_words(p, shown.price):
                click.echo(said("letter.part_away", **facts, state=state))
            else:
                click.echo(said("letter.part", **facts))
    click.echo()
    click.echo(plain_block(with_hosts(plain_block(shown.body))))


def local_time(at: int) -> str:
    """A time as a French reader writes it, in the machine's time zone."""
    try:
        return datetime.fromtimestamp(at, UTC).astimezone().strftime("%d/%m/%Y %H:%M")
    except (ValueError, OverflowError, OSError):
        return "?"  # a date of the year 10000 is the sender's joke, not a reason to fail


def _print_rows(rows: Iterable[EmailRow], as_json: bool) -> None:
    today = now()
    for row in rows:
        if as_json:
            facts = {
                "id": row.email_id,
                "placement": row.placement_id,
                "received_at": row.received_at,
                "from": [row.sender_name, row.sender_email],
                "subject": row.subject,
                "keywords": row.keywords.split(),
                "attachments": row.attachments,
                "size": row.size,
            }
            click.echo(facts_line(facts))
            continue
        mark = " " if "$seen" in row.keywords.split() else "●"
        who = plain_words(row.sender_name or row.sender_email)[:28]
        at = local_time(min(row.received_at, today + 86_400))
        click.echo(plain_words(f"{row.email_id:>7} {mark} {at}  {who:<28}  {row.subject}"))
