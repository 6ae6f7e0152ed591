"""The metrics of the whole project, as `voicemill metrics` tells them."""

from __future__ import annotations

from voicemill.production.workshop import Workshop
from voicemill.reports.metrics import as_table, metrics
from voicemill.reports.production.markup import percent, plural, table
from voicemill.reports.production.section import Section


def measured(shop: Workshop, days: int) -> Section:
    """Tell how well production goes, of all collections. Raises CatalogError."""
    found = metrics(shop.catalog, shop.settings, days)
    tried = found.outcomes["completed"] + found.outcomes["failed"]
    told = (
        f"{percent(found.outcomes['completed'], tried)} of {plural(tried, 'item')} that were "
        f"tried in the last {plural(found.days, 'day')} succeeded. "
        if tried
        else f"Nothing was tried in the last {plural(found.days, 'day')}. "
    )
    told += (
        f"{plural(found.open_runs, 'run goes', 'runs go')} on, with "
        f"{plural(found.queued_items, 'item')} to come."
        if found.open_runs
        else "No run goes on."
    )
    if found.dead_runs:
        died = plural(found.dead_runs, "run has", "runs have")
        told += f" {died} died; “voicemill doctor --mend” settles it."
    frame = as_table(found)
    body = "".join(
        "<div>"
        + table(
            [{"Figure": str(row.figure), "Value": str(row.value)} for row in rows.itertuples()],
            str(about),
            limit=30,
        )
        + "</div>"
        for about, rows in frame.groupby("about", sort=False)
    )
    return Section(told, f'<div class="vm-pair">{body}</div>', {"metrics": frame})
