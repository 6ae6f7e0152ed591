"""Recordings: people's own voices enter the catalog, mastered like everything else."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from voicemill.audio import Clip, Finished, Profile, Tags, finish, profile_named
from voicemill.audio.codecs import Decoded
from voicemill.catalog import AudioSource, FileName, Item
from voicemill.errors import (
    AudioError,
    ItemLocked,
    Problem,
    TableError,
    VoicemillError,
)
from voicemill.production.job import PIPELINE_VERSION
from voicemill.production.recordings.hearing import hear, read_recording, recording_checks
from voicemill.production.workshop import Workshop

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Origin:
    """Whose voice a recording is, on what terms, and where it came from.

    licence: a name or address.  attribution: how the speaker wants to be named.
    came_from: the recording's file name, or "microphone".
    """

    speaker: str = ""
    licence: str = ""
    attribution: str = ""
    came_from: str = ""


def add_recording(
    data: bytes, item: Item, shop: Workshop, origin: Origin, profile: str = ""
) -> AudioSource:
    """Master, tag, measure, store and record a person's recording of one item.

    data: a file of any kind we decode, of at most 10 minutes.  profile: as for speech; left
    out, that of voicemill.toml. The same recording with the same profile is the same source;
    another origin corrects what that source says. It never expires.
    Raises ItemLocked, ItemUnknown, UnreadableAudio, AudioError (too long), MasteringError
    (silence), UnknownName (profile), StoreError, CatalogError.
    """
    return _add(data, item, shop, origin, profile)[0]


def import_recordings(
    matches: pd.DataFrame, collection: str, shop: Workshop, origin: Origin, profile: str = ""
) -> pd.DataFrame:
    """Add every recording that has a key; one row each: what became of it.

    matches: `file` and `key`, as match_recordings gives them and a person corrected them; the
    key alone decides. A recording that fails leaves the others alone, and `reason` says why;
    one that breaks rules is imported, and `reason` names them.
    Raises TableError without those columns, ItemUnknown for a collection that does not exist,
    UnknownName for such a profile.
    """
    import pandas as pd

    _refuse_other_tables(matches)
    profile_named(profile or shop.settings.audio.profile, shop.profiles)
    if not shop.catalog.items.ids(collection):
        shop.catalog.items.get(collection, "")  # raises, naming the collections there are
    cells = matches["key"].astype(object).where(matches["key"].notna(), "")
    keys = [_as_key(cell) for cell in cells]
    rows = [
        _imported(str(file), key, collection, shop, origin, profile)
        for file, key in zip(matches["file"], keys, strict=True)
        if key
    ]
    return pd.DataFrame(rows, columns=[*_RESULT]).astype(_RESULT)


_RESULT = {
    "file": "object",
    "key": "object",
    "status": "object",
    "reason": "object",
    "loudness_lufs": "float64",
    "peak_dbtp": "float64",
    "duration_s": "float64",
    "source_id": "Int64",
}


def _add(
    data: bytes, item: Item, shop: Workshop, origin: Origin, profile: str
) -> tuple[AudioSource, bool]:
    """Return the source, and whether it is new or corrected rather than found."""
    item = _unlocked(item, shop)
    recipe = profile_named(profile or shop.settings.audio.profile, shop.profiles)
    checksum = hashlib.sha256(data).hexdigest()
    name = _fingerprint(checksum, recipe)
    found = _existing(name, item, origin, shop)
    if found is not None:
        return found, False
    heard = hear(data, origin.came_from or "the recording")
    finished = _finished(heard.clip, recipe, _tags(item, origin, shop), origin)
    finished_checksum = hashlib.sha256(finished.data).hexdigest()
    file = _file_name(item, origin, finished_checksum, finished)
    shop.store.write(file, finished.data)
    source = AudioSource(
        item_id=item.id,
        source_type="native",
        voice=origin.speaker,
        language=item.language,
        file=file,
        format=finished.extension,
        duration_s=finished.duration_s,
        size_bytes=len(finished.data),
        checksum=finished_checksum,
        fingerprint=name,
        profile=recipe.name,
        metadata={
            "recording": _recording(heard, checksum),
            "measures": asdict(finished.measures),
            "checks": [*_profile_checks(finished), *recording_checks(heard.clip)],
        },
        licence=origin.licence,
        attribution=origin.attribution,
        origin=origin.came_from,
        cached_until=None,
    )
    recorded = shop.catalog.sources.record(source)
    if recorded.replaced:
        shop.store.delete(recorded.replaced)
    return replace(source, id=recorded.id), True


def _unlocked(item: Item, shop: Workshop) -> Item:
    # The item may have been locked or deleted since the page that holds it was opened.
    item = shop.catalog.items.get(item.collection, item.key)
    if item.locked:
        raise ItemLocked(
            "this item is locked",
            where=f"{item.collection} '{item.key}'",
            remedy="Unlock it first",
        )
    return item


def _fingerprint(checksum: str, recipe: Profile) -> str:
    identity = {"recording": checksum, "profile": recipe.digest, "pipeline": PIPELINE_VERSION}
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:32]


def _existing(name: str, item: Item, origin: Origin, shop: Workshop) -> AudioSource | None:
    for source in shop.catalog.sources.of_item(item.id):
        says = (source.voice, source.licence, source.attribution)
        if (
            source.fingerprint == name
            and says == (origin.speaker, origin.licence, origin.attribution)
            and shop.store.size(source.file) == source.size_bytes
        ):
            return source
    return None


def _finished(clip: Clip, recipe: Profile, tags: Tags, origin: Origin) -> Finished:
    try:
        return finish(clip, recipe, tags)
    except AudioError as error:
        where = origin.came_from or "the recording"
        raise type(error)(error.what, where=where, remedy="Record it again") from error


def _tags(item: Item, origin: Origin, shop: Workshop) -> Tags:
    says = item.text if item.text != item.key and len(item.text) <= 60 else ""
    return Tags(
        title=f"{item.key} ({says})" if says else item.key,
        album=item.collection,
        artist=origin.speaker or shop.settings.audio.artist,
        language=item.language or None,
        track=item.order if item.order >= 1 else None,
        genre="Speech",
        source=origin.came_from or None,
        licence=origin.licence or None,
        comment=origin.attribution or None,
    )


def _file_name(item: Item, origin: Origin, checksum: str, finished: Finished) -> str:
    return FileName(
        collection=item.collection,
        key=item.key,
        hint=item.text if len(item.text) <= 30 else "",
        voice_name=origin.speaker or "native",
        checksum=checksum,
        extension=finished.extension,
    ).path()


def _recording(heard: Decoded, checksum: str) -> dict[str, Any]:
    return {
        "checksum": checksum,
        "format": heard.format,
        "rate_hz": heard.clip.rate_hz,
        "channels": heard.channels,
        "duration_s": heard.clip.duration_s,
    }


def _profile_checks(finished: Finished) -> list[dict[str, Any]]:
    return [
        {"measure": check.rule.measure, "passed": check.passed, "sentence": check.sentence}
        for check in finished.checks
    ]


def _imported(
    file: str, key: str, collection: str, shop: Workshop, origin: Origin, profile: str
) -> dict[str, Any]:
    row: dict[str, Any] = {"file": file, "key": key}
    path = shop.settings.resolve(file)
    try:
        item = shop.catalog.items.get(collection, key)
        data = read_recording(path)
        source, made = _add(data, item, shop, replace(origin, came_from=path.name), profile)
    except VoicemillError as error:
        return {**row, "status": "failed", "reason": str(error)}
    failed = [check["sentence"] for check in source.metadata["checks"] if not check["passed"]]
    return {
        **row,
        "status": "imported" if made else "already imported",
        "reason": "; ".join(failed),
        "loudness_lufs": source.metadata["measures"]["loudness_lufs"],
        "peak_dbtp": source.metadata["measures"]["peak_dbtp"],
        "duration_s": source.duration_s,
        "source_id": source.id,
    }


def _refuse_other_tables(matches: pd.DataFrame) -> None:
    missing = [name for name in ("file", "key") if name not in matches.columns]
    if missing:
        remedy = "Give the table that match_recordings made, with the keys you chose"
        problems = [Problem(f"there is no column '{name}'", remedy) for name in missing]
        raise TableError("the matches", problems)


def _as_key(cell: object) -> str:
    # A column of numbers that went through a spreadsheet has 12.0 for 12.
    whole = isinstance(cell, float) and cell.is_integer()
    return str(cell).removesuffix(".0") if whole else str(cell).strip()
