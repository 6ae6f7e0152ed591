"""Listening to something at once, without making an item of it."""

from __future__ import annotations

from html import escape

from voicemill.audio import Clip, finish, profile_named
from voicemill.production.workshop import Workshop
from voicemill.review.listening import Html, css, player
from voicemill.speech.engine import Delivery, Utterance, Voice
from voicemill.speech.saying import Manner, Saying, Wish, decide
from voicemill.speech.words import Lexicon


def audition(text: str, voice: Voice, delivery: Delivery, shop: Workshop) -> Html:
    """Say a text as it is written, and as it is said with the lexicon, one above the other.

    Raises CannotSpeak, EngineUnavailable.
    """
    # Without the text's language the voice's own is meant.
    wish = Wish(text, "", voice.language)
    engine = shop.engines.engine_of(voice)
    before = decide(wish, Manner("word", delivery, Lexicon()), engine, voice)
    after = decide(wish, Manner("word", delivery, shop.lexicon), engine, voice)
    rows = [("as it is written", before)]
    if after.entries:
        terms = ", ".join(f"'{entry.term}'" for entry in after.entries)
        rows.append((f"with the lexicon's {terms}", after))
    else:
        rows.append(("with the lexicon (which has nothing for it)", after))
    body = "".join(_row(label, saying, voice, shop) for label, saying in rows)
    return Html(
        f"<style>{css()}</style>"
        '<table class="vm-clips"><caption>Audition</caption><thead><tr>'
        '<th scope="col">How</th><th scope="col">Spoken</th><th scope="col">Listen</th>'
        f"</tr></thead><tbody>{body}</tbody></table>"
    )


def _row(label: str, saying: Saying, voice: Voice, shop: Workshop) -> str:
    [utterance] = saying.utterances
    speech = shop.engines.speak(utterance, voice)
    profile = profile_named(shop.settings.audio.profile, shop.profiles)
    finished = finish(Clip(speech.samples, speech.rate_hz), profile)
    note = f"<br><small>{escape(saying.note)}</small>" if saying.note else ""
    return (
        f'<tr><th scope="row">{escape(label)}</th>'
        f'<td data-label="Spoken">{escape(_shown(utterance))}{note}</td>'
        f'<td data-label="Listen">{player(finished.data, finished.extension, label)}</td></tr>'
    )


def _shown(utterance: Utterance) -> str:
    """Write the text with the parts that are said by IPA in slashes."""
    text, end = "", 0
    for part in utterance.pronunciations:
        text += f"{utterance.text[end : part.start]}/{part.ipa}/"
        end = part.end
    return text + utterance.text[end:]
