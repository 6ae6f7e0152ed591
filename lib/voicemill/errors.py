"""Everything Voicemill raises on purpose.

    VoicemillError
    ├── SettingsError            voicemill.toml or a VOICEMILL_* variable is wrong
    ├── UnknownName              a voice, profile, notebook or parameter that does not exist
    ├── TableError               a table was refused; carries every problem found
    ├── BookError                a book file cannot be read, or is refused as dangerous
    │   └── ReadingStopped       somebody wished it not to be read on
    ├── SpeechError
    │   ├── CannotSpeak          this voice cannot speak this text or IPA (give up)
    │   ├── EngineUnavailable    the engine cannot work here at all (install, connect)
    │   └── SpeechInterrupted    it failed this time and may work the next (retry)
    ├── AudioError
    │   ├── UnreadableAudio      the bytes are not audio we can decode
    │   └── MasteringError       the audio cannot be brought to the profile (silence, empty)
    ├── CatalogError             the catalog cannot be read, written or upgraded
    ├── StoreError               a finished file cannot be written or read
    │   └── StoreUnavailable     no file can be: disk full, read-only, gone (wait, make room)
    ├── ItemError
    │   ├── ItemLocked           the item is locked against change
    │   ├── ItemEmpty            the item has nothing to say
    │   ├── ItemUnknown          no such item in the collection
    │   ├── ItemInMaking         another run is making it right now (wait for that one)
    │   └── ItemTookTooLong      it was cut off at its time limit
    └── RunError
        ├── ParameterError       a notebook parameter is unknown or has a wrong value
        └── NotebookFailed       a notebook stopped; says in which cell

Each message says what is wrong, where, and what to do about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


class VoicemillError(Exception):
    """A problem a person can act on.

    what: what is wrong, one sentence without the final stop.
    where: the file, row, item or setting it concerns.
    remedy: what to do now.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        super().__init__(what, where, remedy)

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}. {self.remedy}" if self.remedy else text

    def _render_traceback_(self) -> list[str]:
        # IPython asks for this: in a notebook a person's mistake is a sentence, not a trace.
        return [f"{type(self).__name__}: {self}"]

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions with keyword-only arguments do not survive pickling by default,
        # and ours travel between processes.
        return (_rebuild, (type(self), self.__dict__))


def _rebuild(kind: type[VoicemillError], state: dict[str, object]) -> VoicemillError:
    error = kind.__new__(kind)
    error.__dict__.update(state)
    error.args = (error.what, error.where, error.remedy)
    return error


class SettingsError(VoicemillError):
    """voicemill.toml or a VOICEMILL_* variable is wrong."""


class UnknownName(VoicemillError):
    """A name that does not exist; the message lists close matches."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, where: str = "") -> None:
        self.kind = kind
        self.name = name
        self.matches = close_matches(name, known)
        if self.matches:
            remedy = "Did you mean " + " or ".join(f"'{match}'" for match in self.matches) + "?"
        else:
            remedy = f"Known: {_shortlist(sorted(known))}"
        super().__init__(f"there is no {kind} '{name}'", where=where, remedy=remedy)


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a table: where it is and what to do.

    row: the row as the person sees it in the file (header = row 1), None for the whole table.
    """

    message: str
    remedy: str
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        place = [f"row {self.row}"] if self.row is not None else []
        place += [f"column '{self.column}'"] if self.column is not None else []
        prefix = ", ".join(place) + ": " if place else ""
        return f"{prefix}{self.message}. {self.remedy}"


class TableError(VoicemillError):
    """A table was refused before anything was spoken.

    problems: every problem found; the message shows the first 20 and how many more.
    """

    shown = 20

    def __init__(self, table: str, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        lines = [f"{count} problem{'s' if count != 1 else ''} in this table; nothing was spoken"]
        lines += [f"  {problem}" for problem in self.problems[: self.shown]]
        if count > self.shown:
            lines.append(f"  … and {count - self.shown} more")
        super().__init__("\n".join(lines), where=table)


class BookError(VoicemillError):
    """A book file cannot be read: damaged, locked, empty, dangerous, of no known kind."""


class ReadingStopped(BookError):
    """Somebody wished a book not to be read on."""


class SpeechError(VoicemillError):
    """Speaking failed."""


class CannotSpeak(SpeechError):
    """This voice cannot speak this text or IPA, now or later."""


class EngineUnavailable(SpeechError):
    """The engine cannot work here: not installed, no model, no network."""


class SpeechInterrupted(SpeechError):
    """Speaking failed this time and may work the next: time-out, cut-off audio.

    retry_after_s: how long the service asked us to wait, None if it did not say.
    """

    def __init__(
        self, what: str, *, where: str = "", remedy: str = "", retry_after_s: float | None = None
    ) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.retry_after_s = retry_after_s


class AudioError(VoicemillError):
    """Audio could not be processed."""


class UnreadableAudio(AudioError):
    """The bytes are not audio we can decode."""


class MasteringError(AudioError):
    """The audio cannot be brought to its profile."""


class CatalogError(VoicemillError):
    """The catalog cannot be read, written or upgraded."""


class StoreError(VoicemillError):
    """A finished file cannot be written or read."""


class StoreUnavailable(StoreError):
    """No file can be written or read there: disk full, read-only, not connected, gone."""


class ItemError(VoicemillError):
    """One item cannot be produced as asked."""


class ItemLocked(ItemError):
    """The item is locked against change."""


class ItemEmpty(ItemError):
    """The item has nothing to say."""


class ItemUnknown(ItemError):
    """No such item in the collection."""


class ItemInMaking(ItemError):
    """Another run is making the same audio right now."""


class ItemTookTooLong(ItemError):
    """The item was cut off at its time limit."""


class RunError(VoicemillError):
    """A run could not start or go on."""


class ParameterError(RunError):
    """A notebook parameter is unknown or has a wrong value."""


class NotebookFailed(RunError):
    """A notebook stopped before its end.

    stopped: because somebody wished it to.
    """

    def __init__(
        self, what: str, *, where: str = "", remedy: str = "", stopped: bool = False
    ) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.stopped = stopped


def close_matches(name: str, known: Iterable[str], limit: int = 3) -> list[str]:
    """Return up to `limit` known names a person may have meant by `name`, best first."""
    from rapidfuzz import fuzz, process, utils

    found = process.extract(
        name,
        list(known),
        scorer=fuzz.WRatio,
        processor=utils.default_process,
        score_cutoff=60,
        limit=limit,
    )
    return [match for match, _score, _index in found]


def _shortlist(names: Sequence[str], limit: int = 12) -> str:
    shown = ", ".join(names[:limit])
    return shown + (f" and {len(names) - limit} more" if len(names) > limit else "")
