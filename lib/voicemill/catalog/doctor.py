"""Doctor: whether catalog and store still agree, and mending what does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import PurePath

from voicemill.catalog import Catalog
from voicemill.catalog.audio_source import AudioSource
from voicemill.catalog.store import Entry, FileName, Store
from voicemill.catalog.upkeep import delete_unused
from voicemill.errors import CatalogError, StoreError, StoreUnavailable

_READERS = 8
# A file younger than this may belong to a run that is just about to record it.
_SETTLED = timedelta(minutes=10)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    kind: missing, damaged, orphan, leftover, homeless, claim, run or execution.
    mends: what --mend does about it; empty when a person has to.
    """

    kind: str
    where: str
    what: str
    mends: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f" ({self.mends})" if self.mends else "")


@dataclass(frozen=True)
class Report:
    """What the doctor looked at and found. mended: whether it was mended as well."""

    sources: int
    files: int
    findings: tuple[Finding, ...]
    mended: bool

    @property
    def needs_person(self) -> tuple[Finding, ...]:
        """What could not be mended by itself."""
        return tuple(finding for finding in self.findings if not finding.mends)

    def __str__(self) -> str:
        looked = f"{self.sources} sources and {self.files} files looked at"
        if not self.findings:
            return f"{looked}: all is well"
        counts = Counter(finding.kind for finding in self.findings)
        found = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
        by_hand = len(self.needs_person)
        ends = [f"{len(self.findings) - by_hand} mended"] if self.mended else []
        ends += [f"{by_hand} for a person to mend"] if by_hand else []
        return "; ".join([f"{looked}: {found}", *ends])


def examine(catalog: Catalog, store: Store, *, mend: bool = False) -> Report:
    """Compare every source with its file, byte by byte, and every file with its source.

    mend: forget produced sources whose file is missing or damaged (the next run makes them
    again), remove orphans and leftovers, end dead runs. Native and approved audio is never
    taken away; a person has to restore or import it again. Files not made here are not touched.
    Raises StoreUnavailable, CatalogError; with mend also when the whole store seems to be
    gone, since mending would then forget everything.
    """
    if mend:
        store.check()  # writes; looking alone must work on a full disk too
    sources = catalog.sources.all()
    entries = store.entries()
    if mend and len(sources) > 1 and not any(source.file in entries for source in sources):
        raise CatalogError(
            f"none of the {len(sources)} catalogued files is there",
            where=store.url,
            remedy="This looks like another store: see [store] url in voicemill.toml. "
            "Nothing was mended",
        )
    treatments = [
        *_sources_without_file(catalog, store, sources, entries),
        *_files_without_source(catalog, store, sources, entries),
        *_leftovers(store),
        *_homeless(catalog, store, sources),
        *_dead(catalog),
    ]
    _need_same_store(store, [source for source in sources if source.file in entries])
    if mend:
        for treatment in treatments:
            if treatment.mend is not None:
                treatment.mend()
    findings = tuple(finding for treatment in treatments for finding in treatment.findings)
    return Report(len(sources), len(entries), findings, mended=mend)


def _need_same_store(store: Store, there: list[AudioSource]) -> None:
    """Refuse to judge files of a disk that was unplugged while we were reading them."""
    if there:
        now = store.entries()
        if not any(source.file in now for source in there):
            raise StoreUnavailable(
                "its files went away while they were being looked at",
                where=store.url,
                remedy="See that it is connected, and begin again. Nothing was mended",
            )


@dataclass(frozen=True)
class _Treatment:
    findings: tuple[Finding, ...]
    mend: Callable[[], object] | None = None


def _sources_without_file(
    catalog: Catalog, store: Store, sources: list[AudioSource], entries: dict[str, Entry]
) -> Iterator[_Treatment]:
    def problem(source: AudioSource) -> tuple[str, str]:
        if source.file not in entries:
            return "missing", "its file is gone"
        if entries[source.file].size_bytes != source.size_bytes:
            return "damaged", "its file has another size"
        try:
            same = store.checksum(source.file) == source.checksum
        except StoreUnavailable:
            raise  # the store went away: that says nothing about this file
        except StoreError as error:
            return "damaged", error.what
        return ("", "") if same else ("damaged", "its file has other content")

    with ThreadPoolExecutor(_READERS) as readers:
        for source, (kind, what) in zip(sources, readers.map(problem, sources), strict=True):
            if not kind or not _unchanged(source, catalog):
                continue
            if source.kept:
                finding = Finding(kind, source.file, f"{what}; {_by_hand(source)}", "")
                yield _Treatment((finding,))
            else:
                finding = Finding(kind, source.file, what, "forget it, so that it is made again")
                yield _Treatment((finding,), partial(_forget, source, catalog, store))


