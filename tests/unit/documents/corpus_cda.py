"""The lines of the corpus that are CDA, and the packages that carry them."""

from __future__ import annotations

from store.model.document import Abnormality, Format
from tests.unit.documents import cda_maker, invented
from tests.unit.documents.cda_maker import (
    PDF,
    battery,
    bounds,
    cda,
    clinical,
    entry,
    enveloped,
    judged,
    observation,
    results,
    section,
    structured,
)
from tests.unit.documents.corpus_model import Deviation, Sample
from tests.unit.documents.xdm_deviations import TOLD
from tests.unit.documents.xdm_maker import zipped

D, F, A = Deviation, Format, Abnormality

TABLE = (
    "<table><thead><tr><th>Examen</th><th>Résultat</th></tr></thead>"
    "<tbody><tr><td>Potassium</td><td>6,1 mmol/L</td></tr></tbody></table>"
)
SHEET = (
    '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0">'
    '{}<xsl:template match="/"><b>PIRATE</b></xsl:template></xsl:stylesheet>'
)
SPECIMEN = (
    "<specimen><specimenRole><specimenPlayingEntity>"
    '<code displayName="Escherichia coli"/></specimenPlayingEntity></specimenRole></specimen>'
)
SHOWN = (
    '<entry><observationMedia ID="p"><value mediaType="application/pdf" representation="B64">'
    "JVBERi0xLjQ=</value></observationMedia></entry>"
)
OLD_IDS = '<id root="1.2.250.1.213.1.4.2" extension="0123456789012345678901"/>'
CDAS: tuple[tuple[str, tuple[Deviation, ...], bytes], ...] = (
    ("ordinary", (D.CDA_N3, D.CDA_PARTICIPANTS, D.CDA_VERSIONS), cda()),
    ("in UTF-16", (D.CDA_CHARSET,), clinical(structured()).encode("utf_16")),
    ("in ISO-8859-1", (D.CDA_CHARSET,), cda(encoding="ISO-8859-1")),
    ("with a mark", (D.CDA_CHARSET,), b"\xef\xbb\xbf" + cda()),
    ("without a namespace", (D.CDA_N3,), cda().replace(b' xmlns="urn:hl7-org:v3"', b"")),
    ("that presents itself", (D.CDA_STYLESHEET,), SHEET.format(clinical(structured())).encode()),
    ("that names a stylesheet", (D.CDA_STYLESHEET,), cda().replace(
        b"?>", b'?><?xml-stylesheet type="text/xsl" href="http://pirate.example/x.xsl"?>', 1)),
    ("with an old INS-C beside it", (D.CDA_PARTICIPANTS,), cda(recordTarget=cda_maker.patient(
        ids=f'<id root="{cda_maker.NIR}" extension="{cda_maker.INS}"/>{OLD_IDS}'))),
    ("of somebody whose birth day is not said", (D.CDA_PARTICIPANTS,), cda(
        recordTarget=cda_maker.patient(birth=""))),
)  # fmt: skip


