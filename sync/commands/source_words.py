"""One source of the directory: as a line, and as facts."""

from __future__ import annotations

from urllib.parse import urlsplit

from store.host.i18n import sentence
from store.model.directory_source import DirectorySource
from store.reasons import UNKNOWN


def source_facts(source: DirectorySource) -> dict[str, object]:
    """For a program; its last error is a code."""
    facts = ("name", "url", "ca", "base", "user", "size", "checked_at", "last_error")
    return {"kind": source.kind.value} | {name: getattr(source, name) for name in facts}


def source_line(source: DirectorySource) -> str:
    """For a person; its last error is a sentence."""
    kind = sentence(f"directory.kind.{source.kind.value}")
    known = {"host": urlsplit(source.url).hostname or source.name, "path": source.url}
    known |= {"url": source.url, "status": UNKNOWN}
    error = f" · {sentence(source.last_error, **known)}" if source.last_error else ""
    return f"{source.name:<20} {kind:<10} {source.url}{error}"
