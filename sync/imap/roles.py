"""What each mailbox is for: what the server says (RFC 6154), else what its name says. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from store.model.mailbox import Role

SPECIAL_USE = {
    b"\\sent": Role.SENT,
    b"\\drafts": Role.DRAFTS,
    b"\\archive": Role.ARCHIVE,
    b"\\junk": Role.JUNK,
    b"\\trash": Role.TRASH,
}
NAMES = {
    Role.SENT: ("sent", "sent items", "sent messages", "sent mail", "envoyés", "éléments envoyés"),
    Role.DRAFTS: ("drafts", "draft", "brouillons", "brouillon"),
    Role.ARCHIVE: ("archive", "archives"),
    Role.JUNK: (
        "junk",
        "spam",
        "junk e-mail",
        "junk email",
        "indésirables",
        "courrier indésirable",
    ),
    Role.TRASH: ("trash", "deleted items", "deleted messages", "corbeille", "éléments supprimés"),
}
"""Likeliest first. Only whole names, at the top or just under INBOX: 'Archives/2019' is a
place where somebody files things, not where Pli should."""
MORE_NAMES = {
    Role.SENT: ("messages envoyés", "courrier envoyé", "envoyes"),
    Role.JUNK: ("indesirables", "pourriel", "bulk mail"),
    Role.TRASH: ("messages supprimés", "wastebasket", "poubelle"),
}


def is_inbox(name: str) -> bool:
    """INBOX has no case (RFC 3501 §5.1)."""
    return name.upper() == "INBOX"


def roles(listed: Mapping[str, Collection[bytes]], delimiter: str) -> dict[str, Role]:
    """Which mailbox has which role; no role is given twice.

    listed: each decoded name with the attributes of its LIST response, in any case.
    """
    given: dict[str, Role] = {name: Role.INBOX for name in listed if is_inbox(name)}
    for name, attributes in listed.items():
        for attribute in attributes:
            role = SPECIAL_USE.get(attribute.lower())
            if role and name not in given and role not in given.values():
                given[name] = role
    by_name = {_plain(name, delimiter): name for name in listed if name not in given}
    for role, names in NAMES.items():
        if role in given.values():
            continue
        for candidate in (*names, *MORE_NAMES.get(role, ())):
            if candidate in by_name:
                given[by_name[candidate]] = role
                break
    return given


def _plain(name: str, delimiter: str) -> str:
    """In lower case, without the INBOX that some servers put everything under."""
    lower = name.casefold()
    below = f"inbox{delimiter}"
    return lower.removeprefix(below) if delimiter else lower
