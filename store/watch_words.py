"""What a person must see to of the watched folders, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from store import reasons
from store.db.drop_rules import file_trouble
from store.db.drops import rules
from store.db.open import Connection
from store.plain import Plain, said


def watch_words(db: Connection) -> Iterator[Plain]:
    """Each rule that needs a person, with why; and why `drop.toml` is not followed."""
    for rule in rules(db):
        if rule.needs_a_person:
            yield said("cli.status.watched", name=rule.name, why=reasons.of_rule(rule))
    code, params = file_trouble(db)
    if code:
        yield said(code, **params)


def watch_facts(db: Connection) -> dict[str, object]:
    """The same, of every rule, for a program."""
    watched = [
        {"name": each.name, "state": each.state.value, "error": each.last_error}
        for each in rules(db)
    ]
    return {"watched": watched, "rules_error": file_trouble(db)[0]}
