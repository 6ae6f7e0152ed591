"""The typed parameters of each notebook, checked before any work.

papermill only warns about a parameter that does not exist; here it is an error that names
the close match.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model

from voicemill.errors import ParameterError, close_matches

Checked = TypeVar("Checked", bound="NotebookParameters")

# What IPython itself puts into a notebook's namespace.
_IPYTHON = {"In", "Out", "exit", "quit", "get_ipython", "open"}


def _as_list(value: object) -> object:
    """Accept "a, b" or '["a", "b"]' from a command line where a notebook writes ["a", "b"]."""
    if isinstance(value, str) and value.strip().startswith("["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _as_text(value: object) -> object:
    """Accept 7 for "7": command lines turn text that looks like a number into one."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _as_mapping(value: object) -> object:
    """Accept '{"a": 1}' from a command line where a notebook writes {"a": 1}."""
    if isinstance(value, str) and value.strip().startswith("{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


Text = Annotated[str, BeforeValidator(_as_text)]
Texts = Annotated[list[str], BeforeValidator(_as_list)]
Cast = Annotated[dict[str, str] | Text, BeforeValidator(_as_mapping)]
Seconds = Annotated[float, Field(ge=0, le=60)]
Pauses = Annotated[dict[str, Seconds], BeforeValidator(_as_mapping)]
Export = Literal["m4b", "chapters", "pages", "zip", "librivox", "acx", "epub", "subtitles"]

Clips = Literal[
    "all", "to review", "suspicious", "rejected", "flagged", "approved", "undecided", "silent"
]


class NotebookParameters(BaseModel):
    """Base of all: unknown names are refused, values are not changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StartParameters(NotebookParameters):
    """00_start_here has nothing to set."""


class PhonemeParameters(NotebookParameters):
    """Parameters of 01_phonemes; the notebook says what each means."""

    table: Text = Field(min_length=1)
    collection: Text
    voices: Texts
    language: Text
    gender: Literal["", "female", "male"]
    accent: Text
    fallback: bool
    say: Literal["word", "phoneme", "both"]
    rate: Text
    profile: Text
    takes: int = Field(ge=1, le=20)
    force: bool
    limit: int = Field(ge=0)


class BookParameters(NotebookParameters):
    """Parameters of 02_books; the notebook says what each means."""

    book: Text = Field(min_length=1)
    collection: Text
    title: Text
    author: Text
    cover: Text
    include: Texts
    voices: Texts
    cast: Cast
    pauses: Pauses
    fallback: bool
    rate: Text
    profile: Text
    force: bool
    limit: int = Field(ge=0)
    exports: Annotated[list[Export], BeforeValidator(_as_list)]


class ReviewParameters(NotebookParameters):
    """Parameters of 03_review; the notebook says what each means."""

    collection: Text
    reviewer: Text
    reviewers: int = Field(ge=1, le=20)
    show: Clips
    check: bool
    verdicts: Text
    export: Text


class VoiceParameters(NotebookParameters):
    """Parameters of 04_voices; the notebook says what each means."""

    table: Text = Field(min_length=1)
    kind: Literal["phonemes", "words"]
    collection: Text
    voices: Annotated[Texts, Field(min_length=2)]
    say: Literal["word", "phoneme", "both"]
    rate: Text
    profile: Text
    limit: int = Field(ge=0)
    seed: int = Field(ge=0)
    title: Text
    reopen: Text
    listener: Text


class ReportParameters(NotebookParameters):
    """Parameters of 05_report; the notebook says what each means."""

    collection: Text
    days: int = Field(ge=1, le=3650)
    players: Literal[
        "suspicious", "rejected", "flagged", "disagreed", "waiting", "to review", "approved",
        "all", "none",
    ]  # fmt: skip
    audio_limit_mb: float = Field(ge=0, le=200)
    tables: bool
    name: Text = Field(max_length=150, pattern=r"^[^/\\\x00-\x1f]*$")


class MaintenanceParameters(NotebookParameters):
    """Parameters of 06_maintenance; the notebook says what each means."""

    collection: Text
    mend: bool
    remove_expired: bool
    make_missing: bool
    prune_runs: bool
    keep_runs_days: int = Field(ge=0)
    recordings: Text
    recordings_collection: Text
    speaker: Text
    licence: Text
    attribution: Text


NOTEBOOKS: dict[str, type[NotebookParameters]] = {
    "00_start_here": StartParameters,
    "01_phonemes": PhonemeParameters,
    "02_books": BookParameters,
    "03_review": ReviewParameters,
    "04_voices": VoiceParameters,
    "05_report": ReportParameters,
    "06_maintenance": MaintenanceParameters,
}


def like_defaults(name: str, defaults: Mapping[str, Any]) -> type[NotebookParameters]:
    """Return the parameters of a notebook of one's own: each is of its default's type."""
    fields: dict[str, Any] = {one: (_type_of(value), value) for one, value in defaults.items()}
    return create_model(name, __base__=NotebookParameters, **fields)


def _type_of(value: object) -> Any:
    if isinstance(value, bool | int | float):
        return float | int if isinstance(value, float) else type(value)
    if isinstance(value, str):
        return Text
    if isinstance(value, list | tuple):
        return Annotated[list[Any], BeforeValidator(_as_list)]
    if isinstance(value, dict):
        return Annotated[dict[Any, Any], BeforeValidator(_as_mapping)]
    return Any


def check_parameters(kind: type[Checked], namespace: Mapping[str, Any]) -> Checked:
    """Return the parameters that a notebook's first cell (and papermill) has set.

    namespace: the notebook's globals(), before anything else is defined in it.
    Raises ParameterError listing every unknown name and wrong value.
    """
    given = {
        name: value
        for name, value in namespace.items()
        if not name.startswith("_") and name not in _IPYTHON and not _is_code(value)
    }
    return validated(kind, given)


def validated(kind: type[Checked], values: Mapping[str, Any]) -> Checked:
    """Return checked parameters. Raises ParameterError listing all that is wrong."""
    try:
        return kind(**values)
    except ValidationError as error:
        known = list(kind.model_fields)
        raise ParameterError(
            "; ".join(_sentence(problem, known) for problem in error.errors()),
            where="parameters",
            remedy=f"Known are: {', '.join(known) or 'none'}",
        ) from error


def _sentence(problem: Any, known: list[str]) -> str:
    name = str(problem["loc"][0]) if problem["loc"] else ""
    if problem["type"] == "extra_forbidden":
        near = close_matches(name, known, limit=1)
        return f"there is no parameter '{name}'" + (f", did you mean '{near[0]}'?" if near else "")
    if problem["type"] == "missing":
        return f"'{name}' is not set"
    return f"'{name}' is {problem['input']!r}: {problem['msg']}"


def _is_code(value: object) -> bool:
    return callable(value) or type(value).__name__ == "module"
