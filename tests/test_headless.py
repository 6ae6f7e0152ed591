"""The commands people and cron type, run as they type them."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import html5lib
import nbformat
import pytest

from servers.edge import EdgeService, closed_port
from workbench import ROOT, voicemill

QUICK = ["-p", 'voices=["espeak:en-gb"]', "-p", "limit=4"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A project in which the phoneme notebook was run once by its embedded voice."""
    import shutil

    folder = tmp_path_factory.mktemp("project")
    for name in ("data", "notebooks"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "voicemill.toml", folder)
    ended = voicemill("run", "01_phonemes", cwd=folder)
    assert ended.returncode == 0, ended.stderr
    return folder, ended.stdout


def test_the_main_job_ends_with_one_line(finished: tuple[Path, str]) -> None:
    folder, output = finished
    last = output.strip().splitlines()[-1]
    match = re.fullmatch(
        r"44 completed, 0 failed, 0 skipped in [\d.]+ s · report: (output/reports/\S+\.html)", last
    )
    assert match, last
    assert (folder / match[1]).is_file()
    assert len(list((folder / "output" / "audio" / "phonemes").glob("*.mp3"))) == 44
    assert (folder / "output" / "catalog.db").is_file()
    [executed] = (folder / "output" / "runs").glob("*.ipynb")
    assert nbformat.read(executed, as_version=4).metadata.papermill.exception is None


class References(HTMLParser):
    """Collects whatever a browser would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.scripts = 0
        self.players = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        self.players += tag == "audio"
        names = ("src", "srcset", "poster", "data", "action")
        self.fetched += [value or "" for name, value in attrs if name in names]
        self.fetched += [value or "" for name, value in attrs if tag == "link" and name == "href"]


def test_the_report_opens_offline(finished: tuple[Path, str]) -> None:
    [report] = (finished[0] / "output" / "reports").glob("*.html")
    page = report.read_text(encoding="utf-8")
    references = References()
    references.feed(page)
    assert references.players == 44
    assert references.scripts == 0
    assert [src[:40] for src in references.fetched if not src.startswith("data:")] == []
    styles = "".join(re.findall(r"<style.*?</style>", page, re.DOTALL))
    assert "@import" not in styles
    assert not re.search(r"url\((?!#|['\"]?data:|['\"]?#)", styles)
    assert "studio.plan" not in page  # no code
    assert report.stat().st_size < 1_500_000


def test_the_report_is_valid_html_that_says_what_was_made(finished: tuple[Path, str]) -> None:
    [report] = (finished[0] / "output" / "reports").glob("*.html")
    parser = html5lib.HTMLParser(strict=False)
    document = parser.parse(report.read_text(encoding="utf-8"))
    problems = {code for _place, code, _data in parser.errors}
    assert problems == set()
    text = " ".join("".join(document.itertext()).split())
    assert "piper:en_US-joe-medium" in text
    assert "44 of 44" in text  # rules kept
    assert text.count("LUFS") >= 44


def test_a_second_run_makes_nothing_and_says_so(finished: tuple[Path, str]) -> None:
    folder, _output = finished
    before = {file: file.stat().st_mtime_ns for file in folder.rglob("*.mp3")}
    ended = voicemill("run", "01_phonemes", cwd=folder / "notebooks")
    assert "0 completed, 0 failed, 44 skipped" in ended.stdout
    assert "nothing to make: all 44 were made before" in ended.stdout
    assert {file: file.stat().st_mtime_ns for file in folder.rglob("*.mp3")} == before
    newest = max((folder / "output" / "reports").glob("*.html"), key=lambda p: p.stat().st_mtime)
    assert newest.read_text(encoding="utf-8").count("<audio") == 44


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "01_phonems"], "no notebook '01_phonems'. Did you mean '01_phonemes'"),
        (["run", "01_phonemes", "-p", "limit=many"], "'limit' is 'many'"),
        (["run", "01_phonemes", "-p", "limit"], "not name=value"),
    ],
)
def test_wrong_words_start_nothing(project: Path, words: list[str], message: str) -> None:
    ended = voicemill(*words, cwd=project)
    assert ended.returncode == 2
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (project / "output" / "runs").exists()


def test_json_lines_tell_progress_and_result_and_names_and_markup_stay_text(project: Path) -> None:
    table = 'symbol,example_word\niː,"<script>alert(1)</script> sheep"\nɪ,ship\n'
    (project / "data" / "mine.csv").write_text(table, encoding="utf-8")
    mine = ["-p", "table=data/mine.csv", "-p", "collection=007"]
    ended = voicemill("run", "01_phonemes", "--json", *mine, *QUICK, cwd=project)
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert {line["event"] for line in lines[:-1]} == {"progress"}
    assert lines[-1]["event"] == "finished"
    assert (lines[-1]["completed"], lines[-1]["total"]) == (2, 2)
    assert (project / "output" / "audio" / "007").is_dir()
    page = Path(lines[-1]["report"]).read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_wrong_table_ends_with_its_problems_and_keeps_the_notebook(project: Path) -> None:
    (project / "data" / "mine.csv").write_text("symbl,example_word\niː,sheep\n", encoding="utf-8")
    ended = voicemill("run", "01_phonemes", "-p", "table=data/mine.csv", *QUICK, cwd=project)
    assert ended.returncode == 1
    assert "the heading looks like a misspelt 'symbol'" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert len(list((project / "output" / "runs").glob("*.ipynb"))) == 1
    assert not list(project.rglob("*.mp3"))


def test_the_start_notebook_runs(project: Path) -> None:
    ended = voicemill("run", "00_start_here", cwd=project)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("done in ")


def test_voices_are_listed(project: Path) -> None:
    listed = voicemill("voices", "--language", "en", cwd=project).stdout
    assert "piper:en_US-joe-medium" in listed
    assert "espeak:en-gb" in listed
    assert "espeak:vi " not in listed


def test_the_full_list_of_voices_is_fetched_when_asked(project: Path) -> None:
    with EdgeService() as service:
        text = (project / "voicemill.toml").read_text(encoding="utf-8")
        text = text.replace('edge_url = ""', f'edge_url = "{service.url}"')
        (project / "voicemill.toml").write_text(text, encoding="utf-8")
        listed = voicemill("voices", "--engine", "edge", "--refresh", cwd=project)
    assert service.listings == 1
    assert "edge:en-US-AriaNeural" in listed.stdout


def test_offline_the_list_that_is_known_is_shown_with_a_sentence(project: Path) -> None:
    text = (project / "voicemill.toml").read_text(encoding="utf-8")
    url = f"ws://127.0.0.1:{closed_port()}"
    text = text.replace('edge_url = ""', f'edge_url = "{url}"')
    (project / "voicemill.toml").write_text(text, encoding="utf-8")
    listed = voicemill("voices", "--engine", "edge", "--refresh", cwd=project)
    assert listed.returncode == 0
    assert "cannot be" in listed.stderr
    assert "Traceback" not in listed.stderr
    assert "edge:vi-VN-HoaiMyNeural" in listed.stdout


def test_outside_a_project_the_command_says_so(tmp_path: Path) -> None:
    ended = voicemill("run", "01_phonemes", cwd=tmp_path)
    assert ended.returncode == 1
    assert "no voicemill.toml in this folder or any above it" in ended.stderr
