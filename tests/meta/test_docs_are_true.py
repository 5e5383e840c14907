"""The documents name only what exists: commands, options, targets, files, tests."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from store.host.i18n import LANGUAGES, catalogue
from store.host.version import VERSION
from tests.meta.sources import EVERYTHING, ROOT, modules, nodes, none, shown
from tui.cli import pli

DOCS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
CODE = re.compile(r"```.*?```|(?:^(?: {4}|\t).*\n)+|`[^`\n]+`", re.M | re.S)
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
OUR_PATH = re.compile(r"(?<![\w./-])((?:store|sync|tui|tests|docs|\.ci)/[\w./*-]*[\w*/])")
TEST_NAME = re.compile(r"\btest_[a-z0-9]\w*\b(?!\.py)")
QUOTED = re.compile(r"[«\"]\s?((?:pli|\{command\})(?: [^»\"]*?)?)\s?[»\"]")
"""A command line as the sentences quote it."""
DOCUMENT = re.compile(r"(?<![\w./-])([\w/-]+\.md)\b")


@cache
def every_test() -> frozenset[str]:
    """The names of all our tests, and of their files."""
    names = {path.stem for path in modules("tests")}
    for path in modules("tests"):
        for node in nodes(path):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                names.add(node.name)
    return frozenset(names)


def code_in(text: str) -> Iterator[str]:
    """Each line of each code span and block of a Markdown text."""
    for found in CODE.finditer(text):
        yield from found.group().strip("`").splitlines()


def commands_in(text: str) -> Iterator[list[str]]:
    """The words after `pli` on each command line a text quotes, up to a pipe or a redirection."""
    for line in code_in(text):
        words = re.split(r"\s[|<>&#]", line.strip().removeprefix("$ "))[0]
        if found := re.match(r"(?:\.venv/bin/|\w+ \|\s*)?pli(?:\s+(.*))?$", words):
            yield shlex.split(re.sub(r"[\[\]]", " ", found[1] or ""))


def problem_with(words: list[str]) -> str:
    """Why `pli words` would be a usage error; '' when its command and options exist."""
    command: click.Command = pli
    context = click.Context(pli, info_name="pli")
    known = {option for param in pli.params for option in param.opts}
    for word in words:
        if word.startswith("--"):
            if word.partition("=")[0] not in known | {"--help"}:
                return f"no option {word}"
        elif isinstance(command, click.Group) and re.fullmatch(r"[a-z][a-z-]*", word):
            inner = command.get_command(context, word)
            if inner is None:
                return f"no command {word}"
            command = inner
            known |= {option for param in command.params for option in param.opts}
    return ""


@pytest.mark.parametrize("path", DOCS, ids=shown)
def test_every_command_it_quotes_exists(path: Path) -> None:
    quoted = [(words, problem_with(words)) for words in commands_in(path.read_text("utf-8"))]
    none((f"pli {' '.join(words)}: {why}" for words, why in quoted if why), "cannot be run")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_a_sentence_names_exists(language: str) -> None:
    named = [
        (key, shlex.split(quoted.replace("{command}", "pli").replace("\xa0", " ")))
        for key, words in catalogue(language).items()
        for quoted in QUOTED.findall(words)
    ]
    wrong = ((key, words, problem_with(words[1:])) for key, words in named)
    none((f"{key}: {words}: {why}" for key, words, why in wrong if why), "cannot be run")
    assert len(named) > 20


@pytest.mark.parametrize("path", DOCS, ids=shown)
def test_every_target_it_quotes_exists(path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.M))
    quoted = {
        found[1]
        for line in code_in(path.read_text("utf-8"))
        if (found := re.match(r"(?:\$ )?make ([a-z-]+)", line.strip()))
    }
    none(quoted - targets, "no such target in the Makefile")


@pytest.mark.parametrize("path", DOCS, ids=shown)
def test_every_file_it_names_exists(path: Path) -> None:
    text = path.read_text("utf-8")
    named = {name for line in code_in(text) for name in OUR_PATH.findall(line)}
    missing = {name for name in named if not list(ROOT.glob(name.rstrip("/")))}
    missing |= {link for link in LINK.findall(text) if not (path.parent / link).exists()}
    none(missing, "no such file")


@pytest.mark.parametrize("path", DOCS, ids=shown)
def test_every_test_it_names_exists(path: Path) -> None:
    none(set(TEST_NAME.findall(path.read_text("utf-8"))) - every_test(), "no such test")


def test_every_document_the_code_names_exists() -> None:
    documents = {shown(doc).removeprefix("docs/") for doc in DOCS}
    none(
        (
            f"{shown(path)}: {named}"
            for path in EVERYTHING
            for named in DOCUMENT.findall(path.read_text("utf-8"))
            if named.removeprefix("docs/") not in documents
        ),
        "no such document",
    )


def test_every_test_a_comment_names_exists() -> None:
    none(
        (
            f"{shown(path)}: {named}"
            for path in EVERYTHING
            for comment in re.findall(r"#.*", path.read_text("utf-8"))
            for named in TEST_NAME.findall(comment)
            if named not in every_test()
        ),
        "no such test",
    )


def test_the_changelog_names_this_version() -> None:
    assert f"\n## {VERSION}" in (ROOT / "CHANGELOG.md").read_text("utf-8")
