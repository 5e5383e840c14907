"""`pli outbox`: what is waiting, what left, what is in doubt, what became of it."""

from __future__ import annotations

from dataclasses import asdict

import click

from store import outbox_words, reasons, route_words
from store.db import copied
from store.db.accounts import account
from store.db.asked import answer as answer_asked
from store.db.asked import asked_in
from store.db.drafts import drafts_waiting
from store.db.submissions import enough, submission
from store.db.submissions import outbox as all_submissions
from store.db.submissions import release as release_submission
from store.db.submissions import retry as retry_submission
from store.errors import Usage
from store.host.clock import now
from store.host.i18n import sentence
from store.host.invocation import Invocation
from store.model.ids import EmailId, SubmissionId
from store.model.submission import EmailSubmission, SubmissionState
from store.outbox_words import After
from store.plain import facts_line, plain_words, said
from store.receipt_words import question_words
from store.route_words import place_in_letter, together, way_of
from tui.commands.look import as_json_option, local_time


@click.group(invoke_without_command=True, help=sentence("cli.outbox.help"))
@as_json_option
@click.pass_context
def outbox(ctx: click.Context, as_json: bool) -> None:
    """Every submission, newest first."""
    if ctx.invoked_subcommand is not None:
        return
    with ctx.ensure_object(Invocation).store() as db:
        rows, waiting = all_submissions(db), drafts_waiting(db)
    if not (rows or waiting):
        click.echo(said("tui.outbox.empty"), err=True)
    for draft_id, send_at, code in waiting:
        if as_json:
            facts = {"draft": draft_id, "state": "writing", "send_at": send_at, "error": code}
            click.echo(facts_line(facts))
        else:
            why = reasons.of_draft(code) if code else ""
            line = f"      - {sentence('outbox.writing'):<14} {local_time(send_at)}  {why}"
            click.echo(plain_words(line))
    for row in rows:
        if as_json:
            click.echo(facts_line(_facts(row)))
        else:
            state = reasons.of_state(row)
            to = ", ".join(r.email for r in row.recipients) + place_in_letter(row, rows)
            waits = row.state is SubmissionState.QUEUED and row.send_at > now()
            when = local_time(row.send_at if waits else row.updated_at)
            click.echo(plain_words(f"{row.id:>7} {state:<14} {when}  {to}  {row.subject}"))


@outbox.command(help=sentence("cli.outbox.show"))
@click.argument("id_", metavar="ID", type=int)
@as_json_option
@click.pass_obj
def show(invocation: Invocation, id_: int, as_json: bool) -> None:
    """One submission, recipient by recipient."""
    with invocation.store() as db:
        row = submission(db, SubmissionId(id_))
        sender, rows = account(db, row.account_id), all_submissions(db)
        known = outbox_words.after(db, row.id)
    if as_json:
        click.echo(facts_line(_facts(row) | _more_facts(known)))
        return
    click.echo(plain_words(f"{row.id} {reasons.of_state(row)}  {row.subject}"))
    click.echo(reasons.of_state_explained(row))
    if row.last_error and row.state is not SubmissionState.ACCEPTED:
        click.echo(reasons.of_submission(row.last_error, sender))
    for note in outbox_words.notes(row, known, local_time, now=now()):
        click.echo(plain_words(note))
    for r in row.recipients:
        state = outbox_words.of_recipient(r, local_time, awaited=row.answer_awaited)
        to = "  ".join(filter(None, (r.email, way_of(r))))
        click.echo(plain_words(f"  {to}  {state}  {r.code or ''} {r.reply}"))
        _echo_reports(known, r.email)
    _echo_reports(known, "")
    others = [str(each.id) for each in together(row, rows) if each.id != row.id]
    if others:
        click.echo(said("outbox.same_letter", ids=", ".join(others)))


def _echo_reports(known: After, email: str) -> None:
    for report in known.reports:
        if report.email == email:
            click.echo(plain_words(f"    {outbox_words.of_report(report, local_time)}"))


@outbox.command(help=sentence("cli.outbox.cancel"))
@click.argument("id_", metavar="ID", type=int)
@click.pass_obj
def cancel(invocation: Invocation, id_: int) -> None:
    """Withdraw what has not begun to leave, or let go of what was refused, or failed later."""
    with invocation.store() as db:
        if code := enough(db, SubmissionId(id_), now=now()):
            click.echo(said(code), err=True)
            return
        row, rows = submission(db, SubmissionId(id_)), all_submissions(db)
    click.echo(route_words.withdrawn(row, rows), err=True)


