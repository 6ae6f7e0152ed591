"""Several texts as one request to Edge's service: how many fit, and how they are joined."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from voicemill.speech.edge_parts import MAX_BYTES, escaped_bytes
from voicemill.speech.engine import Utterance

# The service pauses for about 1.2 s after a sentence, as long as so many bytes take to say;
# times of a request have to stay below the limit that MAX_BYTES is for.
_PAUSE_BYTES = 16
_CLOSERS = "\"'”’»)]」』）】"
_STOPS = {
    "zh": "。",
    "ja": "。",
    "yue": "。",
    "hi": "।",
    "mr": "।",
    "ne": "।",
    "bn": "।",
    "ur": "۔",
}


def fitting(utterances: Iterable[Utterance]) -> int:
    """Return how many of these, from the first on, fit into one request; at least 1.

    They have to be text of one language and one delivery. Takes no more than it needs.
    """
    taken: list[Utterance] = []
    size = 0
    for utterance in utterances:
        first = (taken or [utterance])[0]
        size += escaped_bytes(utterance.text) + _PAUSE_BYTES
        if size > MAX_BYTES * min(first.delivery.speed, 1.0) or not _alike(first, utterance):
            break
        taken.append(utterance)
    return max(len(taken), 1)


def joined(texts: Sequence[str], language: str) -> str:
    """Return the texts as one, a line each, that is read with a stop after each.

    The service pauses longer at a line's end, but only after a mark that ends a sentence, or
    it reads on; so texts without a mark at the end, such as headings, get a full stop.
    """
    stop = _STOPS.get(language.partition("-")[0].lower(), ".")
    return "\n".join(_stopped(text.strip(), stop) for text in texts)


def _alike(first: Utterance, other: Utterance) -> bool:
    return (
        (other.language, other.delivery) == (first.language, first.delivery)
        and not other.ipa
        and not other.pronunciations
    )


def _stopped(text: str, stop: str) -> str:
    end = text.rstrip(_CLOSERS)[-1:]
    return text if unicodedata.category(end or ".").startswith("P") else text + stop
