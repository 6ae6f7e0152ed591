from __future__ import annotations

import logging
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from servers.smtp import MailServer
from servers.webhook import Webhook
from voicemill.reports.telling import Ending, message, tell
from voicemill.settings import Settings

NIGHT = Ending(
    title="nightly",
    status="completed",
    counts={"total": 44, "completed": 41, "failed": 3},
    failures=("words 'nghiêng': tiếng Việt cannot be spoken", "words 'sheep': /ʃiːp/ is too long"),
    report="output/reports/01_phonemes.html",
    elapsed_s=200,
    started_by="cron",
)
STOPPED = Ending("01_phonemes", "failed", error="01_phonemes.ipynb, cell 4: the disk is full")
WELL = Ending("01_phonemes", "completed", {"total": 2, "completed": 2})


@pytest.fixture(autouse=True)
def _direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback ports are not to be looked for behind a proxy."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def settings_of(folder: Path, *urls: str, when: str = "finish", timeout_s: float = 20) -> Settings:
    telling = {"urls": list(urls), "when": when, "timeout_s": timeout_s}
    return Settings(root=folder, telling=telling)


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_a_message_tells_what_became_of_what_and_where_to_read_on() -> None:
    subject, body = message(NIGHT)
    assert subject == "Voicemill: nightly: 3 of 44 items failed"
    assert body.splitlines() == [
        "nightly: 3 of 44 items failed.",
        "",
        "Items: 41 completed, 3 failed of 44.",
        "",
        "Failed:",
        "- words 'nghiêng': tiếng Việt cannot be spoken",
        "- words 'sheep': /ʃiːp/ is too long",
        "… and 1 more",
        "",
        "Report: output/reports/01_phonemes.html",
        "",
        f"It took 3 min 20 s on {socket.gethostname()}, started by cron.",
    ]


@pytest.mark.parametrize(
    ("ending", "subject"),
    [
        (WELL, "Voicemill: 01_phonemes completed"),
        (STOPPED, "Voicemill: 01_phonemes failed"),
        (Ending("01_phonemes", "cancelled"), "Voicemill: 01_phonemes was cancelled"),
        (
            Ending("night", "completed", {"total": 9, "cancelled": 4}),
            "Voicemill: night: 4 of 9 items were not begun",
        ),
        (Ending("a\r\nBcc: b@c.d", "failed"), "Voicemill: a Bcc: b@c.d failed"),
    ],
)
def test_the_subject_says_how_it_ended(ending: Ending, subject: str) -> None:
    assert message(ending)[0] == subject


def test_of_many_and_long_failures_only_the_first_are_told() -> None:
    many = tuple(f"item {n}: {'very ' * 200}long" for n in range(40))
    _subject, body = message(Ending("n", "completed", {"failed": 40}, many))
    assert len(body) < 2500
    assert "- item 4: very" in body
    assert "… and 35 more" in body
    assert "item 5:" not in body


def test_a_mail_arrives_with_every_letter(tmp_path: Path) -> None:
    with MailServer() as server:
        url = f"mailto://{server.address}?from=mill@example.org&to=ann@example.org"
        ending = Ending("Tiếng Việt ʃiːp", "failed", failures=("<b>x</b> & *y*: nghiêng /ŋ/",))
        assert tell(ending, settings_of(tmp_path, url)) == []
        [mail] = server.mails
    assert mail["subject"] == "Voicemill: Tiếng Việt ʃiːp failed"
    assert mail["to"] == "ann@example.org"
    plain, page = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert "- <b>x</b> & *y*: nghiêng /ŋ/" in plain.get_content()
    assert page is None or "&lt;b&gt;x&lt;/b&gt; &amp; *y*: nghiêng /ŋ/" in page.get_content()


def test_a_webhook_is_told_as_well(tmp_path: Path) -> None:
    with Webhook() as hook:
        assert tell(NIGHT, settings_of(tmp_path, f"json://{hook.address}/night")) == []
        [told] = hook.told
    subject, body = message(NIGHT)
    assert (told["title"], told["message"], told["type"]) == (subject, body, "failure")


