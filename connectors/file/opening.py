"""Opening a file as a table whose columns are found and whose times can be read, before a row of it is taken."""

from __future__ import annotations

from connectors.file.columns import listed
from connectors.file.config import FileSettings
from connectors.file.csv_table import CsvTable
from connectors.file.finding import Found, recognise
from connectors.file.json_table import JsonTable
from connectors.file.tables import Table
from connectors.file.times import Survey, Times, survey
from vocbot.sdk.errors import Rejected


def open_table(found: Found, settings: FileSettings) -> Table:
    """The table of a file. Raises Rejected or Retryable."""
    kind = recognise(found)
    if kind == "xlsx":
        from connectors.file.workbook import BookTable

        return BookTable(found, settings)
    return JsonTable(found, settings) if kind == "jsonl" else CsvTable(found, settings)


def open_mapped(found: Found, settings: FileSettings) -> tuple[Table, tuple[str, ...], Times]:
    """The table with its columns found, what they mean (the text or the event first), and how to read its times.

    Raises Rejected, also where times could be read in more ways than one.
    """
    names = (settings.says, *(name for name in settings.map if name != settings.says))
    table = open_table(found, settings)
    try:
        table.locate([settings.map[name] for name in names])
        order = settings.dates
        day_first = None if order is None else order == "day-first"
        if "time" in names:
            place = names.index("time")
            seen = survey(values[place] for values in table.first())
            _settled(found.name, settings, seen)
            day_first = seen.day_first if day_first is None else day_first
    except BaseException:
        table.close()
        raise
    return table, names, Times(settings.zone, day_first, table.epoch)


def _settled(name: str, settings: FileSettings, seen: Survey) -> None:
    column = listed([settings.map["time"]])
    if seen.zoneless and settings.zone is None:
        zones = "Asia/Shanghai" if seen.chinese else "Asia/Shanghai, or UTC, or the zone of the program that wrote it"
        raise Rejected(
            f"{name}: times in column {column} do not say their zone: add --tz, for example --tz {zones} "
            "(in a configuration: tz)"
        )
    if seen.undecided and settings.dates is None:
        raise Rejected(
            f"{name}: dates in column {column} could be day/month or month/day: say dates: day-first or "
            "dates: month-first, or write them as 2026-11-03"
        )
