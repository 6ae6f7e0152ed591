import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicemill.errors import TableError
from voicemill.speech.words import Entry, Lexicon, Wording, wording

OURS = Path(__file__).parents[3] / "data" / "lexicon.csv"
CAT = Entry("cat", "en", "kat", "kæt")
US = Entry("US", "en", "U S", "ˌjuː ˈɛs")
YORK = Entry("New York", "en", "noo york")
YORK_TIMES = Entry("New York Times", "en", "the Times of noo york")


def said(text: str, *entries: Entry, language: str = "en", speaks_ipa: bool = False) -> str:
    return wording(text, language, Lexicon(entries), speaks_ipa=speaks_ipa).text


def spoken(made: Wording) -> list[tuple[str, str]]:
    return [(made.text[p.start : p.end], p.ipa) for p in made.pronunciations]


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "lexicon.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_only_whole_words_match() -> None:
    assert said("A cat, a cat's tail, concatenate, cats.", CAT) == (
        "A kat, a kat's tail, concatenate, cats."
    )
    assert said("I can't, you can.", Entry("can", "en", "kan")) == "I can't, you kan."


def test_words_end_where_their_script_says() -> None:
    assert said("हिन्दी और हिन्द", Entry("हिन्द", "hi", "हिंद"), language="hi") == "हिन्दी और हिंद"
    assert said("我爱重庆火锅", Entry("重庆", "zh", "虫庆"), language="zh") == "我爱虫庆火锅"
    assert said("我用cat写", Entry("cat", "zh", "凯特"), language="zh") == "我用凯特写"


def test_lower_case_is_for_any_case_and_capitals_for_themselves() -> None:
    assert said("Cat CAT cat", CAT) == "kat kat kat"
    assert said("US us Us", US) == "U S us Us"
    polish = Entry("Polish", "en", "Pole ish")
    assert said("Polish your Polish, polish it", polish) == "Pole ish your Pole ish, polish it"


@pytest.mark.parametrize(
    ("entry_language", "language", "applies"),
    [
        ("en", "en-GB", True),
        ("en", "en", True),
        ("en-GB", "en-gb", True),
        ("en-GB", "en-US", False),
        ("en-GB", "en", False),
        ("", "vi", True),
        ("*", "zh-CN", True),
        ("en", "vi", False),
    ],
)
def test_an_entry_is_for_its_language(entry_language: str, language: str, applies: bool) -> None:
    entry = Entry("cat", entry_language, "kat")
    assert (said("cat", entry, language=language) == "kat") is applies


def test_the_closest_language_and_the_longest_term_win() -> None:
    general, british = Entry("schedule", "en", "sked"), Entry("schedule", "en-GB", "shed")
    assert said("schedule", general, british, language="en-GB") == "shed"
    assert said("schedule", general, british, language="en-US") == "sked"
    assert said("In New York the New York Times", YORK, YORK_TIMES) == (
        "In noo york the the Times of noo york"
    )


def test_ipa_reaches_engines_that_speak_it_and_others_get_the_respelling() -> None:
    lexicon = Lexicon((CAT,))
    by_ipa = wording("5 cats and 1 cat.", "en", lexicon, speaks_ipa=True)
    assert by_ipa.text == "five cats and one cat."
    assert spoken(by_ipa) == [("cat", "kæt")]
    by_text = wording("5 cats and 1 cat.", "en", lexicon, speaks_ipa=False)
    assert by_text == Wording("five cats and one kat.", used=(CAT,))


def test_an_entry_with_only_ipa_is_named_for_an_engine_of_text() -> None:
    entry = Entry("schwa", "en", ipa="ʃwɑː")
    made = wording("Say schwa 2 times.", "en", Lexicon((entry,)), speaks_ipa=False)
    assert made == Wording("Say schwa two times.", unusable=(entry,))


def test_a_respelling_also_serves_engines_of_ipa() -> None:
    made = wording("New York", "en", Lexicon((YORK,)), speaks_ipa=True)
    assert made == Wording("noo york", used=(YORK,))


def test_a_possessive_is_said_with_its_term() -> None:
    lexicon = Lexicon((CAT, Entry("Nguyen", "en", ipa="wɪn"), Entry("Jones", "en", ipa="dʒoʊnz")))
    made = wording("The cat's, Nguyen's and Jones's", "en", lexicon, speaks_ipa=True)
    assert spoken(made) == [("cat's", "kæts"), ("Nguyen's", "wɪnz"), ("Jones's", "dʒoʊnzɪz")]
    assert made.used == lexicon.entries


