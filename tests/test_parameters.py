import pytest

from voicemill.errors import ParameterError
from voicemill.parameters import PhonemeParameters, check_parameters, validated

GOOD = {
    "table": "data/phonemes.csv",
    "collection": "",
    "voices": ["espeak:en-gb"],
    "language": "",
    "gender": "",
    "accent": "",
    "fallback": True,
    "say": "word",
    "rate": "-30%",
    "profile": "web",
    "takes": 1,
    "force": False,
    "limit": 0,
}


def test_a_notebooks_namespace_is_read_without_its_machinery() -> None:
    namespace = {**GOOD, "_oh": {}, "In": [], "Out": {}, "pytest": pytest, "print": print}
    assert check_parameters(PhonemeParameters, namespace).say == "word"


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(ParameterError) as caught:
        validated(PhonemeParameters, {**GOOD, "say": "shout", "limit": -1, "tabel": "x.csv"})
    text = str(caught.value)
    assert "'say' is 'shout': Input should be 'word', 'phoneme' or 'both'" in text
    assert "'limit' is -1" in text
    assert "no parameter 'tabel', did you mean 'table'" in text
    assert "Known are: table, collection" in text


def test_a_missing_parameter_is_named() -> None:
    with pytest.raises(ParameterError, match="'rate' is not set"):
        validated(PhonemeParameters, {name: GOOD[name] for name in GOOD if name != "rate"})


def test_command_line_spellings_are_understood() -> None:
    checked = validated(
        PhonemeParameters, {**GOOD, "voices": "espeak:en-gb, espeak:vi", "collection": 7}
    )
    assert checked.voices == ["espeak:en-gb", "espeak:vi"]
    assert checked.collection == "7"
