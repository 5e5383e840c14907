"""`pli link budget`, `pli doctor --link` and what `pli status` says of a budget."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from store.db import link
from store.db.accounts import add_account
from store.db.emails import add_email
from store.db.open import Connection, write
from store.host import clock
from store.model.account import Endpoint, Profile
from store.model.ids import AccountId
from store.model.link import Budget, Hold, Limit, LinkReport, LinkStep, Step
from tui.cli import run

NOW = 1_795_694_400  # 2026-11-26 12:00 UTC
Pli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def pli(
    home, key, key_file, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Pli:
    """Run `pli`; returns (exit code, standard output, standard error)."""
    for module in ("sync.commands.doctor", "tui.commands.look"):
        monkeypatch.setattr(f"{module}.now", lambda: NOW)

    def call(*words: str) -> tuple[int, str, str]:
        code = run([*words, "--home", str(home.root), "--key-file", str(key_file)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def cabinet(db: Connection) -> AccountId:
    at = Endpoint(host="mail.example", port=993)
    return add_account(
        db, name="cabinet", address="a@b.test", imap=at, smtp=at, user="a", profile=Profile.AUTO
    )


def step(kind: Step, ms: int, *, up: int = 60, down: int = 300, result: str = "") -> LinkStep:
    return LinkStep(
        step=kind,
        began_at=NOW - 60,
        milliseconds=ms,
        octets_up=up,
        octets_down=down,
        turns=1,
        result=result,
    )


PASS = [
    step(Step.CONNECT, 1_900, up=0, down=90),
    step(Step.LOGIN, 640),
    step(Step.LIST, 740, down=1_000),
    step(Step.FETCH, 20_600, down=160_000),
    step(Step.FETCH, 26_850, down=210_000),
]


def record(db: Connection, account: AccountId, *steps: LinkStep, hold: Hold | None = None) -> None:
    report = LinkReport(
        pass_began_at=NOW - 60, at=NOW, day="2026-11-26", steps=steps, whole=True, hold=hold
    )
    link.record(db, account, replace(report, auto_profile=Profile.SATELLITE))


def test_a_budget_is_set_bit_by_bit_and_said(pli: Pli, cabinet: AccountId, db: Connection) -> None:
    said = pli("link", "budget", "cabinet", "--per-day", "20Mo", "--hours", "22-6")
    assert said == (0, "cabinet : budget : 20,0 Mo par jour, réception de 22 h à 6 h\n", "")
    price = ["--price-per-mb", "0,25", "--currency", "€", "--money-per-month", "12.5"]
    assert pli("link", "budget", "cabinet", *price)[0] == 0
    assert link.budget(db, cabinet) == Budget(
        octets_per_day=20_000_000,
        money_per_month=12_500_000,
        price_per_megabyte=250_000,
        currency="€",
        from_hour=22,
        to_hour=6,
    )
    _, out, _ = pli("link", "budget", "cabinet")
    assert "12,50 € par mois" in out
    assert "0,25 € le Mo" in out
    assert pli("link", "budget", "cabinet", "--hours", "toujours")[0] == 0
    assert link.budget(db, cabinet).from_hour is None
    assert "aucune limite" in pli("link", "budget", "cabinet", "--no-limit")[1]
    assert link.budget(db, cabinet) == Budget()


@pytest.mark.parametrize(
    ("size", "octets"),
    [("4000", 4_000), ("500ko", 500_000), ("1,5 Go", 1_500_000_000), ("2MB", 2_000_000)],
)
def test_sizes_are_written_as_people_write_them(
    pli: Pli, cabinet: AccountId, db: Connection, size: str, octets: int
) -> None:
    assert pli("link", "budget", "cabinet", "--per-month", size)[0] == 0
    assert link.budget(db, cabinet).octets_per_month == octets


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["personne", "--per-day", "1Mo"], "personne"),
        (["cabinet", "--per-day", "0"], "--per-day"),
        (["cabinet", "--per-day", "beaucoup"], "20Mo"),
        (["cabinet", "--per-day", "-5Mo"], "--per-day"),
        (["cabinet", "--hours", "24-6"], "--hours"),
        (["cabinet", "--hours", "6-6"], "22-6"),
        (["cabinet", "--hours", "22-25"], "22-6"),
        (["cabinet", "--price-per-mb", "1e9"], "0,25"),
        (["cabinet", "--money-per-month", "5"], "--price-per-mb"),
    ],
)
def test_a_wrong_budget_is_one_sentence_and_changes_nothing(
    pli: Pli, cabinet: AccountId, db: Connection, words: list[str], said: str
) -> None:
    code, _, err = pli("link", "budget", *words)
    assert (code, err.count("\n")) == (2, 1), err
    assert said in err
    assert link.budget(db, cabinet) == Budget()


def test_the_report_says_what_the_line_is_and_what_it_cost(
    pli: Pli, cabinet: AccountId, db: Connection
) -> None:
    record(db, cabinet, *PASS)
    link.set_budget(db, cabinet, Budget(price_per_megabyte=2_000_000, currency="€"))
    code, out, _ = pli("doctor", "--link")
    assert code == 0
    assert "cabinet : la ligne est traitée comme une ligne par satellite (choix automatique)" in out
    assert "mesuré : aller-retour 595 ms" in out
    assert "débit reçu 8,0 ko/s, débit envoyé pas encore mesuré" in out
    assert "371,4 ko reçus, 240 o envoyés, allers-retours : 5, 50,7 s" in out
    assert "réception d'un lot de lettres, 2 fois : 370,0 ko reçus" in out
    assert "étape la plus lente : réception d'un lot de lettres, 26,9 s" in out
    assert "aujourd'hui : 371,4 ko reçus, 240 o envoyés, soit 0,74 €" in out
    assert "ce mois-ci : 371,4 ko reçus" in out


def test_the_report_as_json_has_the_same_facts(
    pli: Pli, cabinet: AccountId, db: Connection
) -> None:
    record(db, cabinet, *PASS)
    (line,) = pli("doctor", "--link", "--json")[1].splitlines()
    facts = json.loads(line)
    assert (facts["account"], facts["profile"], facts["profile_in_force"]) == (
        *("cabinet", "auto", "satellite"),
    )
    assert 7_500 < facts["octets_per_second_down"] < 8_500
    assert 550 < facts["round_trip_milliseconds"] < 650
    assert facts["today"] == {"up": 240, "down": 371_390, "cost": None}
    kinds = [(each["step"], each["times"]) for each in facts["last_pass"]["steps"]]
    assert kinds == [("connect", 1), ("login", 1), ("list", 1), ("fetch", 2)]
    assert facts["last_pass"]["slowest"]["milliseconds"] == 26_850
    assert facts["hold"] is None


def test_what_waits_and_its_price_are_known_before_it_comes(
    pli: Pli, cabinet: AccountId, db: Connection
) -> None:
    with write(db):
        add_email(db, cabinet, b"x" * 50_000, NOW)
    link.set_budget(db, cabinet, Budget(price_per_megabyte=2_000_000, currency="€"))
    record(db, cabinet, *PASS, hold=Hold(reason=Limit.DAY, until_at=NOW + 9, waiting=40))
    out = pli("doctor", "--link")[1]
    assert "ce qui attend fera environ 2,0 Mo, soit 4,00 €" in out
    facts = json.loads(pli("doctor", "--link", "--json")[1])
    assert (facts["waiting_octets"], facts["waiting_cost"]) == (2_000_000, 4_000_000)


def test_a_pass_that_failed_says_why(pli: Pli, cabinet: AccountId, db: Connection) -> None:
    record(db, cabinet, step(Step.CONNECT, 60_000, up=0, down=0, result="net.timeout"))
    out = pli("doctor", "--link")[1]
    assert "elle s'est arrêtée" in out
    assert "mail.example" in out
    assert "net.timeout" not in out


def test_nothing_recorded_is_said_so(pli: Pli, cabinet: AccountId) -> None:
    out = pli("doctor", "--link")[1]
    assert "aucune synchronisation n'est encore enregistrée" in out
    assert "pas encore mesuré, débit reçu pas encore mesuré" in out


def test_a_report_on_no_account_says_so(pli: Pli, db: Connection) -> None:
    assert pli("doctor", "--link") == (0, "", "Aucun compte.\n")


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (Limit.DAY, "budget du jour atteint ; reprise à minuit ; lettres en attente : 40"),
        (Limit.MONTH, "budget du mois atteint ; reprise le "),
        (Limit.HOURS, "hors des heures choisies ; reprise à minuit"),
    ],
)
def test_status_says_what_a_budget_keeps_and_until_when(
    pli: Pli, cabinet: AccountId, db: Connection, limit: Limit, said: str
) -> None:
    here = clock.local(NOW)
    midnight = int(here.replace(hour=0, minute=0).timestamp()) + 86_400
    record(db, cabinet, hold=Hold(reason=limit, until_at=midnight, waiting=40))
    assert said in pli("status")[1]
    (account,) = json.loads(pli("status", "--json")[1])["accounts"]
    assert account["hold"] == {"reason": limit.value, "until_at": midnight, "waiting": 40}
