"""Quoted text folded: what is answered is above, what was said before is one line. Pure.

Quoted is what begins with `>`, and what stands below the head that Outlook repeats of the letter
before ("De : … Envoyé : … À : … Objet : …"), which has no other sign. That head, like the words "a
écrit :" above other quotations, is not folded: it says whose words follow.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import NamedTuple

from store.compose import DEPTH, FORWARD_PREFIX
from tui.plain import Plain, said

LEAST = 4
"""Quoted lines in a row that are worth folding."""
COLON = r"\*?[ \xa0]*:"
BEGINS = re.compile(rf"[ \t]*\*?(?:De|From|Von|Da|Expéditeur){COLON}", re.IGNORECASE)
NAMED = re.compile(
    r"[ \t]*\*?(?:(?P<sent>Envoyé(?: le)?|Sent|Gesendet)|(?P<date>Date|Datum)"
    r"|(?P<subject>Objet|Sujet|Subject|Betreff)"
    rf"|À|A|To|Pour|An|Cci?|Bcc|Importance|Priorité|Répondre à|Reply-To){COLON}",
    re.IGNORECASE,
)
MOST_HEAD = 15
"""Lines of a head: its recipients may take several."""
RULE = re.compile(r"_{5,}\s*")
ORIGINAL = re.compile(
    r"-{3,}\s*(?:Message d['’]origine|Original Message|Ursprüngliche Nachricht)\s*-{3,}\s*",
    re.IGNORECASE,
)
FORWARDS = re.compile(
    r"[\s-]*(?:Début du |Begin )?(?:(?:message|courriel|e-?mail) (?:transféré|réexpédié|transmis)"
    r"|lettre transmise|forwarded (?:message|letter)|weitergeleitete nachricht)[\s:-]*",
    re.IGNORECASE,
)
VALUE = re.compile(r"> ?[0-9]+(?:[.,][0-9]+)?[^\S\n]+[^\W\d_]")
"""'> 100 mg/L': of results that are out of reach of the analyser, none is hidden."""
RULED, ENDS = ("-", "_"), (":", "-")
"""What such lines begin and end with: most others are none, at a glance."""
ATTRIBUTES = re.compile(r".{0,300}(?:a écrit|wrote|schrieb)[ \xa0]*:\s*", re.IGNORECASE)


def is_of_another(line: str) -> bool:
    """Whether a line that one has before one while one writes is quoted, or says who is."""
    return line.startswith(">") or (line.endswith(":") and ATTRIBUTES.fullmatch(line) is not None)


class Line(NamedTuple):
    """What a line of a letter is."""

    level: int
    """In how many quotations it stands."""
    is_words: bool
    """Whether somebody said something in it, rather than a program above a quotation."""


def folded(text: Plain, subject: str) -> Plain:
    """The text with each long quotation as one line that says how long it is.

    What a letter under this `subject` sends on, or has no word of its own beside, is the letter.
    """
    if ">" not in text and ":" not in text and "---" not in text:
        return text
    lines = text.split("\n")
    found = _lines(lines)
    own = min((line.level for line in found if line.is_words), default=0)
    if FORWARD_PREFIX.match(subject) or _says_that_it_forwards(lines, found):
        own = max(own, 1)
    kept: list[str] = []
    for quoted, group in groupby(zip(lines, found, strict=True), key=lambda at: at[1].level > own):
        run = [line for line, _ in group]
        if quoted and sum(map(bool, run)) >= LEAST and not all(map(VALUE.match, run)):
            kept.append(said("tui.letter.quoted", n=len(run)))
        else:
            kept += run
    return Plain("\n".join(kept))


def has_long_quotes(text: Plain, subject: str) -> bool:
    """Whether there is anything to fold."""
    return folded(text, subject) != text


def _lines(lines: list[str]) -> list[Line]:
    found: list[Line] = []
    heads = 0
    while (n := len(found)) < len(lines):
        line = lines[n]
        if (":" in line or line[:1] in RULED) and (ends := _end_of_head(lines, n)) > n:
            found += [Line(heads, is_words=False)] * (ends - n)
            heads += 1
            continue
        depth = 0
        if line.startswith(">") and (marks := DEPTH.match(line)):
            depth, line = marks[0].count(">"), line[marks.end() :]
        words = line.rstrip()
        by_a_program = words[-1:] in ENDS and (
            ATTRIBUTES.fullmatch(words) or FORWARDS.fullmatch(words)
        )
        found.append(Line(heads + depth, is_words=bool(words) and not by_a_program))
    return found


def _says_that_it_forwards(lines: list[str], found: list[Line]) -> bool:
    return any(
        not at.is_words and at.level == 0 and line.strip() and FORWARDS.fullmatch(line)
        for line, at in zip(lines, found, strict=True)
    )


def _end_of_head(lines: list[str], n: int) -> int:
    """Where the head of an earlier letter that begins at line `n` ends; `n` where none does."""
    if ORIGINAL.fullmatch(lines[n]):
        return max(_end_of_fields(lines, n + 1, is_ruled=True), n + 1)
    if RULE.fullmatch(lines[n]):
        ends = _end_of_fields(lines, n + 1, is_ruled=True)
        return ends if ends > n + 1 else n
    return _end_of_fields(lines, n, is_ruled=False)


def _end_of_fields(lines: list[str], n: int, *, is_ruled: bool) -> int:
    """Where its fields end, a date and a subject among them; `n` where they are none.

    A letter on paper has a head too, and what stands below that one is no quotation. So where no
    rule is above it, it says when it was "sent", or names the address of its sender.
    """
    begins = n
    while is_ruled and begins < len(lines) and not lines[begins].strip():
        begins += 1
    if begins == len(lines) or not BEGINS.match(lines[begins]):
        return n
    ends = begins + 1
    seen = {"sure"} if is_ruled or "@" in lines[begins] else set()
    for at in range(ends, min(len(lines), begins + MOST_HEAD)):
        if field := NAMED.match(lines[at]):
            ends = at + 1
            seen.add(field.lastgroup or "")
        elif "subject" in seen:
            break
    is_dated = "sent" in seen or {"date", "sure"} <= seen
    return ends if is_dated and "subject" in seen else n
