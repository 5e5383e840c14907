"""A HealthDocument as JSON, its files apart: written once, read back whole.

Most facts of most documents are absent, so what has its default value is left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from store.db.blobs import coded, decoded
from store.db.open import Connection
from store.model.document import HealthDocument, Traits
from store.model.ids import EmailId

MOST_WORDS = 200_000
"""Characters of one document that go into the index; as of a PDF (sync/documents/pdf_text.py)."""


def pack(document: HealthDocument) -> tuple[str, bytes]:
    """(Coding, octets) of all it says; its renditions are left out."""
    return coded(_json(replace(document, renditions=())))


def unpack(coding: str, kept: bytes) -> HealthDocument:
    """The inverse of `pack`.

    Raises:
        Permanent: `blob.damaged`.
    """
    found: HealthDocument = _built(HealthDocument, json.loads(decoded(coding, kept)))
    return found


def document_words(db: Connection, email_id: EmailId) -> list[tuple[str, str]]:
    """(Title and patient, text) of each document of a letter, then of each PDF inside them, for
    the index of words."""
    rows = db.execute(
        "SELECT coding, facts FROM health_document WHERE email_id = ? ORDER BY position",
        (email_id,),
    )
    found = []
    for coding, facts in rows.fetchall():
        read = unpack(coding, facts)
        who = read.patient or Traits()
        names = (read.title, who.birth_name, who.used_name, *who.given_names, who.used_given_name)
        found.append((" ".join(filter(None, names)), read.text[:MOST_WORDS]))
    files = db.execute(
        "SELECT f.name, f.text FROM health_document AS d"
        " JOIN document_file AS f ON f.document_id = d.id AND f.text <> ''"
        " WHERE d.email_id = ? ORDER BY d.position, f.position",
        (email_id,),
    )
    return [*found, *((str(name), str(text)) for name, text in files.fetchall())]


def pack_traits(traits: Traits) -> bytes:
    """As JSON."""
    return _json(traits)


def unpack_traits(packed: bytes) -> Traits:
    """The inverse of `pack_traits`."""
    found: Traits = _built(Traits, json.loads(packed))
    return found


def _json(value: object) -> bytes:
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "replace"
    )


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        each = ((field, getattr(value, field.name)) for field in fields(value))
        return {
            field.name: _plain(held)
            for field, held in each
            if field.default is MISSING or held != field.default
        }
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, Decimal) else value


def _built(kind: Any, value: Any) -> Any:
    """A value of a declared type, from what `_plain` made of it."""
    if value is None or kind in (str, int, bool):
        return value
    if get_origin(kind) is tuple:
        return tuple(_built(get_args(kind)[0], each) for each in value)
    if isinstance(kind, UnionType):
        return _built(get_args(kind)[0], value)  # each of ours is something or None
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{name: _built(hints[name], each) for name, each in value.items()})
    assert issubclass(kind, (StrEnum, Decimal))
    return kind(value)


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)
