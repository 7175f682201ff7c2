"""The settings of the App Store connector, checked before anything is asked for."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

KOSOVO = "xk"  # a storefront without an ISO code
USUAL_SLIPS = {"uk": "gb", "en": "us or gb", "zh": "cn", "ja": "jp", "ko": "kr"}


class AppStoreSettings(BaseModel):
    """One app in one or more countries. Nothing here is secret: the feed is public."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    app_id: int = Field(
        ge=1,
        description="The number in the app's address: 123456789 for apps.apple.com/us/app/x/id123456789.",
    )
    countries: tuple[str, ...] = Field(
        min_length=1,
        description="Storefronts, as two-letter country codes: [cn, us]. Each has its own reviews.",
    )
    poll_from: AwareDatetime | None = Field(
        default=None,
        description="The first poll reads the reviews written since then; empty means the last 30 days. "
        "No more than the 500 newest of a country can be read.",
    )
    base_url: str = Field(
        default="https://itunes.apple.com",
        pattern=r"^https?://[^\s/?#@]+(?:/[^\s?#]*)?$",
        description="Address of the feeds; another one only behind a proxy.",
    )

    @field_validator("countries", mode="after")
    @classmethod
    def _are_countries(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        codes = tuple(code.strip().lower() for code in given)
        for code in codes:
            if code not in country_codes():
                hint = f", write {USUAL_SLIPS[code]}" if code in USUAL_SLIPS else ", such as cn or us"
                raise ValueError(f"{code[:20]!r} is no two-letter country code{hint}")
        twice = sorted({code for code in codes if codes.count(code) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} stands there twice")
        return codes

    @property
    def url(self) -> str:
        """The address without a slash at the end."""
        return self.base_url.rstrip("/")


@lru_cache(maxsize=1)
def country_codes() -> frozenset[str]:
    """The two-letter codes of ISO 3166 in small letters, from the time-zone data, and the storefront without one."""
    lines = files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text(encoding="utf-8").splitlines()
    return frozenset(line[:2].lower() for line in lines if line and not line.startswith("#")) | {KOSOVO}
