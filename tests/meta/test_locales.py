"""Every language says everything, and everything that can be said is said somewhere."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.db.activity import Kind
from store.db.carried_wishes import NON_MEDICAL, STATED
from store.db.draft_copies import Kept
from store.db.letter_trust import INSIDE, LISTED, OUTSIDE, VENDOR
from store.db.whitelist import POLICIES
from store.host.i18n import KEY, LANGUAGES, catalogue
from store.model.account import Link, Profile, SentBy
from store.model.certificate import Learnt
from store.model.directory import Network, Source
from store.model.directory_source import SourceKind
from store.model.document import Format
from store.model.drop import ItemState, RuleState
from store.model.drop_options import FoundIn, Grouping
from store.model.handover import HandoverKind, HandoverState
from store.model.health import Certainty, Superseding
from store.model.link import Limit, Step
from store.model.listing import Filter, Sort, View
from store.model.mailbox import Role
from store.model.opened import Waiting
from store.model.receipt import Fate, Outcome, ReceiptKind
from store.model.route import Way
from store.model.submission import RecipientState, SubmissionState
from store.model.trust import Level, Reason, Revocation
from store.model.work import WorkKind, WorkState
from sync.demo.journey import WAYS
from sync.demo.report import CHECKS
from sync.directory.extract import REASONS
from sync.documents.cda_biology import Why
from tests.meta.sources import ROOT, SOURCES, called, calls, nodes, none, parsed, shown, strings
from tui.about_patient import TOLD
from tui.actions import Action
from tui.cli import COMMANDS, common_options
from tui.command_manual import ENVIRONMENT, FILES
from tui.commands.flat.vocabulary import COMMANDS as FLAT_COMMANDS
from tui.health.document import TOLD_STATUS
from tui.health.document import format_ as health_format
from tui.health.rows import SIGNS
from tui.screens.health_wish import BOXES
from tui.settings import FIELDS as SETTINGS
from tui.spelling import Looked

ERRORS = {"MailError", "Transient", "NeedsUser", "Permanent", "Usage", "Locked"}
SAYING = {"sentence", "said"}
"""What turns a key into words."""
DOTTED = re.compile(r"[a-z]+(\.[a-z_0-9]+)+")
NOT_CODES = {
    "drop.toml",
    *("node.lock", "apicrypt.org", "directory.db", "smtp.demo.example"),
    *("smime.p7m", "smime.p7s", "settings.toml"),
}
"""File names and a host name that begin like one of our codes."""


def holes(words: str) -> set[str]:
    """The names a sentence wants of code."""
    named = (name for _, name, _, _ in string.Formatter().parse(words) if name)
    return {name for name in named if not name.startswith(KEY)}


def codes(argument: ast.expr) -> Iterator[str]:
    """The keys an argument can be: a literal, or either branch of a choice of literals."""
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        yield argument.value
    elif isinstance(argument, ast.IfExp):
        yield from codes(argument.body)
        yield from codes(argument.orelse)


def events(path: Path) -> set[str]:
    """The log events a file names: in `event(...)`, or in a variable called `name`."""
    named = {word for c in calls(path) if called(c) == "event" for word in strings(c)}
    for node in nodes(path):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "name":
            named |= set(strings(node.value))
    return named


def is_module(dotted: str) -> bool:
    """Whether this is one of our modules or packages."""
    path = ROOT / dotted.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").is_file()


def doctor_codes() -> set[str]:
    """Every finding of the doctor that can be bad in its own words."""
    return {
        code
        for path, says in (("doctor.py", "_finding"), ("doctor_trust.py", "Look"))
        for call in calls(ROOT / "sync/commands" / path)
        if called(call) == says
        for code in codes(call.args[0])
    }


def actions() -> set[str]:
    """Every action a key can be bound to."""
    import tui.actions

    groups = [each for each in vars(tui.actions).values() if isinstance(each, tuple)]
    named = {each.name for group in groups for each in group if isinstance(each, Action)}
    return {name.removeprefix("app.") for name in named}


DEMO_CHECKS = {name for name, _ in CHECKS}
FAMILIES = {
    "cli.{}": set(COMMANDS),
    "cli.option.{}": {str(option.name).replace("_", "-") for option in common_options()},
    "activity.do.{}": set(Kind),
    "activity.drop.{}": set(ItemState),
    "composed.box.{}": set(BOXES),
    "composed.told.{}": set(TOLD),
    "composed.stated.{}": {*STATED, NON_MEDICAL},
    "cli.help.{}": {"integer", "text", "path", "file", "directory"},
    "flat.command.{}": set(FLAT_COMMANDS),
    "flat.about.{}": set(FLAT_COMMANDS),
    "man.about.{}": {*FILES, *ENVIRONMENT},
    "settings.about.{}": set(SETTINGS),
    "tui.spelling.found.{}": set(Looked),
    "tui.spelling.none.{}": set(Looked),
    "settings.name.{}": set(SETTINGS),
    "cli.key.learnt.{}": set(Learnt),
    "link.{}": set(Link),
    "link.hold.{}": set(Limit),
    "link.profile.{}": set(Profile) - {Profile.AUTO},
    "link.step.{}": set(Step),
    "certainty.{}": set(Certainty),
    "superseding.{}": set(Superseding),
    "directory.box.{}": {"org", "app", "cab"},
    "directory.kind.{}": set(SourceKind),
    "directory.network.{}": set(Network),
    "directory.number.{}": {"rpps", "adeli"},
    "directory.odd.{}": set(REASONS),
    "directory.source.{}": set(Source),
    "dispatch.why.{}": set(Why),
    "handover.kind.{}": set(HandoverKind),
    "handover.state.{}": set(HandoverState),
    "drop.found.{}": set(FoundIn),
    "drop.rule.{}": set(RuleState),
    "drop.state.{}": set(ItemState),
    "drop.told.{}": set(Grouping),
    "outbox.{}": set(SubmissionState)
    | {
        *("writing", "held_back", "troubled", "left_out", "unanswered", "asking"),
    },
    "outbox.settled_by.{}": {"own_copy", "report"},
    "outbox.copy_awaited.{}": set(SentBy) - {SentBy.APPEND},
    "fate.{}": set(Fate) - {Fate.NONE},
    "report.{}": set(ReceiptKind),
    "report.said.{}": set(Outcome),
    "outbox.{}.explained": set(SubmissionState),
    "policy.{}": set(POLICIES),
    "recipient.{}": {*RecipientState, "awaited"},
    "trust.level.{}": set(Level),
    "trust.learnt.{}": set(Learnt),
    "trust.network.{}": {INSIDE, LISTED, OUTSIDE, VENDOR},
    "trust.reason.{}": set(Reason),
    "trust.revocation.{}": set(Revocation),
    "trust.waiting.{}": set(Waiting),
    "route.way.{}": set(Way) - {Way.REFUSED},
    "route.short.{}": set(Way) - {Way.REFUSED},
    "tui.ways.{}": {"yes", "no", "always", "sealed"},
    "tui.role.{}": set(Role) - {Role.NONE},
    "tui.outbox.draft.{}": set(Kept),
    "tui.view.{}": set(View),
    "tui.sorted.{}": set(Sort) - {Sort.DATE},
    "tui.filtered.{}": set(Filter) - {Filter.ALL},
    "tui.action.{}": actions(),
    "abnormality.{}": {each.name.lower() for each in SIGNS},
    "health.column.{}": {"label", "value", "unit", "range", "flag", "day", "author"},
    "health.format.{}": {health_format(each) for each in Format},
    "health.known.{}": set(Certainty),
    "health.status.{}": {each.name.lower() for each in TOLD_STATUS},
    "work.of.{}": set(WorkKind),
    "work.state.{}": {WorkState.WAITING, WorkState.PAUSING, WorkState.CUT},
    "{}.bad": doctor_codes(),
    "demo.way.of.{}": set(WAYS),
    "demo.step.{}": DEMO_CHECKS,
    "demo.detail.{}": {name for name in DEMO_CHECKS if f"demo.detail.{name}" in catalogue("fr")},
}
"""Keys made from a value: the pattern, and every value it can be given."""


def keys_of(names: set[str]) -> Iterator[tuple[Path, ast.Call, str]]:
    for path in SOURCES:
        for call in calls(path):
            if called(call).rpartition(".")[2] in names and call.args:
                for code in codes(call.args[0]):
                    yield path, call, code


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything(language: str) -> None:
    french, other = catalogue("fr"), catalogue(language)
    none(other.keys() ^ french.keys(), f"said in one of French and {language} only")
    none(
        (key for key in french if holes(other[key]) != holes(french[key])),
        f"other holes in {language} than in French",
    )


def test_every_error_has_a_sentence() -> None:
    silent = {
        f"{shown(path)}:{call.lineno} {code}"
        for path, call, code in keys_of(ERRORS)
        if code not in catalogue("fr")
    }
    none(silent, "raised, and no sentence says what to do")


def test_every_key_asked_for_has_a_sentence() -> None:
    silent = {
        f"{shown(path)}:{call.lineno} {key}"
        for path, call, key in keys_of(SAYING)
        if key not in catalogue("fr")
    }
    none(silent, "asked for, and not in store/locales")


def test_every_word_that_looks_like_a_code_is_one() -> None:
    """Codes travel far from where they are said: as states, reasons, arguments."""
    areas = {key.partition(".")[0] for key in catalogue("fr")}
    found = {
        f"{shown(path)} {word}"
        for path in SOURCES
        for word in set(strings(parsed(path))) - events(path) - NOT_CODES
        if DOTTED.fullmatch(word) and word.partition(".")[0] in areas
        if word not in catalogue("fr") and not is_module(word)
    }
    none(found, "neither a sentence nor an event")


def test_every_hole_is_filled_where_a_sentence_is_said() -> None:
    empty = {
        f"{shown(path)}:{call.lineno} {key} {sorted(missing)}"
        for path, call, key in keys_of(SAYING | ERRORS)
        if not any(keyword.arg is None for keyword in call.keywords)
        and (missing := holes(catalogue("fr").get(key, "")) - {k.arg or "" for k in call.keywords})
    }
    none(empty, "said without what its holes need")


def pattern_of(key: ast.JoinedStr) -> str:
    """'link.{}' for f"link.{state.value}"."""
    parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in key.values)
    return "".join(str(part) for part in parts)


def test_every_key_that_is_put_together_is_known() -> None:
    patterns = {
        pattern_of(key)
        for path in SOURCES
        for call in calls(path)
        if called(call).rpartition(".")[2] in SAYING and call.args
        for key in ast.walk(call.args[0])
        if isinstance(key, ast.JoinedStr)
    }
    none(patterns ^ FAMILIES.keys(), "put together in the code or listed in FAMILIES, not both")


@pytest.mark.parametrize("pattern", FAMILIES)
def test_every_value_has_its_sentence(pattern: str) -> None:
    assert FAMILIES[pattern]
    said = {pattern.format(value) for value in FAMILIES[pattern]}
    none(said - catalogue("fr").keys(), "can be asked for, and not in store/locales")


def test_no_sentence_is_left_that_nothing_says() -> None:
    spoken = {words for path in SOURCES for words in strings(parsed(path))}
    spoken |= {pattern.format(value) for pattern in FAMILIES for value in FAMILIES[pattern]}
    none(catalogue("fr").keys() - spoken, "in store/locales, and nothing says it")


def test_nobody_reads_of_a_node() -> None:
    """It is our word, and the command's; a person's is the synchronisation."""
    none(
        (key for key, words in catalogue("fr").items() if "nœud" in words.lower()),
        "a secretary knows no node",
    )
