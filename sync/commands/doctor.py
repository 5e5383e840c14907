"""`pli doctor`: look for problems, say how to mend them, change nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import click

from store import reasons
from store.db.accounts import accounts
from store.db.attempts import waiting_since
from store.db.copied import asked_about
from store.db.drop_rules import file_trouble
from store.db.drops import rules, unsettled
from store.db.evidence import copies_missing
from store.db.handovers import handovers_waiting
from store.db.health import is_whole
from store.db.losses import questions
from store.db.node import node_state
from store.db.open import Connection
from store.db.status import status
from store.errors import MailError
from store.host.clock import now
from store.host.i18n import explain, sentence
from store.host.invocation import Invocation
from store.host.lock import node_runs
from store.host.secrets import password_for
from store.model.account import Account, Login
from store.model.drop import DropRule, RuleState
from store.plain import facts_line, plain_words, said
from store.questions import how_to_answer, question_words
from sync.commands import doctor_trust, link_report
from sync.commands.account import check_server, protocols
from sync.drop.reasons import Reason
from sync.link.report import report_of
from sync.trust.server import server_trust

LATE_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at. `words` is a sentence for the person."""

    code: str
    ok: bool
    words: str


@click.command(help=sentence("cli.doctor.help"))
@click.option("--offline", is_flag=True, help=sentence("cli.doctor.offline"))
@click.option("--link", "only_link", is_flag=True, help=sentence("cli.doctor.link"))
@click.option("--json", "as_json", is_flag=True, help=sentence("cli.option.json"))
@click.pass_context
def doctor(ctx: click.Context, offline: bool, only_link: bool, as_json: bool) -> None:
    """Every check in turn. Exit code 0: all is well; 1: something needs attention."""
    invocation = ctx.ensure_object(Invocation)
    if only_link:
        _link(invocation, as_json)
        return
    with invocation.store() as db:
        found = list(_findings(db, invocation, offline))
    for each in found:
        if as_json:
            click.echo(facts_line({"code": each.code, "ok": each.ok, "words": each.words}))
        else:
            click.echo(plain_words(f"{'ok  ' if each.ok else '!!  '} {each.words}"))
    bad = sum(not each.ok for each in found)
    click.echo(said("cli.doctor.total", n=len(found), bad=bad), err=True)
    ctx.exit(1 if bad else 0)


def _link(invocation: Invocation, as_json: bool) -> None:
    """What the line of each account is like and costs."""
    with invocation.store() as db:
        reports = [report_of(db, each, now()) for each in accounts(db)]
    for report in reports:
        for line in [link_report.as_json(report)] if as_json else link_report.sentences(report):
            click.echo(plain_words(line))
    if not reports:
        click.echo(said("link.report.no_account"), err=True)


def _findings(db: Connection, invocation: Invocation, offline: bool) -> Iterator[Finding]:
    home = invocation.chosen_home()
    yield _tried("doctor.home", home.check)
    yield _finding("doctor.database", is_whole(home, invocation.unlock()))
    yield _finding("doctor.node", node_runs(home) and node_state(db) is not None)
    yield from _of_the_outbox(db)
    waiting = unsettled(db)
    yield _finding("doctor.drop", waiting == 0, n=waiting)
    put_aside = handovers_waiting(db)
    yield _finding("doctor.handover", put_aside == 0, n=put_aside)
    yield _finding("doctor.drop_file", not file_trouble(db)[0])
    yield from map(_of_rule, rules(db))
    asked = questions(db)
    if not asked:
        yield _finding("doctor.losses", True)
    for question in asked:
        words, how = question_words(question), how_to_answer(question)
        yield _finding("doctor.losses", False, asked=words, how=how)
    for look in doctor_trust.looks(db):
        yield _finding(look.code, look.ok, **look.holes)
    for each in accounts(db):
        yield _synced(each)
        if each.login is Login.PASSWORD:
            look_for = partial(password_for, each, home, invocation.unlock())
            yield _tried("doctor.password", look_for, name=each.name)
        if not offline:
            for protocol in protocols(each):
                yield _server(db, each, protocol, invocation)


def _of_rule(rule: DropRule) -> Finding:
    """How the watch over one folder goes."""
    if rule.state is RuleState.DOWN:
        return _finding("doctor.rule", False, name=rule.name)
    if rule.last_error == Reason.SILENT:
        return _finding("doctor.rule_silent", False, name=rule.name)
    if rule.needs_a_person:
        words = sentence("cli.status.watched", name=rule.name, why=reasons.of_rule(rule))
        return Finding(code="doctor.rule", ok=False, words=words)
    if rule.state is RuleState.NEVER:
        words = sentence("doctor.rule_never", name=rule.name)
        return Finding(code="doctor.rule", ok=True, words=words)
    return _finding("doctor.rule", True, name=rule.name)


def _of_the_outbox(db: Connection) -> Iterator[Finding]:
    """What has not left, not for all, or not well."""
    seen = status(db)
    copied = len(asked_about(db))
    yield _finding("doctor.copied", copied == 0, n=copied)
    uncertain = seen.outbox.get("uncertain", 0) - copied
    yield _finding("doctor.uncertain", uncertain == 0, n=uncertain)
    refused = seen.outbox.get("refused", 0)
    yield _finding("doctor.refused", refused == 0, n=refused)
    left_out, held = seen.outbox.get("left_out", 0), seen.outbox.get("held_back", 0)
    yield _finding("doctor.left_out", left_out == 0, n=left_out)
    yield _finding("doctor.held_back", held == 0, n=held)
    slow = waiting_since(db, now() - LATE_SECONDS)
    yield _finding("doctor.waiting", slow == 0, n=slow)
    troubled, late = seen.outbox.get("troubled", 0), seen.outbox.get("unanswered", 0)
    yield _finding("doctor.troubled", troubled == 0, n=troubled)
    yield _finding("doctor.unanswered", late == 0, n=late)
    lacking = copies_missing(db, before=now() - LATE_SECONDS)
    yield _finding("doctor.copies", lacking == 0, n=lacking)


def _synced(account: Account) -> Finding:
    if account.last_synced_at is None:
        words = sentence("doctor.synced_never", name=account.name)
        return Finding(code="doctor.synced", ok=False, words=words)
    late = now() - account.last_synced_at > LATE_SECONDS
    return _finding("doctor.synced", not late, name=account.name)


def _server(db: Connection, account: Account, protocol: str, invocation: Invocation) -> Finding:
    def look() -> None:
        password = password_for(account, invocation.chosen_home(), invocation.unlock())
        asyncio.run(check_server(protocol, account, password, server_trust(db, account)))

    found = _tried("doctor.server", look)
    # A refusal names a host at most, and two accounts or both protocols may have the same one.
    place = {"name": account.name, "protocol": protocol.upper()}
    return replace(found, words=sentence("doctor.server_at", **place, words=found.words))


def _finding(code: str, ok: bool, **params: object) -> Finding:
    return Finding(code=code, ok=ok, words=sentence(code if ok else f"{code}.bad", **params))


def _tried(code: str, look: Callable[[], object], **params: object) -> Finding:
    try:
        look()
    except MailError as error:
        return Finding(code=code, ok=False, words=explain(error))
    return _finding(code, True, **params)
