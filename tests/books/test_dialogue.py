"""Who speaks what."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicemill.books.spoken.dialogue import Cast, Part, cast_from, parts, within
from voicemill.books.spoken.pauses import Pauses
from voicemill.books.spoken.sentences import split
from voicemill.errors import BookError

MARKED = st.text(st.sampled_from("aB .!?,“”\"'‘’«»„「」—–-\n天"))
TEXTS = st.one_of(st.text(), MARKED)


def speech(text: str, language: str = "en") -> list[str]:
    """Return what speakers say in a text."""
    return [part.text.strip() for part in parts(text, language) if part.speaker == "speaker"]


@pytest.mark.parametrize(
    ("language", "text", "spoken"),
    [
        ("en", "“Stop,” said Anna. “Come here.” He did.", ["“Stop,”", "“Come here.”"]),
        ("en", "‘Don’t go,’ she said. The dogs’ bowls were empty.", ["‘Don’t go,’"]),
        ("en", '"Wait," he said. It was 6" long. "Go!"', ['"Wait,"', '"Go!"']),
        ("en", "'Go!' he said. That's rock 'n' roll.", ["'Go!'"]),
        ("en", "He didn’t. ’Twas the miller’s ‘wise’ dog.", []),
        ("en", "We slept at the “Blue Anchor” inn.", []),
        ("en", "We should go,” he said.", ["We should go,”"]),
        ("vi", "— Đứng lại! – ông lão gọi. – Mau lên!", ["— Đứng lại!", "– Mau lên!"]),
        ("vi", "- Cháu tên gì? - Cháu tên Lan ạ.", ["- Cháu tên gì?", "- Cháu tên Lan ạ."]),
        ("vi", "Bà nói: “Vào đi!” rồi cười.", ["“Vào đi!”"]),
        ("es", "—Pasa —dijo Ana.", ["—Pasa"]),
        ("fr", "« Viens ! » dit Anne. Il vint.", ["« Viens ! »"]),
        ("de", "„Komm“, sagte Anna. »Nein«, rief er.", ["„Komm“", "»Nein«"]),
        ("zh", "「站住！」小明喊道。門上寫著「停」。", ["「站住！」"]),
        ("hi", "“रुको!” राम ने कहा। कोई नहीं रुका।", ["“रुको!”"]),
        ("ar", "«قف!» قالت ليلى. لم يقف أحد.", ["«قف!»"]),
    ],
)
def test_speech_is_told_from_narration(language: str, text: str, spoken: list[str]) -> None:
    assert speech(text, language) == spoken


def test_a_quote_over_paragraphs_goes_on_where_each_opens_it_again() -> None:
    text = "“One.\n\n“Two.\n\n“Three,” said Anna.\n\nShe left."
    assert speech(text) == ["“One.", "“Two.", "“Three,”"]
    cast = Cast("narrator-voice", "speaker-voice", {"Anna": "anna-voice"})
    spoken = [part for part in parts(text, "en") if part.speaker == "speaker"]
    assert [cast.voice_of(part) for part in spoken] == ["anna-voice"] * 3


def test_a_quote_that_nothing_closes_ends_with_its_paragraph() -> None:
    assert speech("He cried: “Help!\n\nNobody came. Years passed.\n\nThe end.") == ["“Help!"]


def test_a_quote_of_two_sentences_is_speech_in_both() -> None:
    text = "“It is late. We should go,” he said."
    found = parts(text, "en")
    by_sentence = [
        [(part.text.strip(), part.speaker) for part in within(found, s.start, s.end)]
        for s in split(text, "en")
    ]
    assert by_sentence == [
        [("“It is late.", "speaker")],
        [("We should go,”", "speaker"), ("he said.", "narrator")],
    ]


@pytest.mark.parametrize(
    ("language", "text", "voices"),
    [
        ("en", "“Stop,” said Anna to Tom.", ["A", "N"]),
        ("en", "Tom asked, “Why?”", ["N", "T"]),
        ("en", "“Stop!” said Anna’s aunt.", ["S", "N"]),
        ("en", "“Stop!” Anna turned away.", ["S", "N"]),
        ("en", "“Stop!” said Annabel.", ["S", "N"]),
        ("zh", "“站住！”小明喊道。", ["M", "N"]),
        ("hi", "“रुको!” राम ने कहा।", ["R", "N"]),
        ("ar", "«قف!» قالت ليلى.", ["L", "N"]),
    ],
)
def test_only_who_is_named_in_the_tag_has_a_voice_of_their_own(
    language: str, text: str, voices: list[str]
) -> None:
    names = {"Anna": "A", "Tom": "T", "小明": "M", "राम": "R", "ليلى": "L"}
    cast = Cast("N", "S", names)
    assert [cast.voice_of(part) for part in parts(text, language)] == voices


def test_a_cast_table_names_the_voices() -> None:
    rows = [{"name": "narrator", "voice": "n"}, {"name": " Anna ", "voice": "a"}]
    cast = cast_from(rows, narrator="other")
    assert cast == Cast("n", "n", {"Anna": "a"})


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"name": "Anna", "voice": ""}], "cast, row 2: there is no voice"),
        ([{"voice": "a"}], "cast, row 2: there is no name"),
        (
            [{"name": "Anna", "voice": "a"}, {"name": "Anna", "voice": "b"}],
            "cast, row 3: 'Anna' has two voices, 'a' and 'b'",
        ),
    ],
)
def test_a_faulty_cast_table_says_where(rows: list[dict[str, str]], said: str) -> None:
    with pytest.raises(BookError, match=said):
        cast_from(rows, narrator="n")


@given(TEXTS, st.sampled_from(["en", "vi", "de", "sv", "zh", "fr", ""]))
def test_the_parts_of_any_text_are_the_text(text: str, language: str) -> None:
    found = parts(text, language)
    assert "".join(part.text for part in found) == text
    assert all(text[part.start :].startswith(part.text) and part.text for part in found)
    assert within(found, 0, len(text)) == found


@given(TEXTS)
def test_no_part_reaches_over_a_blank_line_into_the_next_paragraph(text: str) -> None:
    for part in parts(text, "en"):
        assert "\n\n" not in part.text.strip()


@pytest.mark.parametrize(
    "repeated", ["“a ", "‘a ", "'a ", "“a\n\n", '"a" ', "— a — ", "’", "“a,” said "]
)
def test_a_book_full_of_quotes_is_parted_in_a_moment(repeated: str) -> None:
    text = repeated * (200_000 // len(repeated))
    began = time.monotonic()
    found = parts(text, "vi")
    assert time.monotonic() - began < 25  # up to 1 s where this was written
    assert "".join(part.text for part in found) == text


def test_pauses_grow_with_what_ends() -> None:
    pauses = Pauses()
    kinds = ("clause", "sentence", "paragraph", "heading", "chapter")
    lengths = [pauses.after(ends, "It rained.") for ends in kinds]
    assert lengths == sorted(set(lengths))


@pytest.mark.parametrize(
    ("ends", "text", "pause"),
    [
        ("sentence", "Who?”", "strong"),
        ("sentence", "क्या?", "strong"),
        ("sentence", "站住！」", "strong"),
        ("sentence", "She waited…", "ellipsis"),
        ("sentence", "She waited...)", "ellipsis"),
        ("sentence", "It rained.", "sentence"),
        ("paragraph", "Who?", "paragraph"),
        ("paragraph", "* * *", "scene"),
        ("turn", "“Stop,”", "turn"),
    ],
)
def test_the_pause_fits_what_was_said(ends: str, text: str, pause: str) -> None:
    pauses = Pauses(
        clause=1, sentence=2, strong=3, ellipsis=4, turn=5, paragraph=6, scene=7, heading=8
    )
    assert pauses.after(ends, text) == getattr(pauses, pause)


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), 61.0])
def test_a_pause_that_cannot_be_is_refused(seconds: float) -> None:
    with pytest.raises(BookError, match="the pause 'clause' is"):
        Pauses(clause=seconds)


def test_an_unknown_ending_is_refused() -> None:
    with pytest.raises(BookError, match="there is no pause 'verse'"):
        Pauses().after("verse", "It rained.")


def test_a_part_without_a_tag_has_the_voice_of_the_speakers() -> None:
    assert Cast("n", "s", {"Anna": "a"}).voice_of(Part("“Hi”", "speaker")) == "s"
