"""The verbs as a person types them: shapes for programs, one clear line for a mistake, never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from tests.world import COUPON, ILL, World, said
from vocbot import cli
from vocbot.sdk.testing.clock import HandClock
from vocbot.store.crypt import Crypt, load_key
from vocbot.store.db import Store, open_store

HEAVY = ("jieba", "sklearn", "scipy", "numpy", "dbos", "sqlalchemy", "jira", "slack_bolt", "slack_sdk", "httpx", "re2")


@dataclass(frozen=True)
class Done:
    """What a verb printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)


Run = Callable[..., Done]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `vocbot ...` in this process, through the same door as the program."""
    monkeypatch.setenv("COLUMNS", "250")

    def vocbot(*words: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["vocbot", *words])
        capsys.readouterr()
        code = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        got = capsys.readouterr()
        assert "Traceback" not in got.out + got.err
        return Done(code, got.out, got.err)

    return vocbot


@contextmanager
def installation(folder: Path, **sections: Any) -> Iterator[tuple[Path, Store, World]]:
    """A configuration with a store of its own, and a world on it. Its verbs run on the wall clock."""
    config, data = folder / "vocbot.yaml", folder / "data"
    settings = {
        "company": "Daybreak",
        "store": {"url": f"sqlite:///{data}/vocbot.db", "key": f"file:{data}/vocbot.key"},
        **sections,
    }
    config.write_text(yaml.safe_dump(settings), encoding="utf-8")
    store = open_store(settings["store"]["url"])
    crypt = Crypt(load_key(settings["store"]["key"]))
    clock = HandClock(datetime.now(UTC) - timedelta(days=3))
    yield config, store, World(store, crypt, clock, {"modes": {"ticket": "approve", "notice": "approve"}})
    store.close()


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Read only: an issue with an alarm, a ticket, a fix and a verdict; another one."""
    with installation(tmp_path_factory.mktemp("story")) as (config, _, world):
        world.clock.move(timedelta(days=-40))
        world.burst()
        world.decide("ticket:VOC-1:1")
        world.ticket()
        world.go(days=10)
        world.counted(9, issue=COUPON, mentions=(3, 2))
        world.finish(version="5.4.1")
        for _ in range(3):
            world.go(weeks=1)
            world.counted(7)
        world.complain(1, ILL, first=90)
        world.run()
        yield config


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[tuple[Path, World]]:
    """Two issues, the first with an alarm and a ticket that waits for a yes."""
    with installation(tmp_path) as (config, _, world):
        world.burst()
        world.complain(1, ILL, first=90)
        yield config, world


# -- for programs


def test_issues_for_programs(run: Run, story: Path) -> None:
    listed = run("issues", "-c", str(story), "--json").json
    coupon, ill = listed
    assert {"id", "title", "mentions", "people", "state", "first_seen", "last_seen", "signals"} <= set(coupon)
    assert (coupon["id"], coupon["rule"], coupon["mentions"], coupon["people"]) == (
        "VOC-1",
        "shop/coupon-not-applied",
        12,
        12,
    )
    assert (coupon["state"], coupon["ticket"]) == ("effective", "DEMO-1")
    (signal,) = coupon["signals"]
    assert set(signal) == {"state", "date", "observed", "expected", "p"}
    assert (signal["state"], signal["observed"]) == ("emerging", 6)
    assert signal["p"] < 0.001 and date.fromisoformat(signal["date"])
    assert (ill["state"], [s["state"] for s in ill["signals"]]) == ("signalled", ["immediate"])
    for one in listed:
        assert datetime.fromisoformat(one["first_seen"]) <= datetime.fromisoformat(one["last_seen"])
        assert datetime.fromisoformat(one["first_seen"]).tzinfo is not None


def test_why_for_programs_reproduces_the_numbers(run: Run, story: Path) -> None:
    facts = run("why", "voc-1", "-c", str(story), "--json").json
    assert set(facts) == {"issue", "title", "hand_off", "mentions", "numbers", "priority"}
    assert facts["issue"] == "VOC-1"
    numbers = facts["numbers"]
    assert len({m["external_id"] for m in facts["mentions"]}) == numbers["mentions"] == 12
    for mention in facts["mentions"]:
        assert {"id", "external_id", "time", "text", "because"} <= set(mention)
        assert mention["because"] == ["shop/coupon-en", "rules shop v1"]
        assert any(mention["text"] in text for text in said(COUPON))
    assert numbers["by_rule"] == {"shop/coupon-en": len(facts["mentions"])}
    assert [s["window"] for s in numbers["signals"]] == ["1 day"]
    assert [t["key"] for t in numbers["tickets"]] == ["DEMO-1"]
    (verdict,) = numbers["verdicts"]
    assert (verdict["change"], verdict["week"], verdict["verdict"]) == ("CHANGE-1", 2, "effective")
    assert verdict["before"] and verdict["after"]
    assert "example.com" not in str(facts)


