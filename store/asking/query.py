"""A search as it is typed: words, phrases, and criteria such as `de:` or `before:`. Pure.

Criteria and their names are one table (store/asking/criteria.py). Nothing typed is ever read as the
index's own syntax: only letters and digits leave this module for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from store.asking.criteria import (
    COLUMNS,
    HEALTH,
    HELD,
    NAMED,
    NETWORKS,
    STATES,
    Criterion,
    known,
)
from store.asking.dates import day_typed
from store.db.fold import FACT, bare, fold
from store.errors import Usage
from store.model.directory import Network
from store.model.health import Health

SIZE = re.compile(r"([<>]=?)?(\d{1,12}(?:[.,]\d{1,3})?) ?(k|m|g)?(?:o|b)?")
UNITS = {None: 1, "k": 1024, "m": 1024**2, "g": 1024**3}

QUOTED = r'"([^"]*)(?:"|$)|«\s*([^»]*?)\s*(?:»|$)|“([^”]*)(?:”|$)'
TOKEN = re.compile(
    rf"(?P<begun>[^\W\d_]+):(?=\s|$)|(?:(?P<name>[^\W\d_]+):)?(?:{QUOTED}|(?P<plain>\S+))"
)
PIECES = re.compile(r"[,;]\s*(?!\d)|[()\[\]{}|&!?<>…«»“”\"]+")
"""What separates two words that no space separates; `5,9` is one."""
ELISION = re.compile(r"\b(?:[ldjmtsnc]|qu|jusqu|lorsqu|puisqu|quoiqu)'(?=\w)", re.I)
WORD = re.compile(r"[^\W_]+")
MOST_WORDS = 32
MOST_CHARACTERS = 1000
MOST_BITS = 48
"""Of a size that is asked for: no letter is that long."""


Endings = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand next to each other in a letter."""

    words: tuple[str, ...]
    columns: tuple[str, ...] = ()
    """Where; () for anywhere."""
    whole: bool = False
    """Its last word ends where it ends; else it may go on."""
    joined: bool = False
    """A hyphen joins them: they may also be written as one word."""

    def expression(self, columns: tuple[str, ...], endings: Endings) -> str:
        """In the language of the index."""
        found = _phrases(self.words, self.whole, endings)
        if self.joined:
            found += _phrases(("".join(self.words),), self.whole, endings)
        either = found[0] if len(found) == 1 else f"({' OR '.join(found)})"
        where = self.columns or columns
        return f"{{{' '.join(where)}}} : {either}" if where else either


