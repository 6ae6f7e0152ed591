"""Settings: voicemill.toml, then VOICEMILL_* variables, checked once.

The folder of voicemill.toml is the project's root; every relative path starts there,
wherever a notebook, papermill or cron happens to run.
"""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from voicemill.errors import SettingsError, close_matches

FILE_NAME = "voicemill.toml"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _listed(value: object) -> object:
    """Accept words apart by spaces or lines, as a variable holds them, or a list in JSON."""
    if not isinstance(value, str):
        return value
    return json.loads(value) if value.lstrip().startswith("[") else value.split()


class SpeechSettings(_Section):
    """Who speaks, and how."""

    voices: list[str] = Field(default=["piper:en_US-joe-medium", "espeak:en-gb"], min_length=1)
    rate: str = "-30%"
    pitch: str = "+0Hz"
    volume: str = "+0%"
    pause_s: float = Field(default=0.5, ge=0, le=10)  # between the sound and the word of "both"
    piper_folders: list[str] = ["data/voices"]  # where *.onnx voices of one's own lie
    edge_url: str = ""  # empty: Microsoft's service; else a gateway that speaks its protocol
    edge_proxy: str = ""  # http://host:port; empty: that of the environment, if any
    edge_connect_s: float = Field(default=10, gt=0, le=120)
    edge_receive_s: float = Field(default=30, gt=0, le=600)  # the longest silence in an answer
    requests_per_minute: dict[str, Annotated[int, Field(ge=1, le=100_000)]] = {"edge": 100}
    limits_url: str = ""  # empty: shared on this machine; redis://… between machines
    kokoro_model: str = ""  # empty: the installed packages'; else a model file
    kokoro_voices: str = ""  # and its voices file
    kokoro_fetch: bool = False  # fetch what is missing once, when online
    kokoro_url: str = ""  # empty: the project's own release; else where the files lie
    kokoro_model_sha256: str = ""
    kokoro_voices_sha256: str = ""
    lexicon: str = "data/lexicon.csv"  # how terms are to be said


class BookSettings(_Section):
    """How books are narrated: speed, and silences in seconds (see books.spoken.pauses)."""

    rate: str = "+0%"
    pauses: dict[str, Annotated[float, Field(ge=0, le=60)]] = {}
    gemini_key: SecretStr = SecretStr("")  # best in VOICEMILL_BOOKS__GEMINI_KEY; empty: off
    gemini_model: str = "gemini-3.5-flash"
    gemini_url: str = ""  # empty: Google's service; else a gateway that speaks its protocol
    gemini_timeout_s: float = Field(default=180, gt=0, le=3600)  # for one page, tries in it


class AudioSettings(_Section):
    """What a finished file is."""

    profile: str = "web"
    artist: str = "Voicemill"
    licence: str = ""


class CatalogSettings(_Section):
    """Where the catalog lies and how long speech and records are kept."""

    url: str = ""  # empty: SQLite in output/catalog.db; else postgresql://…
    tts_days: int = Field(default=30, ge=1)
    run_days: int = Field(default=90, ge=1)


class StoreSettings(_Section):
    """Where finished files go: a folder below the root, or any fsspec URL.

    options: what fsspec needs for the URL, such as endpoint_url; best without credentials,
    which the environment has. Both are left out when settings are printed.
    """

    url: str = Field(default="output/audio", repr=False)
    options: dict[str, Any] = Field(default={}, repr=False)


class ProductionSettings(_Section):
    """How many items are made at once, and how long one, and all, may take (0: no limit)."""

    workers: int = Field(default=0, ge=0, le=256)  # 0: one per core, more for a network
    item_limit_s: float = Field(default=300, ge=0)  # of a page: for each sentence
    soft_limit_s: float = Field(default=1500, ge=0)  # of a run without a person
    hard_limit_s: float = Field(default=1800, ge=0)
    patience_s: float = Field(default=30, ge=0, le=3600)  # for a catalog or store to come back


