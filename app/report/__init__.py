"""The daily report: one self-contained HTML file and the same as Markdown, from the published file alone."""

from app.published.file import NothingPublished, UnreadableFile
from app.report.gather import NoVerdict, write_report

__all__ = ["NoVerdict", "NothingPublished", "UnreadableFile", "write_report"]