def _phrases(words: tuple[str, ...], whole: bool, endings: Endings) -> list[str]:
    """Every way in which these words may end."""
    *first, last = words
    if whole or len(last) == 1:
        return [f'"{" ".join(words)}"']
    ends = endings(last)
    if not ends:
        return [f'"{" ".join(words)}"*']
    return [f'"{" ".join((*first, end))}"' for end in ends]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of the letters."""

    terms: tuple[Term, ...] = ()
    before: int | None = None
    """Unix seconds: letters received before then."""
    after: int | None = None
    """Unix seconds: letters received then or later."""
    states: tuple[str, ...] = ()
    """Of STATES."""
    held: tuple[str, ...] = ()
    """Of HELD."""
    mailboxes: tuple[str, ...] = ()
    """Names, bare."""
    least_octets: int | None = None
    most_octets: int | None = None
    networks: tuple[Network, ...] = ()
    patient: tuple[str, ...] = ()
    """How names of the patient begin, bare."""
    health: Health = Health.NONE

    def __bool__(self) -> bool:
        return self != Question()

    def expression(self, columns: tuple[str, ...] = (), endings: Endings = lambda begun: ()) -> str:
        """Of its words and of what the letter holds, in the language of the index; '' for none.

        columns: where the words that are sought anywhere must be.
        endings: the words of the index that begin so, where they are few; () to leave it to the
            index, which then reads every letter that has one.
        """
        sought = [term.expression(columns, endings) for term in self.terms]
        sought += [f'{{facts}} : "{FACT}{kind}"' for kind in self.held]
        if self.least_octets is not None or self.most_octets is not None:
            sought.append(self._sizes())
        return " AND ".join(sought)

    def _sizes(self) -> str:
        """The powers of two between which the size lies; the letters say the size itself."""
        first = (self.least_octets or 0).bit_length()
        last = MOST_BITS if self.most_octets is None else self.most_octets.bit_length()
        between = range(min(first, MOST_BITS), min(last, MOST_BITS) + 1)
        kinds = [f'"{FACT}size{n}"' for n in between] or [f'"{FACT}never"']
        return f"{{facts}} : ({' OR '.join(kinds)})"


@dataclass(slots=True)
class _Gathered:
    """A question while it is read."""

    now: int
    terms: list[Term] = field(default_factory=list)
    given: dict[str, object] = field(default_factory=dict)
    states: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    mailboxes: list[str] = field(default_factory=list)
    networks: list[Network] = field(default_factory=list)
    patient: list[str] = field(default_factory=list)
    health: Health = Health.NONE


def asked(text: str, now: int) -> Question:
    """What a person asks.

    A criterion that is still being typed (`de:`) says nothing yet; `INR:2,5` and `https://…` are
    words. A network that is none is a word too.

    Raises:
        Usage: `search.unknown_operator`, `search.bad_date`, `search.bad_is`, `search.bad_has`,
            `search.bad_size`.
    """
    found = _Gathered(now)
    for name, value, quoted in _tokens(fold(text[:MOST_CHARACTERS])):
        _take(found, name, value, quoted)
    return Question(
        terms=tuple(found.terms[:MOST_WORDS]),
        states=tuple(found.states),
        held=tuple(found.held),
        mailboxes=tuple(found.mailboxes),
        networks=tuple(found.networks),
        patient=tuple(found.patient[:MOST_WORDS]),
        health=found.health,
        **found.given,  # type: ignore[arg-type]
    )


def _tokens(text: str) -> Iterator[tuple[str, str, bool]]:
    """(Name of a criterion or '', its value, whether it was between quotes)."""
    for match in TOKEN.finditer(text):
        if match["begun"]:
            if bare(match["begun"]) not in NAMED:
                yield "", match["begun"], False
            continue
        quoted = next((each for each in match.group(3, 4, 5) if each is not None), None)
        name = match["name"] or ""
        value = match["plain"] if quoted is None else quoted
        if name and quoted is None and (value[0].isdigit() and bare(name) not in NAMED):
            name, value = "", f"{name}:{value}"
        if name and value.startswith("//"):
            name, value = "", f"{name}:{value}"
        yield name, value, quoted is not None


def _take(found: _Gathered, name: str, value: str, quoted: bool) -> None:
    if not name:
        found.terms += _terms(value, (), quoted)
        return
    criterion = NAMED.get(bare(name))
    if name.lower() == "a" and bare(value) in HEALTH:
        criterion = Criterion.HAS  # « a:résultat », of a letter that has one; « à: » is somebody
    if criterion is None:
        raise Usage("search.unknown_operator", name=name, known=known())
    if criterion in COLUMNS:
        found.terms += _terms(value, COLUMNS[criterion], quoted)
    elif criterion in (Criterion.BEFORE, Criterion.AFTER):
        at = day_typed(value, found.now)
        if at is None:
            raise Usage("search.bad_date", name=name, value=value)
        found.given[criterion.value] = at
    elif criterion is Criterion.SIZE:
        _take_size(found, value)
    elif criterion is Criterion.MAILBOX:
        found.mailboxes.append(bare(value))
    elif criterion is Criterion.PATIENT:
        found.patient += bare(value).split()
    elif criterion in (Criterion.STATE, Criterion.HAS):
        _take_what_it_is(found, criterion, value)
    elif (network := NETWORKS.get(bare(value))) is not None:
        found.networks.append(network)
    else:
        found.terms += _terms(f"{name}:{value}", (), quoted)


def _take_what_it_is(found: _Gathered, criterion: Criterion, value: str) -> None:
    name = bare(value).replace(" ", "")
    if name in HEALTH:
        found.health |= HEALTH[name]
    elif criterion is Criterion.STATE and name in STATES:
        found.states.append(STATES[name])
    elif criterion is Criterion.HAS and name in HELD:
        found.held.append(HELD[name])
    else:
        is_state = criterion is Criterion.STATE
        raise Usage("search.bad_is" if is_state else "search.bad_has", value=value)


def _take_size(found: _Gathered, value: str) -> None:
    match = SIZE.fullmatch(value.lower())
    if match is None:
        raise Usage("search.bad_size", value=value)
    octets = int(float(match[2].replace(",", ".")) * UNITS[match[3]])
    found.given["most_octets" if (match[1] or ">")[0] == "<" else "least_octets"] = octets


def _terms(value: str, columns: tuple[str, ...], quoted: bool) -> Iterator[Term]:
    """The words of a value: a phrase where it is between quotes, else one term for each piece."""
    value = ELISION.sub("", value)
    for piece in [value] if quoted else PIECES.split(value):
        words = tuple(WORD.findall(piece))
        if words:
            joined = not quoted and len(words) > 1 and "-" in piece
            yield Term(words, columns, whole=quoted, joined=joined)
