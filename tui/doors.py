"""The screens shown over the letters. Each is loaded when first shown: the first paint is quick."""

from __future__ import annotations

import importlib
from typing import cast

from tui.errands import DoesErrands
from tui.screens.screen import Aside

ASIDES = {
    "search": "SearchScreen",
    "outbox": "OutboxScreen",
    "drop": "DropScreen",
    "directory": "DirectoryScreen",
    "accounts": "AccountsScreen",
    "alerts": "AlertsScreen",
    "patients": "PatientsScreen",
    "settings": "SettingsScreen",
    "activity": "ActivityScreen",
    "doctor": "DoctorScreen",
    "link": "LinkScreen",
    "works": "WorksScreen",
}
MODULES = {"doctor": "report", "link": "report"}
"""Where a screen is, when it is not in a module of its own name."""


def aside(name: str) -> type[Aside]:
    """The screen called `name`, of tui/screens/<name>.py unless MODULES says otherwise."""
    module = importlib.import_module(f"tui.screens.{MODULES.get(name, name)}")
    kind = getattr(module, ASIDES[name])
    return cast(type[Aside], kind)


class HasDoors(DoesErrands):
    """An application with a key for each of them."""

    @property
    def is_open(self) -> bool:
        """False while the store is locked or being opened: no screen is shown over a locked one."""
        return False

    def action_search(self) -> None:
        """Search."""
        self.show_aside("search")

    def action_outbox(self) -> None:
        """The outbox."""
        self.show_aside("outbox")

    def action_drops(self) -> None:
        """The watched folders."""
        self.show_aside("drop")

    def action_directory(self) -> None:
        """The directory."""
        self.show_aside("directory")

    def action_accounts(self) -> None:
        """The accounts."""
        self.show_aside("accounts")

    def action_alerts(self) -> None:
        """What somebody must see."""
        self.show_aside("alerts")

    def action_patients(self) -> None:
        """Patients, by their names."""
        self.show_aside("patients")

    def action_help(self) -> None:
        """The keys, those of the screen in front first; one comes back to that screen."""
        from tui.screens.help import HelpScreen

        if self.is_open and not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.screen))

    def action_help_now(self) -> None:
        """The same by a key that nobody types."""
        self.action_help()

    def action_settings(self) -> None:
        """The settings."""
        self.show_aside("settings")

    def action_activity(self) -> None:
        """What the node did."""
        self.show_aside("activity")

    def action_doctor(self) -> None:
        """What is wrong, and how to mend it."""
        self.show_aside("doctor")

    def action_link(self) -> None:
        """What the line is like and costs."""
        self.show_aside("link")

    def action_works(self) -> None:
        """What takes long."""
        self.show_aside("works")

    def show_aside(self, name: str) -> None:
        """Show a screen over the letters, instead of any other one shown over them."""
        kind = aside(name)
        if not self.is_open or isinstance(self.screen, kind):
            return
        if isinstance(self.screen, Aside):
            self.switch_screen(kind())
        else:
            self.push_screen(kind())