def _unchanged(source: AudioSource, catalog: Catalog) -> bool:
    """Whether no run has made it anew, and nobody removed it, while we were looking."""
    now = catalog.sources.get(source.id or 0)
    return now is not None and now.updated_at == source.updated_at


def _by_hand(source: AudioSource) -> str:
    if source.source_type == "native":
        return "it is native: restore it from a backup or import it again"
    return "it is approved: restore it from a backup, or make it and judge it again"


def _forget(source: AudioSource, catalog: Catalog, store: Store) -> None:
    if source.id is not None and _unchanged(source, catalog):
        delete_unused(catalog, store, catalog.sources.remove([source.id]))


def _files_without_source(
    catalog: Catalog, store: Store, sources: list[AudioSource], entries: dict[str, Entry]
) -> Iterator[_Treatment]:
    known = {source.file for source in sources}
    unknown = [path for path in entries if path not in known and _could_be_ours(path)]
    # Asked again: a run may have recorded it since we read the sources.
    settled = [path for path in catalog.sources.unused(unknown) if _settled(entries[path])]
    with ThreadPoolExecutor(_READERS) as readers:
        ours = dict(zip(settled, readers.map(partial(_made_here, store), settled), strict=True))
    what = "no source points to this file"
    orphans = [path for path in settled if ours[path]]
    if orphans:
        findings = tuple(Finding("orphan", path, what, "remove it") for path in orphans)
        yield _Treatment(findings, partial(_remove_orphans, orphans, catalog, store))
    for path in settled:
        if not ours[path] and FileName.is_ours(path):
            advice = "it may be somebody's own: remove or rename it"
            yield _Treatment((Finding("orphan", path, f"{what}; {advice}", ""),))


def _could_be_ours(path: str) -> bool:
    """Whether a name has the shape of ours, also where its end could be a date as well.

    One checksum in 43 begins with eight digits and no letter; only the content tells then.
    """
    return FileName.is_ours(path, PurePath(path).stem[-8:])


def _made_here(store: Store, path: str) -> bool:
    try:
        return FileName.is_ours(path, store.checksum(path))
    except StoreUnavailable:
        raise
    except StoreError:  # nobody can say what is in it
        return False


def _remove_orphans(orphans: list[str], catalog: Catalog, store: Store) -> None:
    entries = store.entries()  # a run may just now have written one again
    still = [path for path in orphans if path in entries and _settled(entries[path])]
    delete_unused(catalog, store, still)


def _leftovers(store: Store) -> Iterator[_Treatment]:
    for path, entry in store.leftovers().items():
        if _settled(entry):
            what = "half a file that a killed run left behind"
            finding = Finding("leftover", path, what, "remove it")
            yield _Treatment((finding,), partial(store.delete, path))


def _homeless(catalog: Catalog, store: Store, sources: list[AudioSource]) -> Iterator[_Treatment]:
    homeless = {source_id for source_id, _file in catalog.sources.homeless()}
    for source in sources:
        if source.id not in homeless:
            continue
        what = "its item is gone from the catalog"
        if source.kept:
            who = "native" if source.source_type == "native" else "approved"
            forget = f"studio.catalog.sources.remove([{source.id}])"
            advice = f"it is {who}: import its file again, then forget this one: {forget}"
            yield _Treatment((Finding("homeless", source.file, f"{what}; {advice}", ""),))
        else:
            finding = Finding("homeless", source.file, what, "forget it")
            yield _Treatment((finding,), partial(_forget, source, catalog, store))


def _dead(catalog: Catalog) -> Iterator[_Treatment]:
    dead = catalog.runs.dead()
    for run_id in dead:
        what = "its process died, and may still hold claims"
        finding = Finding("run", run_id, what, "mark it failed and give its claims back")
        yield _Treatment((finding,), catalog.runs.settle_dead)
    for execution_id in catalog.executions.dead():
        finding = Finding("execution", execution_id, "its process died", "mark it failed")
        yield _Treatment((finding,), catalog.executions.settle_dead)
    for claim in catalog.claims.dead():
        if claim.run_id not in dead:
            what = f"claimed by run {claim.run_id}, which is over"
            finding = Finding("claim", claim.place, what, "give it back")
            give_back = partial(catalog.claims.release, claim.run_id, claim.position)
            yield _Treatment((finding,), give_back)


def _settled(entry: Entry) -> bool:
    if entry.changed_at is None:
        return False
    age = datetime.now(UTC) - entry.changed_at
    # A clock that was set back makes files look as if they came from the future.
    return age > _SETTLED or age < -_SETTLED
