"""What the meta tests read: our own files, parsed once."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("store", "sync", "tui")
BUILT = {".git", ".venv", "build", "__pycache__"}


def modules(*trees: str) -> list[Path]:
    """Every Python file below these directories of the repository."""
    return sorted(path for tree in trees for path in (ROOT / tree).rglob("*.py"))


SOURCES = modules(*PACKAGES)
EVERYTHING = modules(*PACKAGES, "tests")


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of one file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Every node of that tree."""
    return tuple(ast.walk(parsed(path)))


def shown(path: Path) -> str:
    """How a test names a file: from the root of the repository."""
    return path.relative_to(ROOT).as_posix()


@cache
def calls(path: Path) -> tuple[ast.Call, ...]:
    """Every call a file makes."""
    return tuple(node for node in nodes(path) if isinstance(node, ast.Call))


def called(call: ast.Call) -> str:
    """'time.time' for `time.time()`, 'f' for `f()`, '' for what has no plain name."""
    parts: list[str] = []
    node: ast.expr = call.func
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


@cache
def imported(path: Path) -> frozenset[str]:
    """The top-level packages a file imports, wherever in it."""
    names: set[str] = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return frozenset(names)


def strings(node: ast.AST) -> Iterator[str]:
    """Every string literal below a node, docstrings included."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner.value


def text_files() -> Iterator[Path]:
    """Every file of the repository that holds text, ours to write."""
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        if not path.is_file() or any(p in BUILT or p.endswith("_cache") for p in parts):
            continue
        try:
            path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        yield path


def none(found: Iterable[object], complaint: str) -> None:
    """Fail with everything that was found, one a line, unless nothing was."""
    lines = sorted({str(each) for each in found})
    assert not lines, "\n  ".join([f"{complaint}:", *lines])
