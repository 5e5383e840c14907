"""`pli doctor`: what it says is so, and of which account and server."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from store.db.blobs import put
from store.db.drafts import draft_refused, save_draft, send_draft
from store.db.drops import add_rule, set_rule_state
from store.db.open import PAGE_BYTES, Connection, write
from store.db.smime_keys import add_key
from store.db.submissions import queue_within
from store.db.whitelist import replace_whitelist
from store.errors import Transient
from store.host.clock import now
from store.host.paths import Home
from store.model.account import Account
from store.model.draft import Draft
from store.model.drop import RuleState
from store.model.email import EmailAddress
from store.model.ids import AccountId
from sync.keyring import facts_of
from tests.unit.cli.conftest import Pli
from tests.unit.smime.people import person


def test_what_never_happened_is_not_called_late_or_well(
    call: Pli, db: Connection, cabinet: AccountId, tmp_path: Path
) -> None:
    to = ["bob@labo.example"]
    rule_id = add_rule(db, name="labo", folder=f"{tmp_path}/d", account_id=cabinet, to=to)
    said = call("doctor", "--offline").out
    assert "!!   cabinet : jamais synchronisé" in said
    assert "ok   le dossier surveillé labo : pas encore regardé" in said
    assert "depuis plus d'un jour" not in said
    set_rule_state(db, rule_id, RuleState.WATCHING)
    db.execute("UPDATE account SET last_synced_at = 1")
    said = call("doctor", "--offline").out
    assert "!!   cabinet : pas de synchronisation complète depuis plus d'un jour" in said
    assert "ok   le dossier surveillé labo va bien" in said


def test_a_damaged_page_is_said_and_the_other_questions_are_answered(
    call: Pli, db: Connection, cabinet: AccountId, home: Home
) -> None:
    with write(db):
        put(db, os.urandom(400_000))
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    assert "ok   la base est entière" in call("doctor", "--offline").out
    with home.database.open("r+b") as file:
        file.seek(-20 * PAGE_BYTES, os.SEEK_END)
        file.write(b"\xff" * 64)
    said = call("doctor", "--offline").out
    assert "!!   La base est abîmée." in said
    assert "!!   cabinet : jamais synchronisé" in said


def test_each_server_line_begins_with_its_account_and_protocol(
    call: Pli, db: Connection, cabinet: AccountId, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def checked(protocol: str, account: Account, password: str, trust: object) -> None:
        if protocol == "smtp":
            raise Transient("net.unreachable", host="mail.example")

    monkeypatch.setattr("sync.commands.doctor.check_server", checked)
    db.execute("UPDATE account SET password_command = 'echo x'")
    lines = call("doctor").out.splitlines()
    assert "ok   cabinet, IMAP : répond, connexion sûre, identifiant accepté" in lines
    [smtp] = [line for line in lines if "SMTP" in line]
    assert smtp.startswith("!!   cabinet, SMTP : ")
    assert "mail.example" in smtp


@pytest.mark.parametrize("login", ["token", "certificate"])
def test_no_password_is_called_available_where_none_is_used(
    call: Pli, db: Connection, cabinet: AccountId, login: str
) -> None:
    db.execute("UPDATE account SET password_command = 'echo x'")
    assert "mot de passe" in call("doctor", "--offline").out
    db.execute("UPDATE account SET login = ?", (login,))
    assert "mot de passe" not in call("doctor", "--offline").out


def test_what_would_keep_a_letter_from_leaving_is_found_first(
    call: Pli, db: Connection, cabinet: AccountId
) -> None:
    soon = now() + 10 * 86_400
    facts = replace(facts_of(person("p256").certificate), not_after_at=soon)
    add_key(db, cabinet, facts, chain=(), wrapped=b"w", at=1)
    replace_whitelist(db, ["cabinet.example"], digest=b"d", published_at=1_700_000_000, now=1)
    said = call("doctor", "--offline").out
    assert "!!   liste blanche : elle date du 14/11/2023, plus d'un mois." in said
    assert (
        "!!   cabinet : compte MSSanté dont les serveurs sont vérifiés par les autorités pub"
        in said
    )
    assert "!!   cabinet : sa clé expire le " in said
    assert "doit signer" not in said
    db.execute("DELETE FROM smime_key")
    db.execute("UPDATE account SET sign = 'always', ca = 'igc-sante'")
    replace_whitelist(db, ["cabinet.example"], digest=b"e", published_at=now(), now=now())
    said = call("doctor", "--offline").out
    assert "ok   liste blanche : 1 domaines, du " in said
    assert "ok   cabinet : compte MSSanté, serveurs vérifiés par une autorité choisie" in said
    assert "!!   cabinet : doit signer toutes ses lettres et n'a aucune clé valable" in said


def test_an_old_key_that_opens_old_letters_is_no_trouble(
    call: Pli, db: Connection, cabinet: AccountId
) -> None:
    for kind, until in (("p256", 1_700_000_000), ("p384", now() + 300 * 86_400)):
        facts = replace(facts_of(person(kind).certificate), not_after_at=until)
        add_key(db, cabinet, facts, chain=(), wrapped=b"w", at=1)
    said = call("doctor", "--offline").out
    assert "ok   cabinet : clé valable jusqu'au " in said
    assert "sa clé expire" not in said


def test_an_account_of_the_space_without_a_list_is_said(
    call: Pli, db: Connection, cabinet: AccountId
) -> None:
    db.execute("UPDATE account SET address = 'x@medecin.mssante.fr'")
    assert (
        "!!   cabinet est un compte MSSanté, et aucune liste blanche"
        in call("doctor", "--offline").out
    )


def test_what_did_not_leave_or_not_for_all_is_said(
    call: Pli, db: Connection, cabinet: AccountId
) -> None:
    said = call("doctor", "--offline").out
    for words in ("partie de ses destinataires", "est retenue", "depuis plus de 24 heures"):
        assert f"{words}" in said
    assert "!!   1 lettres" not in said
    with write(db):
        for state, email in (("accepted", "a@x.test"), ("deferred", "b@x.test")):
            id_ = queue_within(
                db,
                account_id=cabinet,
                octets=b"Subject: x\r\n\r\n",
                message_id=email,
                mail_from="cabinet@x.test",
                recipients=[email, "absent@x.test"],
                subject="x",
                source="person",
                send_at=0,
                now=0,
            )
            db.execute("UPDATE email_submission SET state = ? WHERE id = ?", (state, id_))
            db.execute(
                "UPDATE submission_recipient SET state = iif(email = 'absent@x.test', 'refused', ?)"
                " WHERE submission_id = ?",
                (state, id_),
            )
    draft_id = save_draft(db, cabinet, Draft(sender=EmailAddress(email="cabinet@x.test")), now=0)
    send_draft(db, draft_id, 0)
    draft_refused(db, draft_id, "send.bad_address")
    said = call("doctor", "--offline").out
    assert "!!   Lettres refusées pour une partie de leurs destinataires : 1." in said
    assert "!!   Lettres à envoyer retenues, qui ne partiront pas ainsi : 1." in said
    assert "!!   Lettres qui attendent leur départ depuis plus de 24 heures : 1." in said
