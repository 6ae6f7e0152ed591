"""The production report: facts from the catalog, told in sections with pictures and tables.

report       ProductionReport: its sections, and its tables as files
facts        all it is made of, read in one go (history: what runs left behind)
section      a section; markup: the pieces of HTML it is made of
sound        players that carry their sound, up to a limit
and a module for each section
"""

from voicemill.reports.production.report import (
    ProductionReport,
    Wishes,
    tables_folder,
    usual_name,
)
from voicemill.reports.production.section import Section
from voicemill.reports.production.suspicious import PLAYERS

__all__ = [
    "PLAYERS",
    "ProductionReport",
    "Section",
    "Wishes",
    "tables_folder",
    "usual_name",
]
