"""The parts of the settings that have a name of their own: map, error, paging, reading, oauth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from connectors.http_json import times
from connectors.http_json.expression import checked
from vocbot.sdk.mapping import FieldMap

JmesPath = Annotated[str, AfterValidator(checked)]

MODEL = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class MapSettings(FieldMap):
    """Where in an item its parts are: JMESPath, from the item on."""

    model_config = MODEL

    @field_validator("*", mode="before")
    @classmethod
    def _whole(cls, value: Any) -> Any:
        """Say where an expression breaks, which the type of the fields does not mark."""
        for name, text in value.items() if isinstance(value, dict) else [("", value)]:
            if isinstance(text, str):
                try:
                    checked(text)
                except ValueError as error:
                    raise ValueError(f"{name}: {error}" if name else str(error)) from None
        return value

    def expressions(self) -> dict[str, str]:
        """Every mapping that is set, by its name as it is written."""
        found = {name: getattr(self, name) for name in type(self).model_fields}
        attributes = found.pop("attributes")
        if isinstance(attributes, dict):
            found |= {f"attributes.{name}": text for name, text in attributes.items()}
        else:
            found["attributes"] = attributes
        return {name: text for name, text in found.items() if text is not None}


class ErrorSettings(BaseModel):
    """How the API says in a good answer (HTTP 200) that it refused."""

    model_config = MODEL

    when: JmesPath = Field(
        description="The answer is an error where this finds anything but null, false, 0 or nothing: errors, or "
        "code != `0`."
    )
    code: JmesPath | None = Field(default=None, description="Where the error's code is; messages name it.")
    rejected: tuple[str | int, ...] = Field(
        default=(), description="Codes that are for good (credentials, rights); all others are tried again."
    )
    lost_cursor: tuple[str | int, ...] = Field(
        default=(), description="Codes that say that the cursor is not known any more: reading begins anew."
    )


class PagingSettings(BaseModel):
    """How to come to the next page."""

    model_config = MODEL

    kind: Literal["none", "page", "offset", "cursor", "link"] = Field(
        default="none",
        description="none: one answer holds all. page: pages have numbers, sent as {page}. offset: items are counted, "
        "sent as {offset}. cursor: every page names the next, sent as {cursor}. link: it gives the next one's address.",
    )
    next: JmesPath | None = Field(
        default=None,
        description="For cursor: where the next page's cursor is. For link: where its address is; else the Link "
        "header counts.",
    )
    has_more: JmesPath | None = Field(
        default=None, description="Whether there is a next page; set it wherever the API says so."
    )
    start: int | str | None = Field(
        default=None,
        description="The first page: its number (else 1), the first offset (else 0), the first cursor (else none).",
    )
    size: int | None = Field(default=None, ge=1, le=100_000, description="Items on a page, sent as {limit}.")
    end_statuses: tuple[int, ...] = Field(
        default=(404,),
        description="HTTP statuses that say that a page lies beyond the last, for kind page and offset.",
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.kind == "cursor" and self.next is None:
            raise ValueError("next is missing: say where in the answer the next page's cursor is")
        if self.kind in ("none", "page", "offset") and self.next is not None:
            raise ValueError(f"next says nothing where kind is {self.kind}: did you mean kind: cursor or link?")
        if self.kind == "none" and self.has_more is not None:
            raise ValueError("has_more says nothing where kind is none: say how to come to the next page")
        if self.kind in ("page", "offset") and isinstance(self.start, str):
            raise ValueError(f"start must be a whole number where kind is {self.kind}")
        if self.kind in ("none", "link") and self.start is not None:
            raise ValueError(f"start says nothing where kind is {self.kind}")
        return self


class ReadingSettings(BaseModel):
    """How to read on from where the last poll was."""

    model_config = MODEL

    time: JmesPath | None = Field(
        default=None,
        description="The time by which the API lists and filters, such as updated_at; else it is map.time.",
    )
    order: Literal["ascending", "descending", "none"] = Field(
        default="none",
        description="How the API lists by that time: ascending (oldest first), descending (reading ends at what is "
        "known), none (in no order: every page is read each time).",
    )
    since_format: str = Field(
        default="iso",
        description="How {since} and {now} are written: iso (in UTC), unix, unix_ms, date, or a pattern such as "
        "%Y-%m-%d %H:%M:%S (in tz).",
    )
    lag: float = Field(
        default=60,
        ge=0,
        le=31 * 86_400,
        description="Seconds by which an item may show up late: so far back is read again, and what is known is left "
        "out. Days, where items are held back to be checked.",
    )
    poll_from: AwareDatetime | None = Field(
        default=None, description="The first poll reads the items since then; empty means look_back_days."
    )
    look_back_days: int = Field(default=30, ge=0, le=3660, description="So many days back begins the first poll.")
    max_pages: int = Field(
        default=500,
        ge=1,
        le=10_000,
        description="Most pages in one go. Ascending lists that take {since} are then read on from the last item; of "
        "others the rest is given up, and said to be lost.",
    )

    @field_validator("since_format")
    @classmethod
    def _format(cls, value: str) -> str:
        return times.check_format(value)

    @field_validator("poll_from")
    @classmethod
    def _not_before_computers(cls, value: datetime | None) -> datetime | None:
        if value is not None and value < times.EARLIEST:
            raise ValueError("must not lie before 1970")
        return value

    def beginning(self, now: datetime) -> datetime:
        """Where the first poll begins."""
        return min(self.poll_from or now - timedelta(days=self.look_back_days), now).astimezone(UTC)

    @property
    def late(self) -> timedelta:
        """`lag` as a time."""
        return timedelta(seconds=self.lag)


class OAuthSettings(BaseModel):
    """A token by the grant client_credentials."""

    model_config = MODEL

    token_url: str = Field(
        pattern=r"^https?://[^\s/?#@]+/[^\s?#]*$", description="Where tokens are given out; may be another host."
    )
    client_id: str = Field(min_length=1, description="The client's id.")
    client_secret: SecretStr = Field(description="The client's secret.")
    scope: str | None = Field(default=None, description="The scopes to ask for, parted by spaces.")
    send: Literal["body", "basic"] = Field(
        default="body", description="Whether id and secret go in the request's body or as basic authorisation."
    )


def _short(value: Any) -> Any:
    return {"when": value} if isinstance(value, str) else value


ShortError = Annotated[ErrorSettings, BeforeValidator(_short)]