class TellingSettings(_Section):
    """Whom to tell how a run without a person ended.

    urls: Apprise's, such as mailto://… or slack://…; they hold passwords, so best in
    VOICEMILL_TELLING__URLS, apart by spaces.
    """

    urls: Annotated[list[SecretStr], NoDecode, BeforeValidator(_listed)] = []
    when: Literal["failure", "finish", "never"] = "failure"  # finish: every end, failures too
    timeout_s: float = Field(default=20, gt=0, le=300)


class Settings(BaseSettings):
    """All settings of one project; frozen.

    Variables override the file: VOICEMILL_SPEECH__RATE=-20% sets [speech] rate.
    """

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix="VOICEMILL_",
        env_nested_delimiter="__",
        hide_input_in_errors=True,  # what is wrong may be a password
    )

    root: Path
    speech: SpeechSettings = SpeechSettings()
    audio: AudioSettings = AudioSettings()
    books: BookSettings = BookSettings()
    catalog: CatalogSettings = CatalogSettings()
    store: StoreSettings = StoreSettings()
    production: ProductionSettings = ProductionSettings()
    telling: TellingSettings = TellingSettings()
    profiles: dict[str, dict[str, Any]] = {}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let variables win over the file, whose content arrives as init arguments."""
        assert isinstance(init_settings, InitSettingsSource)
        return env_settings, init_settings

    @property
    def output(self) -> Path:
        """The folder for everything made."""
        return self.root / "output"

    @property
    def catalog_url(self) -> str:
        """The SQLAlchemy URL of the catalog; SQLite's relative path counts from the root."""
        url = self.catalog.url or "sqlite:///output/catalog.db"
        scheme, slashes, path = url.partition(":///")
        if scheme.startswith("sqlite") and path and not path.startswith((":", "file:")):
            return f"{scheme}{slashes}{(self.root / path).as_posix()}"
        return url

    def resolve(self, path: str | Path) -> Path:
        """Return `path` as absolute, relative ones counted from the root."""
        return self.root / Path(path).expanduser()


def find_root(start: Path | None = None) -> Path:
    """Return the nearest folder at or above `start` that holds voicemill.toml.

    Without `start`, the variable VOICEMILL_ROOT or else the current folder.
    Raises SettingsError when there is none.
    """
    start = (start or Path(os.environ.get("VOICEMILL_ROOT") or Path.cwd())).resolve()
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return folder
    raise SettingsError(
        f"no {FILE_NAME} in this folder or any above it",
        where=str(start),
        remedy=f"Go to your Voicemill folder, or make an empty {FILE_NAME} where it should be",
    )


def read_settings(folder: str | Path | None = None) -> Settings:
    """Read the settings of the project around `folder` (default: the current one).

    Raises SettingsError naming the file and every wrong key.
    """
    root = find_root(Path(folder) if folder is not None else None)
    file = root / FILE_NAME
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"this file is not valid TOML ({error})", where=str(file), remedy="Mend that line"
        ) from error
    try:
        return Settings(**{**content, "root": root})
    except ValidationError as error:
        lines = "; ".join(_sentence(problem["loc"], problem["msg"]) for problem in error.errors())
        raise SettingsError(
            lines, where=str(file), remedy="Correct it there or in the VOICEMILL_* variable"
        ) from error


def _sentence(place: tuple[int | str, ...], message: str) -> str:
    name = ".".join(str(part) for part in place)
    if message != "Extra inputs are not permitted":
        return f"'{name}': {message}"
    section = Settings.model_fields.get(str(place[0]))
    fields: list[str] = list(Settings.model_fields)
    if len(place) > 1 and section is not None and isinstance(section.default, BaseModel):
        fields = list(type(section.default).model_fields)
    matches = close_matches(str(place[-1]), fields)
    hint = f", did you mean '{matches[0]}'?" if matches else f", known are {', '.join(fields)}"
    return f"there is no setting '{name}'{hint}"
