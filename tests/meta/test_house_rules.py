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
    parsed,
    shown,
    text_files,
)

MAX_FILE, MAX_FUNCTION = 300, 45
VAGUE = {"utils", "util", "helpers", "common", "misc", "manager", "base", "core"}
CLOCK = "store/host/clock.py"
WALL_CLOCK = {
    *("time.time", "time.time_ns", "time.localtime", "time.gmtime"),
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


@pytest.mark.parametrize("path", EVERYTHING, ids=shown)
def test_a_file_fits_in_the_head(path: Path) -> None:
    assert path.stem not in VAGUE, "name what it holds"
    assert path.read_text(encoding="utf-8").count("\n") <= MAX_FILE
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < MAX_FUNCTION, f"{node.name} does two things"


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


@pytest.mark.parametrize("path", SOURCES, ids=shown)
def test_only_click_writes_to_the_terminal(path: Path) -> None:
    assert not [call.lineno for call in calls(path) if called(call) in {"print", "input"}]


def test_one_module_reads_the_wall_clock() -> None:
    readers = {shown(path) for path in SOURCES if any(called(c) in WALL_CLOCK for c in calls(path))}
    assert readers <= {CLOCK}


def test_no_name_hides_the_wall_clock() -> None:
    for path in SOURCES:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ImportFrom) and node.module == "time":
                names = {alias.name for alias in node.names}
                assert not names & {"time", "time_ns", "localtime", "gmtime"}, shown(path)


@pytest.mark.parametrize("library", ONE_HOME)
def test_a_library_is_imported_in_one_module(library: str) -> None:
    assert [shown(path) for path in SOURCES if library in imported(path)] == ONE_HOME[library]


def test_textual_draws_only_the_screen() -> None:
    assert not [p for p in modules("store", "sync") if {"textual", "rich"} & imported(p)]


def test_click_speaks_only_on_the_command_line() -> None:
    users = {shown(path) for path in SOURCES if "click" in imported(path)}
    assert not {u for u in users if not ("/commands/" in u or "cli" in u or "/command" in u)}


def test_nothing_names_a_package_registry() -> None:
    found = [
        f"{shown(path)}: {registry}"
        for path in text_files()
        for registry in REGISTRIES
        if registry in path.read_text(encoding="utf-8")
    ]
    assert not found


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    excuses = {"skip", "skipif", "xfail", "importorskip"}
    found = [
        f"{shown(path)}:{node.lineno}"
        for path in modules("tests")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and node.attr in excuses
    ]
    assert not found
