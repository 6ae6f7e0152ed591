"""Words as they are to be said: the pronunciation lexicon, and numbers written out."""

from voicemill.speech.words.entries import Entry, Lexicon
from voicemill.speech.words.normalising import normalise
from voicemill.speech.words.wording import Wording, wording

__all__ = ["Entry", "Lexicon", "Wording", "normalise", "wording"]
