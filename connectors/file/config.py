"""What the owner says of the files: where they are, and which column means what."""

from __future__ import annotations

import codecs
import re
from datetime import tzinfo
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from connectors.file.columns import NAMES
from connectors.file.zones import read_zone
from vocbot.sdk.errors import VocbotError

_ATTRIBUTE = re.compile(r"[\w-]{1,60}")
_DELIMITERS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}


class FileSettings(BaseModel):
    """Settings of the file connector."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    path: str = Field(
        min_length=1,
        description="A file, a pattern such as exports/*.csv, or a folder, whose CSV, JSONL and XLSX count.",
    )
    map: dict[str, str] = Field(
        default={},
        validate_default=True,
        description="Which column is what: text (needed), time, id, author, email, phone, score, channel; any other "
        "name is an attribute. With event instead of text, rows are what customers did or met, such as orders. In JSON "
        "Lines a column is a key, or a path such as user.name.",
    )
    tz: str | None = Field(
        None, description="Zone of times that name none, such as Asia/Shanghai or +08:00; needed where there are such."
    )
    dates: Literal["day-first", "month-first"] | None = Field(
        None, description="How to read 03/11/2026 where the file does not tell by itself."
    )
    encoding: str | None = Field(None, description="Of CSV and JSON Lines, such as gb18030; else it is found out.")
    sheet: str | int | None = Field(None, description="Name or number (from 1) of a workbook's sheet; else the first.")
    delimiter: str | None = Field(None, description="Between the cells of CSV (tab for a tabulator); else found out.")

    @field_validator("map")
    @classmethod
    def _names(cls, value: dict[str, str]) -> dict[str, str]:
        for name, column in value.items():
            if not _ATTRIBUTE.fullmatch(name):
                raise ValueError(f"{name[:60]!r} is no name for an attribute: use letters, digits, _ and -")
            if not column.strip():
                raise ValueError(f"{name}: name a column")
            if name not in NAMES and name.lower() in NAMES:
                raise ValueError(f"{name}: write {name.lower()}")
        return value

    @field_validator("tz")
    @classmethod
    def _zone(cls, value: str | None) -> str | None:
        if value is not None:
            read_zone(value)
        return value

    @field_validator("encoding")
    @classmethod
    def _codec(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            found = codecs.lookup(value).name
            "".encode(found)  # hex and rot13 are found, too, and are no encodings of text
        except LookupError:
            raise ValueError("Python knows no such encoding; common ones are utf-8, gb18030, big5, cp1252") from None
        return "gb18030" if found in ("gbk", "gb2312", "cp936") else found

    @field_validator("sheet")
    @classmethod
    def _from_one(cls, value: str | int | None) -> str | int | None:
        if isinstance(value, int) and value < 1:
            raise ValueError("sheets are counted from 1")
        return value

    @field_validator("delimiter")
    @classmethod
    def _one_sign(cls, value: str | None) -> str | None:
        if value is None:
            return None
        value = _DELIMITERS.get(value.lower(), value)
        if len(value) != 1 or value in '"\r\n' or ord(value) > 127:
            raise ValueError("must be one sign, such as , or ; or tab")
        return value

    @model_validator(mode="after")
    def _text_is_mapped(self) -> FileSettings:
        """Looks into the file, as only that can tell which column was meant."""
        if "event" in self.map:
            if "text" in self.map:
                raise ValueError("map: a row is either words (text) or something that was met (event), not both")
            if not {"author", "email", "phone"} & self.map.keys():
                raise ValueError("map: an event must be somebody's: say which column is the author, email or phone")
            return self
        if "text" in self.map:
            return self
        from connectors.file.advice import command  # it reads files, for which it needs this module

        message = "map: say which column holds what customers said (text)"
        try:
            found = command(self)
        except VocbotError as error:
            raise ValueError(f"{message}; {error}") from None
        raise ValueError(f"{message}. {found}")

    @property
    def says(self) -> Literal["text", "event"]:
        """What a row is: words, or something that was met."""
        return "event" if "event" in self.map else "text"

    @property
    def zone(self) -> tzinfo | None:
        """The zone of times that name none."""
        return read_zone(self.tz) if self.tz else None
