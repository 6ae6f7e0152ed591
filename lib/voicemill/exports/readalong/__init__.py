"""EPUB 3 that reads itself aloud: each sentence is marked while its sound plays.

write_readalong makes a whole book from pages; weave_readalong puts the sound into an EPUB that
exists and keeps its layout, pictures and styles.
"""

from voicemill.exports.readalong.book import (
    ReadBook,
    ReadChapter,
    ReadPage,
    TimedSentence,
    Unplaced,
    Woven,
)
from voicemill.exports.readalong.weaving import weave_readalong
from voicemill.exports.readalong.writing import write_readalong

__all__ = [
    "ReadBook",
    "ReadChapter",
    "ReadPage",
    "TimedSentence",
    "Unplaced",
    "Woven",
    "weave_readalong",
    "write_readalong",
]
