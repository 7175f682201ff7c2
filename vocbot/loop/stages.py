"""The stages of the loop with their settings: what all its parts work with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from vocbot.act.faq import Faqs
from vocbot.act.ticket import (
    Tickets,
)
from vocbot.config.model import Settings
from vocbot.listen.receive import Receiver
from vocbot.sdk.clock import Clock
from vocbot.tell.ask import Asker
from vocbot.tell.digest import Digests
from vocbot.tell.notice import Notices
from vocbot.tell.report import Reports
from vocbot.understand.classify import Classifier


@dataclass(frozen=True)
class Stages:
    """The settings of every stage. Immutable; `today` is the owner's local day."""

    settings: Settings
    clock: Clock
    receiver: Receiver
    classify: Classifier
    tickets: Tickets
    faqs: Faqs
    asker: Asker
    notices: Notices
    digests: Digests
    reports: Reports

    def today(self) -> date:
        return self.clock.now().astimezone(self.settings.zone).date()
