"""Parameters as people give them, checked before anything starts."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from small_notebooks import write_notebook
from voicemill.errors import ParameterError, UnknownName
from voicemill.headless import checked_parameters, parameters_of_file
from voicemill.headless.limits import limits_for, seconds
from voicemill.settings import ProductionSettings, Settings

OWN = """name = "a=b"  # a second equals sign
count: "int" = 3
share: float | int = 0.5
words = ["a", "b"]
pauses = {"comma": 0.2}
loud = False
made = 2 * 21  # an expression
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "voicemill.toml").touch()
    return Settings(root=tmp_path)


def test_every_word_that_yaml_would_change_stays_text(project: Path) -> None:
    file = project / "night.yaml"
    for word in ("007", "no", "nan", "1e3", "0x1F", "null", "12:30", "2026-03-01", "~"):
        file.write_text(f"collection: {word}\nlimit: 4\nforce: true\nvoices: [espeak:en-gb]\n")
        settings = Settings(root=project)
        checked = checked_parameters("01_phonemes", parameters_of_file(file), settings)
        assert checked == {
            "collection": word,
            "limit": 4,
            "force": True,
            "voices": ["espeak:en-gb"],
        }


def test_what_is_wrong_is_told_at_once_with_the_close_match(project: Path) -> None:
    wrong = {"tabel": "x.csv", "say": "shout", "limit": "-1", "force": "perhaps"}
    with pytest.raises(ParameterError) as caught:
        checked_parameters("01_phonemes", wrong, Settings(root=project))
    for part in ("did you mean 'table'?", "'say' is 'shout'", "'limit' is '-1'", "'force'"):
        assert part in str(caught.value)


def test_an_unknown_notebook_names_the_close_one(project: Path) -> None:
    with pytest.raises(UnknownName, match="Did you mean '01_phonemes'"):
        checked_parameters("01_phonems", {}, Settings(root=project))


def test_a_notebook_of_ones_own_has_the_types_of_its_defaults(settings: Settings) -> None:
    write_notebook(settings.root, "mine", OWN, "print(name)")
    given_as_text = {
        "name": "007",
        "count": "7",
        "share": "0.25",
        "words": "x, y",
        "pauses": '{"comma": 1}',
        "loud": "yes",
        "made": "anything",
    }
    assert checked_parameters("mine", given_as_text, settings) == {
        "name": "007",
        "count": 7,
        "share": 0.25,
        "words": ["x", "y"],
        "pauses": {"comma": 1},
        "loud": True,
        "made": "anything",
    }
    with pytest.raises(ParameterError) as caught:
        checked_parameters("mine", {"cuont": "1", "loud": "loudly"}, settings)
    assert "'cuont', did you mean 'count'?" in str(caught.value)
    assert "'loud' is 'loudly'" in str(caught.value)


def test_a_changed_notebook_is_read_again(settings: Settings) -> None:
    write_notebook(settings.root, "mine", "count = 1")
    assert checked_parameters("mine", {"count": "2"}, settings) == {"count": 2}
    write_notebook(settings.root, "mine", "counted = 'one'")
    assert checked_parameters("mine", {"counted": "2"}, settings) == {"counted": "2"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("collection: [unclosed", "it is not YAML"),
        ("- a\n- b\n", "no names with values"),
        (None, "it cannot be read"),
    ],
)
def test_a_wrong_file_of_parameters_is_one_sentence(
    tmp_path: Path, content: str | None, message: str
) -> None:
    file = tmp_path / "night.yaml"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ParameterError, match=message):
        parameters_of_file(file)


def test_an_empty_file_of_parameters_asks_for_nothing(tmp_path: Path) -> None:
    file = tmp_path / "night.yaml"
    file.write_text("# nothing yet\n")
    assert parameters_of_file(file) == {}


@given(st.floats(min_value=0, max_value=1e5, allow_nan=False).map(lambda s: round(s, 3)))
def test_times_are_read_in_every_unit(amount: float) -> None:
    text = f"{amount:f}"
    assert seconds(text) == seconds(f"{text}s") == pytest.approx(amount)
    assert seconds(f"{text}m") == seconds(f" {text} min ") == pytest.approx(amount * 60)
    assert seconds(f"{text}h") == pytest.approx(amount * 3600)


@pytest.mark.parametrize("text", ["", "soon", "-5", "5 days", "1:30", "nan"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ParameterError, match=re.escape(f"'{text}' is not a time")):
        seconds(text)


def test_a_notebook_ends_soon_after_its_productions() -> None:
    usual = limits_for(0, ProductionSettings())
    assert (usual.soft_s, usual.hard_s, usual.cut_s) == (1500, 1800, 1860)
    short = limits_for(60, ProductionSettings())
    assert (short.soft_s, short.hard_s, short.cut_s) == (50, 60, 70)
    assert limits_for(4, ProductionSettings()).cut_s == 6
    assert limits_for(0, ProductionSettings(hard_limit_s=0)).cut_s == 0
