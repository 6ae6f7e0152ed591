"""Reports: what an executed notebook tells, as files to hand on."""

from voicemill.reports.page import report_page, write_report

__all__ = ["report_page", "write_report"]