def test_a_priority_by_hand_stays_is_shown_and_is_taken_back(run: Run, fresh: tuple[Path, World]) -> None:
    config, world = fresh
    world.complain(3)
    done = run("issue", "priority", "VOC-1", "p1", "--why", "the press [asks]", "--by", "Li Na", "-c", str(config))
    assert (done.code, done.out, done.err) == (0, "", "")
    found = run("why", "VOC-1", "-c", str(config), "--json").json["priority"]
    assert (found["band"], found["suggested"], found["set_by"]) == ("P1", "P2", "Li Na")
    shown = run("why", "VOC-1", "-c", str(config)).out
    assert "(1 + reach) * severity" in shown and "set by Li Na (the press [asks]), by the formula or floor P2" in shown
    assert "priority set" in run("audit", "show", "VOC-1", "-c", str(config)).out
    assert run("issue", "priority", "VOC-1", "formula", "-c", str(config)).code == 0
    assert run("why", "VOC-1", "-c", str(config), "--json").json["priority"]["set_by"] is None
    assert run("issue", "undo", "VOC-1", "--by", "Bo", "-c", str(config)).out == "priority\n"
    assert run("why", "VOC-1", "-c", str(config), "--json").json["priority"]["band"] == "P1"
    for words, says in ((("P5", "--why", "x"), "write P1, P2"), (("P1",), "--why is missing")):
        refused = run("issue", "priority", "VOC-1", *words, "-c", str(config))
        assert refused.code == 2 and says in refused.err


def test_a_release_is_watched_without_an_issue(run: Run, fresh: tuple[Path, World]) -> None:
    config, world = fresh
    world.complain(3)
    there = ("-c", str(config))
    assert (
        run("change", "add", "--kind", "release", "--version", "6.0", "--hypothesis", "calm", *there).out
        == "CHANGE-1\n"
    )
    early = run("change", "watch", "CHANGE-1", *there)
    assert early.code == 2 and "CHANGE-1 is not out yet: `vocbot change release CHANGE-1`" in early.err
    assert run("change", "release", "1", "--by", "Shen", *there).code == 0
    assert "out already" in run("change", "release", "CHANGE-1", *there).err
    time.sleep(0.01)
    facts = run("change", "watch", "CHANGE-1", "--json", *there).json
    assert (facts["change"], len(facts["days"]), facts["rose"]) == ("CHANGE-1", 1, [])
    assert "CHANGE-1 (release 6.0): day 1" in run("change", "watch", "change-1", *there).out
    assert "released" in run("audit", "show", "CHANGE-1", *there).out
    for words, says in (
        (("watch", "CHANGE-9"), "there is no change CHANGE-9"),
        (("add",), "--issue is missing"),
        (("learned", "--by", "colour"), "--by colour: use kind, owner"),
    ):
        refused = run("change", *words, *there)
        assert refused.code == 2 and says in refused.err
    assert "No change has come out yet." in run("change", "learned", *there).out


def test_handoffs(run: Run, story: Path) -> None:
    for by in ("stage", "department", "channel"):
        assert "Nothing stands out" in run("handoffs", "--by", by, "-c", str(story)).out
    assert run("handoffs", "-c", str(story), "--json").json == []
    assert "--by colour: use stage" in run("handoffs", "--by", "colour", "-c", str(story)).err


def test_what_was_learned(run: Run, story: Path) -> None:
    assert (
        "fix: 1 of 1 worked (no share below 5); 0 not decided; rate ratio"
        in run("change", "learned", "-c", str(story)).out
    )
    (shelf,) = run("change", "learned", "--by", "owner", "-c", str(story), "--json").json
    assert (shelf["worked"], shelf["decided"], shelf["low"]) == (1, 1, None)


def test_connectors_for_programs(run: Run) -> None:
    found = run("connectors", "--json").json
    assert set(found) == {"connectors", "broken"} and found["broken"] == []
    by_id = {one["id"]: one for one in found["connectors"]}
    assert {"zendesk", "jira", "slack", "email"} <= set(by_id)
    assert set(by_id["jira"]) == {"id", "title", "ports", "checked_against"}
    assert "ticket_tracker" in by_id["jira"]["ports"]


