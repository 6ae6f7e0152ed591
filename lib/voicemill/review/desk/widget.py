"""The desk's messages: what the page asks, answered one by one, with audio as binary buffers.

The page is made of the modules in static/desk; a widget takes one, so they are put together.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any

import anywidget
import traitlets

from voicemill.errors import VoicemillError
from voicemill.review.desk.session import Session, wanted_of

MODULES = (
    "connection",
    "parts",
    "pictures",
    "player",
    "listing",
    "recorder",
    "caption",
    "detail",
    "keys",
    "desk",
)
_IMPORT = re.compile(r"^import .*\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)

Answer = tuple[dict[str, Any], list[bytes]]


def page_script() -> str:
    """Return the page's modules as one, in an order in which each knows those before it."""
    folder = files("voicemill.review").joinpath("static/desk")
    texts = [folder.joinpath(f"{name}.js").read_text(encoding="utf-8") for name in MODULES]
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts)


def page_style() -> str:
    """Return the page's styles."""
    folder = files("voicemill.review").joinpath("static/desk")
    return folder.joinpath("desk.css").read_text(encoding="utf-8")


class DeskWidget(anywidget.AnyWidget):
    """The desk of one session; several views of it may be open."""

    mark = traitlets.Unicode().tag(sync=True)
    show = traitlets.Unicode("to review").tag(sync=True)

    def __init__(self, session: Session, show: str) -> None:
        self._esm, self._css = page_script(), page_style()
        super().__init__(mark=session.mark, show=show)
        self._session = session
        self._answers: dict[str, Callable[[dict[str, Any], Sequence[bytes]], Answer]] = {
            "alive": lambda _asked, _buffers: ({}, []),
            "open": self._open,
            "clip": self._clip,
            "played": self._played,
            "judge": self._judge,
            "undo": self._undo,
            "lock": self._lock,
            "prefer": self._prefer,
            "voices": self._voices,
            "again": self._again,
            "keep": self._keep,
            "discard": self._discard,
            "record": self._record,
            "call": self._call,
            "export": self._export,
            "import": self._import,
        }
        self.on_msg(self._asked)

    def _asked(self, _widget: object, asked: dict[str, Any], buffers: Sequence[Any]) -> None:
        data = [bytes(one) for one in buffers]
        if asked.get("do") in ("again", "record"):
            # Speaking takes a while; playing and judging other clips goes on.
            threading.Thread(target=self._answer, args=(asked, data), daemon=True).start()
        else:
            self._answer(asked, data)

    def _answer(self, asked: dict[str, Any], data: Sequence[bytes]) -> None:
        try:
            answer, buffers = self._answers[asked["do"]](asked, data)
        except VoicemillError as error:
            self.send({"id": asked["id"], "error": str(error)})
        except Exception as error:
            self.send({"id": asked["id"], "error": f"unexpected {type(error).__name__}: {error}"})
            raise
        else:
            self.send({"id": asked["id"], **answer}, buffers)

    def _open(self, _asked: dict[str, Any], _buffers: Sequence[bytes]) -> Answer:
        return {"rows": self._session.rows(), "reviewer": self._session.reviewer}, []

    def _clip(self, asked: dict[str, Any], _buffers: Sequence[bytes]) -> Answer:
        facts, data = self._session.clip(asked["item"], asked.get("source", 0))
        return {"clip": facts}, [data]

    def _played(self, asked: dict[str, Any], _buffers: Sequence[bytes]) -> Answer:
        self._session.played(asked["source"])
        return {}, []

    def _judge(self, asked: dict[str, Any], _buffers: Sequence[bytes]) -> Answer:
        said = self._session.judge(
            asked["item"],
            asked["checksum"],
            asked["verdict"],
            voice=asked.get("voice", ""),
            rating=asked.get("rating"),
            comment=asked.get("comment", ""),
            reviewer=asked.get("reviewer", ""),
            token=asked.get("token", ""),
        )
        row = self._session.row(asked["item"])
        same = row["checksum"] == asked["checksum"]
        judgement = row if same else self._session.judgement(asked["item"], asked["checksum"])
        told = {name: judgement[name] for name in ("status", "mine", "others", "hidden")}
        return {"said": said, "row": row, "judgement": told}, []

    def _undo(self, _asked: dict[str, Any], _buffers: Sequence[bytes]) -> Answer:
        said, item_id = self._session.undo()
        return self._changed(item_id, said) if item_id else ({"said": said}, [])

    def _lock(self, asked: dict[str, Any], _buffers: Sequence[bytes]) -> Answer:
        return self._changed(
            asked["item"], self._session.lock(asked["item"], locked=bool(asked["locked"]))
        )

    def _prefer(self, asked: dict[str, Any], _buffers: Sequence[bytes]) -> Answer:
        said = self._session.prefer(asked["item"], asked["source"] or None)
        return self._changed(asked["item"], said)

    def _voices(self, asked: dict[str, Any], _buffers: Sequence[bytes]) -> Answer:
        return {"voices": self._session.voices(asked["item"])}, []

    def _again(self, asked: dict[str, Any], _buffers: Sequence[bytes]) -> Answer:
        made = self._session.again(asked["item"], wanted_of(asked))
        return {**made, "row": self._session.row(asked["item"])}, []

    def _keep(self, asked: dict[str, Any], _buffers: Sequence[bytes]) -> Answer:
        return self._changed(asked["item"], self._session.keep(asked["item"]))

    def _discard(self, asked: dict[str, Any], _buffers: Sequence[bytes]) -> Answer:
        return self._changed(asked["item"], self._session.discard(asked["item"]))

    def _record(self, asked: dict[str, Any], buffers: Sequence[bytes]) -> Answer:
        ends_s = (float(asked["start_s"]), float(asked["end_s"]))
        speaker, licence = asked.get("speaker", ""), asked.get("licence", "")
        kept = self._session.record(asked["item"], buffers[0], ends_s, speaker, licence)
        return {**kept, "row": self._session.row(asked["item"])}, []

    def _call(self, asked: dict[str, Any], buffers: Sequence[bytes]) -> Answer:
        self._session.call(asked["reviewer"])
        return self._open(asked, buffers)

    def _export(self, asked: dict[str, Any], _buffers: Sequence[bytes]) -> Answer:
        name, data = self._session.export(asked["ending"])
        return {"name": name}, [data]

    def _import(self, asked: dict[str, Any], buffers: Sequence[bytes]) -> Answer:
        said = self._session.read_in(asked["name"], buffers[0])
        return {"said": said, **self._open(asked, buffers)[0]}, []

    def _changed(self, item_id: int, said: str) -> Answer:
        return {"said": said, "row": self._session.row(item_id)}, []