CDA_SAMPLES = tuple(
    Sample(
        name=f"CDA {name}",
        shows=shows,
        format=F.CDA_N3,
        octets=octets,
        family="BERNARD",
        text="Rien.",
    )
    for name, shows, octets in CDAS
)
CDA_MORE = (
    Sample(
        name="CDA of a text that lies about its encoding",
        shows=(D.CDA_CHARSET,),
        format=F.CDA_N3,
        octets=cda(structured(section("Bilan", "Œdème"))).decode().encode("cp1252"),
        family="BERNARD",
        text="Œdème",
        warnings=("xml.wrong_encoding",),
    ),
    Sample(
        name="CDA with a table",
        shows=(D.CDA_TABLE,),
        format=F.CDA_N3,
        octets=cda(structured(section("Sang", TABLE))),
        family="BERNARD",
        text="Examen     Résultat\n---------  ----------\nPotassium  6,1 mmol/L",
    ),
    Sample(
        name="CDA whose body is a PDF",
        shows=(D.CDA_N1, D.CDA_PDF),
        format=F.CDA_N1,
        octets=cda(enveloped()),
        family="BERNARD",
        files=("application/pdf",),
    ),
    Sample(
        name="CDA that shows a PDF",
        shows=(D.CDA_PDF,),
        format=F.CDA_N3,
        octets=cda(structured(section("Copie", "Voir", SHOWN))),
        family="BERNARD",
        files=("application/pdf",),
    ),
    Sample(
        name="CDA with an INS whose key fails",
        shows=(D.KEY,),
        format=F.CDA_N3,
        octets=cda(
            recordTarget=cda_maker.patient(
                ids=f'<id root="{cda_maker.NIR}" extension="269036912304500"/>'
            )
        ),
        family="BERNARD",
        warnings=("identifier.ins_key",),
    ),
    Sample(
        name="CDA with a name of no kind",
        shows=(D.CDA_PARTICIPANTS,),
        format=F.CDA_N3,
        octets=cda(recordTarget=cda_maker.patient(name="<family>BERNARD</family>")),
        family="BERNARD",
        warnings=("cda.name_unqualified",),
    ),
)
DEGREES = (A.VERY_LOW, A.LOW, A.NORMAL, A.HIGH, A.VERY_HIGH, A.VERY_ABNORMAL)
ISOLATE = battery("Antibiogramme", observation(rest=judged("R")), extra=SPECIMEN)
CDA_RESULTS = (
    Sample(
        name="CDA with every degree, units and ranges",
        shows=(D.CDA_RESULTS,),
        format=F.CDA_N3,
        octets=results(*(observation(rest=judged(each) + bounds()) for each in DEGREES)),
        family="BERNARD",
        results=6,
        grave=DEGREES,
    ),
    Sample(
        name="CDA with an antibiogram",
        shows=(D.CDA_RESULTS,),
        format=F.CDA_N3,
        octets=cda(structured(section("Germes", "", entry(ISOLATE)))),
        family="BERNARD",
        results=1,
        grave=(A.UNKNOWN,),
    ),
    Sample(
        name="CDA as Pli builds it, structured",
        shows=(D.CDA_RESULTS, D.CDA_N3),
        format=F.CDA_N3,
        octets=invented.cda(invented.IN_CODES).octets,
        family="LEROUX-ESSAI",
        results=2,
        grave=(A.HIGH, A.NORMAL),
        text="Thyréostimuline (TSH)",
        files=("application/pdf",),
    ),
    Sample(
        name="CDA as Pli builds it around a PDF, a correction",
        shows=(D.CDA_N1, D.CDA_VERSIONS),
        format=F.CDA_N1,
        octets=invented.cda(invented.CORRECTION).octets,
        family="LEROUX-ESSAI",
        files=("application/pdf",),
    ),
)
XDM_SHOWS = {
    "small letters": (D.XDM_CASE,),
    "attribute uri in another case": (D.XDM_CASE,),
    "another folder": (D.XDM_FOLDERS,),
    "no folder": (D.XDM_FOLDERS,),
    "junk of machines and editors": (D.XDM_JUNK,),
    "no metadata": (D.XDM_NO_METADATA,),
    "two submission sets": (D.XDM_SETS,),
    "wrong hash": (D.XDM_WRONG_HASH,),
    "capital hash": (D.XDM_UPPER_HASH,),
    "rim 2.1": (D.XDM_RIM_21,),
    "a mark before the metadata": (D.XDM_BOM,),
}


XDM_SAMPLES = tuple(
    Sample(
        name=f"XDM, {name}",
        shows=XDM_SHOWS.get(name, ()),
        format=F.XDM,
        octets=octets,
        family="BERNARD",
        text="Rien.",
        warnings=(*of_package, *of_document),
    )
    for name, (octets, of_package, of_document) in TOLD.items()
)
BESIDE = {"IHE_XDM/SUBSET01/DOC00001.XML": cda(), "IHE_XDM/SUBSET01/DOC00001.PDF": PDF}
XDM_MORE = (
    Sample(
        name="XDM, a CDA and its PDF, nothing said of them",
        shows=(D.TOGETHER, D.XDM_NO_METADATA),
        format=F.XDM,
        octets=zipped(BESIDE),
        family="BERNARD",
        files=("application/pdf",),
        warnings=("xdm.no_metadata",),
    ),
    Sample(
        name="XDM, as Pli builds it",
        shows=(D.XDM_BUILT, D.TOGETHER),
        format=F.XDM,
        octets=invented.package(invented.entry(with_pdf=True)),
        family="LEROUX-ESSAI",
        files=("application/pdf",),
    ),
)
HOSPITAL = (*CDA_SAMPLES, *CDA_MORE, *CDA_RESULTS, *XDM_SAMPLES, *XDM_MORE)
