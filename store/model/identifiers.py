"""Check keys of the identifiers of French health: RPPS, ADELI, FINESS, INS. Pure.

A wrong key is told and never refuses anything: of the identifiers in the sample documents of the
national agency itself, a third fail (measured 2026-11), and what is published is what there is.
"""

from __future__ import annotations

import re

CORSICA = {"2A": "19", "2B": "18"}
DIGITS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "12345678912345678923456789")
"""A letter of a key counts as the place it has in its run: A, J as 1, S as 2 (EBCDIC order)."""


def luhn_digit(stem: str) -> str:
    """The digit that, put after `stem`, makes its Luhn sum a multiple of ten."""
    return str(-_luhn(f"{stem}0") % 10)


def _luhn(digits: str) -> int:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total


def problem_with_rpps(rpps: str) -> str:
    """'' when it is one; else the code of what is wrong."""
    if not re.fullmatch(r"[0-9]{11}", rpps):
        return "identifier.rpps_shape"
    return "" if _luhn(rpps) % 10 == 0 else "identifier.rpps_key"


def problem_with_adeli(adeli: str) -> str:
    """Likewise. Nine places: the department, which Corsica writes with a letter, then digits."""
    if not re.fullmatch(r"[0-9][0-9AB][0-9]{7}", adeli.upper()):
        return "identifier.adeli_shape"
    return "" if _luhn(adeli.upper().translate(DIGITS)) % 10 == 0 else "identifier.adeli_key"


def problem_with_finess(finess: str) -> str:
    """Likewise, as ADELI."""
    if not re.fullmatch(r"[0-9][0-9AB][0-9]{7}", finess.upper()):
        return "identifier.finess_shape"
    return "" if _luhn(finess.upper().translate(DIGITS)) % 10 == 0 else "identifier.finess_key"


def problem_with_ins(ins: str) -> str:
    """Likewise, of the fifteen places of a NIR or NIA: 97 minus the rest of the first thirteen."""
    ins = ins.upper()
    if not re.fullmatch(r"[0-9]{5}(?:[0-9]{2}|2[AB])[0-9]{8}", ins):
        return "identifier.ins_shape"
    stem = ins[:5] + CORSICA.get(ins[5:7], ins[5:7]) + ins[7:13]
    return "" if int(ins[13:]) == 97 - int(stem) % 97 else "identifier.ins_key"


def problem_with_national_id(national: str) -> str:
    """Of the identifier of a professional: 8 and an RPPS, or 0 and an ADELI."""
    if national[:1] == "8":
        return problem_with_rpps(national[1:])
    if national[:1] == "0":
        return problem_with_adeli(national[1:])
    return "identifier.national_shape"
