"""S3 on this machine: moto's server on a loopback port, which can be stopped and come back.

What was stored outlives a stop, as with a real service. Buckets are shared by all servers of
one process, so every test takes a name of its own.
"""

from __future__ import annotations

import threading
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto import settings as moto_settings
from moto.core.authorization import ActionAuthenticatorMixin
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import BaseWSGIServer, make_server

SECRET = "S3cret/of+the=tests"
# Nothing of the person who runs the tests is read or sent.
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIATESTS",
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": "/nonexistent",
    "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    "AWS_EC2_METADATA_DISABLED": "true",
}


class _QuietHandler(MotoRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


class S3Server:
    """The service while the `with` block runs; `stop` and `start` keep its port."""

    def __init__(self) -> None:
        self._port = 0
        self._server: BaseWSGIServer | None = None
        self._app = DomainDispatcherApplication(create_backend_app)

    def __enter__(self) -> S3Server:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def options(self) -> dict[str, Any]:
        """What a store needs to find this service; one attempt, as nobody wants to wait here."""
        retries = {"max_attempts": 0}
        return {"endpoint_url": self.url, "config_kwargs": {"retries": retries}}

    def start(self) -> None:
        self._server = make_server(
            "127.0.0.1", self._port, self._app, threaded=True, request_handler=_QuietHandler
        )
        self._port = self._server.server_port
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = None

    def make_bucket(self, name: str = "") -> str:
        """Make a bucket, by default one with a new name, and return its name."""
        name = name or f"bucket-{uuid.uuid4().hex}"
        self.put(name)
        return name

    def put(self, path: str, data: bytes = b"") -> None:
        """Store an object, or make a bucket, without going through the code under test."""
        request = urllib.request.Request(f"{self.url}/{path}", data=data, method="PUT")
        urllib.request.urlopen(request, timeout=10).close()

    @contextmanager
    def strangers_refused(self) -> Iterator[None]:
        """Let the service check who asks; it knows nobody."""
        before = moto_settings.INITIAL_NO_AUTH_ACTION_COUNT
        moto_settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
        ActionAuthenticatorMixin.request_count = 0
        try:
            yield
        finally:
            moto_settings.INITIAL_NO_AUTH_ACTION_COUNT = before