def test_nothing_yet(run: Run, tmp_path: Path) -> None:
    with installation(tmp_path) as (config, _, _):
        assert run("issues", "-c", str(config), "--json").json == []
        for words, says in (
            (("issues",), "No issue yet."),
            (("change", "list"), "No change yet."),
            (("approvals",), "Nothing waits for a decision."),
            (("audit", "show"), "Nothing happened yet."),
            (("audit", "show", "VOC-1"), "Nothing is known of VOC-1."),
            (("audit", "verify"), "0 entries, the chain is whole"),
        ):
            done = run(*words, "-c", str(config))
            assert done.code == 0 and says in done.out


# -- for people


def test_reading(run: Run, story: Path) -> None:
    issues = run("issues", "-c", str(story)).out
    assert "VOC-1" in issues and "effective" in issues and "emerging" in issues
    why = run("why", "1", "-c", str(story)).out
    assert "12 mentions by 12 people in all" in why and "shop/coupon-en" in why
    assert "CHANGE-1 after 2 weeks: effective" in why
    changes = run("change", "list", "-c", str(story)).out
    assert "CHANGE-1" in changes and "5.4.1" in changes
    audit = run("audit", "show", "VOC-1", "-c", str(story)).out
    assert "opened" in audit and "approved" in audit and "Li Na" in audit
    assert "notices planned" in run("audit", "show", "CHANGE-1", "-c", str(story)).out
    assert len(run("audit", "show", "-c", str(story)).out.splitlines()) > 10
    assert "the chain is whole" in run("audit", "verify", "-c", str(story)).out
    assert "notice:CHANGE-1" in run("approvals", "-c", str(story)).out
    assert "zendesk" in run("connectors").out


def test_the_language_of_lists(run: Run, story: Path) -> None:
    settings = yaml.safe_load(story.read_text(encoding="utf-8"))
    chinese = story.with_name("zh.yaml")
    chinese.write_text(yaml.safe_dump({**settings, "language": "zh"}), encoding="utf-8")
    assert "优惠券显示可用但不抵扣" in run("issues", "-c", str(chinese)).out
    assert run("issues", "-c", str(chinese), "--json").json[0]["title"] == "优惠券显示可用但不抵扣"


def test_a_log_that_was_changed_is_found(run: Run, fresh: tuple[Path, World]) -> None:
    config, world = fresh
    with world.write() as session:
        session.connection().exec_driver_sql("UPDATE audit_entry SET actor = 'nobody' WHERE id = 2")
    done = run("audit", "verify", "-c", str(config))
    assert done.code == 1 and "entry 2 does not fit the chain" in done.err


