"""What splitting a text needs to know of each language: short forms and words of saying."""

from __future__ import annotations

import re

# Short forms after which a name follows; a sentence never ends with one. Without the last stop.
TITLES = {
    "en": frozenset(
        [
            "dr",
            "mr",
            "mrs",
            "ms",
            "prof",
            "rev",
            "hon",
            "gen",
            "capt",
            "lt",
            "sgt",
            "col",
            "st",
            "messrs",
            "vs",
            "cf",
            "e.g",
            "i.e",
        ]
    ),
    "vi": frozenset(
        [
            "ts",
            "pgs",
            "gs",
            "ths",
            "th.s",
            "bs",
            "ks",
            "cn",
            "tp",
            "tx",
            "ô",
            "b",
            "vd",
            "tt",
            "cty",
        ]
    ),
    "hi": frozenset(["डॉ", "डा", "प्रो", "श्री", "श्रीमती", "कु", "पं", "सुश्री", "स्व", "मो"]),
    "ar": frozenset(["د", "أ", "م", "أ.د", "أ.م", "ا", "د.م", "ش"]),
    "zh": frozenset(["mr", "mrs", "ms", "dr"]),
}
# Short forms that are one only before a number.
BEFORE_NUMBERS = {
    "en": frozenset(
        [
            "no",
            "nos",
            "vol",
            "vols",
            "p",
            "pp",
            "fig",
            "figs",
            "ch",
            "art",
            "sec",
            "ed",
            "ca",
            "approx",
            "jan",
            "feb",
            "mar",
            "apr",
            "jun",
            "jul",
            "aug",
            "sep",
            "sept",
            "oct",
            "nov",
            "dec",
        ]
    ),
    "vi": frozenset(["tr", "số", "q", "p", "t"]),
    "hi": frozenset(["नं", "रु", "ई", "पृ", "सं", "क्र"]),
    "ar": frozenset(["ص", "ج", "رقم", "ت", "ق"]),
}
# Short forms that end a sentence whenever a capital follows.
ENDING = {"en": frozenset({"etc"}), "vi": frozenset({"v.v"})}
# Words after which a letter is no initial: "plan B."
LETTERED = {
    "en": re.compile(
        r"\b(?:plan|vitamin|grade|class|type|group|point|section|part|option|team|block|gate|"
        r"row|room|platform|hepatitis|exhibit|appendix) [A-Z]$",
        re.IGNORECASE,
    )
}
NOTHING = re.compile(r"(?!)")
# Words with which a sentence goes on after an ellipsis, though nothing in the spelling shows it.
GOING_ON = {
    "en": re.compile(r"I\b"),
    "hi": re.compile(r"(?:और|या|पर|लेकिन|मगर|नहीं|खैर|हाँ|तो|कि|क्योंकि)(?!\S*[\u0900-\u0963])"),
    "ar": re.compile(r"و|(?:لا|نعم|أو|لكن|بل|ثم)\b"),
}
# A Chinese sentence that trails off has usually ended when it closes with one of these.
CHINESE_FINALS = frozenset("了吧呢吗嘛啊呀嗎")

_ENGLISH = (
    "said|says|say|asked|asks|cried|cries|called|shouted|replied|answered|whispered|murmured|"
    "muttered|added|exclaimed|repeated|sighed|laughed|told|began|continued|went on|yelled|"
    "screamed|growled|snapped|agreed|insisted|explained|demanded|suggested|wondered|thought"
)
_VIETNAMESE = "nói|hỏi|đáp|gọi|kêu|la|hét|thì thầm|trả lời|bảo|quát|thốt|reo|thưa|dặn|lẩm bẩm|khẽ"
_HINDI = (
    "कहा|कही|कहता|कहती|कहते|कहने|पूछा|पूछी|पूछता|पूछती|बोला|बोली|बोले|बोलीं|चिल्लाया|चिल्लाई|"
    "चिल्लाए|पुकारा|फुसफुसाया|फुसफुसाई|बताया|समझाया|बुदबुदाया"
)
_ARABIC = (
    "قال|قالت|قالوا|يقول|تقول|سأل|سألت|يسأل|أجاب|أجابت|صاح|صاحت|صرخ|صرخت|همس|همست|رد|ردت|"
    "هتف|هتفت|نادى|نادت|أضاف|أضافت|تمتم|تمتمت"
)
# In a tag beside a quote: the words that say that somebody speaks.
SAYING = {
    "en": re.compile(rf"\b(?:{_ENGLISH})\b", re.IGNORECASE),
    "vi": re.compile(rf"\b(?:{_VIETNAMESE})\b", re.IGNORECASE),
    "hi": re.compile(rf"(?<![\u0900-\u0963])(?:{_HINDI})(?![\u0900-\u0963])"),
    "ar": re.compile(rf"\b[وف]?(?:{_ARABIC})\b"),
    "zh": re.compile(r"[说說喊答嚷吼]|[问問](?![题題])|大叫|叫[道着]|(?<![知街])道(?=[:：]?$)"),
    "es": re.compile(r"\b(?:dijo|dice|preguntó|gritó|respondió|contestó|murmuró|exclamó)\b"),
    "fr": re.compile(
        r"\b(?:dit|dis|demanda|demande|cria|répondit|répond|murmura|reprit|s’écria|s'écria|fit)\b"
    ),
    "de": re.compile(r"\b(?:sagte|sagt|fragte|fragt|rief|antwortete|flüsterte|murmelte|schrie)\b"),
}


def primary(language: str) -> str:
    """Return the first part of a BCP 47 tag: "en" of "en-GB"."""
    return re.split(r"[-_]", language.strip().lower(), maxsplit=1)[0]
