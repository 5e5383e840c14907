"""Settings: a strict file, keys one can trust, colours for every eye, notices that name nobody."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from store.errors import Usage
from store.host import clock
from store.host.i18n import explain, sentence
from store.host.keys import DataKey
from store.host.paths import Home
from store.model.mailbox import Role
from sync.documents import duty
from sync.documents.duty import read_documents
from tests.tui.conftest import Opened
from tests.tui.practice import NOW, Practice, letter
from tests.unit.documents.test_duty import potassium, version, xdm
from tui import actions
from tui.actions import ON_LETTERS, key_words
from tui.app import PliApp
from tui.cli import run
from tui.keymap import names
from tui.notices import tell, words_of
from tui.plain import Plain
from tui.screens.help import help_text
from tui.settings import FIELDS, Settings, Sign, Theme, change, parse, read, written
from tui.terminal_codes import BELL, notice
from tui.themes import Themed
from tui.widgets.key_line import KeyLine


@pytest.fixture(autouse=True)
def _usual_keys_afterwards():
    yield
    actions.choose({})


def refusal(text: str) -> str:
    """What is said of a file."""
    with pytest.raises(Usage) as refused:
        parse(text)
    return explain(refused.value)


def test_no_file_is_what_is_documented(home: Home) -> None:
    assert read(home) == Settings()
    assert read(home).idle_minutes == 5


def test_everything_can_be_chosen() -> None:
    text = """
        [screen]
        theme = "contrast"
        mouse = false
        [lock]
        idle_minutes = 0
        [notice]
        bell = true
        terminal = "osc777"
        command = ["notify-send", "-a", "Pli"]
        [keys]
        archive = "E"
        lock = "ctrl+k,f9"
    """
    assert parse(text) == Settings(
        theme=Theme.CONTRAST,
        mouse=False,
        idle_minutes=0,
        bell=True,
        sign=Sign.OSC777,
        command=("notify-send", "-a", "Pli"),
        keys={"archive": "E", "lock": "ctrl+k,f9"},
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[screen\n", "ligne 1"),
        ('[screen]\ntehme = "contrast"', "screen.theme"),
        ("[lokc]\nidle_minutes = 3", "lock.idle_minutes"),
        ("idle_minutes = 3", "lock.idle_minutes"),
        ('[lock]\nidle_minutes = "5"', "0 … 60"),
        ("[lock]\nidle_minutes = 61", "0 … 60"),
        ("[lock]\nidle_minutes = true", "0 … 60"),
        ('[screen]\ntheme = "rose"', '"colour_blind"'),
        ('[notice]\ncommand = "rm -rf"', '["notify-send"'),
        ('[program]\nprint = "lp -d accueil"', '["lp", "-d", "accueil"]'),
        ('[program]\nopen = [""]', '["evince"]'),
        ('[program]\nopen = ["a", 1]', '["evince"]'),
        ('[program]\nopen = ["a\\nb"]', '["evince"]'),
        ('[keys]\narchvie = "E"', "archive"),
        ('[keys]\narchive = "ctrl+"', "touche"),
        ('[keys]\narchive = ["E"]', 'archive = "E"'),
        ('[keys]\narchive = "c"', "compose_letter (écrire)"),
        ('[keys]\narchive = "j"', "down (descendre)"),
        ('[keys]\nhelp = "/"', "search (chercher)"),
        ('[keys]\nsend = "x"', "on la tape en écrivant"),
        ('[keys]\nlock = "l"', "on la tape en écrivant"),
    ],
)
def test_what_is_wrong_is_said_with_what_would_be_right(text: str, says: str) -> None:
    assert says in refusal(text)


def test_two_actions_can_change_places() -> None:
    assert parse('[keys]\narchive = "d"\ndelete = "e"').keys == {"archive": "d", "delete": "e"}


def test_a_change_keeps_every_other_line(home: Home) -> None:
    home.settings.write_text("# à moi\n[lock]\nidle_minutes = 3 # court\n\n[screen]\n")
    change(home, "screen.theme", "contrast")
    change(home, "lock.idle_minutes", "10")
    change(home, "keys.archive", "E")
    assert home.settings.read_text() == (
        '# à moi\n[lock]\nidle_minutes = 10\n\n[screen]\ntheme = "contrast"\n\n'
        '[keys]\narchive = "E"\n'
    )
    assert home.settings.stat().st_mode & 0o777 == 0o600
    before = home.settings.read_text()
    with pytest.raises(Usage):
        change(home, "lock.idle_minutes", "toujours")
    assert home.settings.read_text() == before


def test_every_setting_is_written_as_it_is_read() -> None:
    chosen = Settings(theme=Theme.MONOCHROME, bell=True, command=('a"b\\', "c"))
    text = "".join(
        f"[{section}]\n{key} = {written(name, chosen)}\n"
        for name in FIELDS
        for section, _, key in [name.partition(".")]
        if section == "notice" and key == "command"
    )
    assert parse(text).command == chosen.command


def test_the_command_shows_sets_and_refuses(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    at = ["--home", str(home.root), "settings"]
    assert run([*at, "set", "lock.idle_minutes", "10"]) == 0
    assert run(at) == 0
    shown = capsys.readouterr()
    assert "lock.idle_minutes = 10" in shown.out
    assert str(home.settings) in shown.err
    assert run([*at, "set", "lock.idle", "10"]) == 2
    assert "lock.idle_minutes" in capsys.readouterr().err
    assert run([*at, "keys"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines.index("# Sur une lettre") < lines.index('archive = "e"  # archiver')
    named = [line.split(" = ")[0] for line in lines if " = " in line]
    assert sorted(named) == names(), "each action once"
    home.settings.write_text("[lock")
    assert run(at) == 2
    assert "ligne 1" in capsys.readouterr().err


def test_a_key_is_written_as_a_person_reads_it() -> None:
    assert [key_words(key) for key in ("x", "E", "ctrl+k", "f8", "pagedown", "enter", "+")] == [
        *("x", "E", "Ctrl+K", "F8", "Pagedown", "↵", "+")
    ]


async def test_a_chosen_key_works_and_is_what_the_screen_shows(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter("Résultat"))
    async with opened((120, 24)) as person:
        person.app.apply_settings(parse('[keys]\narchive = "E"\noutbox = "f12"\nhelp = "@"'))
        person.find(KeyLine).refresh()
        await person.settles()
        await person.sees("E archiver")
        assert "F12 envois" in person.text
        assert "  E          archiver" in help_text()
        assert "  Espace     choisir, et descendre" in help_text()
        assert "archiver" not in help_text(ON_LETTERS).split("Sur un brouillon")[1]
        await person.press("e")
        await person.settles()
        assert practice.subjects(Role.ARCHIVE) == []
        await person.press("E")
        await person.settles()
        assert practice.subjects(Role.ARCHIVE) == ["Résultat"]
        await person.press("o")
        await person.settles()
        assert "Boîte d'envoi" not in person.text
        await person.press("f12")
        await person.sees("Boîte d'envoi")
        assert "« F12 »" in sentence("tui.done.kept")
        assert "« A » puis « n »" in sentence("tui.no_account")
        await person.press("escape", "at")
        await person.sees("Les touches")


COLOURED = [Segment("×", Style(color="red", dim=True)), Segment("✓", Style(color="green"))]


@pytest.mark.parametrize("theme", [Theme.CONTRAST, Theme.COLOUR_BLIND, Theme.MONOCHROME])
def test_a_theme_says_the_same_words_in_its_own_colours(theme: Theme) -> None:
    drawn = Themed(theme).apply(COLOURED, Color(0, 0, 0))
    assert [segment.text for segment in drawn] == ["×", "✓"]
    styles = [segment.style for segment in drawn if segment.style]
    colours = [style.color.number for style in styles if style.color]
    assert colours == {"contrast": [9, 10], "colour_blind": [11, 12], "monochrome": []}[theme]
    assert all(style.bold for style in styles[:1])
    if theme is not Theme.COLOUR_BLIND:
        assert not any(style.dim for style in styles)


async def test_no_letter_is_drawn_in_a_colour_where_there_is_one_only(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter("Résultat"))
    async with opened() as person:
        person.app.apply_settings(Settings(theme=Theme.MONOCHROME))
        person.app.screen.refresh(repaint=True)
        await person.settles()
        strips = person.app.screen._compositor.render_strips()
        drawn = [s.style for strip in strips for s in strip if s.style]
        for strip in strips:
            filtered = strip
            for each in person.app.get_line_filters():
                filtered = filtered.apply_filter(each, Color(0, 0, 0))
            assert not [s for s in filtered if s.style and s.style.color and s.style.color.number]
        assert drawn


def test_a_notice_is_a_number_and_a_sentence_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    heard: list[str] = []
    tell(Settings(bell=True, sign=Sign.OSC777), words_of(1), heard.append)
    tell(Settings(), words_of(2), heard.append)
    assert heard == ["\x07\x1b]777;notify;Pli;Pli : 1 nouveau message\x07"]
    assert notice("osc9", Plain("a;b\x07c")) == "\x1b]9;a,b c\x07"
    monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")
    tell(Settings(bell=True, sign=Sign.OSC777), words_of(1), heard.append)
    inside = "\x1b\x1b]777;notify;Pli;Pli : 1 nouveau message\x07"
    assert heard[1] == f"\x07\x1bPtmux;{inside}\x1b\\"
    assert notice("none", Plain("a"), in_tmux=True) == ""


async def test_nothing_is_written_to_a_terminal_that_another_program_has(
    home: Home, key: DataKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, heard = PliApp(home, key), list[str]()
    monkeypatch.setattr(app, "suspend", nullcontext)
    monkeypatch.setattr(app, "_driver", SimpleNamespace(is_headless=False, write=heard.append))
    app.apply_settings(Settings(bell=True))
    async with app.aside():
        await app.announce(words_of(1))
    assert heard == [], "thirty of them would wait for ever for the thread that writes"
    await app.announce(words_of(1))
    assert heard == [BELL]


async def test_letters_that_come_are_announced_without_a_name(
    practice: Practice, opened: Opened, tmp_path: Path
) -> None:
    practice.deliver(letter("Ancienne"))
    told = tmp_path / "told"
    script = "import sys; open(sys.argv[1], 'a').write('|'.join(sys.argv[2:]) + '\\n')"
    async with opened() as person:
        command = (sys.executable, "-c", script, str(told))
        person.app.apply_settings(Settings(command=command))
        await person.until(lambda: person.app._newest is not None)
        practice.deliver(letter("Mme D. : potassium 7,1"), letter("Autre"))
        await person.until(lambda: told.exists() and told.read_text().endswith("\n"))
        await person.settles()
    said = told.read_text().splitlines()
    assert sum(int(line.split()[2]) for line in said) == 2
    assert not [line for line in said if "Mme" in line or "port" in line]


@pytest.mark.logs("notice.not_run")
async def test_a_command_that_is_not_there_disturbs_nobody(
    practice: Practice, opened: Opened
) -> None:
    async with opened() as person:
        person.app.apply_settings(Settings(command=("/nulle/part",)))
        await person.app.announce(words_of(1))
        assert person.app.failure is None


@pytest.mark.parametrize(("value", "judged", "times"), [("6.9", "HH", 1), ("5.2", "H", 0)])
async def test_a_critical_result_is_announced_once_and_names_nobody(
    value: str,
    judged: str,
    times: int,
    practice: Practice,
    opened: Opened,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(duty, "now", lambda: NOW)
    said: list[str] = []

    async def run(command: object, words: str) -> None:
        said.append(words)

    monkeypatch.setattr("tui.background.run", run)
    practice.deliver(xdm(potassium(value, judged, **version(1))))
    await read_documents(practice.db)
    for _ in range(2):  # a second screen does not say it again
        async with opened() as person:
            await person.until(lambda: person.app._newest is not None)
            person.app.noticed()
            await person.settles()
    assert said.count("Pli : résultat critique") == times
