"""The OIDs of the lists and authorities that documents name, each in one place.

Sources: CI-SIS, its INS annex, the national nomenclatures; HL7 for LOINC.
"""

from __future__ import annotations

LOINC = "2.16.840.1.113883.6.1"
TRE_A05 = "1.2.250.1.213.1.1.4.12"
"""Types of document that LOINC lacks."""
IDNPS = "1.2.250.1.71.4.2.1"
"""Professionals: 8 and an RPPS, 0 and an ADELI."""
IDNST = "1.2.250.1.71.4.2.2"
"""Structures."""
INS_NIR, INS_NIA = "1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.9"
INS_TEST, INS_DEMO = "1.2.250.1.213.1.4.10", "1.2.250.1.213.1.4.11"
INS_ROOTS = frozenset({INS_NIR, INS_NIA, INS_TEST, INS_DEMO})
"""1.2.250.1.213.1.4.2 is the old INS-C, another number."""
PROFESSIONS = "1.2.250.1.213.1.1.4.5"
"""Professions and specialities."""
