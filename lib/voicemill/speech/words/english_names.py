"""English names and abbreviations that normalisation knows."""

from __future__ import annotations

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
# "May" has no short form; "Sept" is as usual as "Sep".
MONTH_PATTERN = (
    "|".join(MONTHS) + r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)(?:\.(?= ?\d))?"
)

TITLES = "King|Queen|Pope|Emperor|Empress|Tsar|Czar|Kaiser|Sultan|Prince|Pharaoh"
REGNAL_NAMES = (
    "Henry|Louis|George|Edward|James|Charles|William|Richard|Elizabeth|Napoleon|Catherine|Peter|"
    "Philip|Ivan|Frederick|Alexander|Nicholas|Pius|John Paul|Benedict|Leo|Gregory|Clement|"
    "Ramesses|Xerxes|Darius|Ptolemy|Leopold|Ferdinand|Wilhelm|Gustav|Christian|Rama"
)
NUMBERED = (
    "Chapter|Part|Volume|Vol\\.|Book|Act|Scene|Section|Appendix|World War|Phase|Unit|Lesson|"
    "Article|Type|chapter|part|volume|book|act|scene|section|appendix|unit|lesson|article"
)

ABBREVIATIONS = {
    "Ave.": "Avenue",
    "Blvd.": "Boulevard",
    "Jr.": "Junior",
    "Ltd.": "Limited",
    "vs.": "versus",
    "e.g.": "for example",
    "i.e.": "that is",
    "etc.": "et cetera",
    "approx.": "approximately",
    "Vol.": "Volume",
}

BEFORE_NAME = {
    "Prof.": "Professor",
    "Capt.": "Captain",
    "Gen.": "General",
    "Rev.": "Reverend",
    "Mt.": "Mount",
}
