"""HTML as text: what it says, with the address of each link, and nothing that was hidden.

Nothing is fetched and nothing is run. What its looks say is put in signs (`html_marks`), what its
styles hide is taken out (`html_hiding`), its cells go to their columns (`html_tables`), what it
quotes begins with `>` (`html_quotes`). Small letters are then laid out by inscriptis, which keeps
the columns of a table of results; what is too large, too deep or too wide for it to stay quick is
written out flat (`html_flat`), so that the time is linear in the letter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from itertools import islice
from typing import Any

from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.html_engine import Inscriptis
from inscriptis.model.canvas import Canvas
from inscriptis.model.config import ParserConfig
from inscriptis.model.html_document_state import HtmlDocumentState
from inscriptis.model.table import Table, TableCell
from inscriptis.model.tag import CustomHtmlTagHandlerMapping
from lxml.etree import ParserError, iterwalk
from lxml.html import HTMLParser, document_fromstring

from sync.mime.html_flat import flat
from sync.mime.html_hiding import hide
from sync.mime.html_marks import STRUCK, mark
from sync.mime.html_quotes import begun, quotations, set_apart
from sync.mime.html_tables import spread

MOST_ELEMENTS = 3000
MOST_DEPTH = 100
MOST_AREA = 20_000_000
"""Characters a table could be padded to: its possible lines times its possible width."""
TAG = re.compile(r"<[^<>]*+>")
BLANKS_OF_A_LINE = re.compile(r"[ \t]+")
EMPTY_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of an HTML part."""

    text: str
    """'' when it says nothing."""
    hides: bool = False
    """Whether its style hides words that the rest does not say."""
    strikes: bool = False
    """Whether words are struck out, between `STRUCK`."""


def html_to_text(markup: str, *, layout: bool = True) -> Shown:
    """The readable text of an HTML part. Takes any string without NUL.

    Without `layout` it is written out flat, however small.
    """
    parser = HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        tree = document_fromstring(markup.encode("utf-8", "replace"), parser=parser)
    except ParserError:
        return Shown("")
    if parser.error_log.filter_from_fatals():
        # libxml2 2.14 gives up at 2,048 levels and leaves out the rest: better ugly than hidden.
        return Shown(_tidy(BLANKS_OF_A_LINE.sub(" ", unescape(TAG.sub(" ", markup)))))
    quotes = quotations(tree)
    strikes, hides = mark(tree), hide(tree)
    spread(tree)
    set_apart(quotes)
    text = begun(_tidy(_laid_out(tree) if layout and _is_small(tree) else flat(tree)))
    return Shown(text, hides, strikes and STRUCK in text)


def _is_small(tree: Any) -> bool:
    depth = deepest = elements = 0
    for event, _ in islice(iterwalk(tree, events=("start", "end")), 2 * MOST_ELEMENTS + 1):
        depth += 1 if event == "start" else -1
        elements += event == "start"
        deepest = max(deepest, depth)
    if elements > MOST_ELEMENTS or deepest > MOST_DEPTH:
        return False
    text = "".join(tree.itertext())
    return (elements + text.count("\n")) * len(text) <= MOST_AREA


class Columns(Table):  # type: ignore[misc]
    """A table whose columns are as wide as their own cells: a comment below a row across them all
    would push every value beside its name out of the page."""

    def _set_column_width(self) -> None:
        own = [
            [cell for cell in row.columns if not _runs_on(cell, row.columns)] for row in self.rows
        ]
        for at in range(max(map(len, own), default=0)):
            column = [row[at] for row in own if len(row) > at]
            width = max(cell.width for cell in column)
            for cell in column:
                cell.width = width


def _runs_on(cell: TableCell, row: list[TableCell]) -> bool:
    """Whether a cell reaches to the right edge of its table over several columns."""
    return cell is row[-1] and getattr(cell, "spans", False)


def _open_table(state: HtmlDocumentState, _: dict[str, str]) -> None:
    state.tags[-1].set_canvas(Canvas())
    margin = state.tags[-1].canvas.left_margin
    state.current_table.append(Columns(margin, state.config.table_cell_separator))


def _open_cell(state: HtmlDocumentState, attributes: dict[str, str]) -> None:
    if state.current_table:
        cell = TableCell(align=state.tags[-1].align, valign=state.tags[-1].valign)
        cell.spans = attributes.get("colspan", "1").strip() not in ("", "0", "1")
        state.tags[-1].canvas = cell
        state.current_table[-1].add_cell(cell)


OURS = CustomHtmlTagHandlerMapping(
    start_tag_mapping={"table": _open_table, "td": _open_cell, "th": _open_cell},
    end_tag_mapping={},
)


def _laid_out(tree: Any) -> str:
    css = CSS_PROFILES["strict"].copy()
    # Inscriptis draws on this element itself, and would keep the last letter in it.
    css["body"] = css["body"].__copy__()
    return str(
        Inscriptis(tree, ParserConfig(css=css, custom_html_tag_handler_mapping=OURS)).get_text()
    )


def _tidy(text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.split("\n"))
    return EMPTY_LINES.sub("\n\n", lines).strip("\n")
