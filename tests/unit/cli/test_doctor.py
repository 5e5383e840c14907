"""`pli doctor`: what it says is so, and of which account and server."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.db.drops import add_rule, set_rule_state
from store.db.open import Connection
from store.errors import Transient
from store.model.account import Account
from store.model.drop import RuleState
from store.model.ids import AccountId
from tests.unit.cli.conftest import Pli


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
