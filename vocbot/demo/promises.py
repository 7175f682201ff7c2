"""What our own story promises beside a closed loop, each judged from the stand-ins' logs alone."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vocbot.demo.compose import flood_words, read_crowd
from vocbot.demo.received import Received
from vocbot.demo.world import Campaign, Reaction, World
from vocbot.locale import LANGUAGES, day, say, word

IN_TIME = timedelta(days=3)  # from the first day of a wave to its ticket
SAFETY = "shop/food-made-ill"
# the offer is read online, the stores do not take it: who hands over, who should have taken it, and whose it is
HAND_OFF, FROM, TO, FALLS_TO = "shop/store-denies-online-price", "consider", "purchase", "stores"
WISH = "shop/wish-dark-mode"
LEVEL = ("shop/size-runs-small", "shop/agent-unreachable")  # said every week, and never an alarm
FIGURES = ("变戏法", "石沉大海")  # of speech, that marketing has to read
_NAME = re.compile(r"VOC-\d+")
_REPORT = re.compile(r"(VOC-\d+) · (CHANGE-\d+)")


@dataclass(frozen=True)
class Check:
    """One thing that must be true, whether it is, and what was seen."""

    what: str
    holds: bool
    seen: str


def story_checks(got: Sequence[Received], world: World, titles: Mapping[str, str]) -> list[Check]:
    """Every promise of the story. `titles` are the rules' ids by the titles that tickets carry."""
    tickets = _tickets(got, titles)
    return [
        _in_time(tickets),
        _level(tickets, titles),
        _safety(got, tickets),
        _hand_off(tickets),
        *(_campaign(got, tickets, titles, one) for one in world.campaigns),
        _wish(got, tickets),
        _copies(got),
        _figures(got),
        *_verdicts(got, world.reactions, tickets),
        _still(got),
        _edited(got, world.adds),
    ]


def _tickets(got: Sequence[Received], titles: Mapping[str, str]) -> dict[str, list[Received]]:
    """Tickets by the rule whose title they carry, in order."""
    found: dict[str, list[Received]] = defaultdict(list)
    for r in got:
        if r.what == "ticket":
            rule = next((rule for title, rule in titles.items() if title in r.title), "none of our rules")
            found[rule].append(r)
    return found


def _in_time(tickets: Mapping[str, Sequence[Received]]) -> Check:
    """Each wave of the crowd has its ticket within three days; the three told by hand are among the verdicts."""
    late, plan = [], read_crowd()[0]["themes"]
    waves = {f"shop/{theme}": told["wave"]["first"] for theme, told in plan.items() if "wave" in told}
    for rule, first in waves.items():
        opened = [datetime.fromisoformat(r.at).date() for r in tickets.get(rule, ())]
        if not any(first <= day <= first + IN_TIME for day in opened):
            late.append(rule)
    return Check("every wave had its ticket within three days", not late, f"{len(waves)} waves" + listed(late))


def _level(tickets: Mapping[str, Sequence[Received]], titles: Mapping[str, str]) -> Check:
    calm = (*LEVEL, *(rule for rule in titles.values() if rule.startswith("shop/praise-")), "none of our rules")
    wrong = [rule for rule in dict.fromkeys(calm) if tickets.get(rule)]
    return Check(
        "what is said at the same rate every week, and praise, made no ticket",
        not wrong,
        f"{len(LEVEL)} problems and praise" + listed(wrong),
    )


def _safety(got: Sequence[Received], tickets: Mapping[str, Sequence[Received]]) -> Check:
    first = datetime.fromisoformat(min(read_crowd()[0]["safety"]))
    mine = tickets.get(SAFETY, ())
    opened = [datetime.fromisoformat(r.at) for r in mine]
    holds = len(mine) == 1 and opened[0].date() <= first.date() + timedelta(days=1)
    return Check("one report of a fire made a ticket within a day", holds, f"{len(mine)} ticket" + _at(opened))


def _hand_off(tickets: Mapping[str, Sequence[Received]]) -> Check:
    """The ticket itself says which step of the journey handed over to which, and to whom it falls."""
    mine = tickets.get(HAND_OFF, ())
    said = [sentence for r in mine if (sentence := _says_hand_off(r)) is not None]
    return Check(
        "the break between online and the stores became one ticket, which says who handed over to whom",
        len(mine) == len(said) == 1,
        ", ".join(said) or f"{len(mine)} tickets, none of which says it",
    )


def _says_hand_off(ticket: Received) -> str | None:
    for language in LANGUAGES:
        steps = {"first": word(language, "stage", FROM), "then": word(language, "stage", TO)}
        sentence = say(language, "ticket.hand_off", **steps, area=word(language, "area", FALLS_TO))
        if sentence in ticket.text:
            return sentence
    return None


