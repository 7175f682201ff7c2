"""Verbs on tables of counts, as a person types them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vocbot import cli

MONDAY = date(2023, 1, 2)
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def vocbot(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["vocbot", *map(str, words)])
        code = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        got = capsys.readouterr()
        assert "Traceback" not in got.out + got.err
        return code, got.out, got.err

    return vocbot


def week(n: int) -> str:
    return (MONDAY + timedelta(weeks=n)).isoformat()


def write(path: Path, counts: dict[str, list[int]], extra: dict[str, int] | None = None) -> Path:
    columns = extra or {}
    lines = [",".join(["issue", "week", "mentions", *columns])]
    for issue, row in counts.items():
        lines += [",".join(map(str, (issue, week(t), y, *columns.values()))) for t, y in enumerate(row) if y]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def quiet(issues: int = 40, weeks: int = 30) -> dict[str, list[int]]:
    rng = np.random.default_rng(1)
    return {f"issue {i}": rng.poisson(2.0, weeks).tolist() for i in range(issues)}


def lines(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_an_alarm_says_what_was_seen(run: Run, tmp_path: Path) -> None:
    counts = quiet()
    counts["coupon"] = [2] * 28 + [15, 18]
    code, out, _ = run("detect", write(tmp_path / "counts.csv", counts))
    found = [one for one in lines(out) if one["issue"] == "coupon"]
    assert code == 0
    assert len(found) == 1
    alarm = found[0]
    assert set(alarm) == {"issue", "week", "window", "observed", "expected", "p", "state", "sentence"}
    assert (alarm["week"], alarm["window"], alarm["observed"], alarm["state"]) == (week(28), 1, 15, "surging")
    assert 1 < alarm["expected"] < 4
    assert alarm["p"] < 0.001
    assert alarm["sentence"].startswith("coupon: rising. 15 mentions in 1 week, 2.")


def test_a_week_without_a_row_has_no_mentions(run: Run, tmp_path: Path) -> None:
    counts = quiet()
    counts["new"] = [0] * 27 + [4, 9, 9]
    code, out, _ = run("detect", write(tmp_path / "counts.csv", counts), "--language", "zh")
    found = [one for one in lines(out) if one["issue"] == "new"]
    assert code == 0
    assert [one["state"] for one in found] == ["emerging"]
    assert "新出现" in found[0]["sentence"]


def test_one_person_is_no_alarm(run: Run, tmp_path: Path) -> None:
    counts = quiet()
    counts["coupon"] = [2] * 28 + [15, 18]
    code, out, _ = run("detect", write(tmp_path / "counts.csv", counts, {"people": 1}))
    assert (code, out) == (0, "")


def test_every_chance_below_a_fifth_is_printed(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "counts.csv", quiet(), {"people": 1, "total": 500})
    code, out, _ = run("detect", path, "--all-p")
    found = lines(out)
    assert code == 0
    assert all(set(one) == {"issue", "week", "p"} and one["p"] < 0.2 for one in found)
    assert 60 < len(found) < 500  # of 1,200 series-weeks


BAD = {
    "one week": ("a,2023-01-02,5", "at least 8 weeks"),
    "all zeros": ("\n".join(f"a,{week(t)},0" for t in range(10)), "every count is 0"),
    "one spike": ("\n".join(f"a,{week(t)},{9_000 * (t == 5)}" for t in range(10)), "all mentions lie in the week"),
    "future": ("a,2999-01-07,5", "in the future"),
    "no number": ("a,2023-01-02,many", "mentions is many"),
    "half a mention": ("a,2023-01-02,1.5", "whole number"),
    "negative": ("a,2023-01-02,-1", "whole number"),
    "infinite": ("a,2023-01-02,inf", "whole number"),
    "too many": ("a,2023-01-02,1e12", "whole number"),
    "no date": ("a,last week,1", "no date"),
    "a Tuesday": ("a,2023-01-03,1", "by its Monday, here 2023-01-02"),
    "long ago": ("a,0203-01-03,1", "before 1990"),
    "twice": ("a,2023-01-02,1\na,2023-01-02,1", "twice"),
    "short row": ("a,2023-01-02", "2 cells"),
    "no issue": (" ,2023-01-02,1", "issue is empty"),
    "nothing": ("", "no counts"),
}


@pytest.mark.parametrize(("rows", "told"), BAD.values(), ids=BAD.keys())
def test_a_mistake_in_the_counts_is_one_sentence(run: Run, tmp_path: Path, rows: str, told: str) -> None:
    path = tmp_path / "counts.csv"
    path.write_text(f"issue,week,mentions\n{rows}\n", encoding="utf-8")
    code, out, err = run("detect", path)
    assert (code, out) == (2, "")
    assert told in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"issue,mentions\na,1\n", "week is missing"), (b"\xff\xfe\x00", "UTF-8"), (b"", "is missing")],
)
def test_a_file_that_is_no_table_is_one_sentence(run: Run, tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "counts.csv"
    path.write_bytes(content)
    code, _, err = run("detect", path)
    assert code == 2
    assert told in err


def test_what_is_asked_wrongly_is_said(run: Run, tmp_path: Path) -> None:
    assert run("detect", tmp_path / "none.csv")[0] == 2
    code, _, err = run("detect", write(tmp_path / "counts.csv", quiet()), "--language", "fr")
    assert (code, "use en or zh" in err) == (2, True)
    path = tmp_path / "totals.csv"
    path.write_text(f"issue,week,mentions,total\na,{week(0)},1,50\nb,{week(0)},1,60\n", encoding="utf-8")
    assert "two totals" in run("detect", path)[2]


def with_fix() -> dict[str, list[int]]:
    counts = quiet(40, 40)
    counts["coupon"] = [12, 14, 11, 13] * 8 + [4, 3, 5, 4, 3, 4, 2, 5]
    return counts


def test_a_verdict_is_one_line_of_figures(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "counts.csv", with_fix())
    code, out, _ = run("verdict", path, "--change", week(32), "--issue", "coupon")
    (found,) = lines(out)
    assert code == 0
    assert list(found) == ["rate_ratio", "low", "high", "p_less", "verdict", "weeks_needed", "sentence"]
    assert found["low"] < 0.31 < found["high"] < 0.5
    assert (found["verdict"], found["weeks_needed"]) == ("effective", None)
    assert found["sentence"].startswith("coupon: fixed: the change worked. 12.5 mentions a week in 26 weeks")
    assert "in 8 weeks after it" in found["sentence"]


def test_a_change_within_a_week_cuts_it_out(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "counts.csv", with_fix())
    wednesday = (MONDAY + timedelta(weeks=32, days=2)).isoformat()
    (found,) = lines(run("verdict", path, "--change", wednesday, "--issue", "coupon", "--language", "zh")[1])
    assert "变更后 7 周" in found["sentence"]


def test_too_early_says_how_much_longer(run: Run, tmp_path: Path) -> None:
    counts = quiet(40, 34)
    counts["rare"] = [2, 1, 3, 2] * 8 + [1, 0]
    (found,) = lines(run("verdict", write(tmp_path / "counts.csv", counts), "--change", week(32), "--issue", "rare")[1])
    assert found["verdict"] == "too_early"
    assert found["weeks_needed"] is None or found["weeks_needed"] > 2
    assert "60%" in found["sentence"]


@pytest.mark.parametrize(
    ("change", "issue", "told"),
    [
        (week(32), "coupons", "has no issue coupons; there are: issue 0"),
        ("2031-01-06", "coupon", "outside the counts"),
        ("2020-01-06", "coupon", "outside the counts"),
        (week(2), "coupon", "leaves 2 whole weeks before it"),
        ((MONDAY + timedelta(weeks=39, days=3)).isoformat(), "coupon", "and 0 after"),
        ("yesterday", "coupon", "no date"),
    ],
)
def test_a_verdict_on_nothing_is_one_sentence(run: Run, tmp_path: Path, change: str, issue: str, told: str) -> None:
    path = write(tmp_path / "counts.csv", with_fix())
    code, out, err = run("verdict", path, "--change", change, "--issue", issue)
    assert (code, out) == (2, "")
    assert told in err
    assert err.count("\n") == 1


def test_an_issue_alone_has_nothing_to_compare_with(run: Run, tmp_path: Path) -> None:
    alone = {"coupon": with_fix()["coupon"]}
    path = write(tmp_path / "counts.csv", alone)
    assert "no other feedback" in run("verdict", path, "--change", week(32), "--issue", "coupon")[2]
    told = write(tmp_path / "totals.csv", alone, {"total": 900})
    assert run("verdict", told, "--change", week(32), "--issue", "coupon")[0] == 0
    assert run("verdict", told, "--change", week(32), "--issue", "coupon", "--target", "60")[0] == 2


def mentions(path: Path) -> Path:
    rng = np.random.default_rng(3)
    told = ["ticket,text,when,issue,version,region"]
    for n in range(900):
        day = MONDAY + timedelta(days=int(n * 80 / 900))
        issue = ["coupon", "refund", ""][n % 3]
        version = "5.2" if issue == "coupon" and n > 830 and n % 2 else f"5.{rng.integers(0, 2)}"
        region = ["north", "south", "east"][rng.integers(3)]
        told.append(f"{n},words that differ {n},{day.isoformat()}T10:00,{issue},{version},{region}")
    path.write_text("\n".join(told) + "\n", encoding="utf-8")
    return path


def test_values_are_ranked_and_never_called_causes(run: Run, tmp_path: Path) -> None:
    path = mentions(tmp_path / "mentions.csv")
    code, out, _ = run("causes", path, "--issue", "issue", "--time", "when", "--only", "coupon")
    found = lines(out)
    assert code == 0
    assert list(found[0]) == [
        *("issue", "attribute", "value", "observed", "expected", "lift", "low", "stands_out", "sentence"),
    ]
    assert (found[0]["attribute"], found[0]["value"], found[0]["stands_out"]) == ("version", "5.2", True)
    assert "over-represented" in found[0]["sentence"]
    assert {one["attribute"] for one in found} <= {"version", "region", "version & region"}
    assert not any("cause" in one["sentence"] for one in found)


def test_nothing_standing_out_is_an_answer(run: Run, tmp_path: Path) -> None:
    path = mentions(tmp_path / "mentions.csv")
    words = ["causes", path, "--issue", "issue", "--time", "when", "--only", "refund", "--language", "zh"]
    code, out, err = run(*words)
    assert code == 0
    assert not any(one["stands_out"] for one in lines(out))
    assert "没有明显偏高" in err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--issue", "topic", "--time", "when"], "column topic is missing"),
        (["--issue", "issue", "--time", "version"], "no time"),
        (["--issue", "issue", "--time", "when", "--only", "returns"], "is never returns"),
        (["--issue", "issue", "--time", "when", "--days", "0"], "--days 0"),
        (["--issue", "issue", "--time", "when", "--days", "0.5"], "no issue has 8 mentions"),
        (["--issue", "issue", "--time", "when", "--attribute", "size"], "column size is missing"),
    ],
)
def test_causes_of_nothing_are_one_sentence(run: Run, tmp_path: Path, words: list[str], told: str) -> None:
    code, out, err = run("causes", mentions(tmp_path / "mentions.csv"), *words)
    assert (code, out) == (2, "")
    assert told in err
    assert err.count("\n") == 1


def test_dates_with_slashes_are_read_month_first_unless_they_cannot(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "mentions.csv"
    rows = "\n".join(f"{'13' if n else '1'}/2/2026 10:{n:02},coupon,{'a' if n % 2 else 'b'}" for n in range(20))
    path.write_text(f"when,issue,version\n{rows}\n", encoding="utf-8")
    assert run("causes", path, "--issue", "issue", "--time", "when", "--days", "40")[0] == 0
    path.write_text(f"when,issue,version\n30/30/2026,coupon,a\n{rows}\n", encoding="utf-8")
    assert "line 2" in run("causes", path, "--issue", "issue", "--time", "when")[2]
