"""Where the sentences of one paragraph end.

The library (sentencex) knows the short forms of some 300 languages and judges the full stop;
the other marks, quotes, brackets, ellipses, lists and addresses are judged here, where it errs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from voicemill.books.spoken.words import (
    BEFORE_NUMBERS,
    CHINESE_FINALS,
    ENDING,
    GOING_ON,
    LETTERED,
    NOTHING,
    SAYING,
    TITLES,
    primary,
)

# Marks after which no space is needed.
_TIGHT = "。！？｡．।॥۔؟"
MARKS = ".!?…‥։።፧။។܀꓿" + _TIGHT
_CLOSERS = "\"'”’»›)\\]}」』）】》〉〕］｝＂"
_OPENERS = "“‘«‹\"'„‚(\\[{「『（【《〈〔［｛＂¿¡*_"
_DASHES = "—–―‒-"
_OPENED_BY = {
    ")": "(", "]": "[", "}": "{", "）": "（", "】": "【", "］": "［", "｝": "｛", "〕": "〔",
    "》": "《", "〉": "〈", "」": "「", "』": "『", "”": "“„", "’": "‘‚", "»": "«", "›": "‹",
}  # fmt: skip
_BRACKETS = frozenset(")]}）】］｝〕》〉")
_NOTE = r"(?:\[\d{1,4}\]|[¹²³⁰-⁹])*"
_END = re.compile(
    rf"(?P<mark>\.(?:[ \u00a0]\.){{2,}}|[{MARKS}]+){_NOTE}"
    # « and “ open in one language and close in another: before a space they close.
    rf"(?P<closers>(?:[{_CLOSERS}]|[“‘«‹](?=[\s,;:.]|$)|[\u00a0\u202f ]»(?=[\s,;:.]|$))*){_NOTE}"
)
_NEXT = re.compile(
    rf"\s*(?P<punctuation>[,;:、，；：،؛])?(?P<openers>[\s{_OPENERS}{_DASHES}]*)(?P<first>\S)?"
)
_SPEAKABLE = re.compile(r"[^\W_]")
_HAN = re.compile("[\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]")
_TAG_END = re.compile(rf"[{MARKS},，،、;；؛\n]")
_ADDRESS = re.compile(r"/|@|^www\.")
_VERSE_NUMBER = re.compile(r"\d{1,4}\s?॥")
_BEFORE_QUOTE = ":：,，،、"
# Quotes and brackets hide the sentences inside them from the library.
_HIDING = re.compile(
    r"\[\d{1,4}\]|[“”«»‹›„‚\"()\[\]{}「」『』（）【】《》〈〉〔〕［］｛｝＂]"
    r"|(?<!\w)['’‘]|['’‘](?!\w)|\s"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_NONE: frozenset[str] = frozenset()
# How far an opening quote, a tag or a word is looked for, in characters.
_BACK, _TAG, _WORD = 1000, 60, 40


def borders(paragraph: str, language: str) -> Iterator[int]:
    """Yield where sentences end, as places in a paragraph; not its own end."""
    language = primary(language)
    library = _ends_of_library(paragraph, language)
    start = 0
    spoken = _SPEAKABLE.search(paragraph)
    last = _last_speakable(paragraph)
    for match in _END.finditer(paragraph):
        if spoken is None or match.end() > last:
            return
        if spoken.start() >= match.start():
            continue
        end = _End(paragraph, match, start, spoken.start(), language)
        if end.is_border(library):
            yield match.end()
            start = match.end()
            spoken = _SPEAKABLE.search(paragraph, start)


def _last_speakable(paragraph: str) -> int:
    places = range(len(paragraph) - 1, -1, -1)
    return next((place for place in places if _SPEAKABLE.match(paragraph, place)), -1)


def _ends_of_library(paragraph: str, language: str) -> frozenset[int]:
    import sentencex

    plain = _HIDING.sub(lambda match: " " * len(match[0]), paragraph)
    plain = _SURROGATE.sub("x", plain)
    found = sentencex.get_sentence_boundaries(language or "en", plain)
    return frozenset(boundary["start_index"] + len(boundary["text"].rstrip()) for boundary in found)


class _End:
    """A mark that may end a sentence, with what stands around it."""

    def __init__(
        self, paragraph: str, match: re.Match[str], start: int, spoken: int, language: str
    ) -> None:
        self.paragraph, self.start, self.language = paragraph, start, language
        self.spoken = spoken  # where the first letter or digit of the sentence stands
        self.mark, self.closers = match["mark"], match["closers"]
        self.mark_start, self.mark_end, self.end = match.start(), match.end("mark"), match.end()
        following = _NEXT.match(paragraph, self.end)
        self.first = (following["first"] if following else "") or ""
        self.openers = following["openers"] if following else ""
        self.punctuation = bool(following and following["punctuation"])
        self.place = following.start("first") if following and self.first else self.end

    def is_border(self, library: frozenset[int]) -> bool:
        if self.end == len(self.paragraph) or self.punctuation or not self.first:
            return False
        if not self._parted() or self._goes_on_small() or self._closes_inner_bracket():
            return False
        if self._is_ellipsis():
            return self._after_ellipsis()
        if self.mark == "." and not self._after_stop(library):
            return False
        if self._numbers_a_verse():
            return False
        return not self._named_tag() if self._cased() else self._without_tag()

    def _parted(self) -> bool:
        """Whether what follows stands apart: by a space, or where none is written."""
        following = self.paragraph[self.end]
        if following.isspace():
            return True
        if following in _DASHES:
            return False
        wide = self.mark[-1] in _TIGHT or self.language in {"zh", "ja"}
        return wide or _HAN.match(following) is not None

    def _cased(self) -> bool:
        return self.first.title() != self.first or self.first.lower() != self.first

    def _goes_on_small(self) -> bool:
        small = self.first.islower() and self.first.title() != self.first
        # A name such as iPhone begins a sentence as it is.
        named = self.paragraph[self.place + 1 : self.place + 2].isupper()
        return small and not named and self.mark[-1] not in _TIGHT

    def _opener(self) -> int:
        """Where the last closing mark was opened in this sentence, -1 if it was not."""
        closer = self.closers.strip()[-1:]
        from_place = max(self.start, self.mark_start - _BACK)
        places = [
            self.paragraph.rfind(opener, from_place, self.mark_start)
            for opener in _OPENED_BY.get(closer, closer)
        ]
        return max(places, default=-1)

    def _before_opener(self, opener: int) -> str:
        before = self.paragraph[max(self.start, opener - _WORD) : opener] if opener >= 0 else ""
        return before.strip().strip(_DASHES).strip()

    def _closes_inner_bracket(self) -> bool:
        if self.closers[-1:] not in _BRACKETS or not self.closers:
            return False
        return bool(self._before_opener(self._opener()))

    def _without_tag(self) -> bool:
        """Judge where no capital shows whether a quote's tag follows it, or a sentence."""
        if self.closers:
            before = self._before_opener(self._opener())
            announced = before[-1:] in _BEFORE_QUOTE or self._says(before)
            if before and not announced:
                return False
        elif not any(dash in self.openers for dash in _DASHES):
            return True
        if any(char not in _DASHES and not char.isspace() for char in self.openers):
            return True  # another quote or bracket opens
        return not self._says(_TAG_END.split(self._ahead(), maxsplit=1)[0])

    def _named_tag(self) -> bool:
        """Whether a quote is followed by a tag that begins with a name (“Run!” Tom shouted)."""
        if not self.closers or self.closers[-1] in _BRACKETS or self.mark == ".":
            return False
        tag = _TAG_END.split(self._ahead(), maxsplit=1)[0]
        return self._says(" ".join(tag.split()[:3]))

    def _numbers_a_verse(self) -> bool:
        return self.mark == "॥" and _VERSE_NUMBER.match(self.paragraph, self.place) is not None

    def _ahead(self) -> str:
        return self.paragraph[self.place : self.place + _TAG]

    def _says(self, words: str) -> bool:
        saying = SAYING.get(self.language)
        return bool(saying and saying.search(words))

    def _is_ellipsis(self) -> bool:
        dotted = "…" in self.mark or "‥" in self.mark or self.mark.count(".") > 1
        return dotted and not any(char in "!?！？؟" for char in self.mark)

    def _after_ellipsis(self) -> bool:
        if self.language in {"zh", "ja"} and not self.paragraph[self.end].isspace():
            if self.closers:
                return self._without_tag()
            return self.paragraph[self.mark_start - 1 : self.mark_start] in CHINESE_FINALS
        going_on = GOING_ON.get(self.language)
        if going_on and not self.openers.strip() and going_on.match(self._ahead()):
            return False
        if self._cased():
            return not self._named_tag()
        # A single word before it is a hesitation.
        hesitates = self.spoken + len(self._token()) >= self.mark_start and not self.closers
        return not hesitates and self._without_tag()

    def _after_stop(self, library: frozenset[int]) -> bool:
        token = self._token()
        if _ADDRESS.search(token) or LETTERED.get(self.language, NOTHING).search(self._words()):
            return True
        if self._numbers_a_list(token):
            return False
        known = self._known_word(token)
        return self.mark_end in library if known is None else known

    def _known_word(self, token: str) -> bool | None:
        """Judge by our own lists whether a sentence ends after a word; None if not in them."""
        short, last = token.casefold(), token.casefold().rsplit(".", 1)[-1]
        if self.language == "ar" and len(short) > 1:
            last = last.removeprefix("و")  # "and" is written on to the short form
        if not self.closers and not TITLES.get(self.language, _NONE).isdisjoint((short, last)):
            return False
        if last in BEFORE_NUMBERS.get(self.language, _NONE):
            if self.first.isdigit():
                return False
            if self.mark_start - len(token) == self.spoken:
                return True  # "No." as an answer
        # The library takes Vietnamese words such as "la" for English short forms.
        vietnamese = self.language == "vi" and token.islower() and "." not in token
        return True if vietnamese or short in ENDING.get(self.language, _NONE) else None

    def _token(self) -> str:
        """The word before the mark, without what opens before it."""
        token = re.search(r"\S*$", self._words())
        return token[0].lstrip(_OPENERS.replace("\\", "")) if token else ""

    def _words(self) -> str:
        return self.paragraph[max(self.start, self.mark_start - _WORD) : self.mark_start]

    def _numbers_a_list(self, token: str) -> bool:
        numbered = 1 <= len(token) <= 3 and token.isdigit()
        first = self.mark_start - len(token) == self.spoken
        return numbered and first and not self.closers
