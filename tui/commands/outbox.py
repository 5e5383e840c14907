"""`pli outbox`: what is waiting, what left, what is in doubt."""

from __future__ import annotations

import click

from store import reasons, route_words
from store.db.accounts import account
from store.db.drafts import drafts_waiting
from store.db.submissions import cancel as cancel_submission
from store.db.submissions import outbox as all_submissions
from store.db.submissions import retry as retry_submission
from store.db.submissions import submission
from store.host.clock import now
from store.host.i18n import sentence
from store.host.invocation import Invocation
from store.model.ids import SubmissionId
from store.model.submission import EmailSubmission, SubmissionState
from store.plain import facts_line, plain_words, said
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
            when = local_time(row.updated_at)
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
    if as_json:
        click.echo(facts_line(_facts(row)))
        return
    click.echo(plain_words(f"{row.id} {reasons.of_state(row)}  {row.subject}"))
    click.echo(reasons.of_state_explained(row))
    if row.last_error and row.state is not SubmissionState.ACCEPTED:
        click.echo(reasons.of_submission(row.last_error, sender))
    for r in row.recipients:
        state = sentence(f"recipient.{r.state.value}")
        to = "  ".join(filter(None, (r.email, way_of(r))))
        click.echo(plain_words(f"  {to}  {state}  {r.code or ''} {r.reply}"))
    others = [str(each.id) for each in together(row, rows) if each.id != row.id]
    if others:
        click.echo(said("outbox.same_letter", ids=", ".join(others)))


@outbox.command(help=sentence("cli.outbox.cancel"))
@click.argument("id_", metavar="ID", type=int)
@click.pass_obj
def cancel(invocation: Invocation, id_: int) -> None:
    """Withdraw what has not begun to leave, or let go of what was refused."""
    with invocation.store() as db:
        cancel_submission(db, SubmissionId(id_), now=now())
        row, rows = submission(db, SubmissionId(id_)), all_submissions(db)
    click.echo(route_words.withdrawn(row, rows), err=True)


@outbox.command(help=sentence("cli.outbox.retry"))
@click.argument("id_", metavar="ID", type=int)
@click.pass_obj
def retry(invocation: Invocation, id_: int) -> None:
    """Let the same octets leave again."""
    with invocation.store() as db:
        retry_submission(db, SubmissionId(id_), now=now())
    click.echo(said("cli.outbox.retried"), err=True)


def _facts(row: EmailSubmission) -> dict[str, object]:
    return {
        "id": row.id,
        "state": row.state.value,
        "message_id": row.message_id,
        "letter": row.letter,
        "subject": row.subject,
        "size": row.size,
        "source": row.source,
        "attempts": row.attempts,
        "error": row.last_error,
        "sent_copy": row.sent_copy.value,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "recipients": [
            {
                "email": r.email,
                "way": r.way.value if r.way else "",
                "state": r.state.value,
                "code": r.code,
                "reply": r.reply,
            }
            for r in row.recipients
        ],
    }
