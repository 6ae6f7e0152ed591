"""The service over TLS, as it really is: its certificate is checked against certifi's."""

import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from servers.edge import EdgeService

SPEAK = """
import sys
from pathlib import Path
from voicemill.settings import SpeechSettings
from voicemill.speech.engine import Utterance
from voicemill.speech.engines import Engines
from voicemill.speech.retrying import Patience

settings = SpeechSettings(edge_url=sys.argv[1])
engines = Engines(settings, Path(sys.argv[2]), patience=Patience(first_wait_s=0.001))
voice = engines.voice("edge:en-US-AriaNeural")
try:
    print(engines.speak(Utterance(text="Good morning."), voice).duration_s)
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def service(authority: trustme.CA) -> Iterator[EdgeService]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with EdgeService(tls=context) as found:
        yield found


def spoken(service: EdgeService, folder: Path) -> str:
    """Speak in a process of its own, whose certifi is the one in `folder`, if it has one."""
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    ended = subprocess.run(
        [sys.executable, "-c", SPEAK, service.url, str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout.strip()


def test_a_trusted_service_speaks_over_tls(
    service: EdgeService, authority: trustme.CA, tmp_path: Path
) -> None:
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(bundle))
    (tmp_path / "certifi.py").write_text(f"def where():\n    return {str(bundle)!r}\n")
    assert float(spoken(service, tmp_path)) > 0.5
    assert service.texts == ["Good morning."]


def test_a_service_nobody_vouches_for_is_not_spoken_to(
    service: EdgeService, tmp_path: Path
) -> None:
    told = spoken(service, tmp_path)
    assert told.startswith("EngineUnavailable")
    assert "certificate" in told.lower()
    assert service.texts == []
