"""What can be configured. Every field has a description: the reference in docs/config.md is made from them."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from vocbot.stats.formula import USUAL, read
from vocbot.stats.priority import SHARES

Language = Literal["zh", "en"]
Mode = Literal["shadow", "approve", "auto"]


class Section(BaseModel):
    """Base of all sections: unknown settings are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("not a time zone of the IANA list, e.g. Asia/Shanghai or Europe/Berlin")
    return value


class StoreSettings(Section):
    """Where everything is kept."""

    url: str = Field(
        "sqlite:///vocbot-data/vocbot.db", description="Database address: sqlite:///path/vocbot.db or postgresql://..."
    )
    key: str = Field(
        "file:vocbot-data/vocbot.key",
        description="Encryption key of raw bodies and contact details, env:NAME or file:PATH; a missing file is "
        "created with mode 0600. Keep a copy: without it they cannot be read again",
    )


class WebSettings(Section):
    """The web server that takes webhooks."""

    host: str = Field("127.0.0.1", description="Address to listen on")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on")
    public_url: str = Field(
        "http://127.0.0.1:8080",
        description="How others reach this server; webhooks go to {public_url}/hooks/{connector id}",
    )
    max_body: int = Field(1_048_576, ge=1024, description="Largest request body in bytes; larger ones get 413")


class Modes(Section):
    """How much vocbot does by itself, per kind of act: shadow (only shown), approve (asks first), auto."""

    ticket: Mode = Field(
        "shadow", description="Opening tickets; an open one is commented and updated without asking again"
    )
    digest: Literal["shadow", "auto"] = Field("shadow", description="Posting digests to colleagues")
    report: Literal["shadow", "auto"] = Field("shadow", description="Posting verdicts to colleagues")
    faq: Mode = Field("shadow", description="Publishing FAQ entries (auto needs notices.signed_by)")
    notice: Mode = Field("shadow", description="Writing to customers (auto needs notices.signed_by)")


class TicketSettings(Section):
    """When and where a ticket is opened."""

    connector: str | None = Field(None, description="Id of the connector that holds tickets; none: no tickets")
    language: Literal["zh", "en", "customers"] = Field(
        "customers", description="Language of tickets: zh, en, or customers for the one most of those quoted speak"
    )
    min_people: int = Field(5, ge=1, description="Distinct people within the window")
    min_mentions: int = Field(8, ge=1, description="Mentions within the window")
    min_days: int = Field(2, ge=1, description="Separate days within the window")
    window_days: int = Field(7, ge=1, le=90, description="Length of the window in days")
    project_tag: str = Field("voc", description="First label of every ticket")


class DigestSettings(Section):
    """One regular message to colleagues."""

    name: str = Field(description="Unique name; part of the key that keeps a digest from being sent twice")
    connector: str = Field(description="Id of the connector that posts it")
    target: str = Field(description="Channel that gets it, by the id the chat system gives it")
    language: Language = Field("en", description="Language of the digest and of the customers it quotes")
    weekday: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = Field("mon", description="Day of the week")
    at: time = Field(time(9, 7), description="Local time; not on the hour, where chat systems are slow")


class ApprovalSettings(Section):
    """Where people are asked."""

    connector: str | None = Field(None, description="Id of the connector that asks; none: use `vocbot decide`")
    target: str = Field("", description="Channel of the questions")
    language: Language = Field("en", description="Language of the questions")


class TextSettings(Section):
    """How texts are understood."""

    undecided: float = Field(
        0.6,
        ge=0,
        le=1,
        description="Sentiment, intent, stage, severity and aspects less likely right than this are undecided",
    )
    heads: dict[str, Path] = Field(
        default_factory=dict,
        description="Heads of your own (`vocbot train`) in the place of shipped ones, by name: sentiment.zh, "
        "sentiment.en, tone, intent, aspects, stage, severity",
    )


class FaqSettings(Section):
    """Where FAQ entries go."""

    connector: str | None = Field(None, description="Id of the connector with the knowledge base; none: no FAQ drafts")
    min_answers: int = Field(2, ge=1, description="Agent answers needed before an entry is drafted")


class NoticeSettings(Section):
    """How customers are told."""

    via: tuple[str, ...] = Field(
        (), description="Connectors in order of preference; the one a customer wrote through always comes first"
    )
    canary: int = Field(2, ge=0, description="How many people are told first, a day before the others")
    days_between: int = Field(7, ge=0, description="A person gets no more than one notice in so many days")
    quiet_from: time = Field(time(21), description="No notice leaves from this local time on ...")
    quiet_to: time = Field(time(9), description="... until this one; the same time twice: at any hour")
    signed_by: str | None = Field(
        None, description="Who signed the standing rule that allows mode auto for notices and FAQ entries"
    )