@outbox.command(help=sentence("cli.outbox.retry"))
@click.argument("id_", metavar="ID", type=int)
@click.pass_obj
def retry(invocation: Invocation, id_: int) -> None:
    """Let the same octets leave again."""
    with invocation.store() as db:
        retry_submission(db, SubmissionId(id_), now=now())
        row = submission(db, SubmissionId(id_))
    click.echo(plain_words(outbox_words.retried(row, local_time, now=now())), err=True)


@outbox.command(help=sentence("cli.outbox.held"))
@click.option("--send", "send", is_flag=True, help=sentence("cli.outbox.held_send"))
@click.option("--leave", "leave", is_flag=True, help=sentence("cli.outbox.held_leave"))
@click.pass_obj
def held(invocation: Invocation, send: bool, leave: bool) -> None:
    """The letters that waited when the store was copied, and the same answer to all of them."""
    if send and leave:
        raise Usage("outbox.which_answer")
    with invocation.store() as db:
        if send or leave:
            n = copied.decide_all(db, leaves=send, now=now())
            click.echo(said("outbox.held_sent" if send else "outbox.held_left", n=n), err=True)
            return
        rows = copied.asked_about(db)
        for id_ in rows:
            row = submission(db, id_)
            to = ", ".join(r.email for r in row.recipients)
            click.echo(plain_words(f"{row.id:>7} {to}  {row.subject}"))
    if not rows:
        click.echo(said("outbox.held_none"), err=True)


@outbox.command(help=sentence("cli.outbox.hold"))
@click.pass_obj
def hold(invocation: Invocation) -> None:
    """Ask about everything that waits: the machine was set back, and nothing here can see that."""
    with invocation.store() as db:
        found = copied.hold_what_waits(db, now=now())
    click.echo(said("store.copied", **found._asdict()), err=True)


@outbox.command(help=sentence("cli.outbox.release"))
@click.argument("id_", metavar="ID", type=int)
@click.pass_obj
def release(invocation: Invocation, id_: int) -> None:
    """Let what waits for its time leave at once."""
    with invocation.store() as db:
        release_submission(db, SubmissionId(id_), now=now())
    click.echo(said("outbox.released"), err=True)


@outbox.command(help=sentence("cli.outbox.asked"))
@as_json_option
@click.pass_obj
def asked(invocation: Invocation, as_json: bool) -> None:
    """Letters whose receipt waits for a word, and those whose receipt could not leave."""
    with invocation.store() as db:
        found = [a for a in asked_in(db, None, ("ask", "no")) if a.state == "ask" or a.error]
    for each in found:
        if as_json:
            click.echo(facts_line(each._asdict()))
            continue
        click.echo(plain_words(f"{each.email_id:>7} {question_words(each)}"))
        if each.error:
            click.echo(plain_words(f"        {reasons.of_draft(each.error)}"))
    if not found:
        click.echo(said("receipt.none"), err=True)


@outbox.command(help=sentence("cli.outbox.answer"))
@click.argument("id_", metavar="ID", type=int)
@click.argument("word", type=click.Choice(["yes", "no"]))
@click.pass_obj
def answer(invocation: Invocation, id_: int, word: str) -> None:
    """Say whether the sender of letter ID is told that it was read."""
    with invocation.store() as db:
        answer_asked(db, EmailId(id_), yes=word == "yes", now=now())
    yes = word == "yes"
    click.echo(said("receipt.answered_yes" if yes else "receipt.answered_no"), err=True)


def _more_facts(known: After) -> dict[str, object]:
    """What `show` adds: every report, and the answer that is waited for."""
    return {
        "reports": [asdict(report) for report in known.reports],
        "answer": known.wanted._asdict() if known.wanted else None,
    }


def _facts(row: EmailSubmission) -> dict[str, object]:
    return {
        "id": row.id,
        "state": row.state.value,
        "answer_awaited": row.answer_awaited,
        "message_id": row.message_id,
        "letter": row.letter,
        "subject": row.subject,
        "size": row.size,
        "source": row.source,
        "attempts": row.attempts,
        "error": row.last_error,
        "sent_copy": row.sent_copy.value,
        "send_at": row.send_at,
        "looks": row.looks,
        "next_look_at": row.next_look_at,
        "repeats": row.repeats,
        "settled_by": row.settled_by,
        "failed_after": row.troubled,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "recipients": [
            {
                "email": r.email,
                "way": r.way.value if r.way else "",
                "state": r.state.value,
                "code": r.code,
                "reply": r.reply,
                "at": r.at,
                "fate": r.fate.value,
                "fate_at": r.fate_at,
            }
            for r in row.recipients
        ],
    }
