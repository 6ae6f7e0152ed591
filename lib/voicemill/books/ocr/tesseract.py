"""tesseract, where it is installed, with the language packs it has."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
from functools import partial
from typing import TYPE_CHECKING

from voicemill.errors import BookError

if TYPE_CHECKING:
    from voicemill.books.ocr.recognising import Found, Picture, Recogniser

PAGE_LIMIT_S = 120
PACKS = {
    "ar": "ara", "bn": "ben", "cs": "ces", "de": "deu", "en": "eng", "es": "spa", "fa": "fas",
    "fr": "fra", "gu": "guj", "he": "heb", "hi": "hin", "id": "ind", "it": "ita", "ja": "jpn",
    "ko": "kor", "mr": "mar", "nl": "nld", "pl": "pol", "pt": "por", "ru": "rus", "ta": "tam",
    "te": "tel", "th": "tha", "tr": "tur", "uk": "ukr", "ur": "urd", "vi": "vie", "zh": "chi_sim",
    "zh-tw": "chi_tra", "zh-hant": "chi_tra", "zh-hk": "chi_tra",
}  # fmt: skip


def packs() -> list[str]:
    """Return the language packs that tesseract has here, none without tesseract."""
    program = shutil.which("tesseract")
    if program is None:
        return []
    told = subprocess.run([program, "--list-langs"], capture_output=True, text=True, check=False)
    return [line.strip() for line in told.stdout.splitlines()[1:] if line.strip()]


def pack_of(language: str, installed: list[str]) -> str:
    """Return the installed pack for a BCP 47 tag, "" without one."""
    tag = language.casefold()
    wanted = PACKS.get(tag) or PACKS.get(tag.split("-")[0], "")
    return wanted if wanted in installed else ""


def tesseract(languages: str) -> Recogniser:
    """Return tesseract reading languages, such as "hin" or "eng+vie"."""
    from voicemill.books.ocr.recognising import Recogniser

    return Recogniser(f"tesseract ({languages})", partial(_read, languages))


def _read(languages: str, picture: Picture) -> list[Found]:
    height, width = picture.shape
    image = b"P5 %d %d 255\n" % (width, height) + picture.tobytes()
    command = ["tesseract", "stdin", "stdout", "-l", languages, "--psm", "3", "tsv"]
    try:
        ended = subprocess.run(
            command,
            input=image,
            capture_output=True,
            check=False,
            timeout=PAGE_LIMIT_S,
            env={**os.environ, "OMP_THREAD_LIMIT": "2"},
            start_new_session=True,  # Ctrl-C is for the reader, which ends this too
        )
    except subprocess.TimeoutExpired:
        remedy = "Try a smaller picture of it"
        raise BookError("tesseract needs too long for a page", remedy=remedy) from None
    if ended.returncode != 0:
        said = " ".join(ended.stderr.decode("utf-8", "replace").split())[:200]
        remedy = "Check it with: tesseract --list-langs"
        raise BookError(f"tesseract could not read a page ({said})", remedy=remedy)
    return _lines(ended.stdout.decode("utf-8", "replace"))


def _lines(told: str) -> list[Found]:
    """Put the words of tesseract's table together to lines."""
    from voicemill.books.ocr.recognising import Found

    rows: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for row in csv.DictReader(io.StringIO(told), delimiter="\t", quoting=csv.QUOTE_NONE):
        if row["level"] == "5" and (row["text"] or "").strip():
            place = (row["block_num"], row["par_num"], row["line_num"])
            rows.setdefault(place, []).append(row)
    found = []
    for words in rows.values():
        boxes = [_box(word) for word in words]
        box = (
            min(box[0] for box in boxes),
            min(box[1] for box in boxes),
            max(box[2] for box in boxes),
            max(box[3] for box in boxes),
        )
        sure = sum(float(word["conf"]) * len(word["text"]) for word in words)
        letters = sum(len(word["text"]) for word in words)
        found.append(Found(" ".join(w["text"] for w in words), box, sure / letters / 100))
    return found


def _box(word: dict[str, str]) -> tuple[float, float, float, float]:
    left, top = float(word["left"]), float(word["top"])
    return left, top, left + float(word["width"]), top + float(word["height"])