def test_the_configuration_may_be_named_by_a_variable(run: Run, story: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOCBOT_CONFIG", str(story))
    assert "VOC-1" in run("issues").out


# -- changes and decisions


def test_a_change_to_come_and_one_that_is_out(run: Run, fresh: tuple[Path, World]) -> None:
    config, world = fresh
    planned = run(
        *("change", "add", "--issue", "VOC-1", "--hypothesis", "half as many", "--target", "-0.5", "--by", "Mei"),
        *("--en", "Coupons work.", "--zh", "券能用了。", "--version", "5.4.1", "-c", str(config)),
    )
    assert (planned.code, planned.out.strip()) == (0, "CHANGE-1")
    out = run("change", "add", "--issue", "2", "--at", "now", "--kind", "policy", "--by", "Mei", "-c", str(config))
    assert (out.code, out.out.strip()) == (0, "CHANGE-2")
    first, second = world.changes()
    assert (first.released_at, first.what_en, first.target) == (None, "Coupons work.", -0.5)
    assert second.released_at is not None and second.kind == "policy"
    listed = run("change", "list", "-c", str(config)).out
    assert "not yet" in listed and "policy" in listed
    assert "half as many" not in run("audit", "show", "-c", str(config)).out  # its hash is enough
    assert first.hypothesis_hash in run("audit", "show", "VOC-1", "-c", str(config)).out


@pytest.mark.parametrize("at", ["2024-11-01T10:00+08:00", "2024-11-01T02:00Z", "20241101T100000+0800"])
def test_times_with_a_zone(run: Run, tmp_path: Path, at: str) -> None:
    with installation(tmp_path) as (config, _, world):
        world.clock.move(datetime(2024, 10, 1, tzinfo=UTC) - world.clock.now())
        world.complain(1)
        assert run("change", "add", "--issue", "VOC-1", "--at", at, "--by", "Mei", "-c", str(config)).code == 0
        assert world.changes()[0].released_at == datetime(2024, 11, 1, 2, tzinfo=UTC)


def test_deciding(run: Run, fresh: tuple[Path, World]) -> None:
    config, world = fresh
    assert "ticket:VOC-1:1" in run("approvals", "-c", str(config)).out
    done = run("decide", "ticket:VOC-1:1", "--by", " Zhou Mei ", "--reject", "--reason", "small", "-c", str(config))
    assert (done.code, done.out, done.err) == (0, "", "")
    assert [d.state for d in world.deliveries("ticket")] == ["cancelled"]
    again = run("decide", "ticket:VOC-1:1", "--by", "Li Na", "-c", str(config))
    assert again.code == 2
    assert again.err.startswith("ticket:VOC-1:1 was declined by Zhou Mei on ")
    audit = run("audit", "show", "VOC-1", "-c", str(config)).out
    assert "Zhou Mei" in audit and "declined" in audit and "small" in audit


# -- mistakes


MISTAKES = [
    (("issues", "-c", "nowhere.yaml"), "nowhere.yaml"),
    (("issues", "-c", "."), "cannot be read"),
    (("why", "VOC-999"), "there is no issue VOC-999"),
    (("why", "x'; drop table issue"), "there is no issue"),
    (("why", "VOC-" + "9" * 40), "there is no issue"),
    (("why", ""), "there is no issue"),
    (("change", "add", "--issue", "VOC-1", "--at", "yesterday"), "not a time"),
    (("change", "add", "--issue", "VOC-1", "--at", "2026-01-01T10:00"), "write 2026-01-01T10:00+08:00"),
    (("change", "add", "--issue", "VOC-1", "--at", "2026-01-01"), "write 2026-01-01T00:00+08:00"),
    (("change", "add", "--issue", "VOC-1", "--at", "2999-01-01T10:00+08:00"), "in the future"),
    (("change", "add", "--issue", "VOC-1", "--at", "0001-01-01T00:00+08:00"), "not a time"),
    (("change", "add", "--issue", "VOC-1", "--kind", "wish"), "use fix, release, policy or campaign"),
    (("change", "add", "--issue", "VOC-1", "--target", "0.5"), "--target 0.5"),
    (("change", "add", "--issue", "VOC-1", "--target", "nan"), "--target nan"),
    (("change", "add", "--issue", "VOC-1", "--target", "much"), "--target"),
    (("change", "add", "--issue", "VOC-1", "--by", " "), "--by is empty"),
    (("change", "add", "--issue", "VOC-404"), "there is no issue VOC-404"),
    (("change", "add"), "--issue"),
    (("decide", "notice:CHANGE-9", "--by", "Mei"), "nothing waits for notice:CHANGE-9"),
    (("decide", "notice:CHANGE-9", "--by", ""), "--by is empty"),
    (("decide", "notice:CHANGE-9"), "--by"),
    (("rules", "test", "nosuchpack"), "nosuchpack"),
    (("rules", "test", "nosuch.yaml"), "nosuch.yaml:1: cannot be read"),
    (("demo", "--exit", "--feedback", "nowhere.jsonl"), "nowhere.jsonl"),
    (("nosuchverb",), "nosuchverb"),
    (("issues", "--nosuchoption"), "nosuchoption"),
]


@pytest.mark.parametrize(("words", "says"), MISTAKES, ids=[" ".join(m[0])[:60] for m in MISTAKES])
def test_a_mistake_is_said_in_words(
    run: Run, story: Path, words: tuple[str, ...], says: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VOCBOT_CONFIG", str(story))
    monkeypatch.chdir(tmp_path)
    done = run(*words)
    assert done.code in (1, 2)
    assert says in done.err + done.out
    if "Usage" not in done.err and words[0] != "demo":
        assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("mode", "content", "says"),
    [
        (0o644, None, "chmod 600"),
        (0o600, "no key", "not a valid key"),
        (0o600, "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "is store.key the one it was written with?"),
        (None, None, "vocbot.key"),
    ],
)
def test_the_key(run: Run, fresh: tuple[Path, World], mode: int | None, content: str | None, says: str) -> None:
    """Readable by others, broken, another one, gone: never replaced, always said."""
    config, _ = fresh
    key = config.parent / "data" / "vocbot.key"
    if content is not None:
        key.write_text(content, encoding="ascii")
    if mode is None:
        key.unlink()
    else:
        key.chmod(mode)
    done = run("decide", "ticket:VOC-1:1", "--by", "Mei", "-c", str(config))
    assert done.code == 2 and says in done.err
    assert len(done.err.splitlines()) == 1
    assert mode is not None or not key.exists()


def test_reading_verbs_need_no_key(run: Run, fresh: tuple[Path, World]) -> None:
    config, _ = fresh
    (config.parent / "data" / "vocbot.key").unlink()
    assert run("issues", "-c", str(config)).code == 0


def test_every_problem_of_a_configuration_at_once(run: Run, tmp_path: Path) -> None:
    config = tmp_path / "vocbot.yaml"
    config.write_text("compnay: x\ntimezone: Mars/Olympus\nconnectors:\n  desk: {type: zendsk}\n", encoding="utf-8")
    for words in (("check",), ("issues",)):
        done = run(*words, "-c", str(config))
        assert done.code in (1, 2)
        for said_so in ("vocbot.yaml:1", "'company'", "vocbot.yaml:2", "'zendesk'"):
            assert said_so in done.out + done.err


def test_a_configuration_that_is_fine(run: Run, tmp_path: Path) -> None:
    with installation(tmp_path) as (config, _, _):
        done = run("check", "-c", str(config))
    assert done.code == 0 and "all is well" in done.out


@pytest.mark.parametrize("words", [("rules", "test", "{pack}"), ("decide", "x", "--by", "Mei")])
def test_a_rule_pack_that_is_wrong(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    pack = tmp_path / "mine.yaml"
    pack.write_text("pack: yours\nversion: 1\nissues: []\n", encoding="utf-8")
    with installation(tmp_path, rules=[str(pack)]) as (config, _, _):
        words = tuple(w.format(pack=pack) for w in words)
        done = run(*words, *(() if words[0] == "rules" else ("-c", str(config))))
    assert done.code == 2
    assert f"{pack}:1: pack: 'yours' is not the name of the file" in done.err


def test_rules_that_hold_and_rules_that_do_not(run: Run, tmp_path: Path) -> None:
    done = run("rules", "test", "shop")
    assert done.code == 0 and "all examples hold" in done.out
    issue = {
        "id": "cold",
        "title": {"en": "Cold", "zh": "冷"},
        "kind": "problem",
        "area": "app",
        "reason": "cold",
        "stage": "use",
        "severity": 0.5,
        "department": "product",
        "rules": [
            {
                "id": "cold-en",
                "language": "en",
                "any": ["cold"],
                "match": ["so cold", "cold again", "warm"],
                "no_match": ["hot", "hotter", "hottest"],
            }
        ],
    }
    pack = tmp_path / "mine.yaml"
    content = {"pack": "mine", "version": 1, "about": {"en": "e", "zh": "z"}, "issues": [issue]}
    pack.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    done = run("rules", "test", str(pack))
    assert done.code == 1
    assert "1 examples do not hold" in done.out and "'warm'" in done.out


# -- the program


def verbs() -> list[tuple[str, ...]]:
    """Every verb there is."""
    top = typer.main.get_command(cli.app)
    found: list[tuple[str, ...]] = [()]
    for name, command in top.commands.items():  # type: ignore[attr-defined]
        found.append((name,))
        found += [(name, inner) for inner in getattr(command, "commands", {})]
    return found


@pytest.mark.parametrize("words", verbs(), ids=lambda words: " ".join(words) or "vocbot")
def test_help(run: Run, words: tuple[str, ...]) -> None:
    done = run(*words, "--help")
    assert done.code == 0 and "Usage" in done.out
    assert done.err == ""


def test_there_are_verbs() -> None:
    names = {" ".join(words) for words in verbs()}
    assert {"demo", "init", "check", "serve", "issues", "why", "connectors", "approvals", "decide"} <= names
    assert {"change add", "change list", "rules test", "audit show", "audit verify"} <= names


def vocbot(*words: str, folder: Path, **more: Any) -> subprocess.CompletedProcess[str]:
    """The program itself, in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment,
        **more,
    )


def test_the_commands_load_nothing_heavy(tmp_path: Path) -> None:
    code = f"import sys, vocbot.cli; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = vocbot("-c", code, folder=tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, "[]")


def test_reading_loads_no_engine_and_no_vendor(story: Path) -> None:
    wanted = ("dbos", "jieba", "sklearn", "scipy", "jira", "slack_bolt", "slack_sdk", "re2")
    code = (
        "import sys; sys.argv = ['vocbot', 'issues', '--json', '-c', sys.argv[1]]\n"
        "from vocbot import cli\n"
        "try:\n    cli.main()\n"
        "except SystemExit as end:\n    assert not end.code\n"
        f"print([m for m in {wanted!r} if m in sys.modules], file=sys.stderr)"
    )
    done = vocbot("-c", code, str(story), folder=story.parent)
    assert done.returncode == 0 and done.stderr.strip() == "[]"
    assert json.loads(done.stdout)[0]["id"] == "VOC-1"


def test_the_program_ends_quietly_where_nobody_reads_on(story: Path) -> None:
    """As in `vocbot issues | head -0`."""
    command = [sys.executable, "-m", "vocbot", "why", "VOC-1", "--json", "-c", str(story)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as program:
        assert program.stdout is not None and program.stderr is not None
        program.stdout.close()
        assert program.stderr.read() == b""
        assert program.wait(timeout=60) == 1


def test_a_mistake_ends_the_program_with_its_code(tmp_path: Path) -> None:
    done = vocbot("-m", "vocbot", "issues", folder=tmp_path)
    assert done.returncode == 2 and done.stdout == ""
    assert len(done.stderr.splitlines()) == 1 and "vocbot.yaml" in done.stderr


# -- what leaves


FILES = {"type": "file", "path": "none.csv", "map": {"text": "text"}}


def test_hold_and_release(run: Run, tmp_path: Path) -> None:
    with installation(tmp_path, connectors={"jira": FILES}, language="zh") as (config, _, world):
        world.burst()
        assert (
            "jira is held; 0 acts wait" in run("hold", "jira", "--by", "Li Na", "--why", "搬家", "-c", str(config)).out
        )
        shown = run("deliveries", "-c", str(config)).out
        assert "被 Li Na 暂停" in shown and "搬家" in shown
        (jira,) = [d for d in run("deliveries", "-c", str(config), "--json").json if d["connector"] == "jira"]
        assert jira["held"]["by"] == "Li Na"
        again = run("hold", "jira", "--by", "Wang", "-c", str(config))
        assert (again.code, "held already" in again.err) == (2, True)
        other = run("hold", "jria", "--by", "Wang", "-c", str(config))
        assert (other.code, "there are: jira" in other.err) == (2, True)
        assert run("release", "jira", "--by", "Li Na", "-c", str(config)).code == 0
        assert (run("release", "jira", "--by", "Li Na", "-c", str(config)).err).strip() == "jira is not held"


def test_the_dead(run: Run, fresh: tuple[Path, World]) -> None:
    config, world = fresh
    key = "ticket:VOC-1:1"

    def end(state: str) -> None:
        with world.store.write() as session:
            from sqlmodel import select

            from vocbot.store.tables import Delivery

            row = session.exec(select(Delivery).where(Delivery.key == key)).one()
            row.state, row.ended_at, row.error = state, world.clock.now(), "no answer"

    assert "Nothing was given up" in run("dead", "-c", str(config)).out
    end("unknown")
    assert key in run("dead", "-c", str(config)).out
    (listed,) = run("dead", "-c", str(config), "--json").json["acts"]
    assert (listed["key"], listed["state"], listed["error"]) == (key, "unknown", "no answer")
    refused = run("replay", key, "--by", "Li Na", "-c", str(config))
    assert (refused.code, "--may-be-twice" in refused.err) == (2, True)
    assert "0 of 1" in run("replay", "--all", "--by", "Li Na", "-c", str(config)).out
    assert "1 of 1" in run("replay", key, "--may-be-twice", "--by", "Li Na", "-c", str(config)).out
    assert "is planned" in run("replay", key, "--by", "Li Na", "-c", str(config)).err
    assert "is planned" in run("drop", key, "--by", "Li Na", "-c", str(config)).err
    end("buried")
    assert run("drop", key, "--by", "Li Na", "--why", "wrong", "-c", str(config)).code == 0
    assert run("dead", "-c", str(config), "--json").json == {"acts": [], "records": []}
    assert "there is no act x" in run("drop", "x", "--by", "Li Na", "-c", str(config)).err
    assert "say what" in run("replay", "-c", str(config)).err
    assert "0 records are read now" in run("replay", "--records", "-c", str(config)).out
