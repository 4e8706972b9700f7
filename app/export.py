"""Published marts as files that other tools open: Parquet, CSV or Excel, and a README of what they hold."""

import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from app.published import any_mart, contents
from app.published.file import Published
from app.words import notices
from ingestion.settings import Settings

#: Form -> what DuckDB's COPY is told; Excel is written here.
FORMS = {
    "parquet": "format parquet, compression zstd",
    "csv": "format csv, header, dateformat '%Y-%m-%d', timestampformat '%Y-%m-%d %H:%M:%S'",
    "xlsx": None,
}

#: Rows of a sheet of Excel, the names of the columns included.
SHEET_ROWS = 1_048_576
#: Letters of a cell of Excel.
CELL_LETTERS = 32_767


class CannotExport(Exception):
    """What was asked for cannot be exported; the message is one sentence for the user."""


def export(settings: Settings, folder: Path, marts: Sequence[str] = (), form: str = "parquet") -> list[Path]:
    """Write `marts` (default: all) of the published file to `folder`, one file each, and README.md; returns the files.

    Rows are in the order of the mart's key. A file of an earlier export is replaced whole. Raises NothingPublished,
    UnreadableFile, CannotExport for an unknown mart or one too long for a sheet, and OSError.
    """
    published = Published(settings.published_path)
    with published:
        tables = contents.marts(published).rows.set_index("mart")
        chosen = list(dict.fromkeys(marts)) or list(tables.index)
        if unknown := [mart for mart in chosen if mart not in tables.index]:
            raise CannotExport(f"the published file has no mart {unknown[0]!r}; it has {', '.join(tables.index)}")
        long = [mart for mart in chosen if form == "xlsx" and tables["rows"][mart] >= SHEET_ROWS]
        if long:
            raise CannotExport(
                f"marts.{long[0]} has {tables['rows'][long[0]]:,} rows and a sheet of Excel holds {SHEET_ROWS:,}: "
                "choose others with --marts, or another --format"
            )
        folder.mkdir(parents=True, exist_ok=True)
        written = [_write(published, mart, folder / f"{mart}.{form}", form) for mart in chosen]
        readme = folder / "README.md"
        readme.write_text(_readme(published, tables.loc[chosen], form), encoding="utf-8")
    return [*written, readme]


def _write(published: Published, mart: str, target: Path, form: str) -> Path:
    """Write a mart beside `target` and put it in its place."""
    fresh = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        if options := FORMS[form]:
            published.copy(mart, fresh, options)
        else:
            _write_sheet(published, mart, fresh)
        os.replace(fresh, target)
    finally:
        fresh.unlink(missing_ok=True)
    return target


def _write_sheet(published: Published, mart: str, target: Path) -> None:
    """A workbook of one sheet: the names of the columns, then the rows, days as days.

    Raises CannotExport for a text that is longer than a cell of Excel holds.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(mart[:31])
    sheet.freeze_panes = "A2"
    rows = any_mart.every_row(published, mart, published.columns(mart)).rows
    columns = contents.columns(published).rows
    for name in columns[(columns["mart"] == mart) & (columns["type"] == "date")]["column_name"]:
        rows[name] = rows[name].dt.date
    for name in rows.select_dtypes("object"):
        if (rows[name].map(lambda cell: len(cell) if isinstance(cell, str) else 0) > CELL_LETTERS).any():
            raise CannotExport(
                f"marts.{mart}.{name} has texts of more than the {CELL_LETTERS:,} letters that a cell of Excel holds: "
                "choose others with --marts, or another --format"
            )
    sheet.append(list(rows.columns))
    for row in rows.astype(object).where(rows.notna(), None).itertuples(index=False):
        sheet.append([_text(sheet, cell) if isinstance(cell, str) and cell.startswith("=") else cell for cell in row])
    book.save(target)


def _text(sheet: WriteOnlyWorksheet, text: str) -> WriteOnlyCell:
    """A cell that Excel does not take for a formula."""
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    return cell


def _readme(published: Published, tables: pd.DataFrame, form: str) -> str:
    """What the files are, and every column with its type, unit and meaning."""
    publication = contents.publication(published).rows.iloc[0]
    lines = [
        f"# {notices.PRODUCT}: marts of the market {publication['market']}",
        "",
        f"Last session {publication['last_session']:%Y-%m-%d}, known at {publication['as_of']:%Y-%m-%d %H:%M} UTC, "
        f"rules {publication['rule_version']}, revision {publication['git_revision']}.",
    ]
    if publication["is_made_up"]:
        lines += ["", notices.MADE_UP.format(market=publication["market"])]
    columns = contents.columns(published).rows
    for mart, table in tables.iterrows():
        lines += [
            "",
            f"## {mart}.{form}",
            "",
            f"{_in_table(table['meaning'] or '')} {table['rows']:,} rows.".strip(),
            "",
        ]
        lines += ["| column | type | unit | meaning | formula |", "|---|---|---|---|---|"]
        for _, column in columns[columns["mart"] == mart].iterrows():
            cells = [column[name] for name in ("column_name", "type", "unit", "meaning", "formula")]
            lines.append(f"| {' | '.join('' if pd.isna(cell) else _in_table(cell) for cell in cells)} |")
    return "\n".join(lines) + "\n"


def _in_table(text: str) -> str:
    """A text as a cell of a Markdown table."""
    return " ".join(text.split()).replace("|", "&#124;")
