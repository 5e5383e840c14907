"""What an answer repeats is one line, however its program marked it; what is sent on is read."""

from __future__ import annotations

import pytest

from sync.mime.html import html_to_text
from tests.tui.conftest import Opened
from tests.tui.practice import Practice, letter
from tui.plain import Plain
from tui.quotes import folded, has_long_quotes

EARLIER = "Le potassium est à 6,1.\nFaut-il recontrôler ?\n\nJean\nLabo"
HEAD = """De : Jean Martin <jean@labo.example>
Envoyé : mardi 3 novembre 2026 14:05
À : Zoé Durand <zoe@cabinet.example>;
    Luc Petit <luc@cabinet.example>
Objet : RE: Potassium"""
OUTLOOK = f"Oui, vu.\n\nZoé\n\n{HEAD}\n\n{EARLIER}"
OLDER = OUTLOOK.replace("De :", "-----Message d'origine-----\nDe :")
BARE = f"Oui, vu.\n\n-----Message d'origine-----\n{EARLIER}"
GMAIL = OUTLOOK.replace("Envoyé :", "*Date :*").replace("De :", "*De :*")
RULED = OUTLOOK.replace("De :", "________________________________\nDe :").replace("Envoyé", "Date")
APART = OUTLOOK.replace("\nÀ :", "\n\nÀ :").replace("\nObjet", "\n\nObjet")
WEB = """<p>Oui, vu.</p><div id="appendonsend"></div><hr tabindex="-1" style="display:inline-block">
<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri" color="#000000"><b>De&nbsp;:</b> Jean Martin
<br><b>Envoyé&nbsp;:</b> mardi 3 novembre 2026<br><b>À&nbsp;:</b> Zoé<br><b>Objet&nbsp;:</b>
K</font><div>&nbsp;</div></div><div>Le potassium<br>est à 6,1.<br>Faut-il<br>recontrôler ?</div>"""
DESKTOP = """<p class=MsoNormal>Oui, vu.<o:p></o:p></p><div><div style='border:none;border-top:solid
#E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'><p class=MsoNormal><b><span>De&nbsp;:</span></b><span> Jean
<br><b>Envoyé&nbsp;:</b> mardi 3 novembre 2026 14:05<br><b>À&nbsp;:</b> Zoé<br><b>Objet&nbsp;:</b> K
<o:p></o:p></span></p></div></div><p class=MsoNormal>Le potassium</p><p class=MsoNormal>est à 6,1.
</p><p class=MsoNormal>Faut-il</p><p class=MsoNormal>recontrôler ?</p>"""
CITED = f"Oui, vu.<blockquote type=cite>{EARLIER.replace(chr(10), '<br>')}</blockquote>"
ALL = (OUTLOOK, OLDER, BARE, GMAIL, RULED, APART, WEB, DESKTOP, CITED)


def shown(text: str, subject: str = "RE: Potassium") -> str:
    return folded(Plain(html_to_text(text).text if text.endswith(">") else text), subject)


@pytest.mark.parametrize("text", ALL)
def test_what_is_answered_is_one_line_whatever_program_repeats_it(text: str) -> None:
    words = shown(text)
    assert words.startswith("Oui, vu.")
    assert "lignes citées" in words.rstrip().split("\n")[-1]
    assert "6,1" not in words


@pytest.mark.parametrize("text", [OUTLOOK, OLDER, GMAIL, RULED, APART, WEB, DESKTOP])
def test_whose_words_are_folded_is_said(text: str) -> None:
    assert "Jean" in shown(text)


@pytest.mark.parametrize("text", ALL)
def test_a_letter_sent_on_is_read_whatever_is_written_above(text: str) -> None:
    assert "6,1" in shown(text, "TR: Potassium")


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}\n\n{EARLIER}",
        f"\n-----Message d'origine-----\n{HEAD}\n\n{EARLIER}",
        f"Zoé Durand a écrit :\n> {EARLIER}".replace("\n", "\n> ").replace("> >", ">"),
        f"Pour avis.\n\nDébut du message transféré :\n\n> {EARLIER}".replace("\n", "\n> ", 1),
        f"<p>Début du message réexpédié :</p>{CITED.removeprefix('Oui, vu.')}",
        f"---------- Forwarded message ---------\n{HEAD.replace('Envoyé', 'Date')}\n\n{EARLIER}",
    ],
)
def test_a_letter_with_no_words_of_its_own_is_not_folded_away(text: str) -> None:
    assert "lignes citées" not in shown(text, "Potassium")


def test_what_a_letter_sent_on_repeats_itself_is_folded() -> None:
    words = shown(f"Pour avis.\n\n{HEAD}\n\nAlors ?\n\n{HEAD}\n\n{EARLIER}", "Tr : Potassium")
    assert "Alors ?" in words
    assert "6,1" not in words
    quoted = "> Alors ?\n" + ">> Le potassium\n" * 6
    assert shown(f"Zoé a écrit :\n{quoted}").count("Le potassium") == 0


def test_values_out_of_reach_are_no_quotation() -> None:
    values = "\n".join(f"> {n}00 mg/L d'albumine" for n in range(1, 6))
    assert shown(f"Bonjour,\n\n{values}") == f"Bonjour,\n\n{values}"
    quoted = values.replace("> 500", "> voir 500")
    assert shown(f"Bonjour,\n\n{quoted}") != f"Bonjour,\n\n{quoted}"


def test_an_answer_below_what_it_quotes_is_read() -> None:
    words = shown("> un\n" * 6 + "Oui, vu.")
    assert words == "> … lignes citées : 6 (i les montre)\nOui, vu."


@pytest.mark.parametrize(
    "head",
    [
        "De : Dr Martin\nÀ : Dr Durand\nDate : 3 novembre 2026\nObjet : Mme X",
        "De : Dr Martin\nÀ : Dr Durand",
        "Date : 3 novembre 2026\nObjet : Mme X",
        "De : la fatigue\nEnvoyé : par son médecin",
        "Motif : douleur\nDe : Dr Martin",
        "__________________\nConclusion :",
    ],
)
def test_the_head_of_a_letter_on_paper_folds_nothing(head: str) -> None:
    text = Plain(f"Cabinet médical\n{head}\n\n{EARLIER}")
    assert not has_long_quotes(text, "Mme X")


async def test_a_long_answer_in_html_is_one_line_until_it_is_wanted(
    practice: Practice, opened: Opened
) -> None:
    plain = letter(subject="RE: K", body=DESKTOP)
    practice.deliver(plain.replace(b"text/plain", b"text/html"))
    async with opened() as person:
        await person.press("enter")
        await person.sees("(i les montre)")
        assert "recontrôler" not in person.text
        await person.press("i")
        await person.sees("recontrôler ?")
