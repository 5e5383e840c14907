"""Who is answering a letter of a mailbox that several people share, each from their own machine.

A claim is a keyword of the letter, so the mail server carries it to everybody as it carries "read":
no other server, no file between machines. It says who, in letters any IMAP server takes (RFC 9051
§9, atom), and nothing of the letter. Two people who claim at once are both shown. A server that
keeps no keywords of ours keeps the claim from the others: it is then known here alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from store.db.accounts import account
from store.db.glance import shown_in
from store.db.open import Connection
from store.db.placements import change_keywords
from store.errors import Usage
from store.model.ids import PlacementId

PREFIX = "$pli-claim-"
MOST_CHARACTERS = 40
CLAIM = re.compile(re.escape(PREFIX) + r"([a-z0-9]+(?:-[a-z0-9]+)*)\Z")


def keyword_of(name: str) -> str:
    """The keyword by which somebody claims: '$pli-claim-dr-alice-martin'.

    Raises:
        Usage: `claim.no_name`, there is no letter or digit in the name.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain)[:MOST_CHARACTERS].strip("-")
    if not words:
        raise Usage("claim.no_name")
    return PREFIX + words


def claimants(keywords: Iterable[str]) -> tuple[str, ...]:
    """The names of those who answer a letter, as far as a keyword can tell: 'Dr Alice Martin'.

    What others wrote in a keyword that is not one of ours is nobody.
    """
    return tuple(filter(None, map(name_in, sorted(keywords))))


def name_in(keyword: str) -> str:
    """Whom a keyword names; '' where it is no claim."""
    found = CLAIM.match(keyword)
    return found[1].replace("-", " ").title() if found else ""


def claimant(db: Connection, placement_id: PlacementId) -> str:
    """Who claims a letter here: the person whose account holds it."""
    by = account(db, shown_in(db, placement_id).account_id)
    return by.display_name or by.address.partition("@")[0]


def keyword_here(db: Connection, placement_id: PlacementId, name: str = "") -> str:
    """The keyword by which they do; `name` where they claim under another than the account's.

    Raises:
        Usage: `claim.no_name`.
    """
    return keyword_of(name or claimant(db, placement_id))


def claim(db: Connection, placement_ids: Sequence[PlacementId], name: str) -> None:
    """Say that this person answers these letters.

    Raises:
        Usage: `claim.no_name`.
    """
    change_keywords(db, placement_ids, add=frozenset({keyword_of(name)}))


def toggle(db: Connection, placement_id: PlacementId, name: str) -> bool:
    """Claim a letter, or release it where this person claims it already; whether they now do.

    Raises:
        Usage: `claim.no_name`.
    """
    if change_keywords(db, [placement_id], add=frozenset({keyword_of(name)})):
        return True
    release(db, [placement_id], name)
    return False


def release(db: Connection, placement_ids: Sequence[PlacementId], name: str) -> None:
    """Say that they no longer do. Nobody else's claim is touched.

    Raises:
        Usage: `claim.no_name`.
    """
    change_keywords(db, placement_ids, remove=frozenset({keyword_of(name)}))
