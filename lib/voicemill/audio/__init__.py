"""Samples to a finished file: clips, codecs, mastering, profiles, measures, tags."""

from voicemill.audio.assembly import Assembled, assemble
from voicemill.audio.chapters import Chapter
from voicemill.audio.clip import Clip, concat, silence
from voicemill.audio.codecs import encode_clip, read_clip
from voicemill.audio.converting import convert
from voicemill.audio.cues import Cue, to_json, to_srt, to_webvtt
from voicemill.audio.encoding import FORMATS, MIME_TYPES, Encoding
from voicemill.audio.finishing import Finished, finish
from voicemill.audio.joining import for_parts, part_peaks_dbfs
from voicemill.audio.loudness import SILENCE_DB, loudness_lufs, noise_db, peak_dbfs, rms_db
from voicemill.audio.mastering import master
from voicemill.audio.measures import Check, Measures, measure_file
from voicemill.audio.peaks import true_peak_dbtp
from voicemill.audio.profiles import Profile, Rule, load_profiles, profile_named
from voicemill.audio.tags import Tags, apply_tags, read_tags
from voicemill.audio.trimming import speech_bounds
from voicemill.audio.waveform import waveform

__all__ = [
    "FORMATS",
    "MIME_TYPES",
    "SILENCE_DB",
    "Assembled",
    "Chapter",
    "Check",
    "Clip",
    "Cue",
    "Encoding",
    "Finished",
    "Measures",
    "Profile",
    "Rule",
    "Tags",
    "apply_tags",
    "assemble",
    "concat",
    "convert",
    "encode_clip",
    "finish",
    "for_parts",
    "load_profiles",
    "loudness_lufs",
    "master",
    "measure_file",
    "noise_db",
    "part_peaks_dbfs",
    "peak_dbfs",
    "profile_named",
    "read_clip",
    "read_tags",
    "rms_db",
    "silence",
    "speech_bounds",
    "to_json",
    "to_srt",
    "to_webvtt",
    "true_peak_dbtp",
    "waveform",
]
