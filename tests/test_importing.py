"""`vocbot import` as a person runs it: in an empty folder, again, with mistakes, killed, beside a worker."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, func, select

from tests.world import COUPON as COUPON_RULE
from tests.world import said
from vocbot.deliveries.worker_lock import WorkerLock
from vocbot.listen.parse import lag
from vocbot.store.db import Store, open_store
from vocbot.store.tables import Event, Feedback, IssueDay, Person, VolumeDay

COUPON = said(COUPON_RULE)[0]
MAP = ("--map", "text=Comment", "--map", "time=Date", "--map", "author=User")


def write(folder: Path, rows: list[list[str]], name: str = "rows.csv") -> Path:
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["Comment", "Date", "User", "Score"], *rows])
    return path


def rows(count: int, first: int = 0) -> list[list[str]]:
    days = range(first, first + count)
    return [[f"{COUPON} {n}", f"2026-11-{1 + n % 9:02d} 10:00", f"u{n % 7}", "2"] for n in days]


def vocbot(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vocbot", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def bring(folder: Path, *words: str) -> dict[str, Any]:
    done = vocbot(folder, "import", "rows.csv", "--source", "shop", *words, "--tz", "Asia/Shanghai", "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def opened(folder: Path) -> Store:
    return open_store(f"sqlite:///{folder}/vocbot-data/vocbot.db")


def counted(folder: Path) -> tuple[int, int, int, int]:
    """Feedback, counted feedback, counted mentions, people."""
    store = opened(folder)
    with store.read() as session:
        found = (
            session.exec(select(func.count()).select_from(Feedback)).one(),
            session.exec(select(func.coalesce(func.sum(VolumeDay.feedback), 0))).one(),
            session.exec(select(func.coalesce(func.sum(IssueDay.mentions), 0))).one(),
            session.exec(select(func.count()).select_from(Person)).one(),
        )
    store.close()
    return found


def test_in_an_empty_folder_and_again_and_with_more(tmp_path: Path) -> None:
    write(tmp_path, rows(30))
    done = bring(tmp_path, *MAP, "--map", "score=Score")
    assert (done["rows"], done["new"], done["refused"], done["waiting"]) == (30, 30, 0, 0)
    assert counted(tmp_path) == (30, 30, 30, 7)
    assert bring(tmp_path, *MAP, "--map", "score=Score")["rows"] == 0  # read to its end already
    write(tmp_path, [*rows(30), *rows(5, 30)])
    assert bring(tmp_path, *MAP, "--map", "score=Score")["new"] == 5
    assert counted(tmp_path) == (35, 35, 35, 7)
    listed = json.loads(vocbot(tmp_path, "issues", "--json").stdout)
    assert [issue["mentions"] for issue in listed] == [35]
    told = json.loads(vocbot(tmp_path, "sources", "--json").stdout)
    assert [(source["source"], source["records"]) for source in told] == [("shop", 35)]


def test_the_same_words_are_as_many_rows_as_there_are(tmp_path: Path) -> None:
    write(tmp_path, [[COUPON, "2026-11-03 10:00", "u1", ""]] * 3_000)
    assert bring(tmp_path, *MAP)["new"] == 3_000
    assert counted(tmp_path) == (3_000, 3_000, 3_000, 1)


def test_without_a_time_the_time_of_the_import_is_taken_and_said(tmp_path: Path) -> None:
    write(tmp_path, rows(2))
    done = vocbot(tmp_path, "import", "rows.csv", "--source", "shop", "--map", "text=Comment")
    assert done.returncode == 0, done.stderr
    assert "the time of the import stands for it" in done.stdout


def test_without_a_configuration_it_listens_for_what_the_file_speaks_of(tmp_path: Path) -> None:
    said = ("My flight was cancelled", "They lost my luggage", "Flight delayed again")
    write(tmp_path, [[text, "2026-11-03 10:00", f"u{n}", ""] for n, text in enumerate(said * 4)])
    done = vocbot(tmp_path, "import", "rows.csv", "--source", "shop", *MAP, "--tz", "UTC")
    assert "those that fit are used: airline (recognises 12 of the first 12 rows)" in done.stderr
    listed = json.loads(vocbot(tmp_path, "issues", "--json").stdout)
    assert sorted(issue["mentions"] for issue in listed) == [4, 4, 4]
    (tmp_path / "vocbot.yaml").write_text("company: Daybreak\nrules: [shop]\n", encoding="utf-8")
    write(tmp_path, [[said[0], "2026-11-04 10:00", "u1", ""]], "more.csv")
    done = vocbot(tmp_path, "import", "more.csv", "--source", "more", *MAP, "--tz", "UTC")
    assert (done.returncode, done.stderr.strip()) == (0, "")


def test_personal_data_is_taken_out(tmp_path: Path) -> None:
    write(tmp_path, [["Call me: 13800138000", "2026-11-03 10:00", "Ann Example", "1"]])
    bring(tmp_path, *MAP)
    store = opened(tmp_path)
    with store.read() as session:
        assert list(session.exec(select(Feedback.text))) == ["Call me: [PHONE]"]
    store.close()
    for path in (tmp_path / "vocbot-data").iterdir():
        assert b"13800138000" not in path.read_bytes(), path.name


def test_what_customers_met_joins_those_who_speak(tmp_path: Path) -> None:
    write(tmp_path, rows(14))
    bring(tmp_path, *MAP)
    (tmp_path / "visits.csv").write_text("What,When,User\nsaw ad,2026-11-01 08:00,u3\nordered,2026-11-01 09:00,new\n")
    mapped = ("--map", "event=What", "--map", "time=When", "--map", "author=User")
    done = vocbot(tmp_path, "import", "visits.csv", "--source", "shop", *mapped, "--tz", "Asia/Shanghai")
    assert done.returncode == 0 and "met before" in done.stdout
    store = opened(tmp_path)
    with store.read() as session:
        spoke = set(session.exec(select(Feedback.person_id)))
        met = session.exec(select(Event.kind, Event.person_id).order_by(col(Event.id))).all()
    store.close()
    assert [(kind, person in spoke) for kind, person in met] == [("saw ad", True), ("ordered", False)]
    assert counted(tmp_path)[:3] == (14, 14, 14)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ((), "vocbot import rows.csv --source shop --map text=Comment --map time=Date --map author=User"),
        (("--map", "text=Coment"), "Comment"),
        (("--map", "text"), "--map text: write NAME=COLUMN"),
        (("--map", "text=Comment", "--map", "text=User"), "given twice"),
        (("--map", "text=Comment", "--map", "time=Date"), "--tz Asia/Shanghai"),
        (("--map", "text=Comment", "--tz", "Mars"), "tz: no such zone"),
    ],
)
def test_a_mistake_is_said_with_what_to_do(tmp_path: Path, words: tuple[str, ...], hint: str) -> None:
    write(tmp_path, rows(2))
    done = vocbot(tmp_path, "import", "rows.csv", "--source", "shop", *words)
    assert done.returncode == 2
    assert hint in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    done = vocbot(tmp_path, "import", "nowhere.csv", "--source", "shop", "--map", "text=a")
    assert done.returncode == 2
    assert "nowhere.csv" in done.stderr
    assert "Traceback" not in done.stderr


def test_killed_in_the_middle_it_goes_on_where_it_was(tmp_path: Path) -> None:
    write(tmp_path, rows(6_000))
    command = [sys.executable, "-m", "vocbot", "import", "rows.csv", "--source", "shop", *MAP, "--tz", "Asia/Shanghai"]
    child = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    store, end = opened(tmp_path), time.monotonic() + 60
    while time.monotonic() < end:
        with store.read() as session:
            if session.exec(select(Feedback.id).order_by(col(Feedback.id)).offset(700)).first():
                break
        time.sleep(0.01)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    store.close()
    before = counted(tmp_path)[0]
    assert 700 <= before < 6_000
    bring(tmp_path, *MAP)
    assert counted(tmp_path) == (6_000, 6_000, 6_000, 7)


def test_beside_a_worker_the_worker_reads_the_rows(tmp_path: Path) -> None:
    write(tmp_path, rows(20))
    store = opened(tmp_path)
    with WorkerLock(store):
        command = [sys.executable, "-m", "vocbot", "import", "rows.csv", "--source", "shop", *MAP, "--tz", "UTC"]
        child = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        end = time.monotonic() + 60
        while lag(store) < 20 and time.monotonic() < end:
            time.sleep(0.05)
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(1)  # it has stored all and waits
    assert counted(tmp_path)[0] == 0
    child.kill()
    child.communicate()
    store.close()
    serving = subprocess.Popen(
        [sys.executable, "-m", "vocbot", "serve", "--role", "worker", "--config", "vocbot.yaml"],
        cwd=_configured(tmp_path),
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + 60
        while counted(tmp_path)[0] < 20 and time.monotonic() < end:
            time.sleep(0.1)
    finally:
        serving.terminate()
        serving.wait(30)
    assert counted(tmp_path)[:3] == (20, 20, 20)


def _configured(folder: Path) -> Path:
    """A configuration that knows nothing of the import."""
    (folder / "vocbot.yaml").write_text("company: Acme\n", encoding="utf-8")
    return folder
