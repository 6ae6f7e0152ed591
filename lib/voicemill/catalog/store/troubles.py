"""What a failing disk or service means to a person, and what must stay unsaid about it."""

from __future__ import annotations

import errno
import os
import re
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

_ROOM = "Make room there, then run again; finished files stay"
_ELSEWHERE = "Allow it, or name another place under [store] in voicemill.toml"
_CONNECTION = "Check the disk, share or network there, then run again; finished files stay"
_ADDRESS = "Correct url and options under [store] in voicemill.toml"
_CREDENTIALS = (
    "Check the credentials in the environment (for S3: AWS_ACCESS_KEY_ID and "
    "AWS_SECRET_ACCESS_KEY, or AWS_PROFILE) and what they are allowed to do"
)
_LATER = "Wait a little, then run again; finished files stay"

_LONGEST = 160  # characters of a reason; botocore explains a wrong bucket with its patterns

# Parts of the names of errors: not allowed, not connected, not well-formed.
_ACCESS = ("Credential", "Token", "SSO", "Login")
_NETWORK = ("Connect", "Timeout", "HTTPClient", "Payload", "SSL", "Proxy", "Streaming")
_WRONG = ("Param", "Config", "Invalid", "Unknown", "Unsupported", "Region")

# Errors that the next file meets as well.
_EVERYWHERE = {
    errno.ENOSPC: ("the disk is full", _ROOM),
    errno.EDQUOT: ("the disk quota is used up", _ROOM),
    errno.EROFS: ("this place is read-only", _ELSEWHERE),
    errno.EMFILE: ("this program has too many files open", _LATER),
    errno.ENFILE: ("this machine has too many files open", _LATER),
    errno.ENOMEM: ("this machine is out of memory", _LATER),
    **{
        number: (f"the disk or share fails ({os.strerror(number)})", _CONNECTION)
        for number in (
            errno.EIO,
            errno.ENXIO,
            errno.ENODEV,
            errno.ESTALE,
            errno.ENOTCONN,
            errno.ETIMEDOUT,
            errno.ENETDOWN,
            errno.ENETUNREACH,
            errno.EHOSTDOWN,
            errno.EHOSTUNREACH,
        )
    },
}

# Errors that say something about one file only.
_ONE_FILE = {
    errno.ENOENT: ("it is not there", "Produce its item again"),
    errno.EISDIR: ("a folder has its name", "Move that folder away"),
    errno.ENOTDIR: ("a file lies where its folder should be", "Move that file away"),
    errno.EEXIST: ("a file lies where its folder should be", "Move that file away"),
    errno.ENAMETOOLONG: ("its name is too long", "Shorten its collection and key"),
    errno.EMSGSIZE: ("it is too large for the service", "Split it"),
    errno.EFBIG: ("it is too large for this disk", "Split it, or name another place"),
}


@dataclass(frozen=True)
class Trouble:
    """What an error means: why, what to do, and whether every file of the place has it."""

    everywhere: bool
    reason: str
    remedy: str = ""


class Secrets:
    """What may not be shown of a store's address and options: passwords, keys, tokens."""

    def __init__(self, url: str, options: Mapping[str, Any]) -> None:
        found = {*_of_address(url), *_of_options(options)}
        # Longest first: a short one may be part of a long one. One or two letters say nothing.
        self._values = sorted((value for value in found if len(value) > 2), key=len, reverse=True)

    def hidden(self, text: str) -> str:
        """Return the text with stars in place of what is secret."""
        for value in self._values:
            text = text.replace(value, "***")
        return _USER.sub("//***@", text)

    def told(self, reason: str) -> str:
        """Return what a library said, without secrets, no longer than a sentence."""
        text = self.hidden(reason)  # first, as a part of a secret would not be known for one
        return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"

    def spoken_by(self, error: BaseException) -> bool:
        """Return whether an error or what led to it would show a secret in a log."""
        told = "".join(traceback.format_exception(error))
        return self.hidden(told) != told


