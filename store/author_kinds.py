"""The kinds of documents that an account's settings file describes, for a person to choose from.

Only their names and titles; what the file means is sync/documents/author_file.py's to read, which
refused it when it was given if it was wrong.
"""

from __future__ import annotations

import json
import tomllib
from typing import Any


def kinds_in(content: str) -> tuple[tuple[str, str], ...]:
    """(name, title) of each; the one that is meant when none is said comes first."""
    try:
        values = _read(content)
        found = {name: str(each.get("title", name)) for name, each in values["kinds"].items()}
    except (ValueError, KeyError, AttributeError, TypeError):
        return ()
    first = values.get("documents", {}).get("kind", "")
    return tuple(sorted(found.items(), key=lambda each: each[0] != first))


def is_shared_box(content: str) -> bool:
    """Whether the account's mailbox is said to be an organisation's, or an application's."""
    try:
        return _read(content)["mailbox"].get("kind", "") in ("organization", "application")
    except (ValueError, KeyError, AttributeError, TypeError):
        return False


def _read(content: str) -> Any:
    return json.loads(content) if content.lstrip().startswith("{") else tomllib.loads(content)
