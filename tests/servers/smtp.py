"""A mail server on a loopback port: it keeps what it is sent, and can want a password."""

from __future__ import annotations

import email.policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session


class _OnFreePort(Controller):
    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class MailServer:
    """The server while the `with` block runs. mails: what arrived, first one first.

    password: what a sender has to say; "" for nothing.
    """

    def __init__(self, password: str = "") -> None:
        self.mails: list[EmailMessage] = []
        self._password = password.encode()
        self._controller = _OnFreePort(
            self,
            hostname="127.0.0.1",
            port=0,
            auth_require_tls=False,
            authenticator=self._authenticate,
        )

    def __enter__(self) -> MailServer:
        self._controller.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._controller.stop()

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._controller.port}"

    async def handle_MAIL(  # noqa: N802
        self, _server: Any, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self._password and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        found = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(found, EmailMessage)
        self.mails.append(found)
        return "250 OK"

    def _authenticate(
        self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any
    ) -> AuthResult:
        known = isinstance(data, LoginPassword) and data.password == self._password
        return AuthResult(success=known, handled=known)