def folder_trouble(error: Exception, folder: Path, doing: str) -> Trouble:
    """Return what an error of a local folder means."""
    number = error.errno if isinstance(error, OSError) else None
    if number in _EVERYWHERE:
        return Trouble(True, *_EVERYWHERE[number])
    if _is_in_the_way(folder):
        return Trouble(True, "a file lies where the store's folder should be", "Move it away")
    if isinstance(error, PermissionError):
        return _forbidden(error, folder, doing)
    if number == errno.ENOENT and doing == "written":
        return Trouble(True, "its folder cannot be made", _CONNECTION)
    if number in _ONE_FILE:
        return Trouble(False, *_ONE_FILE[number])
    return Trouble(False, _sentence(error))


def remote_trouble(error: Exception, doing: str) -> Trouble:
    """Return what an error of fsspec, of an object store or of its library means.

    The libraries are optional and raise what they like, so their errors are known by name;
    whatever is not surely about one file is about all of them.
    """
    return _about_one_file(error, doing) or _about_the_service(error)


def bucket_is_missing(error: BaseException) -> bool:
    """Return whether a service said that there is no such bucket, rather than no such file."""
    response = getattr(error.__cause__, "response", None) or {}
    return bool(response.get("Error", {}).get("Code") == "NoSuchBucket")


def _about_one_file(error: Exception, doing: str) -> Trouble | None:
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, FileNotFoundError):
        everywhere = doing == "written" or bucket_is_missing(error)
        return None if everywhere else Trouble(False, *_ONE_FILE[errno.ENOENT])
    if type(error).__name__ == "FileExpired":
        return Trouble(False, "it was replaced meanwhile", "Run again")
    return Trouble(False, *_ONE_FILE[number]) if number in _ONE_FILE else None


def _about_the_service(error: Exception) -> Trouble:
    name, told = type(error).__name__, _sentence(error)
    if isinstance(error, FileNotFoundError):
        return Trouble(True, "the bucket does not exist", f"Create it. {_ADDRESS}, if need be")
    if isinstance(error, PermissionError) or _has(name, _ACCESS):
        return Trouble(True, f"access is refused ({told})", _CREDENTIALS)
    if isinstance(error, ConnectionError | TimeoutError) or _has(name, _NETWORK):
        return Trouble(True, f"the service cannot be reached ({told})", _CONNECTION)
    wrong = isinstance(error, TypeError | ValueError | LookupError) or _has(name, _WRONG)
    if wrong or (isinstance(error, OSError) and error.errno == errno.EINVAL):
        return Trouble(True, f"the address or its options are wrong ({told})", _ADDRESS)
    return Trouble(True, f"the service fails ({told})", _LATER)


def _forbidden(error: PermissionError, folder: Path, doing: str) -> Trouble:
    holder = Path(error.filename).parent if error.filename else folder
    changes = doing in ("written", "removed")
    needed = os.X_OK | (os.W_OK if changes else 0)
    own = os.access in os.supports_effective_ids
    # A refused rename (it names two files) is about that file: another program may hold it.
    refused = doing == "written" and error.filename2 is None
    if refused or doing == "listed" or not os.access(holder, needed, effective_ids=own):
        return Trouble(True, f"you may not {'write' if changes else 'look'} there", _ELSEWHERE)
    return Trouble(False, "it is forbidden", "Allow it, or close the program that holds it")


def _is_in_the_way(folder: Path) -> bool:
    try:
        return folder.exists() and not folder.is_dir()
    except OSError:
        return False


def _has(name: str, words: Sequence[str]) -> bool:
    return any(word in name for word in words)


def _sentence(error: BaseException) -> str:
    own = error.strerror if isinstance(error, OSError) else None
    return " ".join(str(own or error).split()).rstrip(".") or type(error).__name__


_SECRET_NAME = re.compile(
    r"secret|token|pass|key|cred|auth|sign|sas|user|connection", re.IGNORECASE
)
_USER = re.compile(r"//[^/@\s]+@")


def _of_options(value: Any, *, secret: bool = False) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _of_options(inner, secret=secret or bool(_SECRET_NAME.search(str(name))))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _of_options(inner, secret=secret)
    elif isinstance(value, str):
        yield from {value, unquote(value)} if secret else _of_address(value)


def _of_address(url: str) -> Iterator[str]:
    before, _at, _after = url.partition("://")[2].rpartition("@")
    if ":" in before or (before and "/" not in before):
        password = before.partition(":")[2]
        # Signs that should have been written as %2F and the like tear it apart for libraries.
        yield from {before, password, unquote(password), *re.split("[/@?#]", password)} - {""}
