"""Files put together from many clips, judged by ffprobe, FFmpeg's decoders and mutagen."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import mutagen
import mutagen.id3
import mutagen.mp4
import numpy as np
import psutil
import pytest
from audio_signals import noise, tone
from hypothesis import given
from hypothesis import strategies as st

from judges import probed
from voicemill.audio import (
    Clip,
    Tags,
    encode_clip,
    load_profiles,
    master,
    read_clip,
    read_tags,
    rms_db,
    speech_bounds,
    true_peak_dbtp,
)
from voicemill.audio.assembly import assemble
from voicemill.audio.chapters import Chapter
from voicemill.audio.encoding import Encoding
from voicemill.errors import AudioError
from voicemill.speech.engine import Utterance

BOOK = load_profiles(
    {
        "book": {"base": "web", "format": "m4a", "rate_hz": 44_100, "bitrate_kbps": 64},
        "opus-book": {"base": "opus"},
    }
)
NAMES = {"web": "book.mp3", "librivox": "book.mp3", "book": "book.m4b"}
KINDS = ("web", "book")
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415408d763f8cfc000000301010018dd8db00000000049454e44ae426082"
)
TAGS = Tags(title="Bên bờ biển", album="Samples", artist="espeak", language="en", genre="Speech")
SENTENCES = (
    "The boy lived by the sea.",
    "He looked at ships.",
    "One day a ship came back.",
    "It brought a letter.",
    "Nobody could read it.",
    "So they kept it for a better day.",
)
# Two sentences in each of three chapters, with a pause after every one.
CHAPTERS = (Chapter("The Sea", 0), Chapter("Das Schiff", 4), Chapter("第三章", 8))
PAUSE_S = 0.6


@pytest.fixture(scope="module")
def spoken(engines) -> list[Clip]:
    """The sentences as espeak says them, levelled, without silence around."""

    bare = replace(BOOK["web"], head_s=0.0, tail_s=0.0)
    voice = engines.voice("espeak:en-gb")
    speeches = [engines.speak(Utterance(text=sentence), voice) for sentence in SENTENCES]
    return [master(Clip(speech.samples, speech.rate_hz), bare) for speech in speeches]


def parts_of(spoken):
    for clip in spoken:
        yield clip
        yield PAUSE_S


def book(spoken, folder, kind):
    path = folder / NAMES[kind]
    made = assemble(
        parts_of(spoken), path, profile=BOOK[kind], tags=TAGS, chapters=CHAPTERS, cover=PNG
    )
    return path, made


def silences(clip):
    """(start, end) in seconds of all that is quiet for 0.4 s or more."""
    hop = clip.rate_hz // 200
    whole = clip.samples[: len(clip) // hop * hop].reshape(-1, hop)
    loud = np.flatnonzero(np.sqrt((whole**2).mean(axis=1)) > 10 ** (-50 / 20))
    edges = [-1, *loud.tolist(), len(whole)]
    found = [(a + 1, b) for a, b in pairwise(edges) if b - a - 1 >= 80]
    return [(a * hop / clip.rate_hz, b * hop / clip.rate_hz) for a, b in found]


@pytest.mark.parametrize("kind", ["web", "librivox", "book"])
def test_a_book_lasts_as_long_as_its_parts_to_the_sample(spoken, ffmpeg, tmp_path, kind):
    path, made = book(spoken, tmp_path, kind)
    rate_hz = BOOK[kind].encoding.rate_hz
    expected = sum(len(clip.resampled(rate_hz)) + round(PAUSE_S * rate_hz) for clip in spoken)
    assert round(made.duration_s * rate_hz) == expected
    assert len(read_clip(path)) == expected
    raw = ffmpeg("-v", "error", "-i", str(path), "-map", "0:a", "-f", "f32le", "-").stdout
    # The whole AAC frame at the end, where the decoder of FFmpeg does not cut it.
    assert 0 <= len(raw) // 4 - expected < (1024 if kind == "book" else 1)
    shown = float(probed(path)["format"]["duration"])
    # FFmpeg counts whole frames, and the encoder's delay: up to 1105 and 1151 samples.
    assert shown == pytest.approx(made.duration_s, abs=2300 / rate_hz)
    assert mutagen.File(path).info.length == pytest.approx(made.duration_s, abs=0.03)
    assert path.stat().st_size == made.size_bytes


@pytest.mark.parametrize("kind", KINDS)
def test_chapters_are_marked_where_the_silence_before_them_ends(spoken, tmp_path, kind):
    path, made = book(spoken, tmp_path, kind)
    ends = [0.0, *(end for _, end in silences(read_clip(path)))]
    shown = probed(path)["chapters"]
    assert [chapter["tags"]["title"] for chapter in shown] == [c.title for c in CHAPTERS]
    for chapter, ours, heard in zip(shown, made.chapter_starts_s, ends[0:5:2], strict=True):
        assert float(chapter["start_time"]) == pytest.approx(heard, abs=0.05)
        assert float(chapter["start_time"]) == pytest.approx(ours, abs=0.001)
    assert float(shown[-1]["end_time"]) == pytest.approx(made.duration_s, abs=0.03)


def test_mutagen_finds_the_same_chapters(spoken, tmp_path):
    path, made = book(spoken, tmp_path, "book")
    marks = [(mark.title, mark.start) for mark in mutagen.mp4.MP4(path).chapters]
    assert [title for title, _ in marks] == [chapter.title for chapter in CHAPTERS]
    assert [start for _, start in marks] == pytest.approx(made.chapter_starts_s, abs=0.001)
    path, made = book(spoken, tmp_path, "web")
    tag = mutagen.id3.ID3(path, load_v1=False)
    frames = [tag[f"CHAP:{name}"] for name in tag["CTOC:toc"].child_element_ids]
    titles = [frame.sub_frames["TIT2"].text[0] for frame in frames]
    assert titles == [chapter.title for chapter in CHAPTERS]
    starts = [frame.start_time / 1000 for frame in frames]
    assert starts == pytest.approx(made.chapter_starts_s, abs=0.001)


@pytest.mark.parametrize("kind", KINDS)
def test_sentences_end_where_the_book_says_so(spoken, tmp_path, kind):
    path, made = book(spoken, tmp_path, kind)
    quiet = silences(read_clip(path))
    assert len(quiet) == len(SENTENCES)
    for clip, start_s, (begins, _) in zip(spoken, made.starts_s[::2], quiet, strict=True):
        assert begins == pytest.approx(start_s + clip.duration_s, abs=0.1)


@pytest.mark.parametrize("kind", KINDS)
def test_tags_and_cover_are_in_the_book(spoken, tmp_path, kind):

    path, _ = book(spoken, tmp_path, kind)
    assert read_tags(path) == replace(TAGS, artwork=PNG)


def test_an_m4b_is_an_audiobook_with_its_index_in_front(spoken, tmp_path):
    path, _ = book(spoken, tmp_path, "book")
    data = path.read_bytes()
    assert data[4:12] == b"ftypM4B "
    assert data.index(b"moov") < data.index(b"mdat")
    assert mutagen.mp4.MP4(path)["stik"] == [2]


def test_what_precedes_the_first_chapter_of_an_m4b_bears_the_title(spoken, tmp_path):
    path = tmp_path / "late.m4b"
    chapters = [Chapter("One", 1)]
    assemble([1.5, *spoken], path, profile=BOOK["book"], tags=TAGS, chapters=chapters)
    shown = probed(path)["chapters"]
    assert [chapter["tags"]["title"] for chapter in shown] == [TAGS.title, "One"]
    assert float(shown[1]["start_time"]) == pytest.approx(1.5, abs=0.001)


@pytest.mark.parametrize("kind", KINDS)
def test_a_sentence_sounds_in_the_book_as_it_did_alone(spoken, tmp_path, kind):
    path, made = book(spoken, tmp_path, kind)
    heard = read_clip(path)
    for clip, start_s in zip(spoken, made.starts_s[::2], strict=True):
        sent = clip.resampled(heard.rate_hz).samples
        start = round(start_s * heard.rate_hz)
        got = heard.samples[start : start + len(sent)]
        # The same wave at the same place, and as loud but for half a dB under the ceiling.
        assert np.corrcoef(got, sent)[0, 1] > 0.95
        assert rms_db(Clip(got, heard.rate_hz)) - rms_db(Clip(sent, heard.rate_hz)) > -0.8


def _faded(clip):
    return Clip(clip.samples * np.hanning(len(clip)).astype(np.float32), clip.rate_hz)


@pytest.mark.parametrize("kind", KINDS)
def test_parts_too_loud_for_the_profile_are_turned_down_and_the_others_left(tmp_path, kind):
    path = tmp_path / NAMES[kind]
    parts = [_faded(tone(6.0, 1.0, 22_050)), 0.5, _faded(tone(-20, 1.0, 48_000))]
    made = assemble(parts, path, profile=BOOK[kind], tags=Tags())
    heard = read_clip(path)
    assert true_peak_dbtp(heard) <= -1.0
    soft = heard.between(round((made.starts_s[2] + 0.2) * heard.rate_hz), len(heard))
    assert true_peak_dbtp(soft) == pytest.approx(-20, abs=0.5)


def test_a_profile_without_a_ceiling_does_not_clip(tmp_path):
    path = tmp_path / "loud.mp3"
    assemble([tone(3.0, 1.0, 44_100)], path, profile=BOOK["classic"], tags=Tags())
    middle = read_clip(path).between(11_025, 33_075)
    spectrum = np.abs(np.fft.rfft(middle.samples * np.hanning(len(middle))))
    assert spectrum[1500 // 2 + 100 :].max() < spectrum.max() / 1000  # no harmonics of 1 kHz


@pytest.mark.parametrize("kind", KINDS)
def test_an_open_file_gets_the_same_bytes_as_a_path(spoken, tmp_path, kind):
    path = tmp_path / ("book.mp3" if kind == "web" else "book.m4a")
    stream = BytesIO()
    for target in (path, stream):
        assemble(parts_of(spoken), target, profile=BOOK[kind], tags=TAGS, chapters=CHAPTERS)
    assert stream.getvalue() == path.read_bytes()
    assert speech_bounds(read_clip(stream.getvalue()))


@given(length=st.integers(1, 200_000), cuts=st.lists(st.integers(0, 200_000), max_size=4))
@pytest.mark.parametrize("kind", ["web", "librivox"])
def test_an_mp3_in_pieces_is_the_mp3_of_the_whole(kind, length, cuts):
    profile = BOOK[kind]
    rate_hz = profile.encoding.rate_hz
    whole = noise(-30, 200_000 / rate_hz + 1, rate_hz).between(0, length)
    edges = sorted({0, length, *(cut for cut in cuts if cut < length)})
    stream = BytesIO()
    pieces = [whole.between(*edge) for edge in pairwise(edges)]
    assemble(pieces, stream, profile=profile, tags=Tags())
    assert stream.getvalue() == encode_clip(whole, profile.encoding)


def _breaks_off(spoken):
    yield from spoken
    raise FileNotFoundError("page 7 is gone")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("before", [None, b"the book of yesterday"])
def test_a_book_that_breaks_off_leaves_what_was_there(spoken, tmp_path, kind, before):
    path = tmp_path / NAMES[kind]
    if before:
        path.write_bytes(before)
    with pytest.raises(FileNotFoundError, match="page 7 is gone"):
        assemble(_breaks_off(spoken), path, profile=BOOK[kind], tags=TAGS)
    late = [Chapter("Late", 12)]
    with pytest.raises(AudioError, match="there are only 12"):
        assemble(parts_of(spoken), path, profile=BOOK[kind], tags=TAGS, chapters=late)
    assert [file.read_bytes() for file in tmp_path.iterdir()] == ([before] if before else [])


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_that_is_not_there_is_named(spoken, tmp_path, kind):
    path = tmp_path / "gone" / NAMES[kind]
    with pytest.raises(AudioError, match="cannot be written") as told:
        assemble(parts_of(spoken), path, profile=BOOK[kind], tags=TAGS)
    assert told.value.where == str(path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_told(spoken):
    with (
        Path("/dev/full").open("wb", buffering=0) as full,
        pytest.raises(AudioError, match="No space"),
    ):
        assemble(parts_of(spoken), full, profile=BOOK["web"], tags=TAGS)


@pytest.mark.parametrize(
    ("parts", "chapters", "told"),
    [
        ([], [], "nothing to join"),
        ([1.0, 2.0], [], "nothing to join"),
        ([tone(-20, 0.1), -1.0], [], "cannot last -1.0 s"),
        ([tone(-20, 0.1), float("inf")], [], "cannot last inf s"),
        ([tone(-20, 0.1), Clip(np.zeros(0, np.float32), 48_000)], [], "part 1: it is empty"),
        ([tone(-20, 0.1)], [Chapter(" ", 0)], "no title"),
        ([tone(-20, 0.1), 1.0], [Chapter("b", 1), Chapter("a", 1)], "'b' at part 1"),
        ([tone(-20, 0.1)], [Chapter("a\nb", 0)], "control character"),
        ([tone(-20, 0.1)], [Chapter("a", -1)], "begins at part -1"),
    ],
)
def test_what_cannot_be_assembled_is_refused_with_a_reason(tmp_path, parts, chapters, told):
    path = tmp_path / "none.mp3"
    with pytest.raises(AudioError, match=told):
        assemble(parts, path, profile=BOOK["web"], tags=Tags(), chapters=chapters)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "opus"])
def test_other_formats_are_joined_too_but_have_no_chapters(tmp_path, kind):
    path = tmp_path / f"x.{kind}"
    profile = replace(BOOK["opus"], encoding=Encoding(kind, rate_hz=24_000))
    parts = [tone(-20, 1), 0.5, tone(-20, 1)]
    made = assemble(parts, path, profile=profile, tags=Tags(title="Hills"))
    assert made.duration_s == pytest.approx(2.5)
    assert len(read_clip(path)) == 2.5 * 24_000
    assert read_tags(path.read_bytes()).title == "Hills"
    again = assemble(parts, tmp_path / "again", profile=profile, tags=Tags(title="Hills"))
    assert (tmp_path / "again").read_bytes() == path.read_bytes()
    assert again.size_bytes == path.stat().st_size
    with pytest.raises(AudioError, match=f"{kind} has no chapters"):
        assemble(parts, path, profile=profile, tags=Tags(), chapters=[Chapter("a", 0)])


def _narration(spoken, minutes, watched):
    said_s = 0.0
    while said_s < minutes * 60:
        for clip in spoken:
            yield clip
            yield PAUSE_S
            said_s += clip.duration_s + PAUSE_S
        watched.append(psutil.Process().memory_info().rss)


@pytest.mark.parametrize("kind", KINDS)
def test_memory_stays_flat_however_long_the_book_is(spoken, tmp_path, kind):
    profile, path, watched = BOOK[kind], tmp_path / NAMES[kind], []
    minutes = 12 if kind == "web" else 6  # of more samples each
    made = assemble(_narration(spoken, minutes, watched), path, profile=profile, tags=TAGS)
    watched.append(psutil.Process().memory_info().rss)
    assert made.duration_s > minutes * 60
    whole_bytes = made.duration_s * made.rate_hz * 4
    settled = watched[len(watched) // 4]  # libraries are loaded, and all threads at work
    assert max(watched) - settled < 16e6 < whole_bytes / 3
