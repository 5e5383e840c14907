"""The rules of the house that a machine can hold us to."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.meta.sources import (
    EVERYTHING,
    SOURCES,
    called,
    calls,
    imported,
    modules,
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
ONE_HOME = {
    "aioimaplib": ["sync/imap/stream.py"],
    "aiosmtplib": ["sync/submit/smtp.py"],
    "watchfiles": ["sync/drop/watch.py"],
    "pypdfium2": ["sync/documents/pdf_child.py"],
    "inscriptis": ["sync/mime/html.py"],
    "sqlcipher3": ["store/db/open.py"],
    "sqlite_utils": ["store/db/migrate.py"],
    "zstandard": ["store/db/blobs.py"],
    "pymap": ["sync/demo/imap_server.py"],
    "aiosmtpd": ["sync/demo/smtp_server.py"],
    "reportlab": ["sync/demo/pdfs.py"],
}
"""Library -> the one module that may import it, so that replacing it is replacing a file."""


def lines_of_code(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How long its body is. A long signature or docstring is not a long thought."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", EVERYTHING, ids=shown)
def test_a_file_fits_in_the_head(path: Path) -> None:
    assert path.stem not in VAGUE, "name what it holds"
    most = MAX_FILE if path in SOURCES else MAX_TEST_FILE
    assert len(path.read_text(encoding="utf-8").splitlines()) <= most
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert lines_of_code(node) <= MAX_FUNCTION, f"{node.name} does two things"


@pytest.mark.parametrize("path", EVERYTHING, ids=shown)
def test_a_file_says_why_it_exists(path: Path) -> None:
    if path.name == "__init__.py":
        assert not path.read_text(encoding="utf-8"), "a package is its modules; keep this empty"
    else:
        assert ast.get_docstring(parsed(path)), "no docstring at the head of the module"


@pytest.mark.parametrize("path", SOURCES, ids=shown)
def test_no_shell_is_ever_started(path: Path) -> None:
    for call in calls(path):
        assert called(call) not in {"os.system", "os.popen", "subprocess.getoutput"}
        assert "create_subprocess_shell" not in called(call)
        assert not any(argument.arg == "shell" for argument in call.keywords), call.lineno


@pytest.mark.parametrize("path", modules("sync", "tui"), ids=shown)
def test_only_the_store_speaks_sql(path: Path) -> None:
    spoken = {"execute", "executemany", "executescript"}
    none(
        (
            c.lineno
            for c in calls(path)
            if isinstance(c.func, ast.Attribute) and c.func.attr in spoken
        ),
        "SQL on lines",
    )


@pytest.mark.parametrize("path", SOURCES, ids=shown)
def test_only_click_writes_to_the_terminal(path: Path) -> None:
    none((c.lineno for c in calls(path) if called(c) in {"print", "input"}), "on lines")


def test_one_module_reads_the_wall_clock() -> None:
    readers = {shown(path) for path in SOURCES if any(called(c) in WALL_CLOCK for c in calls(path))}
    none(readers - {CLOCK}, "asks for the time itself; be given it, or call store/host/clock.py")


def test_no_name_hides_the_wall_clock() -> None:
    for path in SOURCES:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ImportFrom) and node.module == "time":
                names = {alias.name for alias in node.names}
                assert not names & {"time", "time_ns"}, shown(path)


@pytest.mark.parametrize("library", ONE_HOME)
def test_a_library_is_imported_in_one_module(library: str) -> None:
    assert [shown(path) for path in SOURCES if library in imported(path)] == ONE_HOME[library]


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
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and node.attr in excuses
    ]
    none(found, "is not run")
