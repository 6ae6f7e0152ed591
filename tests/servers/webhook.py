"""A webhook on a loopback port: it keeps the JSON it is sent; or is silent, or in trouble."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Webhook:
    """The server while the `with` block runs. told: what arrived.

    status: what it answers.  silent: it takes a message and never answers.
    """

    def __init__(self, status: int = 200, *, silent: bool = False) -> None:
        self.told: list[dict[str, Any]] = []
        self._released = threading.Event()
        webhook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                webhook.told.append(json.loads(body))
                if silent:
                    webhook._released.wait(30)
                    return
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    def __enter__(self) -> Webhook:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._server.server_port}"
