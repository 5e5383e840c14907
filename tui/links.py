"""Links in a letter's text: where each really leads, written beside it wherever it may deceive.

An address may hide its host behind a name (`https://bank.example@evil.example/`), write it in
letters that only look like others, or stand behind words that show another host. None is ever
opened by Pli; what is said here is for the person who will type it. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

from tui.plain import Plain, said

LINK = re.compile(r"(?:https?|ftp):[^\s<>\"«»]+", re.IGNORECASE)
HOST = re.compile(r"(?:https?://)?((?:[\w-]{1,63}\.){1,8}[a-z]{2,24})(?=[/:?#]|\Z)", re.IGNORECASE)
AFTER_HOST = re.compile(r"[/\\?#]")
DOTS = re.compile("[.\u3002\uff0e\uff61]")
KEPT_BY_BROWSERS = re.compile("[ßς]")
"""Letters that browsers keep (UTS 46) and Python's codec, of 2003, writes otherwise."""
NUMBERED = re.compile("‹[0-9A-F]{4,6}…?›")
"""What tui/plain.py makes of a character nobody sees."""
BEFORE = 200
"""Characters of a line in which the words of a link are looked for."""


def host_of(link: str) -> str:
    """The host a browser would go to, in lower case and in ASCII where it can be; '' for none."""
    host = unquote(_authority(link).rpartition("@")[2])
    host = host if host.startswith("[") else host.partition(":")[0]
    host = unicodedata.normalize("NFC", host.rstrip(".").lower())
    return ".".join(_in_ascii(label) for label in DOTS.split(host))


def _authority(link: str) -> str:
    # Browsers take a backslash for a slash, any number of them for two, and the last @ for the one
    # that counts (WHATWG URL).
    return AFTER_HOST.split(link.partition(":")[2].lstrip("/\\"), maxsplit=1)[0]


def _in_ascii(label: str) -> str:
    if KEPT_BY_BROWSERS.search(label):
        return f"xn--{label.encode('punycode').decode('ascii')}"
    try:
        return label.encode("idna").decode("ascii")
    except UnicodeError:
        return label


def disguised(link: str) -> bool:
    """Whether the host does not stand where one reads it, or not in letters one reads."""
    authority = _authority(link)
    is_usual = re.match(r"\w+://(?![/\\])", link) is not None
    return (
        not is_usual
        or "@" in authority
        or "%" in authority
        or not authority.isascii()
        or "xn--" in authority.lower()
    )


def shown_host(before: str) -> str:
    """The host that the words right before a link show, as `host_of`; '' when they show none."""
    words = NUMBERED.sub("", before[-BEFORE:]).rstrip(" <([»)].,;:!?…").split()
    found = HOST.match(words[-1].lstrip("(<[«")) if words else None
    return host_of(f"https://{found[1]}") if found else ""


def leads_elsewhere(shown: str, host: str) -> bool:
    """Whether a link goes to another host than its words; `www.` and subdomains are the same."""
    one, other = shown.removeprefix("www."), host.removeprefix("www.")
    return bool(one and other) and one != other and not other.endswith(f".{one}")


def with_hosts(text: Plain) -> Plain:
    """The text, with the real host behind each link that may deceive."""
    pieces: list[str] = []
    at = 0
    for found in LINK.finditer(text):
        end, host = found.end(), host_of(found[0])
        line = text[max(0, found.start() - BEFORE) : found.start()].rpartition("\n")[2]
        shown = shown_host(line) if line.endswith("<") else ""
        end += text[end : end + 1] == ">"
        pieces.append(text[at:end])
        if leads_elsewhere(shown, host):
            pieces.append(f" {said('tui.link.elsewhere', host=host, shown=shown)}")
        elif host and disguised(found[0]):
            pieces.append(f" {said('tui.link.host', host=host)}")
        at = end
    return Plain("".join([*pieces, text[at:]]))
