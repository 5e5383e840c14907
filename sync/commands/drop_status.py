"""`pli drop list`, `rules`, `status`, `report`: what is watched, and what became of all of it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import click

from store import reasons
from store.age_words import age_words
from store.db.drop_rules import file_trouble
from store.db.drops import counts, items, rule_by_name, rules, unsettled_items
from store.db.open import Connection
from store.db.private import private_of
from store.errors import MailError, NeedsUser, Usage
from store.host import clock
from store.host.i18n import sentence
from store.host.invocation import Invocation
from store.model.drop import DropItem, DropRule, RuleSource
from store.model.drop_options import Form, Further, SameName
from store.plain import explained, facts_line, plain_block, plain_words, said
from sync.commands.drop_settled import wait_until_whole
from sync.drop.files import check
from sync.drop.following import check_rules, follow
from sync.drop.reconcile import day_before
from sync.drop.telling import page_of, page_words
from sync.drop.understand import doctors_of

json_option = click.option("--json", "as_json", is_flag=True, help=sentence("cli.option.json"))
MOST_SHOWN = 50
TO_PATIENT = {
    Further.ASKED: "drop.told.patient.asked",
    Further.ALWAYS: "drop.told.patient.always",
}
SAME_NAME = {
    SameName.CORRECTION: "drop.told.same_name.correction",
    SameName.NEW: "drop.told.same_name.new",
}
TO_DMP = {Further.ASKED: "drop.told.dmp.asked", Further.ALWAYS: "drop.told.dmp.always"}


def followed(db: Connection, invocation: Invocation, *, ask_disk: bool = False) -> bool:
    """Make the rules those of the file; what is wrong with it is said, and False.

    Args:
        ask_disk: whether two of them meet is asked again; a share may not answer for long.
    """
    try:
        wait_until_whole(db, invocation.chosen_home())
        follow(db, invocation.chosen_home(), now=clock.now())
        if ask_disk:
            check_rules(db, invocation.chosen_home())
    except MailError as error:
        click.echo(explained(error), err=True)
        return False
    return True


@click.command("list", help=sentence("cli.drop.list"))
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """Every rule."""
    invocation = ctx.ensure_object(Invocation)
    with invocation.store() as db:
        right = followed(db, invocation)
        for rule in rules(db):
            if as_json:
                facts = {"name": rule.name, "folder": rule.folder, "to": rule.to}
                click.echo(facts_line(facts | {"state": rule.state.value}))
            else:
                to = ", ".join(rule.fixed_to)
                click.echo(
                    plain_words(f"{rule.name:<16} {state_of(rule):<12} {rule.folder} → {to}")
                )
    ctx.exit(0 if right else 1)


def state_of(rule: DropRule) -> str:
    """What the node last saw of the folder, in a word."""
    if rule.source is RuleSource.RETIRED:
        return sentence("drop.rule.retired")
    return sentence(f"drop.rule.{rule.state.value}")


@click.command("rules", help=sentence("cli.drop.rules"))
@click.pass_context
def rules_(ctx: click.Context) -> None:
    """The rules as they are followed, and what is wrong with the file or a list of doctors."""
    invocation = ctx.ensure_object(Invocation)
    with invocation.store() as db:
        right = followed(db, invocation, ask_disk=True)
        click.echo(said("cli.drop.rules_file", path=invocation.chosen_home().drop_rules), err=True)
        for rule in rules(db):
            click.echo(said("tui.said_of", who=rule.name, words=state_of(rule)))
            for line in words_of(rule):
                click.echo(plain_words(f"  {line}"))
            for error in [] if rule.source is RuleSource.RETIRED else _wrong_now(db, rule):
                right = False
                click.echo(plain_words(f"  {explained(error)}"))
    ctx.exit(0 if right else 1)


def _wrong_now(db: Connection, rule: DropRule) -> Iterator[MailError]:
    """What the disk says against a rule: its folder, its list of doctors, its folder for
    receipts."""
    try:
        check(rule.folder, private_of(db))
    except MailError as error:
        yield error
    try:
        doctors_of(rule)
    except MailError as error:
        yield error
    if rule.options.results and not os.access(rule.options.results, os.W_OK | os.X_OK):
        yield NeedsUser("drop.no_results_folder", folder=rule.options.results)


def words_of(rule: DropRule) -> list[str]:
    """A rule, in sentences."""
    options = rule.options
    search = ", ".join(sentence(f"drop.found.{each.value}") for each in options.search)
    lines = [
        sentence("drop.told.in", folder=rule.folder),
        sentence(f"drop.told.{options.grouping.value}"),
        sentence("drop.told.search", search=search),
    ]
    if rule.to:
        fixed = "drop.told.to" if rule.fixed_to else "drop.told.to_unasked"
        lines.append(sentence(fixed, to=", ".join(rule.to)))
    if options.form is Form.XDM:
        lines.append(sentence("drop.told.xdm"))
    for told, may in ((TO_PATIENT, options.to_patient), (TO_DMP, options.to_dmp)):
        if may in told:
            lines.append(sentence(told[may]))
    if options.same_name in SAME_NAME:
        lines.append(sentence(SAME_NAME[options.same_name]))
    if options.expects:
        minutes = options.expects.seconds // 60
        lines.append(sentence("drop.told.expects", n=options.expects.files, minutes=minutes))
    if options.results:
        lines.append(sentence("drop.told.results", folder=options.results))
    return lines


@click.command(help=sentence("cli.drop.status"))
@json_option
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    """Each rule with its counts and its last documents; exit 1 when one needs attention."""
    invocation = ctx.ensure_object(Invocation)
    with invocation.store() as db:
        troubled = not followed(db, invocation) or bool(file_trouble(db)[0])
        every = rules(db)
        if not every:
            click.echo(said("tui.drop.empty"), err=True)
        for rule in every:
            troubled = troubled or rule.needs_a_person or bool(unsettled_items(db, rule.id))
            if as_json:
                click.echo(facts_line(_facts(db, rule)))
            else:
                _tell(db, rule)
    ctx.exit(1 if troubled else 0)


def _facts(db: Connection, rule: DropRule) -> dict[str, object]:
    documents = [
        {
            "id": item.id,
            "name": file_name(item),
            "state": item.state.value,
            "reason": item.reason,
            "lacks": list(item.lacks),
            "uncompared": item.uncompared,
            "needs_a_person": item.needs_a_person,
            "submission": item.submission_id,
            "patient_submission": item.patient_submission_id,
            "recipients": list(item.recipients),
            "found_in": item.found_in.value if item.found_in else "",
            "wish": item.wish.value,
            "corrects": item.corrects,
            "seen_at": item.seen_at,
        }
        for item in items(db, rule.id, limit=MOST_SHOWN)
    ]
    return {
        "name": rule.name,
        "state": rule.state.value,
        "source": rule.source.value,
        "error": rule.last_error,
        "counts": {state.value: n for state, n in counts(db, rule.id).items()},
        "documents": documents,
    }


def _tell(db: Connection, rule: DropRule) -> None:
    click.echo(said("tui.said_of", who=rule.name, words=state_of(rule)))
    if rule.last_error:
        click.echo(plain_words(f"  {reasons.of_rule(rule)}"))
    for counted, n in counts(db, rule.id).items():
        words = sentence("tui.said_of", who=sentence(f"drop.state.{counted.value}"), words=n)
        click.echo(plain_words(f"  {words}"))
    for item in unsettled_items(db, rule.id):
        why = sentence("drop.wished") if item.wish else sentence(item.reason)
        age = age_words(clock.now() - item.seen_at)
        words = sentence("tui.said_of", who=file_name(item), words=why)
        click.echo(plain_words(f"  {item.id:>6}  {words} ({age})"))
        for code in () if item.wish else item.lacks:
            click.echo(plain_words(f"          - {sentence(code)}"))


def file_name(item: DropItem) -> str:
    """A file's name, which is octets and not always text."""
    return item.name.decode("utf-8", "backslashreplace")


@click.command(help=sentence("cli.drop.report"))
@click.argument("day", required=False, metavar="[DAY]")
@click.option("--rule", "name", metavar="NAME", help=sentence("cli.drop.only_rule"))
@json_option
@click.pass_obj
def report(invocation: Invocation, day: str | None, name: str | None, as_json: bool) -> None:
    """What came in on a day and what became of it; yesterday unless another day is said."""
    day = day or day_before(clock.local(clock.now()).date().isoformat())
    with invocation.store() as db:
        for rule in [rule_by_name(db, name)] if name else rules(db):
            try:
                page = page_of(db, rule, day)
            except ValueError as error:
                raise Usage("drop.bad_day", day=day) from error
            if as_json:
                click.echo(facts_line({"rule": rule.name, "day": day, **page.facts()}))
            else:
                click.echo(plain_block(page_words(page)))
