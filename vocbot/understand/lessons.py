"""Heads after what people corrected. Pure: whoever reads texts in another process is told the corrections."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from vocbot.sdk.errors import VocbotError
from vocbot.text.correcting import Lesson
from vocbot.text.reading import Heads

log = logging.getLogger(__name__)

# by head
Lessons = Mapping[str, Sequence[Lesson]]


def taught(heads: Heads, given: Lessons, least: float) -> Heads:
    """The heads after these corrections. Where some contradict each other the older half is left out, and so on; labels
    that a head no longer gives are left out, too."""
    given = {name: [one for one in some if set(one.labels) <= set(heads.labels(name))] for name, some in given.items()}
    while True:
        try:
            return heads.taught(given, least)
        except VocbotError as error:
            log.warning(
                "%s; the older half of the corrections is left out", error, extra={"action": "corrections.contradict"}
            )
            given = {name: some[(len(some) + 1) // 2 :] for name, some in given.items()}
