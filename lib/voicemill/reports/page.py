"""An executed notebook as one HTML file: no code, no scripts, no request to any other host."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from voicemill.errors import StoreError
from voicemill.masking import masked_values
from voicemill.reports.cells import FAILING_CELL, Failure, plain_notebook
from voicemill.reports.players import with_names_for_print
from voicemill.whole_files import save_whole

if TYPE_CHECKING:
    from nbformat import NotebookNode

HIDDEN_TAG = "hide-in-report"  # cells that only make sense to someone running the notebook
_CONTENTS_FROM = 4  # headings; a page with fewer is seen at a glance
_MARK = "voicemill-what-matters-most"
_HEADING = re.compile(r"<h2(?: id=\"[^\"]*\")?>(?P<title>.*?)</h2>", re.DOTALL)


def write_report(notebook: Path, target: Path, secrets: Collection[str] = ()) -> Path:
    """Write the report of an executed notebook, also of one that failed.

    secrets: what is masked in it.  Raises StoreError when it cannot be read or written.
    """
    import nbformat

    try:
        executed = nbformat.read(notebook, as_version=4)
    except (OSError, ValueError, nbformat.ValidationError) as error:
        raise StoreError(
            f"it cannot be read as a notebook ({' '.join(str(error).split())})", where=str(notebook)
        ) from error
    page = report_page(masked_values(executed, secrets))
    return save_whole(target, page.encode(), "the report")


def report_page(notebook: NotebookNode) -> str:
    """Return the page: markdown and results of the notebook in a frame of our own.

    nbconvert's usual templates load scripts and styles from the network; its bare "basic" one
    gives only the content.
    """
    from nbconvert import HTMLExporter
    from nbconvert.preprocessors import TagRemovePreprocessor

    notebook, failure = plain_notebook(notebook, HIDDEN_TAG)
    hide = TagRemovePreprocessor(remove_cell_tags={HIDDEN_TAG})
    exporter = HTMLExporter(
        template_name="basic",
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
    )
    exporter.register_preprocessor(hide, enabled=True)
    body, _resources = exporter.from_notebook_node(_marked(notebook))
    body, contents = _with_contents(with_names_for_print(body))
    begin = (_failure_box(failure) if failure else "") + contents
    return _PAGE.format(
        language=escape(str(notebook.metadata.get("language", "en"))),
        title=escape(_title(notebook)),
        css="\n".join(_style(name) for name in ("report.css", "production.css")),
        body=body.replace(f"<p>{_MARK}</p>", begin, 1),
        written=f"{datetime.now().astimezone():%d %B %Y, %H:%M}",
    )


# 'self' and file: are the folder beside this page, where clips lie that were too many to be in it.
_PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
style-src 'unsafe-inline'; img-src data:; media-src data: 'self' file:">
<title>{title}</title>
<style>{css}</style>
</head>
<body>
<main class="vm-report">
{body}
</main>
<footer class="vm-footer"><p>Written by Voicemill on {written}. This page asks nothing of any \
network and runs no code.</p></footer>
</body>
</html>
"""


def _style(name: str) -> str:
    return files("voicemill.reports").joinpath("static", name).read_text(encoding="utf-8")


def _marked(notebook: NotebookNode) -> NotebookNode:
    """Put a mark after the first heading, where what is most important goes."""
    from nbformat.v4 import new_markdown_cell

    mark = new_markdown_cell(_MARK)
    first = notebook.cells[0] if notebook.cells else None
    if first is None or first.cell_type != "markdown" or not first.source.startswith("# "):
        notebook.cells.insert(0, mark)
        return notebook
    first.source, _newline, rest = first.source.partition("\n")
    between = [mark, new_markdown_cell(rest)] if rest.strip() else [mark]
    notebook.cells[1:1] = between
    return notebook


def _with_contents(body: str) -> tuple[str, str]:
    """Name the headings, and return a list of links to them; none for a short page."""
    links: list[str] = []

    def named(found: re.Match[str]) -> str:
        name = f"section-{len(links) + 1}"
        links.append(f'<li><a href="#{name}">{found["title"]}</a></li>')
        return f'<h2 id="{name}">{found["title"]}</h2>'

    body = _HEADING.sub(named, body)
    if len(links) < _CONTENTS_FROM:
        return body, ""
    return body, f'<nav class="vm-contents" aria-label="Contents"><ul>{"".join(links)}</ul></nav>'


def _failure_box(failure: Failure) -> str:
    place = f"Where it stopped: {failure.place}" if failure.place else "Where it stopped"
    return (
        '<section class="vm-error" aria-label="Failure"><p><strong>This notebook could not go '
        f"on.</strong> {escape(failure.sentence)}</p>"
        f'<p><a href="#{FAILING_CELL}">{escape(place)}</a></p></section>'
    )


def _title(notebook: NotebookNode) -> str:
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("# "):
            return str(cell.source).splitlines()[0].removeprefix("# ").strip()
    return "Voicemill report"