def test_terms_are_kept_from_normalisation_and_nothing_around_them_changes() -> None:
    entry = Entry("B52", "en", "bee fifty two")
    assert said("The B52 and 3 more", entry) == "The bee fifty two and three more"
    assert said("Henry VIII", Entry("Henry VIII", "en", "Harry")) == "Harry"
    assert said("cat-5", CAT) == "kat-5"


def test_a_changed_entry_changes_only_the_texts_that_contain_it() -> None:
    before, after = Lexicon((CAT, US)), Lexicon((Entry("cat", "en", "cat cat", "kat"), US))
    assert before.version != after.version
    for speaks_ipa in (True, False):
        for text, changes in (("The US won", False), ("concatenate", False), ("A Cat", True)):
            old = wording(text, "en", before, speaks_ipa=speaks_ipa)
            new = wording(text, "en", after, speaks_ipa=speaks_ipa)
            assert (old != new) is changes


def test_the_version_is_that_of_the_entries_in_any_order() -> None:
    assert Lexicon((CAT, US)).version == Lexicon((US, CAT)).version
    assert Lexicon().version != Lexicon((US,)).version


WORDS = st.sampled_from(
    ["cat", "Cat", "US", "us", "cats", "5", "$3", "हिन्दी", "天", "New York", "-", "."]
)


@given(st.lists(WORDS, max_size=10))
def test_a_pronunciation_covers_exactly_its_term(words: list[str]) -> None:
    text = " ".join(words)
    made = wording(text, "en", Lexicon((CAT, US, YORK)), speaks_ipa=True)
    terms = [word for word in words if word in {"cat", "Cat", "US"}]
    assert [term for term, _ in spoken(made)] == terms
    assert made == wording(text, "en", Lexicon((CAT, US, YORK)), speaks_ipa=True)


@given(st.text(max_size=40), st.text(min_size=1, max_size=5))
def test_no_text_and_no_term_is_too_strange(text: str, term: str) -> None:
    entry = Entry(term, "", "said so", "seɪ")
    made = wording(f"{text} {term} {text}", "en", Lexicon((entry,)), speaks_ipa=True)
    ends = [0, *(p.end for p in made.pronunciations)]
    assert all(p.start >= end for p, end in zip(made.pronunciations, ends, strict=False))
    assert all(p.ipa.startswith("seɪ") for p in made.pronunciations)


def test_a_file_is_read_with_and_without_a_byte_order_mark(tmp_path: Path) -> None:
    table = "\ufeffterm,language,respelling,ipa,part_of_speech\nCat,en,kat,/kæt/,noun\n\n,,,,\n"
    read = Lexicon.read(written(tmp_path, table))
    assert read.entries == (Entry("Cat", "en", "kat", "kæt", "noun"),)
    assert Lexicon.read(written(tmp_path, table[1:])).version == read.version
    semicolons = table[1:].replace(",", ";")
    assert Lexicon.read(written(tmp_path, semicolons)) == read


def test_no_file_is_an_empty_lexicon(tmp_path: Path) -> None:
    assert Lexicon.read(tmp_path / "none.csv").entries == ()


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    table = (
        "term,language,respelling,ipa\n"
        "cat,en,kat,\n"
        ",en,kat,\n"
        "dog,en,,\n"
        "sun,en,,sЖn\n"
        "cat,EN,kitty,\n"
        "a,en,b,c,d\n"
    )
    with pytest.raises(TableError) as caught:
        Lexicon.read(written(tmp_path, table))
    places = [(problem.row, problem.column) for problem in caught.value.problems]
    assert places == [
        (3, "term"), (4, "respelling"), (5, "ipa"), (6, "term"), (7, None)
    ]  # fmt: skip
    assert "'cat' is already in row 2" in str(caught.value)


def test_a_wrong_header_or_encoding_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=re.escape("Did you mean 'respelling'?")):
        Lexicon.read(written(tmp_path, "term,respeling\ncat,kat\n"))
    with pytest.raises(TableError, match="there is no column 'term'"):
        Lexicon.read(written(tmp_path, "ipa,language\nkæt,en\n"))
    with pytest.raises(TableError, match="Save it again as 'CSV UTF-8'"):
        Lexicon.read(written(tmp_path, "term,respelling\ncafé,kaffay\n", "cp1252"))


def test_the_sample_lexicon_is_in_order() -> None:
    lexicon = Lexicon.read(OURS)
    assert len(lexicon.entries) >= 12
    made = wording("Voicemill knows the schwa of the US.", "en-US", lexicon, speaks_ipa=True)
    assert [term for term, _ in spoken(made)] == ["Voicemill", "schwa", "US"]
