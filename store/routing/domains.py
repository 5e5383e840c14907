"""Names of mail domains: one spelling for each, and which one could be mistaken for which.

A letter to `cardio@chu-montclalr.example` leaves as safely as one to `montclair`, to a stranger.
An address is typed in a hurry, or chosen by whoever wants it to be mistaken; so a domain that no
list knows is compared with those that one does.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

TRUST_SPACE = "mssante.fr"
PATIENTS = "patient.mssante.fr"
"""Mon espace santé: `<INS>@patient.mssante.fr`."""
APICRYPT = "apicrypt.org"
SHARED = {
    *("gmail.com", "googlemail.com", "hotmail.com", "hotmail.fr", "outlook.com", "outlook.fr"),
    *("live.fr", "msn.com", "yahoo.com", "yahoo.fr", "icloud.com", "me.com", "protonmail.com"),
    *("proton.me", "orange.fr", "wanadoo.fr", "free.fr", "sfr.fr", "neuf.fr", "bbox.fr"),
    *("laposte.net", "numericable.fr", "gmx.fr", "aol.com", "pro.mssante.fr"),
    *("medecin.mssante.fr", "pharmacien.mssante.fr", "infirmier.mssante.fr"),
    *("sage-femme.mssante.fr", "chirurgien-dentiste.mssante.fr"),
    *("masseur-kinesitherapeute.mssante.fr", "pedicure-podologue.mssante.fr"),
}
"""Where people who have nothing to do with each other have their mailboxes: those of Mailiz, one
for each profession, and the public ones that French practices use. None is complete."""
RESERVED = {"test", "example", "invalid"}
"""RFC 6761: no such name is ever somebody's. Not `localhost`: this machine may deliver."""
LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-")
MOST_REMEMBERED = 1_000
"""Spellings: each letter that leaves asks about the same few domains half a dozen times."""
RESERVED_DOMAINS = {"example.com", "example.net", "example.org"}

# Letters of other alphabets that look like ours, and digits that look like letters.
LIKE = str.maketrans(
    {
        **dict(zip("авеёкмнорстухіјѕԁԛԝ", "abeekmhopctyxijsdqw", strict=True)),
        **dict(zip("αβεικνορτυχω", "abeikvoptuxw", strict=True)),
        **dict(zip("ıⅼ01345", "iloieas", strict=True)),
    }
)
PAIRS = (("l", "i"), ("j", "i"), ("rn", "m"), ("vv", "w"), ("ci", "d"))


def domain_of(email: str) -> str:
    """The domain of an addr-spec, in its one spelling."""
    return normal(email.rpartition("@")[2])


@lru_cache(MOST_REMEMBERED)
def normal(domain: str) -> str:
    """The one spelling of a domain: ASCII (RFC 3490), lower case, no dot at its end; '' for what
    is none, or is one domain by RFC 3490 and another by RFC 5891 (`straße`)."""
    domain = unicodedata.normalize("NFC", domain.strip().rstrip(".")).lower()
    if not domain.isascii():
        written = domain
        try:
            domain = written.encode("idna").decode("ascii").lower()
            read_back = domain.encode("ascii").decode("idna")
        except UnicodeError:
            return ""
        if read_back != written:
            return ""
    return domain if domain and LETTERS.issuperset(domain) and len(domain) <= 253 else ""


def is_under(domain: str, parent: str) -> bool:
    """Whether `domain` is `parent` or lies in it."""
    return domain == parent or domain.endswith(f".{parent}")


def is_shared(domain: str) -> bool:
    """Whether two addresses of a domain may be two strangers'."""
    return domain in SHARED or is_under(domain, APICRYPT) or is_under(domain, PATIENTS)


def is_reserved(domain: str) -> bool:
    """Whether the name is one that nobody can have."""
    return domain.rpartition(".")[2] in RESERVED or any(
        is_under(domain, name) for name in RESERVED_DOMAINS
    )


def skeleton(domain: str) -> str:
    """What a domain looks like at a glance: equal skeletons are read as the same name."""
    if "xn--" in domain:
        try:
            domain = domain.encode("ascii").decode("idna")
        except UnicodeError:
            return domain
    bare = unicodedata.normalize("NFKD", domain.lower())
    bare = "".join(c for c in bare if not unicodedata.combining(c)).translate(LIKE)
    for pair, one in PAIRS:
        bare = bare.replace(pair, one)
    return bare.replace("-", "").replace("_", "")


def resembling(domain: str, known: Iterable[str]) -> str:
    """The known domain that `domain`, which is none of them, could be mistaken for; '' when none.

    Mistaken: it looks the same, or differs by one letter (missing, added, changed, two swapped),
    by its ending, or begins with the whole of the other and goes on. A name under a known one, or
    above it, is its own.
    """
    looks = skeleton(domain)
    label = looks.rpartition(".")[0]
    for other in known:
        if is_under(domain, other) or is_under(other, domain):
            continue
        that = skeleton(other)
        if looks == that or _starts_with(looks, that):
            return other
        if len(that) >= 6 and (label == that.rpartition(".")[0] or one_off(looks, that)):
            return other
    return ""


def _starts_with(looks: str, that: str) -> bool:
    """`mssante.fr.host.example`, `mssante-fr.example`: the eye stops where it knows the name."""
    return looks.startswith((f"{that}.", f"{that.replace('.', '')}."))


def one_off(one: str, other: str) -> bool:
    """Whether one letter makes the difference: missing, added, changed, or two swapped."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        start += 1
    a, b = one[start:], other[start:]
    if len(a) != len(b):
        return a[1:] == b or b[1:] == a
    return a[1:] == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
