"""Every criterion of a search: its names in French and in English, and what may follow each.

The one table: the help, the sentence about a criterion that does not exist, and the search itself
are made from it.
"""

from __future__ import annotations

from enum import StrEnum

from store.db.fold import bare
from store.host.i18n import LANGUAGES, language
from store.model.directory import Network
from store.model.health import Health
from store.model.mailbox import Role


class Criterion(StrEnum):
    """What a criterion looks at."""

    SENDER = "from"
    RECIPIENT = "to"
    COPY = "cc"
    PATIENT = "patient"
    SUBJECT = "subject"
    BEFORE = "before"
    AFTER = "after"
    HAS = "has"
    MAILBOX = "mailbox"
    STATE = "is"
    SIZE = "size"
    NETWORK = "network"


OPERATORS = {
    Criterion.SENDER: ("de", "from", "expéditeur"),
    Criterion.RECIPIENT: ("à", "to", "pour"),
    Criterion.COPY: ("copie", "cc"),
    Criterion.PATIENT: ("patient", "patient"),
    Criterion.SUBJECT: ("objet", "subject", "sujet"),
    Criterion.BEFORE: ("avant", "before"),
    Criterion.AFTER: ("après", "after", "depuis", "since"),
    Criterion.HAS: ("avec", "has"),
    Criterion.MAILBOX: ("dans", "mailbox", "in", "boîte"),
    Criterion.STATE: ("est", "is"),
    Criterion.SIZE: ("taille", "size"),
    Criterion.NETWORK: ("réseau", "network"),
}
"""Every criterion and its names: the French one that is told, the English one, any others."""
NAMED = {bare(name): criterion for criterion, names in OPERATORS.items() for name in names}
COLUMNS = {
    Criterion.SENDER: ("sender",),
    Criterion.RECIPIENT: ("recipients",),
    Criterion.COPY: ("copies",),
    Criterion.SUBJECT: ("subject",),
}
"""Where in the index the words of a criterion are looked for."""
STATES = {
    **dict.fromkeys(("nonlu", "nonlue", "unread", "unseen"), "unread"),
    **dict.fromkeys(("lu", "lue", "read", "seen"), "read"),
    **dict.fromkeys(("etoile", "etoilee", "flagged", "starred", "marquee"), "flagged"),
    **dict.fromkeys(("repondu", "repondue", "answered", "replied"), "answered"),
    **dict.fromkeys(("transmis", "transmise", "forwarded"), "forwarded"),
}
HELD = {
    **dict.fromkeys(("piece", "pieces", "attachment", "attachments", "joint"), "any"),
    "pdf": "pdf",
    **dict.fromkeys(("image", "images", "picture", "pictures"), "image"),
}
HEALTH = {
    **dict.fromkeys(("document", "documents"), Health.DOCUMENT),
    **dict.fromkeys(("result", "results", "resultat", "resultats"), Health.RESULT),
    **dict.fromkeys(("abnormal", "anormal", "anormaux"), Health.ABNORMAL),
    **dict.fromkeys(("alert", "alerte", "alertes"), Health.ALERT),
    **dict.fromkeys(("superseded", "remplace"), Health.SUPERSEDED),
    **dict.fromkeys(("correction", "corrections"), Health.CORRECTION),
}
"""Of `avec:` and `est:` alike: what the health documents of a letter are."""
NETWORKS = {
    **dict.fromkeys(("mssante", "mss"), Network.MSSANTE),
    "apicrypt": Network.APICRYPT,
    **dict.fromkeys(("ordinaire", "ordinary", "autre", "other"), Network.ORDINARY),
}
ROLES = {
    **dict.fromkeys(("reception", "inbox"), Role.INBOX),
    **dict.fromkeys(("envoyes", "envoyees", "sent"), Role.SENT),
    **dict.fromkeys(("brouillons", "brouillon", "drafts"), Role.DRAFTS),
    **dict.fromkeys(("archives", "archive"), Role.ARCHIVE),
    **dict.fromkeys(("indesirables", "junk", "spam"), Role.JUNK),
    **dict.fromkeys(("corbeille", "trash"), Role.TRASH),
}


def known() -> str:
    """The criteria, as a person is told of them."""
    own = LANGUAGES.index(language())
    return ", ".join(f"{names[own]}:" for names in OPERATORS.values())
