import pytest

from voicemill import Studio
from voicemill.errors import CannotSpeak, ParameterError, UnknownName
from voicemill.speech.engine import Delivery
from voicemill.speech.engines import Engines
from voicemill.speech.saying import Manner, Saying, Wish, decide
from voicemill.speech.words import Lexicon
from workbench import ESPEAK, PIPER

SHEEP = Wish("sheep", "iː", "en-GB")
CLOCK = Wish("clock", "ɒ", "en-GB")
VIETNAMESE = Wish("xin chào", "", "vi")


def saying_of(
    engines: Engines, wish: Wish, say: str, voice_id: str, *, word_instead: bool = True
) -> Saying:
    voice = engines.voice(voice_id)
    manner = Manner(say, Delivery(), Lexicon())
    return decide(wish, manner, engines.engine_of(voice), voice, word_instead=word_instead)


def said(engines: Engines, wish: Wish, say: str, voice_id: str, **options: bool) -> str:
    return str(saying_of(engines, wish, say, voice_id, **options))


def test_a_word_a_sound_or_both(engines: Engines) -> None:
    assert said(engines, SHEEP, "word", PIPER) == "sheep"
    assert said(engines, SHEEP, "phoneme", PIPER) == "/iː/"
    assert said(engines, SHEEP, "both", PIPER) == "/iː/ … sheep"


def test_a_sound_that_a_voice_lacks_becomes_the_word_with_the_reason(engines: Engines) -> None:
    saying = saying_of(engines, CLOCK, "phoneme", PIPER)
    assert str(saying) == "clock"
    assert saying.note.startswith("the word only: this voice has no sound")


def test_a_sound_is_refused_where_the_word_will_not_do(engines: Engines) -> None:
    with pytest.raises(CannotSpeak):
        said(engines, CLOCK, "phoneme", PIPER, word_instead=False)
    assert said(engines, CLOCK, "phoneme", ESPEAK, word_instead=False) == "/ɒ/"


def test_a_consonant_says_how_it_is_made_audible(engines: Engines) -> None:
    plosive = saying_of(engines, Wish("pig", "p", "en"), "phoneme", ESPEAK)
    fricative = saying_of(engines, Wish("soap", "s", "en"), "phoneme", ESPEAK)
    assert plosive.note == "/p/ is said with a schwa, [pə], to be heard alone"
    assert fricative.note == "/s/ is said held, [sː], to be heard alone"


def test_a_voice_of_another_language_is_refused(engines: Engines) -> None:
    with pytest.raises(CannotSpeak, match="speaks en-US and the text is vi"):
        said(engines, VIETNAMESE, "word", PIPER)
    assert said(engines, VIETNAMESE, "word", "espeak:vi") == "xin chào"


def test_an_unknown_way_of_saying_lists_what_there_is(engines: Engines) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'word'"):
        said(engines, SHEEP, "words", PIPER)


@pytest.mark.parametrize(
    ("wish", "voice_id"),
    [
        ({"language": "en"}, PIPER),
        ({"language": "en", "gender": "male", "accent": "american"}, PIPER),
        ({"language": "en-GB"}, ESPEAK),
        ({"language": "vi", "gender": "female"}, "edge:vi-VN-HoaiMyNeural"),
        ({"language": "vi", "accent": "southern"}, "espeak:vi-vn-x-south"),
    ],
)
def test_a_voice_is_found_by_what_it_should_be(
    engines: Engines, wish: dict[str, str], voice_id: str
) -> None:
    voice, why = engines.choose(**wish)
    assert voice.id == voice_id
    assert "is the first voice for" in why


def test_when_no_voice_fits_the_default_is_used_and_said(
    studio: Studio, capsys: pytest.CaptureFixture[str]
) -> None:
    assert studio.voice(language="tlh").id == PIPER
    assert "no installed voice fits tlh; using the default" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("rate", "pitch", "volume", "expected"),
    [
        ("-30%", "+0Hz", "+0%", Delivery(-30, 0, 0)),
        ("+50%", "-20hz", "-50%", Delivery(50, -20, -50)),
        (" 10% ", "5Hz", "100%", Delivery(10, 5, 100)),
    ],
)
def test_delivery_is_written_as_edge_does(
    rate: str, pitch: str, volume: str, expected: Delivery
) -> None:
    assert Delivery.parse(rate, pitch, volume) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [("rate", "slow"), ("rate", "-30"), ("rate", "-90%"), ("pitch", "10%"), ("volume", "+500%")],
)
def test_a_wrong_delivery_says_what_is_allowed(name: str, value: str) -> None:
    with pytest.raises(ParameterError, match=rf"{name}: '.*' is not a {name}\. Write a whole"):
        Delivery.parse(**{name: value})
