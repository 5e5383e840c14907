"""Links in a letter's text: where each really leads, written beside it wherever it may deceive.

An address may hide its host behind a name (`https://bank.example@evil.example/`), write it in
letters that only look like others, or stand behind words that show another host. None is ever
opened by Pli; what is said here is for the person who will type it. Pure.
"""

from __future__ import annotations

import re

from tui.plain import Plain, said

MOST_LINKS = 500
"""Looked at in one letter; after these the text stays as it is."""
LINK = re.compile(r"(?:https?|ftp)://[^\s<>\"«»]{1,2000}", re.IGNORECASE)
HOST = re.compile(r"(?:https?://)?((?:[\w-]{1,63}\.){1,8}[a-z]{2,24})(?=[/:?#]|\Z)", re.IGNORECASE)
AFTER_HOST = re.compile(r"[/\\?#]")
BEFORE = 200
"""Characters of a line in which the words of a link are looked for."""


def host_of(link: str) -> str:
    """The host a browser would go to, in lower case and in ASCII where it can be; '' for none."""
    # Browsers take a backslash for a slash, and the last @ for the one that counts (WHATWG URL).
    authority = AFTER_HOST.split(link.partition("://")[2], maxsplit=1)[0]
    host = authority.rpartition("@")[2]
    host = host if host.startswith("[") else host.partition(":")[0]
    host = host.rstrip(".").lower()
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def disguised(link: str) -> bool:
    """Whether the host does not stand where one reads it, or not in letters one reads."""
    authority = AFTER_HOST.split(link.partition("://")[2], maxsplit=1)[0]
    return "@" in authority or not authority.isascii() or "xn--" in authority.lower()


def shown_host(before: str) -> str:
    """The host that the words right before a link show; '' when they show none."""
    words = before[-BEFORE:].rstrip(" <([").split()
    found = HOST.match(words[-1].lstrip("(<[")) if words else None
    return found[1].lower() if found else ""


def leads_elsewhere(shown: str, host: str) -> bool:
    """Whether a link goes to another host than its words; `www.` and subdomains are the same."""
    one, other = shown.removeprefix("www."), host.removeprefix("www.")
    return bool(one and other) and one != other and not other.endswith(f".{one}")


def with_hosts(text: Plain) -> Plain:
    """The text, with the real host behind each link that may deceive."""
    if "://" not in text:
        return text
    pieces: list[str] = []
    at = 0
    for n, found in enumerate(LINK.finditer(text)):
        if n == MOST_LINKS:
            break
        end, host = found.end(), host_of(found[0])
        line = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
        shown = shown_host(line) if line.endswith("<") else ""
        end += text[end : end + 1] == ">"
        pieces.append(text[at:end])
        if leads_elsewhere(shown, host):
            pieces.append(f" {said('tui.link.elsewhere', host=host, shown=shown)}")
        elif disguised(found[0]):
            pieces.append(f" {said('tui.link.host', host=host)}")
        at = end
    return Plain("".join([*pieces, text[at:]]))
