"""The rules in the store."""

from __future__ import annotations

import pytest

from store.db import drops
from store.db.open import Connection
from store.errors import Usage
from store.model.drop import RuleState
from store.model.ids import AccountId, DropRuleId

NOW = 1_795_000_000


def add(
    db: Connection,
    account_id: AccountId,
    name: str = "cobas",
    folder: str = "/srv/cobas",
    to: tuple[str, ...] = ("alice@medecins.example",),
) -> DropRuleId:
    return drops.add_rule(db, name=name, folder=folder, account_id=account_id, to=to)


def test_a_rule_is_read_back_as_it_was_added(db: Connection, account_id: AccountId) -> None:
    to = ("alice@medecins.example", "bob@medecins.example", "alice@medecins.example")
    rule_id = add(db, account_id, folder="/srv/labo/../cobas/", to=to)
    rule = drops.rule(db, rule_id)
    assert rule == drops.rule_by_name(db, "cobas") == drops.rules(db)[0]
    assert (rule.folder, rule.to) == ("/srv/cobas", to[:2])
    assert (rule.state, rule.last_error, rule.last_scan_at) == (RuleState.NEVER, "", None)


def test_two_rules_never_share_the_mark_of_their_claims(
    db: Connection, account_id: AccountId
) -> None:
    marks = {drops.rule(db, add(db, account_id, f"r{n}", f"/srv/{n}")).mark for n in range(20)}
    assert len(marks) == 20


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"folder": "/srv/other"}, "drop.name_taken"),
        ({"name": "other"}, "drop.folder_taken"),
        ({"name": "other", "folder": "/srv/cobas/sent"}, "drop.folder_ours"),
        ({"name": "other", "folder": "/srv/cobas/failed/x"}, "drop.folder_ours"),
        ({"name": "other", "folder": "relative"}, "drop.folder_not_absolute"),
        ({"name": "other", "folder": "/srv/a\nb"}, "drop.folder_not_absolute"),
        ({"name": "other", "folder": "/srv/\udce9"}, "drop.folder_not_absolute"),
        ({"name": "", "folder": "/srv/other"}, "drop.bad_name"),
        ({"name": "a b", "folder": "/srv/other"}, "drop.bad_name"),
        ({"name": "other", "folder": "/srv/other", "to": ()}, "drop.no_recipient"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(
    db: Connection,
    account_id: AccountId,
    rule_id: DropRuleId,
    change: dict[str, str],
    code: str,
) -> None:
    with pytest.raises(Usage) as refused:
        add(db, account_id, **change)  # type: ignore[arg-type]
    assert refused.value.code == code
    assert len(drops.rules(db)) == 1


def test_a_folder_above_one_where_documents_are_put_away_is_refused(
    db: Connection, account_id: AccountId
) -> None:
    add(db, account_id, "inner", "/srv/cobas/sent")
    with pytest.raises(Usage, match="folder_ours"):
        add(db, account_id, "outer", "/srv/cobas")


def test_a_folder_beside_or_inside_another_is_allowed(
    db: Connection, account_id: AccountId, rule_id: DropRuleId
) -> None:
    add(db, account_id, "inside", "/srv/cobas/urgent")
    add(db, account_id, "beside", "/srv/cobas-2")
    assert len(drops.rules(db)) == 3


def test_an_unknown_rule_says_so(db: Connection) -> None:
    with pytest.raises(Usage, match="unknown"):
        drops.rule_by_name(db, "no")
    with pytest.raises(Usage, match="unknown"):
        drops.rule(db, DropRuleId(1))


def test_the_state_of_a_rule_is_kept(db: Connection, rule_id: DropRuleId) -> None:
    drops.set_rule_state(db, rule_id, RuleState.WATCHING, scanned_at=NOW, mount="/")
    drops.set_rule_state(db, rule_id, RuleState.DOWN, error="drop.folder_missing")
    rule = drops.rule(db, rule_id)
    assert (rule.state, rule.last_error) == (RuleState.DOWN, "drop.folder_missing")
    assert (rule.last_scan_at, rule.mount) == (NOW, "/")


def test_a_scan_that_saw_nothing_new_wakes_nobody(db: Connection, rule_id: DropRuleId) -> None:
    drops.set_rule_state(db, rule_id, RuleState.WATCHING, scanned_at=NOW)
    before = db.total_changes
    drops.set_rule_state(db, rule_id, RuleState.WATCHING, scanned_at=NOW + 59)
    assert db.total_changes == before
    drops.set_rule_state(db, rule_id, RuleState.WATCHING, scanned_at=NOW + 60)
    assert drops.rule(db, rule_id).last_scan_at == NOW + 60
