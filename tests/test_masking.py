from __future__ import annotations

import base64
import html
import json
import random
from pathlib import Path
from urllib.parse import quote, quote_plus

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicemill.masking import masked, masked_values, secrets_of
from voicemill.settings import Settings, read_settings

# Also what makes trouble in patterns, addresses, HTML, JSON, and our own marks.
_SECRETS = st.lists(st.text(min_size=4, max_size=12), min_size=1, max_size=4)
_AWKWARD = st.text("ab•*#\\\"'&<>@:/ +%\nắʃ", min_size=4, max_size=8)


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the secrets of whoever runs the tests."""
    monkeypatch.setattr("os.environ", {})


def settings_with(folder: Path, **sections: dict[str, object]) -> Settings:
    return Settings(root=folder, **sections)


@given(_SECRETS | st.lists(_AWKWARD, min_size=1, max_size=3), st.data())
def test_no_secret_is_left_in_whatever_text(secrets: list[str], data: st.DataObject) -> None:
    pieces = st.lists(st.text(max_size=5) | _AWKWARD | st.sampled_from(secrets), max_size=12)
    text = "".join(data.draw(pieces))
    told = masked(text, secrets)
    assert not [one for one in secrets if one in told]


@given(
    st.lists(st.text("ABC0@/ &", min_size=4, max_size=9), max_size=4),
    st.text("defghij .,:-_<>'\n•ʃế"),
)
def test_a_text_without_secrets_stays_as_it_is(secrets: list[str], text: str) -> None:
    assert masked(text, secrets) == text


@given(st.text("ab12@/:&<>\"' +%?#ế\\", min_size=4, max_size=9), st.text("xyz=(), ", max_size=5))
def test_other_spellings_are_masked_too(secret: str, around: str) -> None:
    spellings = [
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        quote(secret, safe="").lower(),
        html.escape(secret),
        json.dumps(secret)[1:-1],
        repr(secret)[1:-1],
    ]
    for spelt in spellings:
        if spelt.lower() == quote(secret, safe="").lower() and secret != secret.lower():
            continue
        assert spelt not in masked(around + spelt + around, [secret])


def test_the_words_around_it_stay_and_short_ones_are_no_secrets() -> None:
    assert masked("log in as ann with hunter2!", ["hunter2"]) == "log in as ann with •••!"
    assert masked("an abc book", ["abc", ""]) == "an abc book"
    assert masked("anything", ()) == "anything"


def test_of_two_secrets_the_longer_goes_whole() -> None:
    assert masked("hunter2hunter", ["hunter", "hunter2hunter"]) == "•••"


def test_sounds_stay_as_they_are_and_what_stands_beside_them_does_not() -> None:
    sound = base64.b64encode(random.Random(7).randbytes(30_000)).decode()
    by_chance = sound[20_000:20_004]
    player = f'<audio src="data:audio/mpeg;base64,{sound}" title="{by_chance}"></audio>'
    assert masked(player, [by_chance]) == player.replace(f'"{by_chance}"', '"•••"')


def test_a_notebook_is_masked_whole_and_stays_one() -> None:
    secret = "s3cr3t/of=it"
    picture = base64.b64encode(random.Random(8).randbytes(3000)).decode()
    book = nbformat.v4.new_notebook(metadata={"papermill": {"parameters": {"url": secret}}})
    code = nbformat.v4.new_code_cell(f"url = '{secret}'")
    code.outputs = [
        nbformat.v4.new_output("stream", text=f"opened {secret}\n"),
        nbformat.v4.new_output("error", ename="E", evalue=secret, traceback=["a", f"b {secret}"]),
        nbformat.v4.new_output(
            "display_data",
            {"image/png": picture, "application/json": {secret: [1, {"x": [secret, None, 2.5]}]}},
        ),
    ]
    book.cells = [nbformat.v4.new_markdown_cell(f"# {secret}"), code]
    told = masked_values(book, [secret, picture[500:504]])
    assert isinstance(told, nbformat.NotebookNode)
    nbformat.validate(told)
    assert secret not in json.dumps(told)
    assert told.cells[1].outputs[2].data["image/png"] == picture
    assert told.cells[1].outputs[2].data["application/json"] == {
        "•••": [1, {"x": ["•••", None, 2.5]}]
    }
    assert secret in code.source, "what was given is left alone"


@pytest.mark.parametrize("password", ["code", "stream", "stdout", "source", "outputs", "metadata"])
def test_a_notebook_stays_one_whatever_the_password_is(password: str) -> None:
    book = nbformat.v4.new_notebook()
    cell = nbformat.v4.new_code_cell(f"print('{password}')")
    cell.outputs = [nbformat.v4.new_output("stream", text=password)]
    book.cells = [cell]
    told = masked_values(book, [password])
    nbformat.validate(told)
    assert told.cells[0].source == "print('•••')"
    assert told.cells[0].outputs[0].text == "•••"


def test_secrets_of_settings_are_those_a_stranger_could_use(tmp_path: Path) -> None:
    found = secrets_of(
        settings_with(
            tmp_path,
            telling={
                "urls": [
                    "mailtos://ann:p%40ss%2Fword@example.org/to@example.org?smtp=mail.example.org",
                    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#alerts",
                    "tgram://123456789:AAHzpN-kq_Xs9d/12315544/",
                    "json://localhost:8080/hook?password=through-the-query",
                ]
            },
            books={"gemini_key": "AIza-of-mine"},
            catalog={"url": "postgresql://voice:cat/al@og@db.example.org/voicemill"},
            speech={"limits_url": "redis://:red1s-pass@localhost:6379/0"},
            store={
                "url": "s3://bucket/folder",
                "options": {
                    "key": "AKIA-OF-MINE",
                    "client_kwargs": {"aws_secret_access_key": "very/secret"},
                    "endpoint_url": "https://s3.example.org",
                    "token": "anon",
                },
            },
        )
    )
    assert {
        "p%40ss%2Fword",
        "p@ss/word",
        base64.b64encode(b"ann:p@ss/word").decode(),
        "T1JJ3T3L2",
        "A1BRTD4JD",
        "TIiajkdnlazkcOXrIdevi7FQ",
        "AAHzpN-kq_Xs9d",
        "through-the-query",
        "AIza-of-mine",
        "cat/al@og",
        "red1s-pass",
        "AKIA-OF-MINE",
        "very/secret",
    } <= set(found)
    told = masked("ann mail.example.org localhost hook alerts db.example.org bucket anon", found)
    assert told == "ann mail.example.org localhost hook alerts db.example.org bucket anon"


def test_variables_of_services_and_proxies_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = {
        "AWS_SECRET_ACCESS_KEY": "of amazon",
        "PGPASSWORD": "of postgres",
        "HTTPS_PROXY": "http://ann:of-proxy@proxy.example.org:3128",
        "SOME_SERVICE_TOKEN": "of some service\n",
        "TOKENIZERS_PARALLELISM": "false",
        "SSH_AUTH_SOCK": "/tmp/socket",
        "PWD": "/home/ann",
        "GOOGLE_APPLICATION_CREDENTIALS_FILE": "/home/ann/key.json",
        "PRIVATE_KEY": "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG\n-----END KEY-----",
    }
    monkeypatch.setattr("os.environ", variables)
    found = set(secrets_of(settings_with(tmp_path)))
    assert {"of amazon", "of postgres", "of-proxy", "of some service"} <= found
    assert "MIIEvQIBADANBgkqhkiG" in found, "lines of a key may stand alone"
    assert not found & {"false", "/tmp/socket", "/home/ann", "/home/ann/key.json"}


def test_a_fresh_project_has_no_secrets(project: Path) -> None:
    assert secrets_of(read_settings(project)) == ()


def test_a_long_notebook_is_masked_in_one_go() -> None:
    sound = base64.b64encode(random.Random(9).randbytes(60_000)).decode()
    book = {"cells": [{"source": f"{n} data:audio/mpeg;base64,{sound} key-{n}"} for n in range(60)]}
    told = masked_values(book, [f"key-{n}" for n in range(60)])
    assert told["cells"][59]["source"] == f"59 data:audio/mpeg;base64,{sound} •••"
