"""By which way the documents of one look leave, decided before a letter is made and once more in
the transaction that freezes it: a list imported or a certificate revoked meanwhile counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from store.db.accounts import account as account_now
from store.db.apicrypt import programs
from store.db.drops import rule as rule_now
from store.db.open import Connection
from store.db.routing import ways
from store.db.sealing import judged_by
from store.errors import MailError, Permanent, Transient
from store.model.account import Account
from store.model.draft import Draft
from store.model.drop import DropRule, RuleSource
from store.model.email import EmailAddress
from store.model.route import Content, Dispatch
from sync.drop.letter import Leaving
from sync.drop.reasons import Reason
from sync.submit.security import Keys, security_for
from sync.trust.sealing import judge_for

To = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Roads:
    """By which way each of these recipients is reached, and the lists that say so."""

    ways: dict[To, Dispatch | Reason]
    leaving: dict[To, Leaving | Reason]
    judged: str
    account: Account
    patients: frozenset[To]


def roads_to(
    db: Connection,
    rule: DropRule,
    groups: Iterable[To],
    keys: Keys,
    now: int,
    *,
    patients: Collection[To] = (),
) -> Roads:
    """How each group of recipients is reached from the account of a rule.

    Args:
        patients: those of them that are the patient's own mailbox, by the INS of a document.
    """
    wanted = dict.fromkeys(filter(None, groups))
    judged = judge_for(db, [email for to in wanted for email in to], now)
    by = account_now(db, rule.account_id)
    own = frozenset(patients)
    found = {to: _way(db, rule, to, now, own) for to in wanted}
    leaving = {
        to: way if isinstance(way, Reason) else _leaving(db, rule, way, keys, now)
        for to, way in found.items()
    }
    return Roads(ways=found, leaving=leaving, judged=judged, account=by, patients=own)


def check_roads(db: Connection, rule: DropRule, roads: Roads, now: int) -> None:
    """Within the transaction that freezes: the rule and the guard still say the same.

    Raises:
        Transient: `store.busy`: what decides has changed, and the next look decides again.
        Usage: `drop.unknown`, the rule is gone.
    """
    if _wishes(rule_now(db, rule.id)) != _wishes(rule):
        raise Transient("store.busy")
    same = judged_by(db) == roads.judged and account_now(db, rule.account_id) == roads.account
    changed = (_way(db, rule, to, now, roads.patients) != way for to, way in roads.ways.items())
    if not same or any(changed):
        raise Transient("store.busy")


def _wishes(rule: DropRule) -> tuple[object, ...]:
    retired = rule.source is RuleSource.RETIRED
    return rule.folder, rule.account_id, rule.to, rule.options, retired


def _way(
    db: Connection, rule: DropRule, to: To, now: int, patients: frozenset[To]
) -> Dispatch | Reason:
    """The one way to all of these, from the rule's own account; or why there is none."""
    # That it is their own and their INS qualified, what builds the letter sees to.
    patient = to[0].partition("@")[0] if to in patients else ""
    try:
        content = Content(documents=True, patient=patient)
        found = ways(db, rule.account_id, to, content, now=now)
    except Permanent:
        return Reason.NO_WAY
    if len(found) > 1 or found[0].account_id != rule.account_id:
        return Reason.SEVERAL_WAYS
    return found[0]


def _leaving(
    db: Connection, rule: DropRule, way: Dispatch, keys: Keys, now: int
) -> Leaving | Reason:
    """The same with what makes it safe; a key that lacks holds the document back."""
    account = account_now(db, rule.account_id)
    written = Draft(sender=EmailAddress(email=account.address))
    try:
        # The document itself stays in sent/: a copy that we cannot read loses nothing.
        safe = security_for(db, account, way, written, keys, now=now, keeps_another=True)
    except MailError:
        return Reason.NO_KEY
    return Leaving(account=account, dispatch=way, security=safe, programs=programs(db, account.id))
