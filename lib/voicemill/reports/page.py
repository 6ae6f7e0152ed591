"""An executed notebook as one HTML file: no code, no scripts, no request to any other host."""

from __future__ import annotations

import uuid
from copy import deepcopy
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from voicemill.errors import StoreError

if TYPE_CHECKING:
    from nbformat import NotebookNode

HIDDEN_TAG = "hide-in-report"  # cells that only make sense to someone running the notebook


def write_report(notebook: Path, target: Path) -> Path:
    """Write the report of an executed notebook. Raises StoreError when it cannot be written."""
    import nbformat

    executed = nbformat.read(notebook, as_version=4)
    page = report_page(executed)
    temporary = target.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(page, encoding="utf-8")
        temporary.replace(target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise StoreError(
            f"the report cannot be written ({error.strerror or error})", where=str(target)
        ) from error
    return target


def report_page(notebook: NotebookNode) -> str:
    """Return the page: markdown and results of the notebook in a frame of our own.

    nbconvert's usual templates load scripts and styles from the network; its bare "basic" one
    gives only the content.
    """
    from nbconvert import HTMLExporter
    from nbconvert.preprocessors import TagRemovePreprocessor

    notebook = _plain(notebook)
    hide = TagRemovePreprocessor(remove_cell_tags={HIDDEN_TAG})
    exporter = HTMLExporter(
        template_name="basic",
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
    )
    exporter.register_preprocessor(hide, enabled=True)
    body, _resources = exporter.from_notebook_node(notebook)
    static = files("voicemill.reports").joinpath("static/report.css")
    return _PAGE.format(
        language=notebook.metadata.get("language", "en"),
        title=escape(_title(notebook)),
        css=static.read_text(encoding="utf-8"),
        body=body,
    )


_PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
style-src 'unsafe-inline'; img-src data:; media-src data:">
<title>{title}</title>
<style>{css}</style>
</head>
<body>
<main class="vm-report">
{body}
</main>
</body>
</html>
"""


_NEED_SCRIPTS = ("application/vnd.jupyter.widget-view+json", "application/javascript")


def _plain(notebook: NotebookNode) -> NotebookNode:
    """Drop widgets and scripts, which nothing offline could run."""
    notebook = deepcopy(notebook)
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            for output in cell.outputs:
                for kind in _NEED_SCRIPTS:
                    output.get("data", {}).pop(kind, None)
            cell.outputs = [
                output
                for output in cell.outputs
                if output.output_type in ("stream", "error") or output.get("data")
            ]
    return notebook


def _title(notebook: NotebookNode) -> str:
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("# "):
            return str(cell.source).splitlines()[0].removeprefix("# ").strip()
    return "Voicemill report"
