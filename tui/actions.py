"""The one registry: every action of the screen, the keys that call it, where it works.

The key line, the help screen, the palette and Textual's bindings are all made from here, so what
is written on the screen is what the keys do. The sentence of an action is `tui.action.<name>`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from textual.binding import Binding, BindingType
from textual.keys import _character_to_key

from store.host.i18n import CHOSEN_KEYS, sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing the person can do."""

    name: str
    """`action_<name>` is the method; `app.<name>` is looked for on the application."""
    keys: str
    """Textual key names, separated by commas."""
    usually: str
    """The key as it is written for a person, unless that person chose another."""
    footer: bool = True
    """Whether the key line shows it; the help screen shows everything."""
    always: bool = False
    """Whether the key line keeps room for it, whatever else there is."""
    priority: bool = False
    """Whether it wins over a field that is being typed in."""

    @property
    def bare_name(self) -> str:
        """What it is called in settings, sentences and Textual's keymap."""
        return self.name.removeprefix("app.")

    @property
    def words(self) -> str:
        """What it does, in two or three words."""
        return sentence(f"tui.action.{self.bare_name}")

    @property
    def shown(self) -> str:
        """The key that calls it, as it is written for a person."""
        if chosen := CHOSEN_KEYS.get(self.bare_name):
            return chosen
        return sentence(NAMED[self.usually]) if self.usually in NAMED else self.usually


CHOSEN: dict[str, str] = {}
"""Keys that this person chose for an action (tui/keymap.py), in place of those below."""
NAMED = {
    "Space": "tui.key.space",
    "Home": "tui.key.home",
    "End": "tui.key.end",
    "PgDn": "tui.key.page_down",
    "PgUp": "tui.key.page_up",
}
"""Keys that another keyboard names otherwise."""
WRITTEN = {"enter": "↵", "escape": "Esc", "up": "↑", "down": "↓", "space": "␣"}


def key_words(key: str) -> str:
    """'Ctrl+K', 'F8', 'x': a key as it is written for a person."""
    *held, last = key.split("+") if len(key) > 1 else [key]
    if last in WRITTEN:
        last = WRITTEN[last]
    elif held or len(last) > 1:
        last = last.upper() if len(last) == 1 or last[1:].isdigit() else last.capitalize()
    return "+".join([*(each.capitalize() for each in held), last])


def bound_keys(action: Action, chosen: Mapping[str, str]) -> list[str]:
    """The keys that call an action, by Textual's names."""
    keys = chosen.get(action.bare_name, action.keys).split(",")
    return [_named(key.strip()) for key in keys]


def _named(key: str) -> str:
    return _character_to_key(key) if len(key) == 1 else key


def choose(keys: Mapping[str, str]) -> None:
    """Have other keys written for these actions, and no others, in sentences too."""
    CHOSEN.clear()
    CHOSEN.update(keys)
    CHOSEN_KEYS.clear()
    CHOSEN_KEYS.update((name, key_words(each.split(",")[0].strip())) for name, each in keys.items())


def _action(name: str, keys: str, usually: str, **more: bool) -> Action:
    return Action(name=name, keys=keys, usually=usually, **more)


