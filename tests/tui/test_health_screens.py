"""Documents, values, patients and alerts on the screen, by keys."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from store.db.alerts import open_alerts
from store.db.open import Connection
from sync.documents.duty import read_documents
from tests.tui.conftest import Opened, Person
from tests.tui.health_world import DAY, LATEST, SERIES, from_hospital, hprim, potassium
from tests.tui.practice import NOW, Practice, letter
from tests.unit.documents import cda_maker
from tui.screens.alerts import AlertsScreen
from tui.screens.health_document import HealthDocumentScreen
from tui.screens.health_values import HealthValuesScreen
from tui.screens.mail import MailScreen
from tui.screens.patient import PatientScreen
from tui.screens.patients import PatientsScreen
from tui.widgets.alert_line import AlertLine

pytestmark = pytest.mark.usefixtures("today")
Screen = type[
    HealthDocumentScreen | HealthValuesScreen | PatientScreen | PatientsScreen | AlertsScreen
]


@pytest.fixture
async def year(practice: Practice) -> Practice:
    """A year of potassium, the last of it today."""
    for n, (day, result) in enumerate(SERIES):
        practice.deliver(letter(f"Bilan {day}", hprim(day, result)), at=NOW - (280 - 60 * n) * DAY)
    practice.deliver(letter("Bilan du jour", hprim("25/10/2026", *LATEST)))
    await read_documents(practice.db)
    return practice


async def shows(person: Person, screen: Screen) -> None:
    """Wait until a screen is in front and drawn."""
    await person.until(lambda: isinstance(person.app.screen, screen))
    await person.settles()


async def test_a_letter_says_what_it_holds_and_a_key_reads_it(year, opened: Opened) -> None:
    async with opened() as person:
        await person.press("enter")
        await person.sees("1 document (L) : LEFÈVRE Zoé 03/02/1984, 1 valeur anormale")
        await person.press("L")
        await shows(person, HealthDocumentScreen)
        assert "Potassium" in person.text
        assert "▲▲ très élevé !" in person.text
        assert "? identité incomplète" in person.text
        await person.press("escape")
        await person.settles()
        assert isinstance(person.app.screen, MailScreen)


async def test_from_the_list_too_and_a_letter_without_any_says_so(
    year: Practice, opened: Opened
) -> None:
    year.deliver(letter("Bonjour"))
    async with opened() as person:
        await person.press("L")
        await person.sees("Aucun document de santé n'a été lu dans cette lettre.")
        await person.press("down", "L")
        await shows(person, HealthDocumentScreen)


async def test_one_key_from_a_result_to_all_of_its_values(year, opened: Opened) -> None:
    async with opened() as person:
        await person.press("L")
        await shows(person, HealthDocumentScreen)
        await person.press("v")
        await person.sees("Mettez le curseur sur un résultat")
        await person.press("n", "enter")
        await shows(person, HealthValuesScreen)
        assert "LEFÈVRE Zoé 03/02/1984 : Potassium (mmol/l)" in person.text
        assert "5 sur la courbe" in person.text
        assert all(value in person.text for value in ("6.4", "3.1", "6.9", "5.6", "4.2"))
        assert all(len(line) <= 80 for line in person.text.splitlines())
        await person.press("down", "down", "enter")
        await shows(person, HealthDocumentScreen)
        assert "Jour : 20/08/2026" in person.text


async def test_the_next_abnormal_value_round_the_end(year, opened: Opened) -> None:
    async with opened() as person:
        await person.press("down", "down", "down", "down", "L")
        await shows(person, HealthDocumentScreen)
        await person.press("n")
        await person.sees("Aucune autre valeur anormale")


async def test_a_patient_and_all_that_is_about_them(year, opened: Opened) -> None:
    async with opened() as person:
        await person.press("I")
        await shows(person, PatientScreen)
        days = [line.split()[0] for line in person.text.splitlines() if "/2026 " in line[:12]]
        assert days == ["25/10/2026", "20/08/2026", "20/06/2026", "02/03/2026", "10/01/2026"]
        await person.press("down")
        await person.sees("Lettre de Labo du Port : Bilan 20/08/2026")
        await person.press("l")
        await person.sees("Objet Bilan 20/08/2026")
        await person.press("escape", "enter")
        await shows(person, HealthDocumentScreen)
        assert "▼ bas" in person.text
        await person.press("l")
        await person.sees("Objet Bilan 20/08/2026")


async def test_patients_are_found_by_their_words(year, opened: Opened) -> None:
    year.deliver(letter("Bonjour"))
    async with opened() as person:
        await person.press("I")
        await shows(person, PatientsScreen)
        await person.sees("Cette lettre ne nomme aucun patient")
        await person.types("zoe lef")
        await person.sees("Patients trouvés : 1")
        await person.press("enter")
        await shows(person, PatientScreen)
        await person.press("I")
        await shows(person, PatientsScreen)
        await person.types("dupont")
        await person.sees("Aucun patient ne commence ainsi.")


async def test_the_same_number_with_other_traits_is_said_and_never_merged(
    practice: Practice, opened: Opened
) -> None:
    other = cda_maker.cda().decode().replace("PAULE", "MARIE").replace("19690321", "19751212")
    practice.deliver(
        from_hospital(potassium("5.9", "N", 1), "CR"), from_hospital(other.encode(), "CR autre")
    )
    await read_documents(practice.db)
    async with opened() as person:
        await person.press("I")
        await shows(person, PatientScreen)
        await person.sees("même INS, autres traits : BERNARD (D'YS) PAULE 21/03/1969 F")
        await person.sees("≠ identité contradictoire")
        rows = [line for line in person.text.splitlines() if "/2026 " in line[:12]]
        assert sorted(line[11] for line in rows) == ["=", "≠"]


async def test_another_version_is_a_key_away_and_the_old_one_says_so(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(
        from_hospital(potassium("5.9", "N", 1), "CR"),
        from_hospital(potassium("5.8", "N", 2), "CR 2"),
    )
    await read_documents(practice.db)
    async with opened() as person:
        await person.press("down", "L")
        await shows(person, HealthDocumentScreen)
        await person.sees("× N'est plus à jour : remplacé par une version plus récente.")
        await person.press("r")
        await person.sees("Remplace : ")
        assert "N'est plus à jour" not in person.text


async def test_several_documents_of_a_letter_one_after_the_other(
    practice: Practice, opened: Opened
) -> None:
    files = [
        (f"{n}.xml", "text/xml", potassium(f"5.{n}", "N", n, setId=f'<setId root="1.2.250.{n}"/>'))
        for n in (1, 2)
    ]
    practice.deliver(letter("Deux", documents=files))
    await read_documents(practice.db)
    async with opened() as person:
        await person.press("L")
        await shows(person, HealthDocumentScreen)
        await person.sees("document 1 sur 2")
        await person.press("K")
        await person.sees("n'a pas d'autre document")
        await person.press("J")
        await person.sees("document 2 sur 2")


async def test_what_must_be_seen_stands_on_top_until_somebody_says_so(
    year: Practice, opened: Opened, db: Connection
) -> None:
    async with opened() as person:
        line = person.find(AlertLine)
        assert line.words.startswith("! 1 résultat à voir maintenant (! : voir)\nLEFÈVRE Zoé")
        beside = " ".join(re.findall(r"│ (.*)", person.text))
        assert "▲▲ (3.5 - 5.1)" in " ".join(beside.split())  # folded, never cut
        await person.press("exclamation_mark")
        await shows(person, AlertsScreen)
        await person.press("enter")
        await shows(person, HealthDocumentScreen)
        (alert,) = open_alerts(db)
        assert alert.seen_at == NOW
        await person.press("V")
        await person.sees("Marqué vu : n'est plus en tête. (u : annuler)")
        assert open_alerts(db) == []
        await person.press("V")
        await person.sees("Rien n'est à marquer vu")
        await person.press("escape")
        await person.sees("Rien à voir : tout a été vu.")
        await person.press("escape")
        await person.settles()
        assert not person.find(AlertLine).display
        await person.press("u")
        await person.sees("! 1 résultat à voir maintenant")
    async with opened() as person:
        assert person.find(AlertLine).display


async def test_it_is_told_once_by_a_notice_that_names_nobody(
    year: Practice, opened: Opened, db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tui.app import PliApp

    said: list[str] = []

    async def announce(_app: PliApp, words: str) -> None:
        said.append(words)

    monkeypatch.setattr(PliApp, "announce", announce)
    async with opened() as person:
        await person.until(lambda: bool(open_alerts(db)[0].alerted_at))
        assert "Nouveau : ! 1 résultat à voir maintenant (! : voir)" in person.text
        year.deliver(letter("Bonjour"))
        await person.sees("Bonjour")
        await person.settles()
    async with opened() as person:
        await person.settles()
        assert "Nouveau" not in person.text.splitlines()[-1]
    critical = [words for words in said if "critique" in words]
    assert len(critical) == 1
    assert "LEFÈVRE" not in "".join(said)


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (480, 135)])
async def test_a_hostile_document_draws_nothing(
    size: tuple[int, int], practice: Practice, opened: Callable[..., Opened]
) -> None:
    bad = "RES|Po\x1b[2Jtassium [/b]|K|N|6.9\u202e|m\x07mol|3.5|5.1|HH|F"
    practice.deliver(letter("Mauvais", hprim("25/10/2026", bad)))
    await read_documents(practice.db)
    async with opened(size) as person:
        for keys in (("L",), ("n", "enter"), ("I",), ("I",)):
            await person.press(*keys)
            await person.settles()
            assert "\x1b" not in person.text
            assert "\u202e" not in person.text
            assert all(len(line) <= size[0] for line in person.text.splitlines())
