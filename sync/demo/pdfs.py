"""Draw the demo world's medical documents: the only module that knows reportlab."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import (
    Flowable,
    HRFlowable,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

HEAD = ["Examen", "Résultat", "Unité", "Référence", ""]
MARKS = {"H": "H  élevé", "B": "B  bas", "HH": "HH  alerte", "BB": "BB  alerte"}
"""A letter beside the colour: a mark must survive a grey printer and a colour-blind eye."""
INK, FAINT, ALERT = (
    colors.HexColor("#1b2a41"),
    colors.HexColor("#6b7a8f"),
    colors.HexColor("#b00020"),
)
TEXT = ParagraphStyle("text", fontName="Helvetica", fontSize=10, leading=14, textColor=INK)
SMALL = ParagraphStyle("small", parent=TEXT, fontSize=9, leading=12, textColor=FAINT)
TITLE = ParagraphStyle("title", parent=TEXT, fontName="Helvetica-Bold", fontSize=14, leading=20)
SECTION = ParagraphStyle("section", parent=TITLE, fontSize=11, leading=16)
NOTICE = "Document de démonstration : personnes, lieux et résultats sont inventés."


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What one PDF says; letters/documents.toml holds them."""

    issuer: list[str]
    title: str
    facts: list[str]
    """Who, when, for whom: one line each."""
    paragraphs: list[str]
    signature: str
    rows: list[list[str]] = field(default_factory=list)
    """Five cells, the last one a mark (MARKS). A row with only its first cell is a heading."""
    rows_title: str = ""
    rows_head: list[str] = field(default_factory=lambda: HEAD)


def draw(document: Document) -> bytes:
    """The octets of an A4 PDF. The same document always gives the same octets."""
    sheet = io.BytesIO()
    template = SimpleDocTemplate(
        sheet,
        pagesize=A4,
        leftMargin=20 * mm,
        rightMargin=20 * mm,
        topMargin=18 * mm,
        bottomMargin=18 * mm,
        title=document.title,
        author=document.issuer[0],
        invariant=1,
    )
    template.build(_story(document))
    return sheet.getvalue()


def _story(document: Document) -> list[Flowable]:
    issuer, *address = document.issuer
    story: list[Flowable] = [Paragraph(issuer, TITLE)]
    story += [Paragraph(line, SMALL) for line in address]
    story += [Spacer(1, 4 * mm), HRFlowable(width="100%", color=FAINT), Spacer(1, 4 * mm)]
    story.append(Paragraph(document.title, TITLE))
    story += [Paragraph(line, TEXT) for line in document.facts]
    story.append(Spacer(1, 6 * mm))
    words: list[Flowable] = []
    for paragraph in document.paragraphs:
        words += [Paragraph(paragraph, TEXT), Spacer(1, 3 * mm)]
    if not document.rows:
        story += words
    elif document.rows_title:
        story += [*words, Paragraph(document.rows_title, SECTION), _table(document)]
    else:
        story += [_table(document), Spacer(1, 5 * mm), *words]
    story += [Spacer(1, 6 * mm), Paragraph(document.signature, TEXT)]
    return [*story, Spacer(1, 10 * mm), Paragraph(NOTICE, SMALL)]


def _table(document: Document) -> Table:
    style = [
        ("FONT", (0, 0), (-1, -1), "Helvetica", 9.5),
        ("FONT", (0, 0), (-1, 0), "Helvetica-Bold", 9.5),
        ("TEXTCOLOR", (0, 0), (-1, -1), INK),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, INK),
        ("LINEBELOW", (0, 1), (-1, -1), 0.2, FAINT),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
    ]
    cells = [document.rows_head]
    for line, row in enumerate(document.rows, start=1):
        cells.append([*row[:4], MARKS.get(row[4], "")])
        if not any(row[1:]):
            style.append(("FONT", (0, line), (-1, line), "Helvetica-Bold", 8.5))
        elif row[4]:
            style.append(("FONT", (1, line), (1, line), "Helvetica-Bold", 9.5))
            style.append(("TEXTCOLOR", (1, line), (1, line), ALERT))
            style.append(("TEXTCOLOR", (4, line), (4, line), ALERT))
    widths = [56 * mm, 26 * mm, 35 * mm, 28 * mm, 20 * mm]
    return Table(cells, colWidths=widths, style=TableStyle(style), hAlign="LEFT")
