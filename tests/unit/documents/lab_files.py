"""Files as laboratories and hospitals write them, with each deviation. Nobody in them is real."""

from __future__ import annotations

import base64
from collections.abc import Iterable

ENCODINGS = (
    "utf_8",
    "utf_8_sig",
    "utf_16",
    "cp1252",
    "iso8859_1",
    "iso8859_15",
    "mac_roman",
    "cp850",
)
HEADER = (
    *("0000140275", "LEFÈVRE", "Zoé", "12 rue de l'Église", "", "29000 QUIMPER"),
    *("03/02/1984", "284022900000000", "B-4471", "24/11/2026"),
    *("LABO29    Laboratoire de la Côte", "102938475 DR KERMADEC Loïc"),
)
RESULTS = (
    "RES|Glycémie à jeun|GLY|N|1.32|g/l|0.74|1.06|H|F|7.33|mmol/l|4.11|5.88",
    "RES|Créatinine|CREA|N|73|µmol/l|45|84|N|F",
    "RES|Troponine T|TNT|N|< 0.01|µg/l|||N|F",
    "RES|Aspect du sérum|ASP|A|Limpide||||N|P",
)
TEXT = ("HÉMATOLOGIE", "  Prélèvement reçu à 8 h. Œdème : néant.", "")
CDA = b'<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"/>'


def medecin(
    *,
    header: Iterable[str] = HEADER,
    text: Iterable[str] = TEXT,
    results: Iterable[str] = RESULTS,
    lab: str = "****LAB****",
    end: str = "****FIN****",
    close: str = "****FINFICHIER****",
    eol: str = "\r\n",
) -> str:
    """An HPRIM Médecin file of one patient."""
    lines = [*header, *text, lab, *results, end, close]
    return "".join(line + eol for line in lines if line is not None and line != "\0")


def changed(place: int, words: str) -> tuple[str, ...]:
    """The header with one line of it replaced, the first being 1."""
    return (*HEADER[: place - 1], words, *HEADER[place:])


def twice(text: str) -> bytes:
    """UTF-8 that a program took for CP1252 and encoded again."""
    octets = text.encode("utf_8")
    return "".join(_read_as_1252(octet) for octet in octets).encode("utf_8")


