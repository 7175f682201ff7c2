"""English names without a cue: people in running text go, places, brands, companies and words stay."""

from __future__ import annotations

import pytest

from vocbot.text.redact import redact


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("John was rude, Delta too", "[NAME] was rude, Delta too"),
        ("Thomas was rude", "[NAME] was rude"),
        ("Thanks to Kevin and the team", "Thanks to [NAME] and the team"),
        ("please put Russell Daiber on it", "please put [NAME] on it"),
        ("have you heard Szabina J. Gelencsér speak?", "have you heard [NAME] speak?"),
        ("Wendell van der Holton's office", "[NAME]'s office"),
        ("met Robin Hayes. Robin Hayes spoke", "met [NAME]. [NAME] spoke"),
        ("a tribute to Krisztián Szöllösy, sadly", "a tribute to [NAME], sadly"),
        ("客服 Jacquie Plitt 很差", "客服 [NAME] 很差"),
    ],
)
def test_people_in_running_text_go(text: str, left: str) -> None:
    assert redact(text).text == left


@pytest.mark.parametrize(
    "text",
    [
        "Stuck in Denver, Dallas and San Diego; St. Louis and Santa Monica too",
        "Will it work? May I ask? I Hope so. Many Thanks",
        "United Airlines and Southwest Airlines to New York",
        "Johnson Inc and Mitchell Group answered, Kennedy Airport did not",
        "My iPhone and the Galaxy, Sunday, April, Christmas",
        "Worst Customer Service Ever, Lost My Bag, Cancelled Flight",
        "the Jensen novel",
        "San Pedro, Fort Wayne, Mount Vernon",
        "Kuala Lumpur to Phnom Penh, Addis Ababa and Oslo",
        "@Kevin said, #David too, kevin@",
        "GATE B LATE AND GRACE PERIOD OVER",
    ],
)
def test_places_brands_and_words_stay(text: str) -> None:
    assert redact(text).text == text


def test_only_cued_names_where_asked() -> None:
    assert redact("agent Mary met Kevin", free_names=False).text == "agent [NAME] met Kevin"
