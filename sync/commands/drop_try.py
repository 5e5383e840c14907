"""`pli drop test`: what would become of a file, step by step. Sends nothing and writes nothing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from store import reasons, route_words
from store.db.accounts import account as account_of
from store.db.authors import author_content
from store.db.drop_ledger import item_with_content, item_with_name
from store.db.drops import rule_by_name, rules
from store.db.open import Connection
from store.db.routing import routes
from store.db.whitelist import trust_space
from store.errors import MailError, Usage
from store.host.clock import now
from store.host.i18n import sentence
from store.host.invocation import Invocation
from store.model.drop import DropRule, RuleState
from store.model.drop_options import Form, Grouping
from store.model.route import Content, Way
from store.plain import explained, plain_words, said
from sync.commands.drop_status import followed
from sync.documents.sidecar import read_sidecar
from sync.drop import conditions, files, names
from sync.drop.claiming import examine_held
from sync.drop.correcting import correction
from sync.drop.grouping import main_of
from sync.drop.health import Lacks, built_for
from sync.drop.letter import Told, local_time, written
from sync.drop.parcel import Parcel
from sync.drop.pattern import read_name
from sync.drop.plan import Entry, Kind, Policy, Refuse
from sync.drop.reasons import Reason
from sync.drop.understand import Understood, doctors_of, understand


@click.command("test", help=sentence("cli.drop.test"))
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, exists=True))
@click.option("--rule", "name", metavar="NAME", help=sentence("cli.drop.only_rule"))
@click.pass_context
def test(ctx: click.Context, path: Path, name: str | None) -> None:
    """Say which files are one dispatch, whom it is for and why, and what would stop it."""
    invocation = ctx.ensure_object(Invocation)
    with invocation.store() as db:
        followed(db, invocation)
        rule = rule_by_name(db, name) if name else rule_for(db, path)
        click.echo(said("drop.try.rule", name=rule.name))
        whole = _dispatch_of(rule, path.absolute())
        leaves = _held(whole, rule) if isinstance(whole, Reason) else _tell(db, rule, whole)
        if rule.state is RuleState.DOWN:
            leaves = False
            click.echo(plain_words(reasons.of_rule(rule)))
    click.echo(said("drop.try.leaves" if leaves else "drop.try.stays"))
    ctx.exit(0 if leaves else 1)


def rule_for(db: Connection, path: Path) -> DropRule:
    """The rule whose folder a file lies in, else the only one.

    Raises:
        Usage: `drop.which_rule`, `drop.no_rule`.
    """
    known = rules(db)
    if not known:
        raise Usage("drop.no_rule")
    above = {str(each) for each in path.absolute().parents}
    inside = [rule for rule in known if rule.folder in above]
    found = inside or known
    if len(found) > 1:
        raise Usage("drop.which_rule")
    return found[0]


def _dispatch_of(rule: DropRule, path: Path) -> Path | Reason:
    """What a dispatch is named by, or why it would stay where it is."""
    if names.is_litter(os.fsencode(path.name)):
        return Reason.UNFINISHED
    watched, is_directory = Path(rule.folder), path.is_dir() and not path.is_symlink()
    if rule.options.grouping is Grouping.FOLDER:
        if is_directory:
            return path
        return Reason.LOOSE if path.parent == watched else path.parent
    above = path.parent.relative_to(watched).parts if watched in path.parents else ()
    inside = bool(above) and os.fsencode(above[0]) not in names.OURS
    return Reason.DIRECTORY if is_directory or inside else path


def _inside(directory: int, entries: Sequence[Entry]) -> Iterator[str]:
    """The names of all files of a dispatch."""
    for each in entries:
        if each.kind is not Kind.DIRECTORY:
            yield names.decode(each.name)
            continue
        within = files.subfolder(directory, each)
        try:
            for inner in files.listing(within):
                yield names.decode(each.name + b"/" + inner.name)
        finally:
            os.close(within)


def _tell(db: Connection, rule: DropRule, path: Path) -> bool:
    """Each step; False when something would hold it."""
    directory = os.open(path.parent, files.DIRECTORY)
    try:
        entries = together(directory, os.fsencode(path.name), rule.options.grouping)
        click.echo(said("drop.try.files", files=", ".join(sorted(_inside(directory, entries)))))
        main = main_of(entries, rule.options.grouping)
        if main is None:
            return _held(Reason.INCOMPLETE, rule)
        policy = conditions.policy_of(Policy(), rule)
        parcel = examine_held(directory, main, entries, policy)
    finally:
        os.close(directory)
    if not isinstance(parcel, Parcel):
        return _held(parcel.reason if isinstance(parcel, Refuse) else Reason.OPEN, rule)
    understood = asyncio.run(understand(rule, parcel, doctors_of(rule)))
    _tell_found(understood)
    pattern = rule.options.pattern
    if pattern and not read_name(pattern, names.decode(parcel.name)).fits:
        click.echo(said("drop.try.name_missed", pattern=pattern))
    if understood.problem:
        _tell_why(parcel, understood.problem)
        return _held(understood.problem, rule)
    if not _tell_ways(db, rule, understood):
        return False
    if item_with_content(db, rule.id, parcel.digest) is not None:
        return _held(Reason.SAME_CONTENT, rule)
    corrected = correction(db, rule, parcel.name, understood)
    if earlier := item_with_name(db, rule.id, parcel.name):
        code = "drop.try.new"
        if corrected:
            code = "drop.try.corrects" if corrected.is_known else "drop.try.may_correct"
        click.echo(said(code, at=local_time(earlier.item.seen_at)))
    if rule.options.form is Form.XDM:
        replaces = corrected.document if corrected and corrected.is_known else ""
        return _tell_health(db, rule, parcel, understood, replaces)
    told = Told(
        to=understood.recipients,
        urgent=understood.urgent,
        identity=rule.options.identity,
        replaces_at=corrected.at if corrected else None,
        is_correction=corrected is not None and corrected.is_known,
    )
    draft = written(account_of(db, rule.account_id), told, now())
    click.echo(said("drop.try.subject", subject=draft.subject))
    return True


def _tell_health(
    db: Connection, rule: DropRule, parcel: Parcel, understood: Understood, replaces: str
) -> bool:
    """The letters it would become and the set for the DMP, or all that it lacks."""
    made = built_for(
        parcel,
        understood,
        account=account_of(db, rule.account_id),
        author=author_content(db, rule.account_id),
        replaces=replaces,
        now=now(),
    )
    if isinstance(made, Lacks):
        _held(Reason.LACKS, rule)
        for code in made.codes:
            click.echo(plain_words(f"- {sentence(code)}"))
        return False
    facts, built = made
    if built.letter:
        click.echo(said("drop.try.subject", subject=built.letter.subject))
    if built.patient_letter:
        to = ", ".join(each.email for each in built.patient_letter.to)
        click.echo(said("drop.try.to_patient", to=to))
    if built.dmp:
        click.echo(said("drop.try.to_dmp", folder=facts.author.dmp_folder))
    click.echo(said("drop.try.level", level=built.level.value))
    return True


def _tell_why(parcel: Parcel, problem: Reason) -> None:
    """Which key of a sidecar is wrong."""
    if problem is Reason.SIDECAR_BAD and parcel.sidecar is not None:
        try:
            read_sidecar(parcel.sidecar)
        except MailError as error:
            click.echo(explained(error))


def together(directory: int, name: bytes, grouping: Grouping) -> list[Entry]:
    """The files that would be one dispatch with this one."""
    if grouping in (Grouping.ALONE, Grouping.FOLDER):
        return [files.entry_at(directory, name)]
    listing = [
        each
        for each in files.listing(directory)
        if each.kind is not Kind.DIRECTORY and not names.is_litter(each.name)
    ]
    of = names.together(each.name for each in listing)
    return [each for each in listing if of[each.name] == of.get(name)]


def _tell_found(understood: Understood) -> None:
    if understood.found_in and understood.recipients:
        where = sentence(f"drop.found.{understood.found_in.value}")
        to = ", ".join(understood.recipients)
        click.echo(said("drop.try.recipients", to=to, where=where))
    if understood.patient:
        name, given, day, ins = understood.patient.split("|")
        who = " ".join(filter(None, (name, given, day, ins)))
        click.echo(said("drop.try.patient", who=who))
    if understood.uncompared:
        click.echo(said("drop.uncompared", n=understood.uncompared))


def _tell_ways(db: Connection, rule: DropRule, understood: Understood) -> bool:
    if not understood.leads_anywhere:
        return _held(Reason.NO_RECIPIENT, rule)
    patient = understood.about.ins if understood.about else ""
    return all(
        _tell_way(db, rule, group, patient if group == understood.patient_to else "")
        for group in understood.groups
    )


def _tell_way(db: Connection, rule: DropRule, to: Sequence[str], patient: str) -> bool:
    content = Content(documents=True, patient=patient)
    found = routes(db, rule.account_id, to, content, now=now())
    space = trust_space(db)
    for one in found:
        click.echo(route_words.line(one, space))
    if any(one.way is Way.REFUSED for one in found):
        return _held(Reason.NO_WAY, rule)
    if len({(one.envelope, one.account_id) for one in found}) > 1:
        return _held(Reason.SEVERAL_WAYS, rule)
    return True


def _held(reason: Reason, rule: DropRule) -> bool:
    click.echo(plain_words(f"{reason.value}: {sentence(reason, folder=rule.folder)}"))
    return False
