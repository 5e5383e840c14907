"""How French the accented letters of a text are, where they stand: what decides between encodings.

Only neighbours are looked at, so that the weight of a letter is the same wherever it stands in a
file, and weighing costs nothing. Pure.
"""

from __future__ import annotations

import re
from collections import Counter

LETTERS = {
    "é": 9.0,
    "è": 7.0,
    "à": 7.0,
    "ê": 6.0,
    "ç": 5.0,
    "ô": 5.0,
    "î": 4.5,
    "û": 4.5,
    "â": 4.5,
    "ù": 4.0,
    "ï": 4.0,
    "ë": 4.0,
    "œ": 4.0,
    "ö": 2.0,
    "ü": 2.0,
    "ä": 1.5,
    "æ": 1.5,
    "ñ": 1.5,
    "É": 5.0,
    "È": 4.0,
    "À": 4.0,
    "Ê": 3.0,
    "Ç": 3.0,
    "Ô": 3.5,
    "Î": 2.0,
    "Û": 1.5,
    "Â": 2.0,
    "Ù": 1.0,
    "Ï": 2.0,
    "Ë": 2.0,
    "Œ": 2.0,
    "Ö": 0.5,
    "Ü": 0.5,
    "Ä": 0.5,
    "Ÿ": 0.5,
}
"""What a letter is worth as evidence: roughly the logarithm of how often French has it."""
SIGNS = {
    "°": 4.0,
    "µ": 4.0,
    "²": 3.0,
    "³": 3.0,
    "’": 3.0,
    "«": 3.0,
    "»": 3.0,
    "\u00a0": 2.0,
    "€": 2.0,
    "–": 2.0,
    "—": 1.0,
    "…": 1.0,
    "±": 2.0,
    "·": 1.0,
    "½": 0.5,
    "¼": 0.5,
    "‘": 1.0,
    "“": 1.0,
    "”": 1.0,
    "•": 1.0,
    "≤": 2.0,
    "≥": 2.0,
    "®": 0.5,
    "™": 0.5,
    "§": 1.0,
    "¹": 0.5,
}
WORDS = (
    "créatinine glycémie hématologie hémogramme prélèvement numération protéine résultat médecin "
    "hôpital contrôle hôte côté âge âgé même être fenêtre bientôt plutôt tête épreuve état échec "
    "étude élevé équilibre écho biochimie négatif sérologie référence bactérie créé née né à jeun "
    "français reçu déçu façon leçon maïs naïf héroïne noël connaître boîte dîner île sûr août dû "
    "théâtre gâteau bâtiment cœur œdème sœur œil œuvre où élève très après dès accès procès père "
    "hémoglobine hématocrite leucocytes éosinophiles lymphocytes créatine ionogramme bêta"
)
KNOWN = frozenset(
    f" {word} "[place - 1 : place + 2]
    for word in WORDS.split()
    for place in range(1, len(word) + 1)
    if not word[place - 1].isascii()
)
"""The neighbours of an accented letter in words that files of laboratories are full of."""
BONUS = 2.0
STRANGER = -3.0
CONTROL = -12.0
ILL_PLACED = -6.0


def score(text: str) -> float:
    """How French the accented letters of a text are, where they stand."""
    triples = Counter(re.findall(r"(?=(.?)([^\x00-\x7f])(.?))", text))
    return sum(_worth(*triple) * count for triple, count in triples.items())


def _worth(before: str, letter: str, after: str) -> float:
    if letter == "\ufffd" or "\x80" <= letter <= "\x9f":
        return CONTROL
    if letter in SIGNS:
        # No sign of this list stands inside a word, but for the apostrophe.
        inside = before.isalpha() and after.isalpha() and letter not in "’·"
        touching = letter in "–—" and (before.isalpha() or after.isalpha())
        return ILL_PLACED if inside or touching else SIGNS[letter]
    if letter not in LETTERS:
        return STRANGER
    if _is_misplaced(before, letter.lower(), after):
        return ILL_PLACED
    if letter.isupper() and before.islower():
        return ILL_PLACED
    worth = LETTERS[letter]
    if letter.islower() and before.isupper() and after.isupper():
        worth /= 3
    neighbours = (each if each.isalpha() else " " for each in (before, letter, after))
    known = "".join(neighbours).lower() in KNOWN
    return worth + (BONUS if known else 0.0)


def _is_misplaced(before: str, letter: str, after: str) -> bool:
    """Whether French never has a letter there: what it is in that place is its true name."""
    begins, ends = not before.isalpha(), not after.isalpha()
    if letter == "à":
        # à, là, voilà, déjà, çà.
        return not ends or not (begins or before.lower() in "ljç")
    if letter == "ù":
        return not ends or before.lower() != "o"
    if letter == "ç":
        return ends
    if letter == "ê" and begins:
        # être, êtes: no other word begins so.
        return after.lower() != "t"
    return begins and ends and letter != "ô"
