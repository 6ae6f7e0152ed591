"""The cells of an executed notebook, as they are fit for a page without code and scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from html import escape
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbformat import NotebookNode

FAILING_CELL = "failing-cell"  # the anchor of what stopped a notebook
_PAPERMILL_TAG = "papermill-error-cell-tag"  # its own words about a failure; ours say more
_NEED_SCRIPTS = ("application/vnd.jupyter.widget-view+json", "application/javascript")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
# From its heading to the last of the indented lines; what follows says what is wrong.
_STACK = re.compile(r"^Traceback \(most recent call last\):\n(?:[ \t]+.*\n|\n)*", re.MULTILINE)
_TABLE = re.compile(
    r"(?:<div>\s*<style scoped>.*?</style>\s*)?"
    r'<table (?:border="\d+" )?class="(?P<kind>dataframe[^"]*)">(?P<rows>.*?)</table>'
    r"(?P<size>\s*<p>\d+ rows × \d+ columns</p>)?(?:\s*</div>)?",
    re.DOTALL,
)


@dataclass(frozen=True)
class Failure:
    """Why a notebook stopped: a sentence, and the heading under which it did."""

    sentence: str
    place: str


def plain_notebook(notebook: NotebookNode, hidden_tag: str) -> tuple[NotebookNode, Failure | None]:
    """Return a copy without widgets, scripts, colours and stack traces, and why it failed.

    It ends where the notebook did.  hidden_tag: of cells that are left out, but for the one
    that failed.
    """
    notebook = deepcopy(notebook)
    notebook.metadata.pop("widgets", None)
    notebook.cells = [cell for cell in notebook.cells if _PAPERMILL_TAG not in _tags(cell)]
    failure, heading, numbers = None, "", count(1)
    for place, cell in enumerate(notebook.cells):
        heading = _heading(cell) or heading
        if cell.cell_type != "code":
            continue
        why = _why_failed(cell) if failure is None else ""
        if why:
            failure = Failure(why, heading)
            cell.metadata["tags"] = [tag for tag in _tags(cell) if tag != hidden_tag]
        cell.outputs = [_plain(output, numbers) for output in cell.outputs if _is_shown(output)]
        if why:
            errors = [one for one in cell.outputs if _is_box(one)] or [_box_output("")]
            cell.outputs = [one for one in cell.outputs if not _is_box(one)]
            cell.outputs += [_box_output(why, FAILING_CELL), *errors[1:]]
            if not any(later.get("outputs") for later in notebook.cells[place + 1 :]):
                del notebook.cells[place + 1 :]  # headings of what was never reached
                break
    return notebook, failure


def without_stack(text: str) -> str:
    """Return text without terminal colours and stack traces; what they ended in stays."""
    return _STACK.sub("", _ANSI.sub("", text))


def accessible_tables(html: str, numbers: Iterator[int]) -> str:
    """Return pandas' tables with a scope for each heading, in regions that scroll by key."""

    def region(found: re.Match[str]) -> str:
        head, end, body = found["rows"].partition("</thead>")
        rows = head.replace("<th></th>", "<td></td>").replace("<th", '<th scope="col"')
        rows = rows.replace('<th scope="col"ead', "<thead")
        body = body.replace("<th>", '<th scope="row">').replace("<th ", '<th scope="row" ')
        return (
            f'<div class="vm-scroll" role="region" tabindex="0" aria-label="Table '
            f'{next(numbers)}"><table class="{found["kind"]}">{rows}{end}{body}</table></div>'
            f"{found['size'] or ''}"
        )

    return _TABLE.sub(region, html)


def _tags(cell: NotebookNode) -> list[str]:
    return list(cell.metadata.get("tags", []))


def _heading(cell: NotebookNode) -> str:
    if cell.cell_type != "markdown":
        return ""
    found = re.findall(r"^#{1,3} +(.+)$", cell.source, re.MULTILINE)
    return str(found[-1]).strip() if found else ""


def _why_failed(cell: NotebookNode) -> str:
    """Return what stopped the notebook in this cell, "" when nothing did."""
    if "raises-exception" in _tags(cell):
        return ""
    for output in cell.outputs:
        if output.output_type == "error" and not _is_quiet_exit(output):
            return _sentence(output)
    known: Any = cell.metadata.get("papermill", {})
    if known.get("exception") is True or known.get("status") in ("failed", "running"):
        return "It was cut off here before it came to its end."
    return ""


def _is_quiet_exit(output: NotebookNode) -> bool:
    return bool(output.ename == "SystemExit" and output.evalue in ("", "0"))


def _sentence(output: NotebookNode) -> str:
    from voicemill import errors

    kind = getattr(errors, str(output.ename), None)
    text = without_stack(str(output.evalue)).strip()
    if isinstance(kind, type) and issubclass(kind, errors.VoicemillError):
        return text
    if output.ename == "KeyboardInterrupt":
        return "It was interrupted."
    first = text.splitlines()[0] if text else ""
    return f"{output.ename}: {first}" if first else str(output.ename)


def _is_shown(output: NotebookNode) -> bool:
    if output.output_type == "error":
        return not _is_quiet_exit(output)
    if output.output_type == "stream":
        return True
    for kind in _NEED_SCRIPTS:
        output.get("data", {}).pop(kind, None)
    return bool(output.get("data"))


def _plain(output: NotebookNode, numbers: Iterator[int]) -> NotebookNode:
    if output.output_type == "error":
        return _box_output(_sentence(output))
    if output.output_type == "stream":
        output.text = without_stack(output.text)
    elif "text/html" in output.data:
        output.data["text/html"] = accessible_tables(output.data["text/html"], numbers)
    elif "text/plain" in output.data:
        output.data["text/plain"] = without_stack(output.data["text/plain"])
    return output


def _box_output(sentence: str, anchor: str = "") -> NotebookNode:
    from nbformat.v4 import new_output

    name = f' id="{anchor}" tabindex="-1"' if anchor else ""
    lines = "<br>".join(escape(line) for line in sentence.splitlines())
    html = f'<div class="vm-error"{name}><p>{lines}</p></div>'
    output: NotebookNode = new_output(
        "display_data", data={"text/html": html}, metadata={"vm_error": True}
    )
    return output


def _is_box(output: NotebookNode) -> bool:
    return bool(output.get("metadata", {}).get("vm_error"))