def _campaign(
    got: Sequence[Received], tickets: Mapping[str, Sequence[Received]], titles: Mapping[str, str], campaign: Campaign
) -> Check:
    """Marketing reads of what was not understood in a digest; the ticket names the campaign and its first day, and
    shows that more people ask since."""
    named = [title for title, rule in titles.items() if rule == campaign.misread]
    told = [r for r in got if r.what == "digest" and any(title in r.text for title in named)]
    mine = tickets.get(campaign.misread, ())
    asked = [found for r in mine if (found := _asked(r, campaign)) is not None]
    return Check(
        "the misunderstood campaign is in marketing's digests, and its one ticket shows that people ask since it began",
        bool(told) and len(mine) == 1 and len(asked) == 1 and asked[0][0] > asked[0][1],
        f"{len(told)} digests, {len(mine)} ticket"
        + "".join(f", {since} questions since {campaign.first}, {before} in 28 days before" for since, before in asked),
    )


def _asked(ticket: Received, campaign: Campaign) -> tuple[int, int] | None:
    """The questions since the campaign began and in the 28 days before, as a ticket states them."""
    figures = {"since": r"(?P<since>\d+)", "before": r"(?P<before>\d+)", "ratio": r"\S+", "low": r"\S+", "high": r"\S+"}
    for language in LANGUAGES:
        marks = {name: f"<{name}>" for name in figures}
        sentence = say(language, "ticket.asked", campaign=campaign.name, day=day(language, campaign.first), **marks)
        pattern = re.escape(sentence)
        for name, figure in figures.items():
            pattern = pattern.replace(marks[name], figure)
        found = re.search(pattern, ticket.text)
        if found is not None:
            return int(found["since"]), int(found["before"])
    return None


def _wish(got: Sequence[Received], tickets: Mapping[str, Sequence[Received]]) -> Check:
    """Who wished for something is told that it is here, in words for a wish."""
    starts = tuple(
        say(language, "notice.what_wish", what="", since="").split(".")[0].strip() for language in ("en", "zh")
    )
    told = [r for r in got if r.what == "notice" and any(start in r.text for start in starts)]
    mine = tickets.get(WISH, ())
    return Check(
        "a wish was built, and those who wished were told", bool(told) and len(mine) == 1, f"{len(told)} were told"
    )


def _copies(got: Sequence[Received]) -> Check:
    words = flood_words()
    spread = [r.what for r in got if words in r.text]
    return Check(
        "sixty copies of one text made no ticket, no digest, no notice", not spread, "nothing" + listed(set(spread))
    )


def _figures(got: Sequence[Received]) -> Check:
    read = [f for f in FIGURES if any(f in r.text for r in got if r.what == "digest")]
    missing = [f for f in FIGURES if f not in read]
    return Check("marketing reads the customers' figures of speech", not missing, ", ".join(read) + listed(missing))


def _verdicts(
    got: Sequence[Received], reactions: Iterable[Reaction], tickets: Mapping[str, Sequence[Received]]
) -> Iterable[Check]:
    """What measuring found of each change in the end. A change is known by its place among those of its issue."""
    names = {
        found[0]: rule for rule, mine in tickets.items() for r in mine if (found := _NAME.search(r.title)) is not None
    }
    words: dict[str, dict[str, str]] = defaultdict(dict)  # by rule: the last word of each change, in order
    for r in got:
        found = _REPORT.search(r.text)
        if r.what == "verdict" and r.key.endswith(":en") and found is not None and found[1] in names:
            words[names[found[1]]][found[2]] = r.key.split(":")[2]
    wrong, right = [], Counter[str]()
    for one in reactions:
        said = sorted(words[one.rule].items(), key=lambda pair: int(pair[0].removeprefix("CHANGE-")))
        last = said[one.generation - 1][1] if len(said) >= one.generation else "none"
        if last in one.verdicts:
            right[word("en", "verdict", last)] += 1
        elif one.verdicts:
            wrong.append(f"{one.rule} {last}")
    seen = "; ".join(f"{count} × {what}" for what, count in sorted(right.items()))
    yield Check("measuring found of every change what is true of it", not wrong, seen + listed(wrong))


def _still(got: Sequence[Received]) -> Check:
    """A customer's "still" reaches whoever closed the ticket."""
    titles = [say(language, "ticket.still_title") for language in ("en", "zh")]
    told = [r for r in got if r.what == "comment" and any(title in r.text for title in titles)]
    return Check("“still broken” came back into the ticket", bool(told), f"{len(told)} comments")


def _edited(got: Sequence[Received], adds: Mapping[str, str]) -> Check:
    """What the support lead added to an answer in chat stands in the knowledge base, once."""
    added = [r for r in got if r.what == "faq" and any(sentence in r.text for sentence in adds.values())]
    return Check(
        "an answer was edited in a window in chat, approved, and published as edited",
        len(added) == 1,
        ", ".join(r.title for r in added) or "none",
    )


def _at(times: Sequence[datetime]) -> str:
    return "".join(f", {at:%Y-%m-%d}" for at in times[:1])


def listed(names: Iterable[object]) -> str:
    """What broke a promise, for the end of its line."""
    shown = ", ".join(str(n) for n in list(names)[:5])
    return f"; broken by {shown}" if shown else ""
