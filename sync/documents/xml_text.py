"""XML as text, so that no word from outside can end the element it stands in.

Written by hand and not by a tree: a document is mostly one PDF in base64, and a tree would hold it
three times. What XML 1.0 cannot hold becomes U+FFFD, the sign for a character that is lost.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"})
IN_ATTRIBUTE = ESCAPES | str.maketrans({"\n": "&#10;", "\t": "&#9;"})
SPECIAL = re.compile(ILLEGAL.pattern + '|[&<>"\r\n\t]')
"""In a document of thirty results ten thousand words have none of these."""
NO_ATTRIBUTES: Mapping[str, str] = {}


def words(text: str) -> str:
    """`text` as the content of an element."""
    return ILLEGAL.sub("\ufffd", text).translate(ESCAPES) if SPECIAL.search(text) else text


def _quoted(text: str) -> str:
    """`text` as the value of an attribute."""
    return ILLEGAL.sub("\ufffd", text).translate(IN_ATTRIBUTE) if SPECIAL.search(text) else text


def tag(
    name: str, attributes: Mapping[str, str] = NO_ATTRIBUTES, *content: str, blank: str = ""
) -> str:
    """An element around `content`, which is XML already.

    An attribute that is '' is left out, but for the one named `blank`.
    """
    said = "".join(
        f' {key}="{_quoted(value)}"' for key, value in attributes.items() if value or key == blank
    )
    inner = "".join(content)
    return f"<{name}{said}>{inner}</{name}>" if inner else f"<{name}{said}/>"


def text_tag(name: str, text: str) -> str:
    """An element around words; '' when there are none."""
    return tag(name, NO_ATTRIBUTES, words(text)) if text else ""