def _read_as_1252(octet: int) -> str:
    try:
        return bytes([octet]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(octet)


SANTE = (
    "H|~^\\&|B4471.HPR||LABO29~Laboratoire de la Côte||ORU|||CAB~Cabinet||P|H2.1~C|202611241015",
    "P|1|140275|B-4471||LEFÈVRE~Zoé~Anne|LE GOFF|19840203|F||12 rue de l'Église~~QUIMPER~~29000||0",
    "OBR|1|E1|B-4471|GLY~Glycémie~L|S||202611240800|||||||20261124||102938475~DR KERMADEC Loïc~L",
    "A|~CAB~Cabinet du Port~L|0200000001||||||||F",
    "OBX|1|NM|GLY~Glycémie à jeun~L||1.320|g/l|0.74 - 1.06|H|||F|||202611240900",
    "C|1|L|Contrôlé",
    "OBX|2|NM|TNT~Troponine~L||0.01|µg/l|<0.014|N|||F",
    "OBX|3|FIC|CR~Compte rendu~L||LABO~B4471.PDF~PDF",
    "L|1",
)


def sante(*lines: str, eol: str = "\r\n", encoding: str = "cp1252") -> bytes:
    """An HPRIM Santé message."""
    return "".join(line + eol for line in lines or SANTE).encode(encoding)


MSH = (
    "MSH|^~\\&|LIS|LABO29|CAB|CABINET|20261124101500+0100||{kind}|M-77|P|2.5"
    "|||||FRA|{charset}|||{profile}"
)
PID = (
    "PID|||284022900000077^^^ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.8&ISO^INS"
    "~IPP7^^^HOP&1.2.250.1.999&ISO^PI"
    "||LE GOFF^Zoé^Zoé Anne^^^^L~LEFÈVRE^Zoé^^^^^D||19840203|F|||"
    "12 rue de l'Église^^QUIMPER^^29000^FRA^H"
    "~^^^^^^BDL^^29232||0200000000"
)
OBR = (
    "OBR|1|D1|E1|24331-1^Bilan^LN|||20261124080000+0100|||||||||102938475^KERMADEC^Loïc^^^DR"
    "|||||||||F"
)
PLAIN = (
    "OBX|1|NM|14749-6^Glucose^LN||7.330|mmol/L|4.11-5.88|H|||F|||20261124090000+0100",
    "NTE|1||À jeun",
    "OBX|2|SN|TNT^Troponine^L||<^0.01|ug/L|<0.014|N|||F",
    "OBX|3|CE|SER^Sérologie^L||NEG^Négatif^L||||||C",
    "OBX|4|TX|COM^Conclusion^L||Ligne 1~Ligne 2 \\T\\ suite||||||F",
)
FLAGS = {
    "MASQUE_PS": "N",
    "INVISIBLE_PATIENT": "N",
    "INVISIBLE_REP_LEGAUX": "N",
    "CONNEXION_SECRETE": "N",
    "MODIF_CONF_CODE": "N",
    "DESTDMP": "Y",
    "DESTMSSANTEPS": "Y",
    "DESTMSSANTEPAT": "Y",
    "ACK_RECEPTION": "Y",
    "ACK_LECTURE_MSS": "Y",
}
SENDER = (
    "PRT||UC||SB^Send by^participation"
    "|810002422979^MORVAN^Anne^^^^^^ASIP&1.2.250.1.71.4.2.1&ISO^D^^^RPPS"
    "|||Labo^^^^^ST&1.2.250.1.71.4.2.2&ISO^FINEG^^^290000017"
)
DOCTOR = (
    "PRT||UC||RCT^Results Copies To^participation"
    "|899700218896^KERMADEC^Loïc^^^^^^A&1.2.250.1.71.4.2.1&ISO^D^^^RPPS||||||||||^^X.400^loic.kermadec@medecin.mssante.example"
)
PATIENT = "PRT||UC||RCT^^participation|||||||||||^^X.400^284022900000077@patient.mssante.fr"
REPLY = "PRT||UC||REPLY^^participation|||||||||||^^X.400^retour@labo.mssante.example"


def message(
    *segments: str,
    kind: str = "ORU^R01^ORU_R01",
    charset: str = "UNICODE UTF-8",
    profile: str = "",
    eol: str = "\r",
    encoding: str = "utf_8",
) -> bytes:
    """An HL7 v2 message."""
    head = MSH.format(kind=kind, charset=charset, profile=profile)
    return "".join(line + eol for line in (head, *segments)).encode(encoding)


def ed(
    octets: bytes, *, name: str = "11502-2^CR d'examens^LN", state: str = "F", number: int = 1
) -> str:
    """An OBX that carries a file."""
    data = base64.b64encode(octets).decode()
    return f"OBX|{number}|ED|{name}||^TEXT^XML^Base64^{data}||||||{state}|"


def flags(**chosen: str) -> tuple[str, ...]:
    """The OBX of MetaDMPMSS."""
    every = {**FLAGS, **chosen}
    return tuple(
        f"OBX|{place}|CE|{name}^^MetaDMPMSS||{answer}^^expandedYes-NoIndicator||||||F|"
        for place, (name, answer) in enumerate(every.items(), 3)
        if answer
    )


def cisis(
    *,
    people: Iterable[str] = (SENDER, DOCTOR, PATIENT, REPLY),
    control: str = "NW",
    state: str = "F",
    kind: str = "ORU^R01^ORU_R01",
    more: Iterable[str] = (),
    **chosen: str,
) -> bytes:
    """A message of CI-SIS with a CDA in it."""
    txa = (
        ["TXA|1|11502-2|TEXT|||||||||1.2.250.9.58132|58131^^1.2.250.9^ISO||||AU"]
        if "MDM" in kind
        else []
    )
    return message(
        *(PID, f"ORC|{control}", OBR, *txa, ed(CDA, state=state), *people, *flags(**chosen), *more),
        kind=kind,
        profile="2.1^CISIS_CDA_HL7_V2",
    )


def zam(event: str, name: str, answer: str, *more: str) -> bytes:
    """A receipt."""
    return message(
        f"OBX|1|CWE|{name}^^AckMetierZAM|M-77|{answer}^^expandedYes-NoIndicator||||||F",
        *more,
        kind=f"ZAM^{event}^ZAM_Z01",
    )


def _without(*missing: str) -> str:
    return "".join(line + "\r\n" for line in medecin().split("\r\n")[:-1] if line not in missing)


MEDECIN: dict[str, bytes] = {
    **{
        f"in {name}": medecin().encode(name, "replace") for name in ENCODINGS if name != "iso8859_1"
    },
    "in ISO-8859-1": medecin(text=("HÉMATOLOGIE",)).encode("iso8859_1"),
    "encoded twice": twice(medecin()),
    "CR only": medecin(eol="\r").encode("mac_roman"),
    "LF only": medecin(eol="\n").encode(),
    "CR CR LF": medecin(eol="\r\r\n").encode(),
    "mixed ends": medecin().replace("\r\n", "\n", 7).replace("\n", "\r", 1).encode(),
    "thirteen lines": medecin(header=(*HEADER, "")).encode(),
    "a blank line first": b"\r\n" + medecin().encode(),
    "several patients": (
        medecin(close="\0")
        + medecin(header=changed(2, "PÉRON"), close="\0")
        + "****FINFICHIER****\r\n"
    ).encode(),
    "no end": _without("****FIN****", "****FINFICHIER****").encode(),
    "no FIN between two": (
        medecin(end="\0", close="\0") + medecin(header=changed(2, "PÉRON"))
    ).encode(),
    "no FIN, no town": (
        medecin(end="\0", close="\0")
        + medecin(header=changed(2, "PÉRON")).replace("29000 QUIMPER", "")
    ).encode(),
    "no FIN": _without("****FIN****").encode(),
    "two ends of file": (medecin() + "****FINFICHIER****\r\n").encode(),
    "text behind the end": (medecin() + "Fichier envoyé par la passerelle\r\n").encode(),
    "the end of a DOS file": medecin().encode("cp1252") + b"\x1a\0\0",
    "three asterisks": medecin(end="****FIN***", close="****FINFICHIER***").encode(),
    "no LAB": medecin(lab="\0").encode(),
    "text alone": medecin(lab="\0", results=()).encode(),
    "results alone": medecin(text=()).encode(),
    "TEX lines": medecin(
        results=("TEX", "TEX|HÉMATOLOGIE", "TEX|  Contrôlé sur lame", *RESULTS)
    ).encode(),
    "br": medecin(eol="<br>").encode(),
    "br and LF, entities": medecin(eol="<br />\n").replace("é", "&eacute;").encode(),
    "no patient code": medecin(header=changed(1, "")).encode(),
    "ISO birth day": medecin(header=changed(7, "1984-02-03")).encode(),
    "two digits of a year": medecin(header=changed(7, "03/02/84")).encode(),
    "a doubtful century": medecin(header=changed(7, "03/02/21")).encode(),
    "no birth day": medecin(header=changed(7, "")).encode(),
}
SANTES: dict[str, bytes] = {
    "usual": sante(),
    "LF, UTF-8": sante(eol="\n", encoding="utf_8"),
    "CR, MacRoman": sante(eol="\r", encoding="mac_roman"),
    "other separators": sante(
        *(line.replace("^\\&", "!\\$").replace("~", "#").replace("|", "*") for line in SANTE)
    ),
    "no L": sante(*SANTE[:-1]),
    "two patients": sante(*SANTE[:-1], *SANTE[1:]),
    "a path for a name": sante(*SANTE[:-2], "OBX|3|FIC|CR~~L||LABO~../../etc/passwd~TXT", "L|1"),
}
HL7: dict[str, bytes] = {
    "plain, CR": message(PID, OBR, *PLAIN),
    "plain, LF": message(PID, OBR, *PLAIN, eol="\n"),
    "plain, CRLF": message(PID, OBR, *PLAIN, eol="\r\n"),
    "8859/1": message(PID, OBR, *PLAIN, charset="8859/1", encoding="iso8859_1"),
    "8859/15": message(PID, OBR, *PLAIN, charset="8859/15", encoding="iso8859_15"),
    "nothing declared": message(PID, OBR, *PLAIN, charset="", encoding="cp1252"),
    "declared UTF-8, is CP1252": message(PID, OBR, *PLAIN, encoding="cp1252"),
    "declared 8859/1, is UTF-8": message(PID, OBR, *PLAIN, charset="8859/1"),
    "MLLP": b"\x0b" + message(PID, OBR, *PLAIN) + b"\x1c\r",
    "a batch": b"FHS|^~\\&|X\rBHS|^~\\&|X\r" + message(PID, OBR, *PLAIN) * 2 + b"BTS|2\rFTS|1\r",
    "two patients": message(PID, OBR, *PLAIN, PID.replace("GOFF", "GALL"), OBR, *PLAIN),
    "the same twice": message(PID, OBR, *PLAIN[:2], PID, OBR, *PLAIN[2:]),
    "a CDA": cisis(),
    "an MDM": cisis(kind="MDM^T10^MDM_T02", control="RO", state="C"),
    "a deletion": cisis(control="CA", state="D"),
    "a receipt": zam("Z02", "ACK_RECEPTION_MSS", "Y"),
}
