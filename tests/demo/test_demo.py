"""The whole loop on real HTTP with somebody else's feedback, while the worker is killed with -9 again and again."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import threading
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
import yaml

from vocbot.demo import show
from vocbot.demo.stage import MARKER, Stage
from vocbot.demo.world import read_world
from vocbot.registry import find_connectors
from vocbot.sdk.errors import VocbotError

ZONE = ZoneInfo("Asia/Shanghai")
KILLS = 6  # each costs a start of the worker
TROUBLE = (
    "My coupon said applied but I was charged full price",
    "coupon shows as applied, card charged in full",
    "The voucher was not deducted at checkout, I paid full price",
    "优惠券明明显示可用，付款还是原价",
    "用了券没有抵扣，按原价扣的款",
    "券显示可用，结果没抵扣",
    "discount coupon not applied at payment, full price charged",
    "优惠券没抵扣，付了原价",
)
QUIET = (
    "How do I change my delivery address?",
    "请问周末发货吗",
    "The courier was friendly and quick, thanks",
    "衣服尺码偏小",
    "Do you ship to Norway?",
    "包装很好，谢谢",
)


def story(path: Path) -> None:
    """Seven quiet days, a burst, a week of trouble, and three weeks in which it is gone."""
    chance = random.Random(11)
    begin = datetime(2026, 3, 2, 9, tzinfo=ZONE)
    items = []
    for day in range(36):
        troubles = {7: 8, 8: 7, 9: 5}.get(day, 3 if 10 <= day < 17 else 0)
        for n in range(troubles + 4):
            text = TROUBLE[(day + n) % len(TROUBLE)] if n < troubles else QUIET[(day + n) % len(QUIET)]
            time = begin + timedelta(days=day, minutes=chance.randrange(600))
            answer = {"text": "请先不要重拍，提交订单号，我们补差价并保留券。", "outcome": "solved"}
            items.append(
                {
                    "text": text + ["", "!", "。", " :("][n % 4],
                    "time": time.isoformat(),
                    "author": f"customer-{chance.randrange(500)}",
                    "channel": ["email", "chat"][n % 2],
                    "attributes": {"build": "9.1" if n < troubles else "9.0"},
                    **({"answer": answer} if n < 2 and troubles else {}),
                }
            )
    path.write_text("".join(json.dumps(i, ensure_ascii=False) + "\n" for i in items), encoding="utf-8")


def killer(folder: Path, ended: threading.Event, killed: list[int]) -> None:
    """Kill the worker at any moment once it is up; a killer that leaves it no time to start proves nothing."""
    chance = random.Random(7)
    while not ended.wait(0.2) and len(killed) < KILLS:
        try:
            pid = int((folder / "worker.pid").read_text())
            port = yaml.safe_load((folder / "vocbot.yaml").read_text(encoding="utf-8"))["web"]["port"]
            httpx.get(f"http://127.0.0.1:{port}/health", timeout=5)
        except (OSError, ValueError, httpx.TransportError):
            continue
        if not ended.wait(chance.uniform(0.5, 8.0)):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)


def test_the_loop_closes_although_the_worker_is_killed(tmp_path: Path) -> None:
    items, folder = tmp_path / "items.jsonl", tmp_path / "demo"
    story(items)
    ended, killed = threading.Event(), list[int]()
    thread = threading.Thread(target=killer, args=(folder, ended, killed))
    thread.start()
    try:
        code = show.run(folder, items, ("shop",), "", stay=False)
    finally:
        ended.set()
        thread.join()
    judged = json.loads((folder / "judgement.json").read_text(encoding="utf-8"))
    assert [check for check in judged if not check["holds"]] == []
    assert code == 0
    assert len(killed) >= 3


def test_somebody_elses_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear diary", encoding="utf-8")
    with pytest.raises(VocbotError, match="not an older demo"):
        Stage(tmp_path, read_world(), find_connectors(), ("shop",), datetime.now(ZONE), ())
    assert (tmp_path / "letter.txt").exists()


def test_two_demos_do_not_share_a_folder(tmp_path: Path) -> None:
    first = Stage(tmp_path, read_world(), find_connectors(), ("shop",), datetime.now(ZONE), ())
    assert (tmp_path / MARKER).exists()
    with pytest.raises(VocbotError, match="a demo is running"):
        Stage(tmp_path, read_world(), find_connectors(), ("shop",), datetime.now(ZONE), ())
    first.close()
    Stage(tmp_path, read_world(), find_connectors(), ("shop",), datetime.now(ZONE), ()).close()
