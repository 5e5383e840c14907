"""Temporary: replaced by the directory's."""

from __future__ import annotations


def is_ins(text: str) -> bool:
    t = text.upper().replace("2A", "19").replace("2B", "18") if len(text) == 15 else ""
    return t.isdecimal() and 97 - int(t[:13]) % 97 == int(t[13:])
