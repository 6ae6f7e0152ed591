"""An editor for the pages of a book, for whoever does not write code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


class PageEditor:
    """Shows one page at a time; what is typed goes into the table at once.

    In a report, or where widgets are not shown, it is only a line of text.
    """

    def __init__(self, pages: pd.DataFrame) -> None:
        self._pages = pages
        self._box: Any = None

    def __repr__(self) -> str:
        return f"an editor of {len(self._pages)} pages"

    def _repr_mimebundle_(self, **wishes: Any) -> Any:
        if self._box is None:
            self._box = self._built()
        return self._box._repr_mimebundle_(**wishes)

    def _built(self) -> Any:
        import ipywidgets

        wide = ipywidgets.Layout(width="100%")
        names = {"description_width": "6rem"}
        titles = [
            (f"{key}  {chapter}".strip(), place)
            for place, (key, chapter) in enumerate(
                zip(self._pages["key"], self._pages["chapter"], strict=True)
            )
        ]
        self.page = ipywidgets.Dropdown(options=titles, description="Page", style=names)
        self.text = ipywidgets.Textarea(
            description="Text", rows=14, layout=wide, style=names, continuous_update=False
        )
        self.voice = ipywidgets.Text(
            description="Voice",
            placeholder="the book's; or engine:name",
            style=names,
            continuous_update=False,
        )
        self._show()
        self.page.observe(lambda _change: self._show(), "value")
        self.text.observe(lambda change: self._keep("text", change["new"]), "value")
        self.voice.observe(lambda change: self._keep("voice", change["new"].strip()), "value")
        return ipywidgets.VBox([self.page, self.text, self.voice], layout=wide)

    def _show(self) -> None:
        row = self._pages.iloc[self.page.value]
        self.text.value, self.voice.value = row["text"], row["voice"]

    def _keep(self, column: str, value: str) -> None:
        self._pages.loc[self._pages.index[self.page.value], column] = value
