"""Masking: passwords and tokens never stand in logs, notebooks, records and reports."""

from __future__ import annotations

import base64
import html
import json
import os
import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from itertools import chain
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote, quote_plus, unquote

from pydantic import SecretStr

from voicemill.settings import Settings

Value = TypeVar("Value")

SHORTEST = 4  # characters; what is shorter stands in ordinary words
_LONG_LINE = 16  # of a secret of several lines, such as a key file, each one as long is masked
_ENCODED = 200  # characters of base64, from which on it is a picture or sound
_MARKS = ("•••", "***", "###")
# Names of settings, options, parameters and variables whose value is a secret.
_NAMED_SECRET = re.compile(
    r"passw(or)?d$|(^|[_.\-])(pass|passphrase|passcode|pwd|secret|token|credentials?|auth|"
    r"sig|signature|sas|key|apikey|connection_string|(key|access_key|secret)_?id)$|"
    r"(?-i:[a-z](Key|Secret|Token|Credential))$",
    re.IGNORECASE,
)
_NO_SECRETS = frozenset(("true", "false", "none", "null", "anon", "cloud", "google_default"))
_SAFE = "/:@!$&'()*+,;="  # what an address may have unquoted, see RFC 3986
_NO_VARIABLES = frozenset(("PWD", "OLDPWD"))  # of a shell: where it is
# Notifications to a server of one's own or a mailbox; others have a token in a host's place.
_WITH_HOSTS = re.compile(r"(http|json|xml|form|mailto|mqtt|matrix|mattermost|gotify|ntfy)s?|mmost")


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """Return every secret of the settings and of this process's variables, longest first.

    Of addresses the passwords in them, and of those of notifications also what looks like a
    token, and the whole.  What is too short to be masked is left out.
    """
    in_settings = _in_settings("", settings.model_dump(exclude={"root"}))
    found = {one.strip() for one in chain(in_settings, _in_variables())}
    lines = {line.strip() for one in found if "\n" in one for line in one.splitlines()}
    found |= {line for line in lines if len(line) >= _LONG_LINE}
    kept = (one for one in found if len(one) >= SHORTEST and one.lower() not in _NO_SECRETS)
    return tuple(sorted(kept, key=lambda one: (-len(one), one)))


def masked(text: str, secrets: Collection[str]) -> str:
    """Return a text without the secrets, in whatever spelling: plain, of an address, of HTML.

    Sounds and pictures in data: addresses stay as they are: in so many letters a short password
    stands by chance.
    """
    pattern, mark = _pattern(tuple(secrets))
    if pattern is None:
        return text
    return pattern.sub(lambda found: found["kept"] or mark, text)


def masked_values(value: Value, secrets: Collection[str]) -> Value:
    """Return what JSON can hold, such as a notebook, with every text in it masked.

    Mappings and lists are new ones of the same kind.  The words that make a notebook a notebook
    stay, even where one of them is somebody's password.
    """
    secrets = tuple(secrets)
    if _pattern(secrets)[0] is None:
        return value
    masked_value: Value = _masked_value("", value, secrets)
    return masked_value


# The form of a notebook, see nbformat's schema.
_FORM = {
    "cell_type": {"code", "markdown", "raw"},
    "output_type": {"stream", "display_data", "execute_result", "error"},
    "name": {"stdout", "stderr"},
}
_FORM_KEYS = re.compile(
    "cells|cell_type|id|metadata|source|outputs|output_type|data|text|name|nbformat|nbformat_minor|"
    "execution_count|ename|evalue|traceback|attachments|kernelspec|language_info|tags|papermill|"
    "display_name|language|(text|image|audio|application)/[a-z+]+"
)
_BINARY = re.compile(r"(image|audio|video)/(?!svg)|application/(pdf|octet-stream)")
_BASE64 = re.compile(rf"[A-Za-z0-9+/\s]{{{_ENCODED},}}={{0,2}}\s*")


def _masked_value(key: str, value: Any, secrets: tuple[str, ...]) -> Any:
    if isinstance(value, str):
        is_form = value in _FORM.get(key, ())
        is_binary = _BINARY.match(key) is not None and _BASE64.fullmatch(value) is not None
        return value if is_form or is_binary else masked(value, secrets)
    if isinstance(value, Mapping):
        pairs = {
            _masked_key(name, secrets): _masked_value(str(name), one, secrets)
            for name, one in value.items()
        }
        return type(value)(pairs)  # type: ignore[call-arg]
    if isinstance(value, list | tuple):
        return type(value)(_masked_value(key, one, secrets) for one in value)
    return value


