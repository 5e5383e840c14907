"""The rules of the house that a machine can hold us to."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.meta.sources import (
    EVERYTHING,
    SOURCES,
    called,
    calls,
    imported,
    modules,
    nodes,
    none,
    parsed,
    shown,
    text_files,
)

MAX_FILE, MAX_FUNCTION = 300, 45
MAX_TEST_FILE = 500
"""A file of tests is a list of facts, read one at a time."""
VAGUE = {"utils", "util", "helpers", "common", "misc", "manager", "base", "core"}
CLOCK = "store/host/clock.py"
WALL_CLOCK = {
    *("time.time", "time.time_ns"),
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today"),
    *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.date.today"),
}
# Cut in two, so that this file may be searched like every other.
REGISTRIES = ("py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "--index" + "-url ")
DOOR = {
    *("said", "explained", "plain_words", "plain_block", "facts_line"),
    *("reasons.of_state_explained", "reasons.of_submission"),
    *("route_words.line", "route_words.remark", "route_words.withdrawn"),
    "octets",  # `pli show --raw`, which refuses a terminal
}
"""What may be printed: what the functions of the door return."""
ONE_HOME = {
    "aioimaplib": ["sync/imap/stream.py"],
    "aiosmtplib": ["sync/submit/smtp.py", "sync/submit/wire.py"],
    "dns": ["sync/discover/srv.py"],
    "watchfiles": ["sync/drop/watch.py"],
    "pypdfium2": ["sync/documents/pdf_child.py"],
    "ldap3": ["sync/directory/ldap.py"],
    "inscriptis": ["sync/mime/html.py"],
    "sqlcipher3": ["store/db/open.py"],
    "sqlite_utils": ["store/db/migrate.py"],
    "zstandard": ["store/db/blobs.py"],
    "pymap": ["sync/demo/imap_server.py"],
    "aiosmtpd": ["sync/demo/smtp_server.py"],
    "reportlab": ["sync/demo/pdfs.py"],
    "pkcs11": ["sync/smime/card.py"],
}
"""Library -> the one module that may import it, so that replacing it is replacing a file."""


def lines_of_code(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How long its body is. A long signature or docstring is not a long thought."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a file, methods and inner ones too."""
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_a_file_fits_in_the_head() -> None:
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in EVERYTHING}
    none(
        (
            f"{shown(path)}: {count} lines"
            for path, count in lines.items()
            if count > (MAX_FILE if path in SOURCES else MAX_TEST_FILE)
        ),
        "too long",
    )


def test_a_function_is_one_thought() -> None:
    none(
        (
            f"{shown(path)}: {each.name} has {lines_of_code(each)} lines"
            for path in EVERYTHING
            for each in functions(path)
            if lines_of_code(each) > MAX_FUNCTION
        ),
        "does two things",
    )


def test_a_name_says_what_it_holds() -> None:
    none((shown(path) for path in EVERYTHING if path.stem in VAGUE), "says nothing")


def test_a_file_says_why_it_exists() -> None:
    silent = (
        shown(path)
        for path in EVERYTHING
        if path.name != "__init__.py" and not ast.get_docstring(parsed(path))
    )
    none(silent, "no docstring at its head")


def test_a_package_is_its_modules() -> None:
    full = (p for p in EVERYTHING if p.name == "__init__.py" and p.read_text(encoding="utf-8"))
    none(map(shown, full), "not empty")


def where(path: Path, call: ast.Call) -> str:
    """A place, as editors open it."""
    return f"{shown(path)}:{call.lineno}"


def spoken(argument: ast.expr) -> Iterator[str]:
    """What makes the words of an argument: a function, or '' when it is none."""
    if isinstance(argument, ast.IfExp):
        yield from spoken(argument.body)
        yield from spoken(argument.orelse)
    else:
        yield called(argument) if isinstance(argument, ast.Call) else ast.unparse(argument)


def test_no_shell_is_ever_started() -> None:
    shells = {"os.system", "os.popen", "subprocess.getoutput", "asyncio.create_subprocess_shell"}
    none(
        (
            where(path, call)
            for path in SOURCES
            for call in calls(path)
            if called(call) in shells or any(argument.arg == "shell" for argument in call.keywords)
        ),
        "starts a shell",
    )


def test_only_the_store_speaks_sql() -> None:
    spoken = {"execute", "executemany", "executescript"}
    none(
        (
            where(path, call)
            for path in modules("sync", "tui")
            for call in calls(path)
            if isinstance(call.func, ast.Attribute) and call.func.attr in spoken
        ),
        "speaks SQL",
    )


def test_only_click_writes_to_the_terminal() -> None:
    none(
        (where(p, c) for p in SOURCES for c in calls(p) if called(c) in {"print", "input"}),
        "writes or reads without click",
    )


def test_every_word_printed_passes_the_door() -> None:
    """A name, a folder, a server's reply: each could tell the terminal what to do."""
    leaking = [
        where(path, call)
        for path in SOURCES
        for call in calls(path)
        if called(call) == "click.echo" and call.args
        if not all(said in DOOR for said in spoken(call.args[0]))
    ]
    none(leaking, "prints what has not passed store/plain.py")


def test_one_module_reads_the_wall_clock() -> None:
    readers = {shown(path) for path in SOURCES if any(called(c) in WALL_CLOCK for c in calls(path))}
    none(readers - {CLOCK}, "asks for the time itself; be given it, or call store/host/clock.py")


def test_no_name_hides_the_wall_clock() -> None:
    for path in SOURCES:
        for node in nodes(path):
            if isinstance(node, ast.ImportFrom) and node.module == "time":
                names = {alias.name for alias in node.names}
                assert not names & {"time", "time_ns"}, shown(path)


@pytest.mark.parametrize("library", ONE_HOME)
def test_a_library_is_imported_in_one_module(library: str) -> None:
    assert [shown(path) for path in SOURCES if library in imported(path)] == ONE_HOME[library]


def test_only_the_smime_engine_reads_asn1() -> None:
    readers = {shown(path) for path in SOURCES if "asn1crypto" in imported(path)}
    assert readers
    none({each for each in readers if not each.startswith("sync/smime/")}, "imports asn1crypto")


def test_textual_draws_only_the_screen() -> None:
    drawing = (p for p in modules("store", "sync") if {"textual", "rich"} & imported(p))
    none(map(shown, drawing), "draws")


def test_click_speaks_only_on_the_command_line() -> None:
    users = {shown(path) for path in SOURCES if "click" in imported(path)}
    none({u for u in users if "/command" not in u and u != "tui/cli.py"}, "imports click")


def test_nothing_names_a_package_registry() -> None:
    found = [
        f"{shown(path)}: {registry}"
        for path in text_files()
        for registry in REGISTRIES
        if registry in path.read_text(encoding="utf-8")
    ]
    none(found, "names a registry")


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    excuses = {"skip", "skipif", "xfail", "importorskip"}
    found = [
        f"{shown(path)}:{node.lineno}"
        for path in modules("tests")
        for node in nodes(path)
        if isinstance(node, ast.Attribute) and node.attr in excuses
    ]
    none(found, "is not run")
