"""What a claimed document leaves as, or why it does not: decided before anything is written."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from store.db.authors import author_content
from store.db.open import Connection
from store.host.log import event
from store.model.drop import DropRule
from store.model.drop_options import Form
from store.model.route import Envelope
from sync.drop.correcting import Correction
from sync.drop.health import Lacks, Package, package_for
from sync.drop.letter import Frozen, Leaving, Told, letter_for
from sync.drop.parcel import Parcel
from sync.drop.reasons import Reason
from sync.drop.roads import Roads, To, roads_to
from sync.drop.understand import Understood
from sync.submit.security import Keys

log = logging.getLogger(__name__)
Fate = Frozen | Package | Lacks | Reason
"""What a document leaves as: a letter, or a health document; or why it does not."""


def reason_of(fate: Fate) -> Reason | None:
    """Why it does not leave; None when it does."""
    if isinstance(fate, Lacks):
        return Reason.LACKS
    return fate if isinstance(fate, Reason) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """What every letter of one look has in common."""

    rule: DropRule
    roads: Roads
    now: int
    token: Callable[[], str]
    author: str
    """The account's settings file; '' for none, or where the rule needs none."""


def making_for(
    db: Connection,
    rule: DropRule,
    understood: Iterable[Understood],
    keys: Keys,
    *,
    now: int,
    token: Callable[[], str],
) -> Making:
    """What their letters are made with: by which ways, and by whom."""
    every = list(understood)
    groups = [group for said in every for group in said.groups]
    patients = {said.patient_to for said in every if said.patient_to}
    is_health = rule.options.form is Form.XDM
    return Making(
        rule=rule,
        roads=roads_to(db, rule, groups, keys, now, patients=patients),
        now=now,
        token=token,
        author=author_content(db, rule.account_id) if is_health else "",
    )


def fate_of(parcel: Parcel, said: Understood, corrected: Correction | None, making: Making) -> Fate:
    """What a parcel leaves as, or why it does not."""
    if said.problem:
        return said.problem
    if not said.leads_anywhere:
        return Reason.NO_RECIPIENT
    by = [making.roads.leaving[group] for group in said.groups]
    if no_way := next((way for way in by if isinstance(way, Reason)), None):
        return no_way
    try:
        if making.rule.options.form is Form.XDM:
            return _health_document(parcel, said, corrected, making)
        return _as_it_came(parcel, said, corrected, making)
    except Exception as error:  # one document must not stop the others
        event(log, logging.ERROR, "drop.not_built", rule=making.rule.id, error=error)
        ways = [way.dispatch.envelope for way in by if isinstance(way, Leaving)]
        plain = all(envelope is Envelope.PLAIN for envelope in ways)
        return Reason.NOT_BUILT if plain else Reason.NOT_SEALED


def _health_document(
    parcel: Parcel, said: Understood, corrected: Correction | None, making: Making
) -> Package | Lacks:
    def leaving(to: To) -> Leaving:
        by = making.roads.leaving[to]
        assert isinstance(by, Leaving)
        return by

    return package_for(
        parcel,
        said,
        leaving,
        account=making.roads.account,
        author=making.author,
        corrected=corrected,
        now=making.now,
        token=making.token,
    )


def _as_it_came(
    parcel: Parcel, said: Understood, corrected: Correction | None, making: Making
) -> Frozen:
    leaving = making.roads.leaving[said.recipients]
    assert isinstance(leaving, Leaving)
    told = Told(
        to=said.recipients,
        urgent=said.urgent,
        identity=making.rule.options.identity,
        receipt=said.asked.reading,
        replaces_at=corrected.at if corrected else None,
        is_correction=corrected is not None and corrected.is_known,
        replaces_id=corrected.message_id if corrected else "",
    )
    return letter_for(parcel, leaving, told, now=making.now, token=making.token)