def _masked_key(name: Any, secrets: tuple[str, ...]) -> Any:
    is_form = not isinstance(name, str) or _FORM_KEYS.fullmatch(name)
    return name if is_form else masked(name, secrets)


@lru_cache(maxsize=8)
def _pattern(secrets: tuple[str, ...]) -> tuple[re.Pattern[str] | None, str]:
    """Return what finds the secrets in any spelling, and a mark that is no part of any."""
    wanted = [one for one in secrets if len(one) >= SHORTEST]
    if not wanted:
        return None, ""
    spellings = sorted({spelt for one in wanted for spelt in _spellings(one)}, key=len)
    others = map(chr, range(0xE000, 0xF8FF))  # nobody's letters, for a secret that has all marks
    letters = set("".join(spellings))
    mark = next(mark for mark in chain(_MARKS, others) if not letters.intersection(mark))
    picture = rf"data:[\w/+.;=\-]{{3,100}};base64,[A-Za-z0-9+/]{{{_ENCODED},}}={{0,2}}"
    either = "|".join(re.escape(spelt) for spelt in reversed(spellings))
    return re.compile(f"(?P<kept>{picture})|{either}"), mark


def _spellings(secret: str) -> Iterator[str]:
    """Spell a secret as it stands in texts, addresses, HTML, JSON and what Python prints."""
    yield secret
    for quoted in (*(quote(secret, safe) for safe in ("", "/", _SAFE)), quote_plus(secret)):
        yield quoted
        yield re.sub("%..", lambda found: found[0].lower(), quoted)
    yield html.escape(secret)
    yield html.escape(secret, quote=False)
    yield html.escape(secret).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield repr(secret)[1:-1]


def _in_settings(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, SecretStr):
        secret = value.get_secret_value()
        yield secret
        yield from _in_address(secret)
        yield from _tokens(secret)
    elif isinstance(value, Mapping):
        for inner, one in value.items():
            yield from _in_settings(str(inner), one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _in_settings(name, one)
    elif isinstance(value, str):
        if _NAMED_SECRET.search(name):
            yield value
        yield from _in_address(value)


def _in_variables() -> Iterator[str]:
    for name, value in os.environ.items():
        if name not in _NO_VARIABLES and _NAMED_SECRET.search(name):
            yield value
        for word in value.split():
            yield from _in_address(word)


def _in_address(text: str) -> Iterator[str]:
    """Find passwords in an address: before its host, and among what follows its ?."""
    found = _parted(text)
    if found is None:
        return
    _scheme, before, query = found
    # A password may have an unquoted @ or / in it, and a path an @: count with both.
    for where in {before, before.partition("/")[0]}:
        account, _at, _host = where.rpartition("@")
        user, _colon, password = account.partition(":")
        if password:
            yield from (password, unquote(password), _basic(user, password))
    for name, value in parse_qsl(query):
        if _NAMED_SECRET.search(name):
            yield value


def _tokens(text: str) -> Iterator[str]:
    """Find what looks like a token in the address of a notification."""
    found = _parted(text)
    if found is None:
        return
    scheme, before, query = found
    place, _slash, path = before.partition("/")
    words = [*path.split("/"), *(value for _name, value in parse_qsl(query))]
    if not _WITH_HOSTS.fullmatch(scheme.lower()):  # then what stands for the host is one as well
        words += [place, *re.split("[@:]", place)]
    for word in words:
        if _looks_random(word):
            yield from (word, unquote(word))


def _parted(text: str) -> tuple[str, str, str] | None:
    """Return scheme, all before the ?, and all after it; None for what is no address."""
    scheme, slashes, rest = text.strip().partition("://")
    if not slashes or not re.fullmatch(r"[A-Za-z][\w.+\-]*", scheme):
        return None
    before, _mark, query = rest.partition("?")
    return scheme, before, query


def _basic(user: str, password: str) -> str:
    """Spell name and password as the header of a request does."""
    return base64.b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode()


def _looks_random(word: str) -> bool:
    """Whether part of an address is more likely a token than a word, a name or a number."""
    has_both = re.search(r"\d", word) and re.search(r"[A-Za-z]", word) and "." not in word
    is_mixed = len(word) >= 12 and re.search(r"[a-z][A-Z]", word)
    return len(word) >= 8 and "@" not in word and bool(has_both or is_mixed or len(word) >= 32)
