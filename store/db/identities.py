"""The ways in which patients are told of, and how they are grouped (sync/documents/grouping.py)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence

from store.db.fold import bare
from store.db.open import Connection
from store.db.packed_documents import pack_traits, unpack_traits
from store.model.document import Traits
from store.model.health import Certainty, Group, IdentityFacts
from store.model.identifiers import problem_with_ins
from store.model.ids import IdentityId, PatientId

MOST_ALIKE = 200
"""What is shared by more than so many identities tells nobody apart: a number for tests, '0'."""


def keep_identity(db: Connection, facts: IdentityFacts) -> IdentityId:
    """Know of an identity; a new one is to be grouped. Call inside `write`."""
    row = db.execute(
        "SELECT id FROM identity WHERE fingerprint = ?", (facts.fingerprint,)
    ).fetchone()
    if row is not None:
        return IdentityId(row[0])
    row = db.execute(
        "INSERT INTO identity (fingerprint, traits) VALUES (?, ?) RETURNING id",
        (facts.fingerprint, pack_traits(facts.traits)),
    ).fetchone()
    db.executemany(
        "INSERT INTO identity_key (key, identity_id) VALUES (?, ?)",
        {(key, row[0]) for key in facts.keys},
    )
    db.execute("INSERT OR IGNORE INTO identity_to_check (identity_id) VALUES (?)", row)
    return IdentityId(row[0])


def identities_to_check(db: Connection) -> list[IdentityId]:
    """Those that are new, or whose last document may have gone."""
    rows = db.execute("SELECT identity_id FROM identity_to_check ORDER BY identity_id")
    return [IdentityId(row[0]) for row in rows]


def forget_checks(db: Connection) -> None:
    """All were grouped. Call inside `write`."""
    db.execute("DELETE FROM identity_to_check")


def is_told_of(db: Connection, identity_id: IdentityId) -> bool:
    """Whether a document still says so."""
    query = "SELECT 1 FROM health_document WHERE identity_id = ? LIMIT 1"
    return db.execute(query, (identity_id,)).fetchone() is not None


def forget_identity(db: Connection, identity_id: IdentityId) -> None:
    """No document says so any more. Call inside `write`."""
    db.execute("DELETE FROM identity WHERE id = ?", (identity_id,))


def traits_of(db: Connection, identities: Collection[IdentityId]) -> dict[IdentityId, Traits]:
    """What each says."""
    rows = db.execute(
        "SELECT id, traits FROM identity WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(identities)),),
    )
    return {IdentityId(row[0]): unpack_traits(row[1]) for row in rows}


def sharing_a_key(db: Connection, identity_id: IdentityId) -> list[IdentityId]:
    """The others that have something in common with it which could make them one person."""
    rows = db.execute(
        "SELECT DISTINCT theirs.identity_id FROM identity_key AS ours"
        " JOIN identity_key AS theirs ON theirs.key = ours.key"
        " WHERE ours.identity_id = ?1 AND theirs.identity_id <> ?1 AND (SELECT count(*) FROM"
        "  (SELECT 1 FROM identity_key AS every WHERE every.key = ours.key LIMIT ?2)) < ?2"
        " ORDER BY 1",
        (identity_id, MOST_ALIKE),
    )
    return [IdentityId(row[0]) for row in rows]


def save_likeness(
    db: Connection,
    one: IdentityId,
    other: IdentityId,
    certainty: Certainty,
    reasons: Sequence[str],
) -> None:
    """Keep what their comparison gave, both ways round. Call inside `write`."""
    db.executemany(
        "INSERT INTO identity_likeness (one, other, certainty, reasons) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (one, other) DO UPDATE SET certainty = excluded.certainty,"
        " reasons = excluded.reasons",
        [(a, b, certainty.value, " ".join(reasons)) for a, b in ((one, other), (other, one))],
    )


def alike_enough(db: Connection, identity_id: IdentityId) -> list[IdentityId]:
    """Those that are surely or probably the same person, if nothing contradicts it."""
    rows = db.execute(
        "SELECT other FROM identity_likeness WHERE one = ?"
        " AND certainty IN ('certain', 'probable') ORDER BY other",
        (identity_id,),
    )
    return [IdentityId(row[0]) for row in rows]


def patients_told_of(
    db: Connection, identities: Iterable[IdentityId]
) -> dict[IdentityId, PatientId | None]:
    """The patient each identity is of; None while it is not grouped."""
    rows = db.execute(
        "SELECT id, patient_id FROM identity WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(identities)),),
    )
    return {IdentityId(a): None if b is None else PatientId(b) for a, b in rows}


def save_group(
    db: Connection, group: Group, traits: Traits, patient_id: PatientId | None
) -> PatientId:
    """Have these identities be one patient, this one or a new one. Call inside `write`."""
    values = (
        *(traits.birth_name, traits.used_name, next(iter(traits.given_names), "")),
        *(traits.birth_day, traits.sex.value, _sure_ins(traits), group.certainty.value),
    )
    if patient_id is None:
        row = db.execute(
            "INSERT INTO patient (birth_name, used_name, given_name, birth_day, sex, ins,"
            " certainty) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
            values,
        ).fetchone()
        patient_id = PatientId(row[0])
    else:
        db.execute(
            "UPDATE patient SET birth_name = ?, used_name = ?, given_name = ?, birth_day = ?,"
            " sex = ?, ins = ?, certainty = ? WHERE id = ?",
            (*values, patient_id),
        )
    db.executemany(
        "UPDATE identity SET patient_id = ?, certainty = ? WHERE id = ?",
        [
            (patient_id, certainty.value, member)
            for member, certainty in zip(group.members, group.certainties, strict=True)
        ],
    )
    every = traits_of(db, group.members)
    db.execute(
        "UPDATE patient SET words = ? WHERE id = ?",
        (_words([every[each] for each in sorted(every)]), patient_id),
    )
    return patient_id


def mark_conflicts(db: Connection, patients: Iterable[PatientId]) -> None:
    """Say of each whether somebody else is told of under the same number. Call inside `write`."""
    db.executemany(
        "UPDATE patient SET conflict = EXISTS (SELECT 1 FROM identity AS ours"
        " JOIN identity_likeness AS l ON l.one = ours.id JOIN identity AS o ON o.id = l.other"
        " WHERE ours.patient_id = patient.id AND o.patient_id IS NOT patient.id"
        " AND l.certainty = 'conflict') WHERE id = ?",
        [(each,) for each in patients],
    )


def conflicting_with(db: Connection, identities: Iterable[IdentityId]) -> set[PatientId]:
    """The patients whose number one of these identities has, with other traits."""
    rows = db.execute(
        "SELECT DISTINCT o.patient_id FROM identity_likeness AS l JOIN identity AS o"
        " ON o.id = l.other WHERE l.certainty = 'conflict' AND o.patient_id IS NOT NULL"
        " AND l.one IN (SELECT value FROM json_each(?))",
        (json.dumps(list(identities)),),
    )
    return {PatientId(row[0]) for row in rows}


def forget_patients_nobody_tells_of(db: Connection, patients: Iterable[PatientId]) -> None:
    """Call inside `write`."""
    db.executemany(
        "DELETE FROM patient WHERE id = ?1"
        " AND NOT EXISTS (SELECT 1 FROM identity WHERE patient_id = ?1)",
        [(each,) for each in patients],
    )


def _sure_ins(traits: Traits) -> str:
    return traits.ins if traits.ins_root and not problem_with_ins(traits.ins) else ""


def _words(every: Sequence[Traits]) -> str:
    """Bare names and days of every way they are told of, a blank before each."""
    found: dict[str, None] = {}
    for traits in every:
        year, _, rest = traits.birth_day.partition("-")
        month, _, day = rest.partition("-")
        names = (traits.birth_name, traits.used_name, *traits.given_names, traits.used_given_name)
        days = (year, month, day, traits.birth_day.replace("-", ""), f"{day}{month}{year}")
        found.update(dict.fromkeys(bare(" ".join((*names, *days, traits.ins))).split()))
    return "".join(f" {each}" for each in found)
