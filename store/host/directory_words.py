"""The directory in words: a person on a line, a network, the age of what is known."""

from __future__ import annotations

from collections.abc import Sequence

from store.host import clock
from store.host.i18n import sentence
from store.model.directory import Address, Network, Person, Snapshot

DAY = 86_400


def age_words(snapshots: Sequence[Snapshot], now: int) -> str:
    """How old what was searched is: every answer says it."""
    if not snapshots:
        return sentence("directory.age.none")
    return " · ".join(_age_of(snapshot, now) for snapshot in snapshots)


def _age_of(snapshot: Snapshot, now: int) -> str:
    source = sentence(f"directory.source.{snapshot.source.value}")
    days = max(0, now - snapshot.taken_at) // DAY
    date = f"{clock.local(snapshot.taken_at):%d/%m/%Y}"
    key = ("directory.age.today", "directory.age.day", "directory.age.days")[min(days, 2)]
    return sentence(key, source=source, date=date, days=days)


def networks_words(person: Person) -> str:
    """Each network once: 'MSSanté, Apicrypt'."""
    return ", ".join(dict.fromkeys(map(network_words, person.addresses)))


def network_words(address: Address) -> str:
    """'MSSanté'; 'MSSanté ?' of a domain that the white list does not have."""
    words = sentence(f"directory.network.{address.network.value}")
    return f"{words} ?" if _doubtful(address) else words


def _doubtful(address: Address) -> bool:
    return address.network is Network.MSSANTE and address.inside is False


def address_words(address: Address) -> str:
    """'alice@cabinet.mssante.fr  MSSanté, dans l'espace de confiance, sans papier'."""
    said = [sentence(f"directory.network.{address.network.value}")]
    if address.inside:
        said.append(sentence("directory.inside"))
    elif _doubtful(address):
        said.append(sentence("directory.unlisted"))
    if address.box in ("ORG", "APP", "CAB"):
        said.append(sentence(f"directory.box.{address.box.lower()}"))
    if address.paperless:
        said.append(sentence("directory.paperless"))
    return f"{address.email}  {', '.join(said)}"


def what_words(person: Person) -> str:
    """What they do: profession, then speciality."""
    if person.organisation and not person.professions:
        return sentence("directory.organisation")
    return ", ".join((*person.professions[:1], *person.specialities[:1]))


def about(person: Person) -> list[str]:
    """All that is known of somebody, a line each; the addresses first."""
    lines = [address_words(address) for address in person.addresses]
    lines += [", ".join((*person.professions, *person.specialities))]
    lines += [_place_words(place) for place in person.places]
    if person.national_id:
        number = person.national_id[1:] if person.national_id[0] in "80" else person.national_id
        kind = "rpps" if person.national_id[0] == "8" else "adeli"
        lines.append(sentence(f"directory.number.{kind}", number=number))
    if person.warning:
        lines.append(sentence(person.warning))
    if person.certificates:
        lines.append(sentence("directory.certificates", n=len(person.certificates)))
    sources = ", ".join(sentence(f"directory.source.{source.value}") for source in person.sources)
    lines.append(sentence("directory.known_from", sources=sources))
    if person.written_at:
        at = f"{clock.local(person.written_at):%d/%m/%Y}"
        lines.append(sentence("directory.written_at", at=at))
    return [line for line in lines if line.strip()]


def _place_words(place: Sequence[str]) -> str:
    name, service, street, postcode, town, structure_id, phone = place
    town = " ".join(filter(None, (postcode, town)))
    number = f"FINESS {structure_id[1:]}" if structure_id[:1] == "1" else ""
    return ", ".join(filter(None, (name, service, street, town, phone, number)))
