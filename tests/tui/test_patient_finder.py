"""Patients are found in one way, wherever they are looked for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.screen import Screen
from textual.widgets import Input

from tests.tui.conftest import Opened
from tests.tui.practice import Practice
from tests.tui.test_health_letter import clinic
from tui.app import PliApp
from tui.screens.health_wish import PickPatient
from tui.screens.patient import PatientScreen
from tui.screens.patients import PatientsScreen
from tui.widgets.patient_finder import PatientFinder, PatientList

__all__ = ["clinic"]
SCREENS: dict[str, Callable[[PliApp], Screen[object]]] = {
    "patients": lambda pli: PatientsScreen(),
    "pick": lambda pli: PickPatient(pli, ()),
}


@pytest.mark.parametrize("name", SCREENS)
async def test_one_field_finds_patients_on_every_screen_that_asks_for_one(
    clinic: Practice, opened: Opened, name: str
) -> None:
    chosen: list[object] = []
    async with opened((100, 24)) as person:
        screen = SCREENS[name](person.app)
        await person.app.push_screen(screen, chosen.append)
        field, found = person.find(Input), person.find(PatientList)
        assert found.parent is person.find(PatientFinder)
        assert field.has_focus
        await person.types("BERN")
        await person.until(lambda: len(found.patients) == 1)
        assert "BERNARD" in person.text
        await person.press("down")
        assert found.has_focus
        field.focus()
        for _ in range(4):
            await person.press("backspace")
        await person.until(lambda: found.patients == ())
        await person.press("enter")
        await person.settles()
        assert person.app.screen is screen, "nobody is chosen of nobody"
        await person.press("shift+tab")
        await person.types("BERN")
        await person.until(lambda: len(found.patients) == 1)
        await person.press("enter")
        if name == "pick":
            await person.until(lambda: chosen != [])
        else:
            await person.until(lambda: isinstance(person.app.screen, PatientScreen))