EVERYWHERE = (
    _action("app.compose_letter", "c", "c"),
    _action("app.search", "slash", "/"),
    _action("app.undo", "u", "u", footer=False),
    _action("app.outbox", "o", "o"),
    _action("app.drops", "D", "D"),
    _action("app.directory", "a", "a", footer=False),
    _action("app.accounts", "A", "A", footer=False),
    _action("app.alerts", "exclamation_mark", "!", footer=False),
    _action("app.patients", "I", "I", footer=False),
    _action("app.question", "Q", "Q", footer=False),
    _action("app.fetch", "ctrl+r", "Ctrl+R", footer=False),
    _action("app.start_node", "N", "N", footer=False),
    _action("app.lock", "f8", "F8", footer=False, priority=True),
    _action("app.redraw", "ctrl+l", "Ctrl+L", footer=False, priority=True),
    _action("app.settings", "f2", "F2", footer=False),
    _action("app.activity", "f3", "F3", footer=False),
    _action("app.link", "f4", "F4", footer=False),
    _action("app.doctor", "f5", "F5", footer=False),
    _action("app.works", "f6", "F6", footer=False),
    _action("app.palette", "ctrl+p", "Ctrl+P", footer=False),
    _action("app.help", "question_mark", "?", always=True),
    _action("app.help_now", "f1", "F1", footer=False, priority=True),
    _action("app.leave", "q", "q", always=True),
)
HELP_NOW = tuple(action for action in EVERYWHERE if action.bare_name == "help_now")
"""Help where `?` is a letter."""
PATIENTS = tuple(action for action in EVERYWHERE if action.bare_name == "patients")
"""Those whom no letter names: where none is meant, the key of a letter's patient is for them."""
IN_LISTS = (
    _action("down", "down,j", "↓ j", footer=False),
    _action("up", "up,k", "↑ k", footer=False),
    _action("page_down", "pagedown,space", "PgDn", footer=False),
    _action("page_up", "pageup,b", "PgUp", footer=False),
    _action("first", "home", "Home", footer=False),
    _action("last", "end", "End", footer=False),
    _action("open", "enter", "↵"),
)
IN_EMAILS = (
    _action("select", "space", "Space", footer=False),
    _action("select_range", "v", "v", footer=False),
    _action("select_all", "ctrl+a", "Ctrl+A", footer=False),
    _action("unfold", "right", "→", footer=False),
    _action("fold", "left", "←", footer=False),
)
"""Beside those of every list."""
IN_TEXTS = (
    _action("scroll_down", "down,j", "↓ j", footer=False),
    _action("scroll_up", "up,k", "↑ k", footer=False),
    _action("page_down", "pagedown,space", "PgDn", footer=False),
    _action("page_up", "pageup,b", "PgUp", footer=False),
    _action("scroll_home", "home", "Home", footer=False),
    _action("scroll_end", "end", "End", footer=False),
)
IN_LETTER_TEXT = (
    _action("find", "slash", "/", footer=False),
    _action("find_next", "n", "n", footer=False),
    _action("find_previous", "N", "N", footer=False),
)
"""Beside those of every text; `n` and `N` once something is looked for."""
ON_LETTERS: tuple[Action, ...] = (
    _action("reply", "r", "r"),
    _action("reply_all", "R", "R", footer=False),
    _action("archive", "e", "e"),
    _action("delete", "d,delete", "d", footer=False),
    _action("move", "m", "m"),
    _action("trust", "t", "t"),
    _action("forward", "f", "f", footer=False),
    _action("flag", "asterisk", "*", footer=False),
    _action("toggle_seen", "n", "n", footer=False),
    _action("claim", "y", "y", footer=False),
    _action("label", "l", "l", footer=False),
    _action("snooze", "z", "z", footer=False),
    _action("next_letter", "J", "J", footer=False),
    _action("previous_letter", "K", "K", footer=False),
    _action("quotes", "i", "i", footer=False),
    _action("headers", "H", "H", footer=False),
    _action("health_document", "L", "L", footer=False),
    _action("patient", "I", "I", footer=False),
    _action("save_part", "s", "s", footer=False),
    _action("pipe_part", "vertical_line", "|", footer=False),
    _action("print_part", "p", "p", footer=False),
    _action("open_part", "O", "O", footer=False),
    _action("picture", "P", "P", footer=False),
    _action("want_whole", "w", "w", footer=False),
    _action("back", "escape,h", "Esc", footer=False),
)
OPENED = "next_letter previous_letter quotes save_part pipe_part print_part open_part picture back"
BY_THE_CURSOR = tuple(each for each in ON_LETTERS if each.name not in OPENED.split())
"""Those that are for the letter that the cursor of the list is on."""
ON_LISTS = (
    _action("filter", "F", "F", footer=False),
    _action("sort", "S", "S", footer=False),
    _action("threads", "T", "T", footer=False),
)
"""On the letters of a mailbox or a view, all together."""
IN_COLUMN = (_action("forget_view", "x", "x", footer=False),)
"""On a kept search, in the left column."""
ON_DRAFTS = (_action("resume", "r", "r"),)
"""What `reply` does, and is called, where the letters listed are drafts."""
IN_COMPOSER = (
    _action("send", "ctrl+s", "Ctrl+S", priority=True),
    _action("attach", "ctrl+t", "Ctrl+T", priority=True),
    _action("detach", "ctrl+g", "Ctrl+G", priority=True, footer=False),
    _action("next_sender", "ctrl+o", "Ctrl+O", priority=True, footer=False),
    _action("toggle_sign", "ctrl+n", "Ctrl+N", priority=True, footer=False),
    _action("toggle_seal", "f12", "F12", priority=True, footer=False),
    _action("take_offer", "ctrl+r", "Ctrl+R", priority=True, footer=False),
    _action("non_medical", "ctrl+b", "Ctrl+B", priority=True, footer=False),
    _action("about_patient", "ctrl+p", "Ctrl+P", priority=True),
    _action("discard", "ctrl+d", "Ctrl+D", priority=True),
    _action("insert_template", "f2", "F2", priority=True),
    _action("next_missing", "f3", "F3", priority=True, footer=False),
    _action("edit_outside", "f4", "F4", priority=True, footer=False),
    _action("send_later", "f6", "F6", priority=True),
    _action("check_spelling", "f7", "F7", priority=True, footer=False),
    _action("expect_answer", "f5", "F5", priority=True, footer=False),
    _action("toggle_receipt", "f9", "F9", priority=True, footer=False),
    _action("close_draft", "escape", "Esc", always=True),
)
IN_OUTBOX = (
    _action("cancel", "x", "x"),
    _action("retry", "r", "r"),
    _action("send_now", "s", "s"),
    _action("back", "escape,h", "Esc"),
)
IN_DROPS = (
    _action("release", "l", "l"),
    _action("reroute", "r", "r"),
    _action("reject", "x", "x"),
    _action("app.undo", "u", "u", footer=False),
    _action("back", "escape,h", "Esc"),
)
IN_DIRECTORY = (
    _action("write_to", "c", "c"),
    _action("ask_live", "l", "l"),
    _action("learn_certificates", "s", "s"),
    _action("back", "escape", "Esc"),
)
IN_COMPLETION = (
    _action("next_person", "down", "↓"),
    _action("previous_person", "up", "↑"),
    _action("take", "enter,tab", "↵ Tab"),
)
IN_ASIDES = (_action("back", "escape,h", "Esc"),)
IN_REPORT = (
    _action("again", "r", "r"),
    _action("pause", "p", "p"),
    _action("stop", "x", "x"),
    _action("back", "escape,h", "Esc"),
)
IN_WORKS = (_action("pause_work", "p", "p"), *IN_ASIDES)
IN_ACCOUNTS = (
    _action("add_account", "n", "n"),
    _action("back", "escape,h", "Esc"),
)
IN_HEALTH_DOCUMENT = (
    _action("values", "v", "v"),
    _action("next_abnormal", "n", "n"),
    _action("patient", "I", "I"),
    _action("acknowledge", "V", "V"),
    _action("replacing", "r", "r"),
    _action("next_document", "J", "J", footer=False),
    _action("previous_document", "K", "K", footer=False),
    _action("letter", "l", "l", footer=False),
    *IN_ASIDES,
)
IN_HEALTH_VALUES = (_action("patient", "I", "I"), *IN_ASIDES)
IN_PATIENTS = (_action("back", "escape", "Esc"),)
IN_PATIENT = (_action("letter", "l", "l"), *IN_ASIDES)
IN_ALERTS = (
    _action("acknowledge", "V", "V"),
    _action("patient", "I", "I"),
    *IN_ASIDES,
)
IN_TEXT_SCREEN = (*IN_ASIDES, _action("save_part", "s", "s"), _action("picture", "P", "P"))
IN_SOURCE = (*IN_ASIDES, _action("whole_source", "H", "H"))
IN_QUESTION = (
    _action("agree", "o,y", "o"),
    _action("decline", "n,escape", "n"),
)
IN_LOSS = (
    _action("keep", "g,k", "g"),
    _action("take_out", "r", "r"),
    _action("decline", "escape", "Esc"),
)
IN_SEARCH = (
    _action("order", "ctrl+t", "Ctrl+T", priority=True),
    _action("keep_view", "ctrl+s", "Ctrl+S", priority=True),
)
IN_FIELD = (_action("decline", "escape", "Esc"),)


def bindings(*groups: tuple[Action, ...]) -> list[BindingType]:
    """Textual's bindings for these actions. Textual shows none of them: the key line does."""
    return [
        Binding(action.keys, action.name, show=False, priority=action.priority, id=action.bare_name)
        for group in groups
        for action in group
    ]
