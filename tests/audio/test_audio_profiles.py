from __future__ import annotations

import tomllib

import pytest

from voicemill.audio import load_profiles, profile_named
from voicemill.errors import SettingsError, UnknownName, VoicemillError

BUILT_IN = ["web", "classic", "librivox", "acx", "archive", "opus", "m4b"]


def load(toml: str):
    return load_profiles(tomllib.loads(toml)["profiles"])


def test_the_built_in_profiles_are_what_they_promise():
    profiles = load_profiles()
    assert list(profiles) == BUILT_IN
    shown = {
        name: (p.encoding.format, p.encoding.rate_hz, p.encoding.bitrate_kbps, p.level, p.target)
        for name, p in profiles.items()
    }
    assert shown == {
        "web": ("mp3", 24_000, 64, "loudness_lufs", -16),
        "classic": ("mp3", 44_100, 128, "peak_dbfs", -0.1),
        "librivox": ("mp3", 44_100, 128, "loudness_lufs", -18),
        "acx": ("mp3", 44_100, 192, "rms_db", -20),
        "archive": ("flac", None, None, "none", None),
        "opus": ("opus", 48_000, 40, "loudness_lufs", -16),
        "m4b": ("m4a", 44_100, 64, "loudness_lufs", -16),
    }


def test_own_profiles_start_from_another():
    profiles = load(
        """
        [profiles.quiet]
        base = "web"
        target = -23.0
        rules.loudness_lufs = { minimum = -24.0, maximum = -22.0 }
        rules.size_bytes = false
        [profiles.quieter]
        base = "quiet"
        target = -30
        """
    )
    quiet, rules = profiles["quiet"], {rule.measure: rule for rule in profiles["quiet"].rules}
    assert (quiet.target, quiet.encoding) == (-23, profiles["web"].encoding)
    assert (rules["loudness_lufs"].minimum, "size_bytes" in rules) == (-24, False)
    assert "peak_dbtp" in rules
    assert profiles["quieter"].target == -30


def test_a_built_in_profile_can_be_changed_under_its_name():
    assert load("[profiles.web]\nbitrate_kbps = 96\n")["web"].encoding.bitrate_kbps == 96


def test_another_format_leaves_the_old_ones_numbers_behind():
    wav = load('[profiles.w]\nbase = "web"\nformat = "wav"\n')["w"]
    assert (wav.encoding.format, wav.encoding.bitrate_kbps) == ("wav", None)
    assert "bitrate_kbps" not in {rule.measure for rule in wav.rules}


def test_a_profile_from_nothing_needs_only_a_format():
    assert load('[profiles.plain]\nformat = "ogg"\n')["plain"].level == "none"


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("targt = -20.0", ["profiles.mine", "'targt'", "Did you mean 'target'?"]),
        ('format = "mp4"', ["profiles.mine.format", "'mp4'", "mp3"]),
        ('level = "loudness"', ["profiles.mine.level", "Did you mean 'loudness_lufs'?"]),
        ("target = 16", ["profiles.mine.target", "16", "from -60 to 0"]),
        ("rate_hz = 24000.5", ["profiles.mine.rate_hz", "whole number"]),
        ("rate_hz = 23000", ["profiles.mine", "23000 Hz", "24000"]),
        ("bitrate_kbps = 65", ["profiles.mine", "65 kbps", "64"]),
        ('trim = "yes"', ["profiles.mine.trim", "true or false"]),
        ("head_s = true", ["profiles.mine.head_s", "a number"]),
        ("rules = 3", ["profiles.mine.rules", "per measure"]),
        ("rules.loudness = { maximum = 1 }", ["'loudness'", "Did you mean 'loudness_lufs'"]),
        ("rules.peak_dbtp = { max = 1 }", ["rules.peak_dbtp", "'max'", "'maximum'"]),
        ("rules.peak_dbtp = {}", ["rules.peak_dbtp", "minimum"]),
        ("rules.rms_db = { minimum = 3, maximum = 2 }", ["rules.rms_db", "not above"]),
    ],
)
def test_mistakes_are_named_with_what_would_be_right(toml, says):
    with pytest.raises(SettingsError) as caught:
        load(f'[profiles.mine]\nbase = "web"\n{toml}\n')
    for part in says:
        assert part in str(caught.value)


@pytest.mark.parametrize(
    "extra", [{"mine": 3}, {"mine": {}}, {"mine": {"base": "wbe"}}, {"mine": {"base": 3}}]
)
def test_what_is_no_profile_is_refused(extra):
    with pytest.raises(VoicemillError, match=r"profiles\.mine"):
        load_profiles(extra)


def test_a_level_needs_a_target():
    with pytest.raises(SettingsError, match="target"):
        load('[profiles.mine]\nformat = "wav"\nlevel = "rms_db"\n')


def test_unknown_names_list_close_ones():
    with pytest.raises(UnknownName, match=r"no profile 'librvox'.*'librivox'"):
        profile_named("librvox", load_profiles())


def test_a_digest_changes_with_the_sound_only():
    web = load_profiles()["web"]
    changed = load(
        """
        [profiles.renamed]
        base = "web"
        title = "Other"
        rules.size_bytes = false
        [profiles.softer]
        base = "web"
        target = -16.5
        """
    )
    assert changed["renamed"].digest == web.digest
    assert changed["softer"].digest != web.digest
    assert load_profiles()["web"].digest == web.digest