class ReportSettings(Section):
    """Where verdicts are posted."""

    connector: str | None = Field(None, description="Id of the connector that posts verdicts; none: not posted")
    target: str = Field("", description="Channel that gets them, by the id the chat system gives it")
    languages: tuple[Language, ...] = Field(("en",), description="A verdict is posted once in each language")


class AlertSettings(Section):
    """Where it is said that vocbot itself has trouble: a silent source, acts that were given up."""

    connector: str | None = Field(None, description="Id of the connector that posts alerts; none: `vocbot sources`")
    target: str = Field("", description="Channel that gets them, by the id the chat system gives it")
    language: Language = Field("en", description="Language of alerts")


class LogSettings(Section):
    """What is written to standard error."""

    format: Literal["text", "json"] = Field("text", description="text for people, json with one object a line")
    level: Literal["info", "warning", "error"] = Field("warning", description="The least that is written")


class RetentionSettings(Section):
    """How long raw data and finished work are kept: see `vocbot retention`. Feedback (redacted), counts, acts and the
    audit log stay."""

    raw_days: int | None = Field(
        90,
        ge=1,
        description="Days that raw requests and records (encrypted) are kept after they came in; none: for ever. What "
        "was made of them stays; it cannot be made anew from them any more",
    )
    unread_days: int | None = Field(
        365,
        ge=1,
        description="The same for records that could not be read (`vocbot dead`): they are kept for a replay, and the "
        "log says when they go",
    )
    engine_days: int | None = Field(
        7, ge=1, description="Days that the durable engine's rows of finished attempts are kept; none: for ever"
    )


class CampaignSettings(Section):
    """One campaign of yours."""

    name: str = Field(description="What you call it")
    first: date = Field(description="Its first day")
    last: date = Field(description="Its last day, and of the deliveries it brings")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError("last is before first")
        return self


def _country(value: str) -> str:
    if value:
        import holidays  # three thousand files: only where somebody names a country

        if value not in holidays.list_supported_countries():
            raise ValueError("not a country code that has holidays, e.g. CN or DE")
    return value


class CalendarSettings(Section):
    """Days that are unlike others: on them an issue is judged by the special days before, not by usual ones."""

    country: Annotated[str, AfterValidator(_country)] = Field(
        "", description="Country whose public holidays count, e.g. CN; none: no holidays"
    )
    shopping_days: bool = Field(False, description="Whether 618, 双11, 双12 and Black Friday are special")
    campaigns: tuple[CampaignSettings, ...] = Field((), description="Your own campaigns, past ones too")


class MoneySettings(Section):
    """What a mention costs, so that a verdict can say what was saved; never guessed."""

    currency: str = Field("CNY", description="Shown with sums of money")
    per_mention: float | None = Field(
        None, ge=0, description="Cost of one mention, such as a call or a refund; none: no sums are shown"
    )
    by_area: dict[str, float] = Field(
        default_factory=dict, description="Costs of areas where they are others, e.g. {delivery: 30}"
    )


Least = Literal["P1", "P2", "P3"]


def _formula(value: str) -> str:
    return read(value).text


def _falling(value: dict[Least, float]) -> dict[Least, float]:
    if value and (set(value) != {"P1", "P2", "P3"} or not value["P1"] > value["P2"] > value["P3"]):
        raise ValueError("give P1, P2 and P3, each lower than the one before, e.g. {P1: 8.5, P2: 3.5, P3: 1.5}")
    return value


def _rising(value: dict[Least, float]) -> dict[Least, float]:
    if set(value) != {"P1", "P2", "P3"} or not value["P1"] < value["P2"] < value["P3"]:
        raise ValueError("give P1, P2 and P3 in per cent, each higher than the one before, e.g. {P1: 1, P2: 5, P3: 20}")
    return value


def _usual_shares() -> dict[Least, float]:
    return dict(zip(("P1", "P2", "P3"), SHARES, strict=True))


