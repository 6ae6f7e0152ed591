"""What a notebook shows of a review: the desk; without a person, how far it is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from voicemill.catalog.processes import this_user
from voicemill.errors import ParameterError
from voicemill.production.workshop import Workshop
from voicemill.review.desk.session import Session
from voicemill.review.desk.summary import summary
from voicemill.review.listening import Html

if TYPE_CHECKING:
    from voicemill.review.desk.widget import DeskWidget

SHOW = ("all", "to review", "suspicious", "rejected", "flagged", "approved", "undecided", "silent")


class DeskView:
    """The desk as a notebook shows it; in reports, which have no kernel, it is a summary."""

    def __init__(self, session: Session, show: str) -> None:
        self._session = session
        self._show = show
        self._widget: DeskWidget | None = None

    def __repr__(self) -> str:
        return f"the listening desk of {self._session.reviewer}"

    @property
    def summary(self) -> Html:
        """How far the review is, and what needs attention."""
        return summary(self._session.rows(), self._session.reviewer)

    @property
    def widget(self) -> DeskWidget:
        """The widget itself."""
        if self._widget is None:
            from voicemill.review.desk.widget import DeskWidget

            self._widget = DeskWidget(self._session, self._show)
        return self._widget

    def _repr_mimebundle_(self, **wishes: Any) -> Any:
        plain = {"text/plain": repr(self), "text/html": self.summary.html}
        if os.environ.get("VOICEMILL_HEADLESS"):
            return plain
        shown = self.widget._repr_mimebundle_(**wishes)
        data, metadata = shown if isinstance(shown, tuple) else (shown, {})
        return {**(data or {}), **plain}, metadata


def open_desk(
    shop: Workshop,
    collection: str = "",
    *,
    reviewer: str = "",
    required: int = 1,
    show: str = "to review",
) -> DeskView:
    """Open the listening desk on a collection, or on all ("").

    reviewer: whose verdicts these are, by default who is logged in.  required: how many
    reviewers must agree.  show: which clips are listed first, one of SHOW.
    Raises ItemUnknown for a collection that does not exist, ParameterError.
    """
    if required < 1:
        raise ParameterError(
            f"{required} reviewers cannot agree", where="required", remedy="Write 1 or more"
        )
    if show not in SHOW:
        raise ParameterError(
            f"'{show}' is not a list", where="show", remedy=f"Known: {', '.join(SHOW)}"
        )
    return DeskView(Session(shop, collection, reviewer.strip() or this_user(), required), show)
