"""Joining: sentences and pauses become one file, a page's or a whole book's, with its cues."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from voicemill.audio import (
    Assembled,
    Chapter,
    Check,
    Clip,
    Cue,
    Measures,
    Profile,
    Tags,
    assemble,
    for_parts,
    master,
    measure_file,
    part_peaks_dbfs,
)

_MOST_ASSEMBLIES = 4  # until no peak is over the ceiling; of M4A the first will do
_BETWEEN_SAMPLES_DB = 0.5
_MORE_HEADROOM_DB = 0.3


@dataclass(frozen=True, slots=True)
class Piece:
    """Speech to be joined: a sentence, a part of one, or a whole page.

    load: gives the clip, which lasts duration_s.  sentence: its number on the page, None for a
    whole page.  pause_s: the silence after it.  cues: what is heard in it when, from its own
    start; of a sentence its words.  trim: whether silence around it has to go.
    """

    load: Callable[[], Clip]
    duration_s: float
    sentence: int | None
    pause_s: float
    cues: tuple[Cue, ...] = ()
    trim: bool = False


@dataclass(frozen=True, slots=True)
class JoinedPage:
    """A page to be joined. number: from 1.  sentences: what is said of its text, in order.

    pause_before_s: the least silence between the page before and this one.
    chapter: the title of the chapter that begins with it, "" when none does.
    """

    key: str
    number: int
    text: str
    sentences: tuple[str, ...]
    pieces: tuple[Piece, ...]
    pause_before_s: float = 0.0
    chapter: str = ""


@dataclass(frozen=True)
class Joined:
    """What was written, and what it is once decoded.

    cues: of all sentences and words, in the file.  page_starts_s: of each page's first word.
    """

    file: Assembled
    cues: tuple[Cue, ...]
    page_starts_s: tuple[float, ...]
    measures: Measures
    checks: tuple[Check, ...]


def join(
    pages: Sequence[JoinedPage],
    target: Path,
    profile: Profile,
    tags: Tags,
    *,
    cover: bytes | None = None,
    ahead: int = 0,
) -> Joined:
    """Write pages as one file, each piece at the profile's level, with its head and tail.

    ahead: how many pieces are read and levelled beforehand, in as many threads.
    Raises AudioError for what cannot be written, StoreError for a piece that is not there.
    """
    placed = list(_placed(pages, profile))
    parts = [part for _page, part in placed]
    levelled = _Levelled(profile, _close(parts, profile), {})
    for _ in range(_MOST_ASSEMBLIES):
        made = assemble(
            _sounding(parts, levelled, ahead),
            target,
            profile=profile,
            tags=tags,
            chapters=_chapters(pages, placed),
            cover=cover,
        )
        measures, checks = measure_file(target, profile)
        if not levelled.lower(measures.peak_dbtp, made, target):
            break
    cues = tuple(_cues(pages, placed, made))
    return Joined(made, cues, _starts(placed, made), measures, checks)


def _close(parts: Sequence[Piece | float], profile: Profile) -> Profile:
    spoken_s = [part.duration_s for part in parts if isinstance(part, Piece)]
    return for_parts(profile, spoken_s, [part for part in parts if not isinstance(part, Piece)])


@dataclass(frozen=True)
class _Levelled:
    """How pieces are levelled. lowered: by how much the ceiling is lower for some, in dB."""

    profile: Profile
    close: Profile
    lowered: dict[int, float]

    def lower(self, peak_dbtp: float, made: Assembled, path: Path) -> bool:
        """Lower the ceiling of those pieces that the codec put over it; False if none is.

        There are a few of them in hours, by up to 2 dB: all others keep their level.
        """
        ceiling_dbtp = self.profile.ceiling_dbtp
        if ceiling_dbtp is None or peak_dbtp <= ceiling_dbtp:
            return False
        peaks = part_peaks_dbfs(path, made.starts_s)
        # A true peak may lie this far over the samples around it, at one place or another.
        limit = min(ceiling_dbtp - _BETWEEN_SAMPLES_DB, max(peaks))
        for place, peak in enumerate(peaks):
            if peak >= limit:
                over_db = max(peak - limit, peak_dbtp - ceiling_dbtp) + _MORE_HEADROOM_DB
                self.lowered[place] = self.lowered.get(place, 0.0) + over_db
        return True

    def sound(self, place: int, part: Piece | float) -> Clip | float:
        """Return a part as it is to sound."""
        if not isinstance(part, Piece):
            return part
        close = self.close
        if place in self.lowered and close.ceiling_dbtp is not None:
            close = replace(close, ceiling_dbtp=close.ceiling_dbtp - self.lowered[place])
        if part.trim:
            return master(part.load(), close)
        # Cut and faded when it was made.
        return master(part.load(), replace(close, trim=False, fade_in_s=0.0, fade_out_s=0.0))


def _placed(pages: Sequence[JoinedPage], profile: Profile) -> Iterator[tuple[int, Piece | float]]:
    """Yield the parts of the file with the place of their page: pieces, and silences."""
    yield 0, profile.head_s
    silence_s = 0.0
    for number, page in enumerate(pages):
        if number:
            yield number - 1, max(silence_s, page.pause_before_s)
        for place, piece in enumerate(page.pieces):
            yield number, piece
            silence_s = piece.pause_s
            if place + 1 < len(page.pieces):
                yield number, silence_s
    yield len(pages) - 1, profile.tail_s


def _chapters(
    pages: Sequence[JoinedPage], placed: Sequence[tuple[int, Piece | float]]
) -> list[Chapter]:
    """Let each chapter begin with the first word of its page, the first one with the file."""
    first: dict[int, int] = {}
    for place, (page, part) in enumerate(placed):
        if isinstance(part, Piece):
            first.setdefault(page, place)
    begun = [
        Chapter(page.chapter, first[number])
        for number, page in enumerate(pages)
        if page.chapter and number in first
    ]
    if begun and pages[0].chapter:
        begun[0] = replace(begun[0], part=0)
    return begun


def _sounding(
    parts: Iterable[Piece | float], levelled: _Levelled, ahead: int
) -> Iterator[Clip | float]:
    """Yield the parts as they sound, reading and levelling some beforehand."""
    if not ahead:
        yield from (levelled.sound(place, part) for place, part in enumerate(parts))
        return
    waiting: deque[Future[Clip | float]] = deque()
    with ThreadPoolExecutor(ahead, "voicemill-joining") as workers:
        try:
            for place, part in enumerate(parts):
                waiting.append(workers.submit(levelled.sound, place, part))
                if len(waiting) > 2 * ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _cues(
    pages: Sequence[JoinedPage],
    placed: Sequence[tuple[int, Piece | float]],
    made: Assembled,
) -> Iterator[Cue]:
    """Yield a cue for each sentence, from its first piece to its last, and those in pieces."""
    spans: dict[tuple[int, int | None], tuple[float, float]] = {}
    inside: list[Cue] = []
    ends_s = (*made.starts_s[1:], made.duration_s)
    for (page, part), start_s, end_s in zip(placed, made.starts_s, ends_s, strict=True):
        if isinstance(part, Piece):
            if not any(cue.kind == "sentence" for cue in part.cues):
                begun_s, _ = spans.get((page, part.sentence), (start_s, end_s))
                spans[page, part.sentence] = (begun_s, end_s)
            number, key = pages[page].number, pages[page].key
            for cue in part.cues:
                heard = (min(start_s + cue.start_s, end_s), min(start_s + cue.end_s, end_s))
                inside.append(Cue(*heard, cue.text, cue.kind, number, key))
    for (page, sentence), (start_s, end_s) in spans.items():
        found = pages[page]
        text = found.text if sentence is None else found.sentences[sentence]
        yield Cue(start_s, end_s, text, "sentence", found.number, found.key)
    yield from inside


def _starts(placed: Sequence[tuple[int, Piece | float]], made: Assembled) -> tuple[float, ...]:
    """Return when the first piece of each page is heard."""
    starts: dict[int, float] = {}
    for (page, part), start_s in zip(placed, made.starts_s, strict=True):
        if isinstance(part, Piece):
            starts.setdefault(page, start_s)
    return tuple(starts[page] for page in sorted(starts))
