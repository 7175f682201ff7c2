from __future__ import annotations

import pytest

from vocbot.text.redact import redact


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My name is Rubija", "My name is [NAME]"),
        ("my name is patricia desrosiers.", "my name is [NAME]."),
        ("My name is Dr. Kyle Kuefer", "My name is Dr. [NAME]"),
        ("Her name is Clarita Jaramillo Mejia. Thank you", "Her name is [NAME]. Thank you"),
        ("I'm Naomi Ryan, originally from Oslo", "I'm [NAME], originally from Oslo"),
        ("Hello, this is Anna from Acme", "Hello, this is [NAME] from Acme"),
        ("this is Anna Bell.", "this is [NAME]."),
        ("Mr. Smith and Mrs Jones", "Mr. [NAME] and Mrs [NAME-2]"),
        ("mr. elliott flew", "mr. [NAME] flew"),
        ("Ms. O'Neil-García helped", "Ms. [NAME] helped"),
        ("the agent Sarah told me", "the agent [NAME] told me"),
        ("rep N. Dorns was rude", "rep [NAME] was rude"),
        ("I spoke with Courtney in Texas", "I spoke with [NAME] in Texas"),
        ("a guy named Fidencio answered", "a guy named [NAME] answered"),
        ("Kind regards,\nJohn van der Berg", "Kind regards,\n[NAME]"),
        ("Thanks,\n- Mary Ann O'Neil", "Thanks,\n- [NAME]"),
        ("Dear John, thanks", "Dear [NAME], thanks"),
        ("my daughter Candice and I", "my daughter [NAME] and I"),
        ("add Irenke Sörös as a beneficiary", "add [NAME] as a beneficiary"),
        ("Name on the account? User: Šárka Ottová", "Name on the account? User: [NAME]"),
        ("客户说my name is John Smith", "客户说my name is [NAME]"),
        ("Barbara's bag: agent Barbara's desk", "[NAME]'s bag: agent [NAME]'s desk"),
    ],
)
def test_names_beside_a_cue_go(text: str, expected: str) -> None:
    assert redact(text).text == expected


@pytest.mark.parametrize(
    "text",
    [
        "my name is not on the list, my name is wrong",
        "I'm Very upset",
        "I'm Late Flight now",
        "please call me back, call me ASAP",
        "this is Great",
        "it's Monday here",
        "the agent was rude, agents refused",
        "Thanks JetBlue",
        "Thanks,\nyour service is bad and so is the app",
        "hey JetBlue, help",
        "I signed up for it",
        "spoke to customer service",
        "a named approver",
        "dismissing Dr appointments",
        "major miss. Unfriendly crew",
        "AA agent AA said",
        "add Coupons as they come",
    ],
)
def test_ordinary_words_and_brands_stay(text: str) -> None:
    assert redact(text).text == text
