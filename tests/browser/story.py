"""A shop with a past, for pages to show: fixed and open problems, things that wait, customers of both languages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from tests.world import COUPON, CRASH, DARK, World, said
from vocbot.sdk import events
from vocbot.store.tables import Alarm, Change, Delivery, IssueDay, Source, Ticket

CODE, SLOW = "login-code-missing", "refund-slow"
OPTIONS = {
    "company": "晨光小铺 Daybreak",
    "modes": {"ticket": "approve", "notice": "approve", "faq": "approve"},
    "notices": {"via": ["email"], "signed_by": None},
    "connectors": {"jira": {"type": "jira"}, "zendesk": {"type": "zendesk"}},
}
ANSWER = (
    "Please update the app to 5.4.1, then choose the coupon again. It is taken off before you pay. "
    "If you paid the full price, the difference is on its way back."
)
ANSWER_ZH = "请先把应用更新到 5.4.1，再重新选择优惠券。付款前会直接抵扣。如果已按原价付款，差价会退回原支付账户。"
UNDECIDED = (
    "The gift wrapping was lovely, but the card inside was for somebody else.",
    "包装很好看，就是里面的贺卡写的不是我的名字。",
    "Could you tell me which of the two lamps is brighter?",
    "门店导购说可以预约试穿，页面上没找到入口。",
    "My neighbour took the parcel and now denies it.",
)
VERSIONS = ("5.3.2", "5.4.0", "5.4.0", "5.4.0")
REGIONS = ("华东", "华南", "华北", "西南")


def tell(world: World) -> None:
    """Everything happens; the clock ends seven weeks later, on a day on which much waits."""
    world.counted(60, volume=14)
    _burst(world, CODE, days=3, people=7)
    _opened(world, CODE)
    world.go(days=3)
    with world.write() as session:
        issue = session.merge(world.issue(CODE))
        session.add(
            Change(
                issue_id=issue.id,
                version="5.3.3",
                what_en="Login codes arrive within a minute again.",
                what_zh="登录验证码恢复在一分钟内送达。",
                hypothesis="weekly mentions fall by 60 %",
                added_by="Shen",
                added_at=world.clock.now(),
            )
        )
    world.finish(version="5.3.3")
    world.decide(f"notice:{world.changes()[0].name}", by="Li Na")
    world.send("notice")
    _past(world, CODE, (9, 12, 16, 21))
    for n in range(30):
        world.go(days=1)
        world.counted(1, volume=14)
        if n % 9 == 4:
            world.complain(1, CODE, "zh", first=300 + n)
    world.send("notice")
    _burst(world, SLOW, days=2, people=4)
    _past(world, SLOW, (4, 6, 5, 7, 6, 5))
    _opened(world, SLOW)
    slow = world.all(Ticket)[-1]
    _burst(world, COUPON, days=4, people=9)
    _opened(world, COUPON)
    for n in range(6):
        world.take(events.AgentAnswer(f"a{n}", f"talk-c{n}", ANSWER, world.clock.now()))
        world.take(events.AgentAnswer(f"z{n}", f"talk-c{100 + n}", ANSWER_ZH, world.clock.now()))
    world.complain(3, DARK, "zh", first=400)
    world.complain(2, CRASH, "en", first=500)
    world.go(hours=3)
    _burst(world, CRASH, days=2, people=7)
    world.finish(ticket=slow)
    world.run()
    for n, words in enumerate(UNDECIDED):
        world.say(words, f"u{n}", channel=("chat", "review")[n % 2], attributes={"product": "app"})
    now = world.clock.now()
    with world.write() as session:
        session.add(Source(name="zendesk", heard_at=now, records=1284))
        session.add(Source(name="app_store", heard_at=now - timedelta(days=2), records=311))
        facts = {"since": (now - timedelta(days=2)).isoformat(), "usual": 9}
        session.add(Alarm(source="app_store", kind="silence", facts=facts, raised_at=now))
        session.add(
            Delivery(
                key="digest:lost",
                act="digest",
                connector="slack",
                subject="weekly-zh",
                state="buried",
                error="chat.postMessage: channel_not_found",
                attempt=6,
                due_at=now,
                planned_at=now,
                ended_at=now - timedelta(hours=2),
            )
        )


def _burst(world: World, issue: str, days: int, people: int) -> None:
    for n in range(days):
        for language, first in (("en", 0), ("zh", 100)):
            for k in range(people if language == "zh" else people // 2):
                texts = said(issue, language)
                world.say(
                    texts[(n * people + k) % len(texts)],
                    f"c{first + n * people + k}",
                    conversation=f"talk-c{first + n * people + k}",
                    channel=("chat", "email", "web")[k % 3],
                    attributes={
                        "version": VERSIONS[k % 4],
                        "os": ("iOS", "Android")[k % 3 == 2],
                        "region": REGIONS[k % 4],
                    },
                )
        world.run()
        world.go(days=1)
        world.counted(1, volume=14)


def _device(k: int) -> dict[str, str]:
    return {"version": VERSIONS[k % 4], "os": ("iOS", "Android")[k % 3 == 2], "region": REGIONS[k % 4]}


def _opened(world: World, issue: str) -> None:
    token = f"ticket:{world.issue(issue).name}:1"
    world.decide(token, by="Shen Yu")
    world.ticket()


def _past(world: World, issue: str, weeks: Sequence[int]) -> None:
    """Counts of the weeks before the Issue's first mention."""
    with world.write() as session:
        found = world.issue(issue)
        for n, count in enumerate(reversed(weeks), 2):
            day = found.first_seen.date() - timedelta(days=7 * n)
            session.merge(IssueDay(issue_id=found.id or 0, day=day, mentions=count, people=count, negative=count))