class PrioritySettings(Section):
    """In which order open issues are ranked, and which band (P1 to P4) each gets. Safety and legal matters are P1
    whatever their number; `vocbot issue priority` sets a band by hand."""

    formula: Annotated[str, AfterValidator(_formula)] = Field(
        USUAL,
        description="What ranks: + - * / **, brackets, min, max, sqrt and ln over reach (people a week), severity (0 "
        "to 1) and the multipliers surge, channels, value, moment, confidence",
    )
    recent: float = Field(
        0.5, ge=0, le=1, description="Share of the last four weeks in reach; the rest is the level of half a year"
    )
    surge: float = Field(1.5, ge=1, le=4, description="Most that an alarm multiplies; 1: it does not count")
    channels: float = Field(
        1.5, ge=1, le=4, description="Most that several channels multiply, a tenth for each beyond the first"
    )
    value: float = Field(
        2.0, ge=1, le=4, description="Most that the worth of its customers multiplies; its inverse is the least"
    )
    value_attribute: str = Field(
        "", description="Attribute of feedback that holds a customer's worth, e.g. order_value; none: all are alike"
    )
    confidence: float = Field(
        0.5, ge=0.25, le=1, description="Least that doubt about what was recognised multiplies; 1: it does not count"
    )
    moments: dict[str, Annotated[float, Field(ge=0.25, le=4)]] = Field(
        default_factory=lambda: {"purchase": 1.25, "delivery": 1.25, "service": 1.25, "leave": 1.5},
        description="Multipliers of journey stages; the others have 1",
    )
    bands: Annotated[dict[Least, float], AfterValidator(_falling)] = Field(
        default_factory=dict,
        description="Least value of the formula for P1, P2 and P3, e.g. {P1: 8.5, P2: 3.5, P3: 1.5}; none: learned "
        "from your own history, so that `shares` hold in it",
    )
    shares: Annotated[dict[Least, float], AfterValidator(_rising)] = Field(
        default_factory=_usual_shares,
        description="Per cent of your issues, month by month, that are P1, that or P2, that or P3",
    )


class ClockSettings(Section):
    """For demos: time that runs faster."""

    fast: str | None = Field(None, description="Anchor file of a fast clock; none: the wall clock")


class ConnectorEntry(BaseModel):
    """One outside system; the other settings are those of its type."""

    model_config = ConfigDict(extra="allow", frozen=True)
    type: str = Field(description="Which connector: see `vocbot connectors`")
    search_lag: float | None = Field(
        None, ge=0, description="Seconds until this system's search shows a write; none: what the connector says"
    )
    per_second: float | None = Field(
        None, gt=0, description="Most acts a second towards this system; none: what the connector says"
    )

    poll_minutes: float | None = Field(
        None, gt=0, description="How often this system is asked for what is new; none: as all are (poll_minutes)"
    )
    silent_hours: float | None = Field(
        None, gt=0, description="An alarm after so many hours without a word; none: learned from what is usual"
    )

    def own(self) -> dict[str, Any]:
        """The settings of the connector's own model."""
        return dict(self.model_extra or {})


class Settings(Section):
    """The whole configuration."""

    company: str = Field("Our company", description="Name that customers know you by")
    language: Language = Field("en", description="Language of lists and pages")
    timezone: Annotated[str, AfterValidator(_zone)] = Field(
        "Asia/Shanghai", description="Days and weeks are counted in this zone (IANA name)"
    )
    rules: tuple[str, ...] = Field(
        ("shop", "journey"), min_length=1, description="Rule packs: names of shipped ones or paths"
    )
    store: StoreSettings = Field(default_factory=StoreSettings)  # type: ignore[arg-type]
    web: WebSettings = Field(default_factory=WebSettings)  # type: ignore[arg-type]
    modes: Modes = Field(default_factory=Modes)  # type: ignore[arg-type]
    tickets: TicketSettings = Field(default_factory=TicketSettings)  # type: ignore[arg-type]
    digests: tuple[DigestSettings, ...] = Field((), description="Regular messages to colleagues")
    text: TextSettings = Field(default_factory=TextSettings)  # type: ignore[arg-type]
    approvals: ApprovalSettings = Field(default_factory=ApprovalSettings)  # type: ignore[arg-type]
    faq: FaqSettings = Field(default_factory=FaqSettings)  # type: ignore[arg-type]
    notices: NoticeSettings = Field(default_factory=NoticeSettings)  # type: ignore[arg-type]
    reports: ReportSettings = Field(default_factory=ReportSettings)  # type: ignore[arg-type]
    alerts: AlertSettings = Field(default_factory=AlertSettings)  # type: ignore[arg-type]
    logs: LogSettings = Field(default_factory=LogSettings)  # type: ignore[arg-type]
    retention: RetentionSettings = Field(default_factory=RetentionSettings)  # type: ignore[arg-type]
    calendar: CalendarSettings = Field(default_factory=CalendarSettings)  # type: ignore[arg-type]
    money: MoneySettings = Field(default_factory=MoneySettings)  # type: ignore[arg-type]
    priority: PrioritySettings = Field(default_factory=PrioritySettings)  # type: ignore[arg-type]
    clock: ClockSettings = Field(default_factory=ClockSettings)  # type: ignore[arg-type]
    request_timeout: float = Field(
        15.0, gt=0, le=120, description="Seconds until a request to an outside system is lost"
    )
    poll_minutes: float = Field(
        10.0, gt=0, description="How often sources that can be polled are asked for what webhooks lost"
    )
    connectors: dict[str, ConnectorEntry] = Field(
        default_factory=dict, description="Outside systems by an id of your choice"
    )

    @property
    def zone(self) -> ZoneInfo:
        """The owner's time zone."""
        return ZoneInfo(self.timezone)
