"""A letter's text: what deceives is said, what repeats is folded, what is sought is found."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.tui.conftest import Opened
from tests.tui.practice import Practice, letter
from tui.links import disguised, host_of, leads_elsewhere, with_hosts
from tui.plain import Plain, plain_block
from tui.quotes import folded
from tui.screens import source
from tui.settings import Settings
from tui.widgets.letter_text import LetterText

QUOTED = "Oui, d'accord.\n\nLe 3 nov, vous avez écrit :\n" + "> ligne citée\n" * 30


@pytest.mark.parametrize(
    ("link", "host"),
    [
        ("https://labo.example/r?x=1", "labo.example"),
        ("https://labo.example@evil.example/", "evil.example"),
        ("https://labo.example:443@evil.example:8443/", "evil.example"),
        ("https://evil.example\\@labo.example/", "evil.example"),
        ("https://evil.example?@labo.example/", "evil.example"),
        ("HTTPS://Labo.Example./", "labo.example"),
        ("https://l\u0430bo.example/", "xn--lbo-6cd.example"),
        ("https://[::1]/x", "[::1]"),
        ("https:///evil.example/labo.example", "evil.example"),
        ("https:\\\\evil.example/", "evil.example"),
        ("https:labo.example@evil.example", "evil.example"),
        ("https://%65vil.example/", "evil.example"),
        ("https://labo.example%40evil.example/", "labo.example@evil.example"),
        ("https://fa\u00df.example/", "xn--fa-hia.example"),
        ("https://labo\u3002example/", "labo.example"),
        (f"https://labo.example{'%20' * 2000}@evil.example/", "evil.example"),
    ],
)
def test_the_host_is_the_one_a_browser_goes_to(link: str, host: str) -> None:
    assert host_of(link) == host


def test_a_plain_link_needs_no_word() -> None:
    text = Plain("Voir https://labo.example/resultats et <https://www.labo.example/>.")
    assert with_hosts(text) == text
    assert not disguised("https://labo.example/a@b")


def test_a_link_behind_another_address_is_told_apart() -> None:
    shown = with_hosts(Plain("Connexion : www.ameli.fr <https://evil.example/a>"))
    assert "mène à evil.example, et non à www.ameli.fr" in shown
    assert not leads_elsewhere("ameli.fr", "assure.ameli.fr")
    assert leads_elsewhere("ameli.fr", "ameli.fr.evil.example")
    assert leads_elsewhere("ameli.fr", "evilameli.fr")


@pytest.mark.parametrize(
    "words",
    ["ameli.fr.", "ameli.fr\u200b", "« ameli.fr »", "(ameli.fr)", "https://ameli.fr/x?a=b"],
)
def test_what_stands_around_the_words_of_a_link_hides_nothing(words: str) -> None:
    shown = with_hosts(plain_block(f"Ouvrir {words} <https://evil.example/a>"))
    assert "mène à evil.example, et non à ameli.fr" in shown


def test_the_same_host_in_its_own_letters_is_no_other() -> None:
    text = Plain("Voir labo-é.example <https://xn--labo--fsa.example/>")
    assert "et non à" not in with_hosts(text)


def test_no_number_of_links_leaves_the_last_one_unsaid() -> None:
    text = Plain("https://labo.example/ " * 2000 + "https://ameli.fr@evil.example/x")
    assert "[mène à evil.example]" in with_hosts(text)


def test_a_disguised_link_says_its_host() -> None:
    assert "[mène à evil.example]" in with_hosts(Plain("https://ameli.fr@evil.example/x"))


def test_only_long_quotations_are_folded() -> None:
    short = Plain("Bonjour\n> une\n> deux\n> trois\nmerci")
    assert folded(short) == short
    assert folded(Plain(QUOTED)).count("\n") < 6


async def test_a_long_quotation_is_one_line_until_it_is_wanted(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter(body=QUOTED))
    async with opened() as person:
        await person.press("enter")
        await person.sees("lignes citées : 30 (i les montre)")
        assert "ligne citée" not in person.text
        await person.press("i")
        await person.sees("> ligne citée")
        await person.press("i")
        await person.sees("lignes citées : 30")


async def test_words_are_found_in_a_letter_accents_or_not(
    practice: Practice, opened: Opened
) -> None:
    lines = [f"ligne {n}" for n in range(200)]
    lines[90], lines[150] = "la Créatinine est haute", "créatinine : 8 mg/l"
    practice.deliver(letter(body="\n".join(lines)))
    async with opened() as person:
        await person.press("enter", "slash")
        await person.sees("Chercher dans ce texte")
        await person.types("creatinine")
        await person.press("enter")
        await person.sees("la Créatinine est haute")
        text = person.find(LetterText)
        assert text.found_in == 90
        strip = text.render_line(90 - text.scroll_offset.y)
        assert [s.text for s in strip if s.style and s.style.reverse] == ["Créatinine"]
        await person.press("n")
        await person.sees("créatinine : 8 mg/l")
        await person.press("n")
        assert text.found_in == 90
        await person.press("N")
        assert text.found_in == 150
        await person.press("slash")
        await person.types("absent")
        await person.press("enter")
        await person.sees("« absent » n'est pas dans ce texte.")


@pytest.mark.parametrize(
    ("sought", "marked"),
    [
        ("compte rendu", ["compte", "rendu"]),
        ("d'hémoglobine glyquée", ["d’hémoglobine glyquée"]),
        ("oeil", ["œil"]),
        ("deux lignes", ["deux", "> lignes"]),
        ("x" * 100, ["x" * 77, "x" * 23]),
        ("rendez-vous", ["rendez‑vous"]),
    ],
)
async def test_words_are_found_wherever_their_line_ends(
    practice: Practice, opened: Opened, sought: str, marked: list[str]
) -> None:
    body = (
        "Voyez s’il vous plaît, dès que vous le pourrez, avant fin mai, le compte rendu\n"
        "d’hémoglobine glyquée\nœil gauche, rendez‑vous\n> sur deux\n> lignes\n"
    )
    practice.deliver(letter(body=body + "x" * 120))
    async with opened() as person:
        await person.press("enter")
        await person.sees("Voyez s’il")
        text = person.find(LetterText)
        assert text.find(sought)
        await person.settles()
        strips = [text.render_line(y) for y in range(text.size.height)]
        found = [s.text for strip in strips for s in strip if s.style and s.style.reverse]
        assert found == marked


async def test_a_text_too_long_to_be_shown_says_so_where_it_stops(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter(body="mot\n" * 260_000))
    async with opened() as person:
        await person.press("enter")
        await person.sees("mot")
        await person.press("end")
        await person.sees("[La suite n'est pas montrée : ce texte est trop long.")
        assert person.find(LetterText).find("mot")


def test_a_source_cut_inside_a_character_is_utf_8_all_the_same() -> None:
    octets = b"a" + "é".encode() * 600_000
    assert source._readable(octets).startswith("aéé")
    assert source._readable(b"a\xe9\xc3").startswith("aéÃ")


async def test_what_is_quoted_is_searched_too(practice: Practice, opened: Opened) -> None:
    practice.deliver(letter(body=QUOTED))
    async with opened() as person:
        await person.press("enter", "slash")
        await person.types("citée")
        await person.press("enter")
        await person.sees("> ligne citée")


async def test_n_marks_a_letter_unread_while_nothing_is_looked_for(
    practice: Practice, opened: Opened
) -> None:
    practice.deliver(letter())
    async with opened() as person:
        await person.press("enter")
        await person.until(lambda: practice.keywords() == ["$seen"])
        await person.press("n")
        await person.sees("Marquée non lue.")
        assert practice.keywords() == [""]


async def test_the_headers_then_all_of_it_as_it_came(practice: Practice, opened: Opened) -> None:
    raw = letter(body="le texte\n").replace(b"Subject:", b"X-Odd: \x1b[2Jsigned\nSubject:", 1)
    practice.deliver(raw)
    async with opened((120, 40)) as person:
        await person.press("H")
        await person.sees("X-Odd: ␛[2Jsigned")
        assert "le texte" not in person.text
        await person.press("H")
        await person.sees("le texte")
        await person.press("escape")
        await person.sees("Réception")


PDF = ("glycémie.pdf", "application/pdf", b"%PDF-1.7 not really\n%%EOF")


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs of our own, before all others."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


def tool(folder: Path, name: str, script: str) -> None:
    """A program."""
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o700)


async def test_a_document_is_piped_and_the_answer_shown_harmless(
    practice: Practice, opened: Opened, tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLI_PRINT_WITH", "lp")
    counting = "wc -c | tr -d '\\n'; env | grep ^PLI_ | wc -l"
    tool(tools, "count", f"printf '\\033[2Jreçu %s ' \"$1\"; {counting}")
    practice.deliver(letter(documents=[PDF]))
    async with opened() as person:
        await person.press("enter", "vertical_line")
        await person.sees("Donner glycémie.pdf, en clair, à la commande :")
        await person.types("nowhere -x")
        await person.press("enter")
        await person.sees("Il n'y a pas de programme « nowhere -x »")
        await person.press(*["backspace"] * len("nowhere -x"))
        await person.types("count '$(id); x'")
        await person.press("enter")
        await person.sees("␛[2Jreçu $(id); x 250")  # 25 octets, and none of our variables
        await person.press("escape")
        await person.sees("glycémie.pdf")


async def test_printing_asks_first_and_needs_lp(
    practice: Practice, opened: Opened, tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice.deliver(letter(documents=[PDF]))
    async with opened() as person:
        monkeypatch.setenv("PLI_PRINT_WITH", "no-such-lp")
        await person.press("enter", "p")
        await person.sees("pas de commande d'impression")
        monkeypatch.delenv("PLI_PRINT_WITH")
        tool(tools, "lp", f"cat > '{tmp_path}/printed'")
        await person.press("p")
        await person.sees("Imprimer glycémie.pdf ?")
        assert not (tmp_path / "printed").exists()
        await person.press("o")
        await person.sees("Envoyé à l'imprimante.")
        assert (tmp_path / "printed").read_bytes() == PDF[2]
        tool(tools, "mon-lp", f"""cat > '{tmp_path}/'"$2" """)
        person.app.apply_settings(Settings(print_command=("mon-lp", "-d", "à l'accueil")))
        await person.press("p", "o")
        await person.until((tmp_path / "à l'accueil").exists)
        await person.sees("Envoyé à l'imprimante.")


async def test_what_is_opened_is_in_a_private_file_that_goes_with_pli(
    practice: Practice, opened: Opened, tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("PLI_OPEN_WITH", "viewer --page 1")
    noted = tmp_path / "noted"
    note = f'printf "%s" "$3" > "{noted}.part"; mv "{noted}.part" "{noted}"'
    tool(tools, "viewer", f"""env | grep ^PLI_ > '{tmp_path}/told'; {note}""")
    practice.deliver(letter(documents=[PDF]))
    async with opened() as person:
        await person.press("enter", "O", "o")
        await person.sees("Ouvert par un autre programme")
        await person.until(noted.exists)
        path = Path(noted.read_text())
        assert (path.read_bytes(), (tmp_path / "told").read_text()) == (PDF[2], "")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.parent.stat().st_mode) == 0o700
    assert not path.parent.parent.exists()