@pytest.mark.parametrize(
    ("ending", "when", "is_told"),
    [
        (WELL, "failure", False),
        (NIGHT, "failure", True),
        (STOPPED, "failure", True),
        (Ending("n", "cancelled"), "failure", True),
        (WELL, "finish", True),
        (STOPPED, "finish", True),
        (STOPPED, "never", False),
    ],
)
def test_who_wants_to_know_what(tmp_path: Path, ending: Ending, when: str, is_told: bool) -> None:
    with Webhook() as hook:
        tell(ending, settings_of(tmp_path, f"json://{hook.address}", when=when))
        assert bool(hook.told) == is_told


def test_one_that_does_not_work_keeps_nobody_else_from_being_told(tmp_path: Path) -> None:
    port = closed_port()
    with MailServer("right") as server, Webhook() as hook, Webhook(500) as broken:
        problems = tell(
            STOPPED,
            settings_of(
                tmp_path,
                f"mailto://ann:wr0ng-password@{server.address}?from=a@b.org&to=a@b.org",
                f"json://ann:s3cret-one@127.0.0.1:{port}/",
                f"json://{broken.address}/T1JJ3T3L2/TIiajkdnlazkcOXrIdevi7FQ",
                "nosuch://s3cret-two/abc",
                "just words",
                "slack://s3cret-three",
                f"json://{hook.address}",
            ),
        )
        assert len(hook.told) == 1
        assert not server.mails
    services = [problem.partition(" was not told: ")[0] for problem in problems]
    assert services == [
        "mailto", "json", "json", "nosuch", "an address without a service", "slack"
    ]  # fmt: skip
    assert "535" in problems[0], "what the mail server answered to the password"
    assert "500" in problems[2]
    assert "none that Apprise understands" in problems[4]
    for secret in ("wr0ng", "s3cret", "T1JJ3T3L2", "TIiajk"):
        assert not [problem for problem in problems if secret in problem]


def test_one_that_never_answers_is_not_waited_for(tmp_path: Path) -> None:
    with Webhook(silent=True) as hanging, Webhook() as hook:
        urls = (f"json://{hanging.address}/?rto=30", f"json://{hook.address}")
        problems = tell(STOPPED, settings_of(tmp_path, *urls, timeout_s=0.7))
        assert problems == ["json was not told: it did not answer in time"]
        assert len(hook.told) == 1


def test_python_ends_even_while_one_hangs(tmp_path: Path) -> None:
    with Webhook(silent=True) as hanging:
        code = f"""
from pathlib import Path
from voicemill.reports.telling import Ending, tell
from voicemill.settings import Settings
telling = {{"urls": ["json://{hanging.address}/?rto=60"], "timeout_s": 0.5}}
print(tell(Ending("n", "failed"), Settings(root=Path("."), telling=telling)))
"""
        ended = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=True
        )
    assert ended.stdout == "['json was not told: it did not answer in time']\n"
    assert ended.stderr == ""


def test_nobody_to_tell_is_no_trouble(tmp_path: Path) -> None:
    assert tell(STOPPED, settings_of(tmp_path)) == []


def test_what_is_logged_elsewhere_is_left_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tell(STOPPED, settings_of(tmp_path, "json://127.0.0.1:1"))
    logging.getLogger("apprise").warning("somebody else's")
    logging.getLogger("apprise").debug("nobody asked for this")
    assert [record.getMessage() for record in caplog.records] == ["somebody else's"]


def test_no_secret_gets_into_messages_and_logs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    ending = Ending("n", "failed", error="it said: 'hunter22' " + "x" * 1478 + "hunter22")
    with Webhook() as hook:
        url = f"json://ann:hunter22@{hook.address}/TIiajkdnlazkcOXrIdevi7FQ"
        broken = f"json://ann:hunter22@127.0.0.1:{closed_port()}/"
        tell(ending, settings_of(tmp_path, url, broken))
        [told] = hook.told
    assert "it said: '•••'" in told["message"]
    assert "hunter" not in told["message"]
    seen = caplog.text + "".join(capfd.readouterr())
    assert "hunter22" not in seen
    assert "TIiajkdnlazkcOXrIdevi7FQ" not in seen
