"""How long to be silent after what was said.

The defaults and where they come from:
- sentence 0.6 s, paragraph 1.0 s: inside what Kazlauskienė and Kalašinskaitė measured ("The
  Duration of Pauses between Phrases in Reading Language", Respectus Philologicus 37, 2020;
  eight readers, six texts): 0.2-1.36 s after sentences, 0.4-1.8 s after paragraphs.
- chapter 2.5 s: the silence after a chapter's announcement by Audible's standard, as told in
  Narrator's Roadmap, "Standards for Silence in the Book"; the break of a scene, 2-3.5 s there,
  is 2.0 s here, the shortest.
- clause 0.3 s: half a sentence's, as Amazon Polly's documentation orders them: comma,
  sentence, paragraph, each longer than the one before.
- the others are our own choice between these.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, fields

from voicemill.errors import BookError

_TAIL = re.compile(r"[\s\"'”’»›)\]}」』）】》]*$")


@dataclass(frozen=True)
class Pauses:
    """Seconds of silence from the last sound of one piece to the first of the next.

    strong: after a question or an exclamation; turn: between two speakers, or a speaker and
    the narrator; scene: after a paragraph without words ("* * *").
    """

    clause: float = 0.3
    sentence: float = 0.6
    strong: float = 0.7
    ellipsis: float = 0.8
    turn: float = 0.45
    paragraph: float = 1.0
    scene: float = 2.0
    heading: float = 1.5
    chapter: float = 2.5

    def __post_init__(self) -> None:
        for field in fields(self):
            seconds = getattr(self, field.name)
            if not math.isfinite(seconds) or not 0 <= seconds <= 60:
                raise BookError(
                    f"the pause '{field.name}' is {seconds} seconds",
                    remedy="Give a number of seconds from 0 to 60.",
                )

    def after(self, ends: str, text: str) -> float:
        """Return the silence after `text`, in seconds.

        ends: of a sentence, as `sentences.split` says; "clause" inside a sentence, "turn"
        where the voice changes inside a sentence.
        """
        if ends in {"clause", "turn", "heading", "chapter"}:
            return float(getattr(self, ends))
        said = self.ellipsis_or_sentence(text)
        if ends == "paragraph":
            wordless = not any(char.isalnum() for char in text)
            return self.scene if wordless else max(self.paragraph, said)
        if ends == "sentence":
            return said
        raise BookError(
            f"there is no pause '{ends}'",
            remedy="Known: clause, turn, sentence, paragraph, heading, chapter.",
        )

    def ellipsis_or_sentence(self, text: str) -> float:
        """Return the silence that the last mark of a sentence asks for, in seconds."""
        mark = _TAIL.sub("", text[-40:])
        if mark.endswith(("?", "!", "？", "！", "؟")):
            return self.strong
        if mark.endswith(("…", "...", ". . .")):
            return self.ellipsis
        return self.sentence
