"""What is made of a narrated book is what players, people and hosts expect of it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import mutagen.id3
import mutagen.mp4
import pytest
import srt
import webvtt
from little_book import level_db, narrated_book

from judges import probed
from voicemill import Studio
from voicemill.audio import load_profiles, loudness_lufs, read_clip
from voicemill.audio.cues import from_json
from voicemill.errors import BookError, ParameterError, UnknownName
from voicemill.exports.exporting import export_book
from voicemill.exports.m4b import write_m4b
from voicemill.production.narration.audiobook import Audiobook
from workbench import PIPER


def test_an_m4b_has_chapters_where_they_begin_cover_and_tags(
    shelf: Studio, book: Audiobook, cover: bytes, tmp_path: Path
) -> None:
    done = write_m4b(book, tmp_path / "hill.m4b", shelf.shop)
    assert done.passed, done.failures
    told = probed(done.path)
    cues = from_json((tmp_path / "hill.json").read_text(encoding="utf-8"))
    second = next(cue for cue in cues if cue.text == "The Dog")
    assert [chapter["tags"]["title"] for chapter in told["chapters"]] == ["The Hill", "The Dog"]
    starts = [float(chapter["start_time"]) for chapter in told["chapters"]]
    assert starts == pytest.approx([0, second.start_s], abs=0.05)
    heard = read_clip(done.path)
    assert level_db(heard, second.start_s + 0.05, second.end_s) > -40
    assert level_db(heard, second.start_s - 0.5, second.start_s - 0.02) < -60
    assert float(told["format"]["duration"]) == pytest.approx(done.duration_s, abs=0.001)
    assert heard.duration_s == pytest.approx(done.duration_s, abs=1e-4)
    tags = mutagen.mp4.MP4(done.path).tags
    assert bytes(tags["covr"][0]) == cover
    assert (tags["\xa9nam"], tags["\xa9alb"]) == (["Up the Hill"], ["Up the Hill"])
    assert (tags["\xa9ART"], tags["aART"]) == (["Ann Hillé"], ["Ann Hillé"])
    assert tags["\xa9wrt"] == ["espeak:en-gb"]
    assert tags["\xa9gen"] == ["Audiobook"]
    assert tags["stik"] == [2]
    assert "synthesised voice" in tags["\xa9cmt"][0]


def test_a_book_without_chapters_is_one_chapter(studio: Studio, tmp_path: Path) -> None:
    narrated_book(studio, "espeak:en-gb", chapters=["", "", ""])
    done = write_m4b(studio.books.open("hill"), tmp_path / "hill.m4b", studio.shop)
    [chapter] = probed(done.path)["chapters"]
    assert chapter["tags"]["title"] == "Up the Hill"
    assert float(chapter["end_time"]) == pytest.approx(done.duration_s, abs=0.01)


def test_cues_of_chapters_agree_with_the_silences(studio: Studio, tmp_path: Path) -> None:
    narrated_book(studio, PIPER)
    done = export_book(studio.books.open("hill"), "chapters", tmp_path, studio.shop)
    assert done.passed, done.failures
    for file in done.files:
        clip = read_clip(file.path)
        cues = from_json(file.path.with_suffix(".json").read_text(encoding="utf-8"))
        sentences = [cue for cue in cues if cue.kind == "sentence"]
        for cue in sentences:
            assert level_db(clip, cue.start_s + 0.1, cue.end_s - 0.1) > -40
            assert level_db(clip, cue.end_s + 0.05, cue.end_s + 0.14) < -55
            assert level_db(clip, max(0, cue.start_s - 0.05), cue.start_s - 0.01) < -55
        spoken = file.path.with_suffix(".srt").read_text(encoding="utf-8")
        shown = webvtt.read(file.path.with_suffix(".vtt"))
        assert [sub.content.replace("\n", " ") for sub in srt.parse(spoken)] == [
            cue.text for cue in sentences
        ]
        starts = [to_seconds(caption.start) for caption in shown]
        assert starts == pytest.approx([cue.start_s for cue in sentences], abs=0.002)


def to_seconds(clock: str) -> float:
    hours, minutes, seconds = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def test_a_folder_of_chapters_is_numbered_listed_and_tagged(
    shelf: Studio, book: Audiobook, tmp_path: Path
) -> None:
    done = export_book(book, "chapters", tmp_path / "made", shelf.shop)
    assert [file.path.name for file in done.files] == ["01 The Hill.mp3", "02 The Dog.mp3"]
    lines = (tmp_path / "made" / "playlist.m3u8").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#EXTM3U"
    played = list(zip(lines[2::2], lines[3::2], strict=True))
    for file, (about, name) in zip(done.files, played, strict=True):
        told = probed(tmp_path / "made" / name)["format"]
        # ffprobe counts whole frames of MP3
        assert float(told["duration"]) == pytest.approx(file.duration_s, abs=0.1)
        assert read_clip(file.path).duration_s == pytest.approx(file.duration_s, abs=1e-4)
        seconds, title = about.removeprefix("#EXTINF:").split(",", 1)
        assert 0 <= int(seconds) - file.duration_s < 1
        assert title == told["tags"]["title"]
    id3 = mutagen.id3.ID3(done.files[1].path)
    assert (id3.version[:2], str(id3["TRCK"]), str(id3["TPE2"])) == ((2, 3), "2/2", "Ann Hillé")
    assert id3.getall("APIC")[0].data == book.cover
    manifest = json.loads((tmp_path / "made" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["narrators"] == {"people": [], "voices": ["espeak:en-gb"]}
    assert [file["pages"] for file in manifest["files"]] == [["1", "2"], ["3"]]
    assert manifest["duration_s"] == pytest.approx(done.duration_s, abs=0.01)
    assert str(done).startswith(f"{tmp_path / 'made'}: 2 files, ")


def test_pages_are_the_sound_that_is_there_or_joined_anew(
    shelf: Studio, book: Audiobook, tmp_path: Path
) -> None:
    same = export_book(book, "pages", tmp_path / "web", shelf.shop)
    for file, page in zip(same.files, book.pages, strict=True):
        stored = read_clip(io.BytesIO(shelf.store.read(page.source.file)))
        assert (read_clip(file.path).samples == stored.samples).all()
        assert str(mutagen.id3.ID3(file.path)["TALB"]) == "Up the Hill"
    other = export_book(book, "pages", tmp_path / "acx", shelf.shop, profile="acx")
    assert other.passed, other.failures
    assert [file.path.name for file in other.files] == [f"0{n} Page {n}.mp3" for n in (1, 2, 3)]
    loss = export_book(book, "pages", tmp_path / "flac", shelf.shop, profile="archive")
    assert {file.path.suffix for file in loss.files} == {".flac"}
    assert mutagen.File(loss.files[0].path)["composer"] == ["espeak:en-gb"]


def test_a_zip_has_everything_and_its_checksums(
    shelf: Studio, book: Audiobook, tmp_path: Path
) -> None:
    done = export_book(book, "zip", tmp_path / "a.zip", shelf.shop)
    with zipfile.ZipFile(done.path) as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("Up the Hill/manifest.json"))
        for entry in manifest["files"]:
            data = archive.read(f"Up the Hill/{entry['name']}")
            assert hashlib.sha256(data).hexdigest() == entry["sha256"]
            assert len(data) == entry["size_bytes"]
            assert read_clip(io.BytesIO(data)).duration_s == pytest.approx(
                entry["duration_s"], abs=0.001
            )
            sound = archive.getinfo(f"Up the Hill/{entry['name']}")
            assert sound.compress_type == zipfile.ZIP_STORED
        endings = [Path(name).suffix for name in archive.namelist()]
        assert sorted(endings) == sorted(
            [".mp3", ".srt", ".vtt", ".json"] * 2 + [".m3u8", ".json", ".csv"]
        )
        rows = csv.DictReader(
            archive.read("Up the Hill/manifest.csv").decode("utf-8-sig").split("\r\n")
        )
        assert [row["title"] for row in rows] == ["The Hill", "The Dog"]
    again = export_book(book, "zip", tmp_path / "b.zip", shelf.shop)
    assert again.path.read_bytes() == done.path.read_bytes()


def test_a_librivox_folder_keeps_its_rules(shelf: Studio, book: Audiobook, tmp_path: Path) -> None:
    done = export_book(book, "librivox", tmp_path, shelf.shop)
    assert done.passed, done.failures
    assert [file.path.name for file in done.files] == [
        "upthehill_01_hille.mp3",
        "upthehill_02_hille.mp3",
    ]
    for file in done.files:
        told = probed(file.path)
        assert told["streams"][0]["sample_rate"] == "44100"
        assert told["streams"][0]["bit_rate"] == "128000"
        clip = read_clip(file.path)
        assert level_db(clip, 0, 0.7) < -80
        assert level_db(clip, clip.duration_s - 4.9, clip.duration_s) < -80
    id3 = mutagen.id3.ID3(done.files[1].path)
    assert {name: str(frame) for name, frame in id3.items()} == {
        "TIT2": "02 - The Dog",
        "TPE1": "Ann Hillé",
        "TALB": "Up the Hill",
    }
    readme = (tmp_path / "README.txt").read_text(encoding="utf-8")
    assert "All files keep every rule" in readme
    assert "human volunteers only" in readme


def test_an_acx_folder_keeps_its_rules_and_has_a_sample(
    shelf: Studio, book: Audiobook, tmp_path: Path
) -> None:
    done = export_book(book, "acx", tmp_path, shelf.shop)
    assert done.passed, done.failures
    assert [file.path.name for file in done.files] == [
        "01_the_hill.mp3",
        "02_the_dog.mp3",
        "retail_sample.mp3",
    ]
    text = (tmp_path / "checks.csv").read_text(encoding="utf-8-sig")
    measured = {
        (row["file"], row["rule"]): float(row["measured"])
        for row in csv.DictReader(io.StringIO(text))
    }
    for file in done.files:
        name = file.path.name
        assert -23 <= measured[name, "rms_db"] <= -18
        assert measured[name, "peak_dbtp"] <= -3
        assert measured[name, "noise_db"] <= -60
        assert 0.5 <= measured[name, "head_s"] <= 1
        assert 1 <= measured[name, "tail_s"] <= 5
        assert measured[name, "bitrate_kbps"] == 192
    assert "60 × 80, which will not do" in (tmp_path / "README.txt").read_text(encoding="utf-8")


def test_a_rule_that_is_not_kept_is_told_and_raises_nothing(
    shelf: Studio, book: Audiobook, tmp_path: Path
) -> None:
    rules = {"rms_db": {"minimum": -10.0}}
    profiles = load_profiles({"loud": {"base": "acx", "rules": rules}})
    shop = replace(shelf.shop, profiles=profiles)
    done = export_book(book, "acx", tmp_path, shop, profile="loud")
    assert not done.passed
    assert len(done.failures) == 3
    assert re.search(r"a rule is not kept: 01_the_hill.mp3: RMS .* is below −10 \(and 2", str(done))
    assert "0 of 3 files keep every rule" in (tmp_path / "README.txt").read_text(encoding="utf-8")


def test_an_epub_is_read_aloud_when_its_sentences_are_heard(
    shelf: Studio, book: Audiobook, tmp_path: Path
) -> None:
    done = export_book(book, "epub", tmp_path / "hill.epub", shelf.shop)
    with zipfile.ZipFile(done.path) as archive:
        assert archive.testzip() is None
        sounds = [name for name in archive.namelist() if name.endswith(".mp3")]
        overlays = [archive.read(n).decode() for n in archive.namelist() if n.endswith(".smil")]
    assert len(sounds) == len(overlays) == 2
    assert sum(text.count("<par") for text in overlays) == sum(len(p.sentences) for p in book.pages)
    woven = export_book(
        book, "epub", tmp_path / "woven.epub", shelf.shop, source=tmp_path / "hill.epub"
    )
    assert woven.notes == ("10 of 10 sentences found in hill.epub",)


def test_subtitles_are_called_as_the_pages_own_files(
    shelf: Studio, book: Audiobook, tmp_path: Path
) -> None:
    export_book(book, "subtitles", tmp_path, shelf.shop)
    for page in book.pages:
        text = (tmp_path / f"{Path(page.source.file).stem}.srt").read_text(encoding="utf-8")
        assert len(list(srt.parse(text))) == len(page.sentences)


def test_what_a_person_recorded_is_as_loud_as_the_rest(
    studio: Studio, book: Audiobook, shelf: Studio, tmp_path: Path
) -> None:
    narrated_book(studio, "espeak:en-gb")
    folder = tmp_path / "said"
    folder.mkdir()
    import soundfile

    clip = read_clip(io.BytesIO(shelf.store.read(book.pages[1].source.file)))
    soundfile.write(folder / "2.wav", clip.padded(1.0, 1.0).amplified(-14).samples, clip.rate_hz)
    matches = studio.upkeep.match_recordings(folder, "hill")
    studio.upkeep.import_recordings(matches, "hill", speaker="Mai", profile="classic")
    opened = studio.books.open("hill")
    assert opened.pages[1].source.source_type == "native"
    done = export_book(opened, "m4b", tmp_path / "out", studio.shop)
    assert done.passed, done.failures
    cues = from_json(done.path.with_suffix(".json").read_text(encoding="utf-8"))
    whole = read_clip(done.path)
    levels = []
    for key in ("1", "2", "3"):
        mine = [cue for cue in cues if cue.item == key and cue.kind == "sentence"]
        rate = whole.rate_hz
        levels.append(
            loudness_lufs(
                whole.between(round(mine[0].start_s * rate), round(mine[-1].end_s * rate))
            )
        )
    assert max(levels) - min(levels) < 1.5
    comment = mutagen.mp4.MP4(done.path)["\xa9cmt"][0]
    assert "Also read by a synthesised voice: espeak:en-gb" in comment
    epub = export_book(opened, "epub", tmp_path / "out", studio.shop)
    assert epub.passed, epub.failures


def test_wrong_wishes_are_refused_before_work(
    shelf: Studio, book: Audiobook, tmp_path: Path
) -> None:
    with pytest.raises(UnknownName, match="m4b"):
        export_book(book, "m4p", None, shelf.shop)
    with pytest.raises(UnknownName, match="librivox"):
        export_book(book, "chapters", tmp_path / "x", shelf.shop, profile="librivoks")
    with pytest.raises(ParameterError, match="m4a"):
        export_book(book, "m4b", tmp_path / "x.m4b", shelf.shop, profile="web")
    with pytest.raises(ParameterError, match="EPUB"):
        export_book(book, "zip", tmp_path / "x.zip", shelf.shop, source=tmp_path / "x.epub")
    with pytest.raises(BookError, match="neither PNG nor JPEG"):
        export_book(replace(book, cover=b"GIF89a"), "m4b", tmp_path / "x.m4b", shelf.shop)
    assert list(tmp_path.iterdir()) == []
