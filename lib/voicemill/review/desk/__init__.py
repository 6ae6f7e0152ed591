"""The listening desk: hundreds of clips heard and judged by keyboard, in a notebook or Voilà.

opening      what a notebook shows: the desk, or without a person a summary
widget       messages from and to the page (static/desk/*.js)
session      what one reviewer does, step by step, with undo
clips        the list, and all that is known of one clip
remaking     a clip made again, or recorded, beside the one there is
summary      how far a review is, as plain HTML
"""

from __future__ import annotations

from voicemill.review.desk.opening import DeskView, open_desk

__all__ = ["DeskView", "open_desk"]
