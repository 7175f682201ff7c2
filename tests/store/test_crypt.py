"""What is sealed opens with the same key only; a key file is made once, whole, and for its owner alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from vocbot.store.crypt import Crypt, KeyProblem, load_key

WORDS = st.lists(st.text(st.characters(), max_size=5), min_size=1, max_size=3).map(tuple)
MAKERS = """
import sys
from vocbot.store.crypt import load_key
print("ready", flush=True)
sys.stdin.readline()
print(load_key(sys.argv[1]))
"""


@given(st.binary(max_size=200))
def test_what_is_sealed_can_be_opened_and_cannot_be_read(crypt: Crypt, data: bytes) -> None:
    sealed = crypt.seal(data)
    assert crypt.open(sealed) == data
    assert len(data) < 4 or data not in sealed
    assert crypt.seal(data) != sealed  # equal contents do not show


@given(st.binary(max_size=200))
def test_what_an_older_version_sealed_can_be_opened(crypt: Crypt, key: str, data: bytes) -> None:
    assert crypt.open(Fernet(key).encrypt(data)) == data


def test_another_key_opens_nothing(crypt: Crypt) -> None:
    with pytest.raises(KeyProblem, match=r"is store\.key the one it was written with"):
        Crypt(Fernet.generate_key().decode()).open(crypt.seal(b"hello"))


@pytest.mark.parametrize("place", [0, 9, 30, -1])
def test_changed_data_does_not_open(crypt: Crypt, place: int) -> None:
    sealed = bytearray(crypt.seal(b"hello, how are you"))
    sealed[place] ^= 1
    with pytest.raises(KeyProblem):
        crypt.open(bytes(sealed))


@pytest.mark.parametrize(
    "sealed", [b"", b"hello", b"\xff\x00", b"gAAAAA==", b"\x01", b"\x01" + b"x" * 12, b"\x01" + b"x" * 40]
)
def test_what_was_never_sealed_does_not_open(crypt: Crypt, sealed: bytes) -> None:
    with pytest.raises(KeyProblem):
        crypt.open(sealed)


@given(WORDS, WORDS)
def test_a_blind_index_is_the_same_for_the_same_parts_only(
    crypt: Crypt, one: tuple[str, ...], other: tuple[str, ...]
) -> None:
    assert (crypt.blind(*one) == crypt.blind(*other)) == (one == other)
    assert len(crypt.blind(*one)) == 64


def test_parts_cannot_be_shifted_from_one_to_the_next(crypt: Crypt) -> None:
    assert crypt.blind("handle", "shop\x1fann") != crypt.blind("handle", "shop", "ann")
    assert crypt.blind("a", "bc") != crypt.blind("ab", "c")
    assert crypt.blind("\ud800") != crypt.blind("?")


def test_a_blind_index_stays_the_same_and_depends_on_the_key(crypt: Crypt) -> None:
    # written into every store: another value would make strangers of all customers
    assert crypt.blind("handle", "shop", "ann") == "57a27ab18ed7f0d0f3b09b315da78a504c80394ee268319b221e7960b4b38693"
    assert crypt.blind("x") != Crypt(Fernet.generate_key().decode()).blind("x")


def test_white_space_around_a_key_does_not_matter(crypt: Crypt) -> None:
    key = Fernet.generate_key().decode()
    assert Crypt(f" {key}\n").open(Crypt(key).seal(b"x")) == b"x"


@pytest.mark.parametrize(
    "key", ["", "short", "ä" * 44, "A" * 43, "A" * 46, "not a key at all, but long enough to be one"]
)
def test_what_is_no_key_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(KeyProblem, match="not a valid key") as caught:
        Crypt(key)
    assert not key or key not in str(caught.value)


# --- the key behind a reference ------------------------------------------------------------------------------


def test_a_missing_file_is_created_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "down" / "vocbot.key"
    old = os.umask(0)  # even where new files are open to all
    try:
        key = load_key(f"file:{path}")
    finally:
        os.umask(old)
    assert path.stat().st_mode & 0o777 == 0o600
    assert Crypt(key).open(Crypt(load_key(f"file:{path}")).seal(b"x")) == b"x"
    assert [p.name for p in path.parent.iterdir()] == ["vocbot.key"]


def test_nothing_is_created_where_that_is_not_wanted(tmp_path: Path) -> None:
    with pytest.raises(KeyProblem, match="No such file"):
        load_key(f"file:{tmp_path}/vocbot.key", create=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660, 0o666])
def test_a_file_that_others_may_touch_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "vocbot.key"
    load_key(f"file:{path}")
    path.chmod(mode)
    with pytest.raises(KeyProblem, match="chmod 600"):
        load_key(f"file:{path}")


def test_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOCBOT_TEST_KEY", "k")
    assert load_key("env:VOCBOT_TEST_KEY") == "k"
    monkeypatch.setenv("VOCBOT_TEST_KEY", "")
    with pytest.raises(KeyProblem, match="VOCBOT_TEST_KEY is not set"):
        load_key("env:VOCBOT_TEST_KEY")
    monkeypatch.delenv("VOCBOT_TEST_KEY")
    with pytest.raises(KeyProblem, match="VOCBOT_TEST_KEY is not set"):
        load_key("env:VOCBOT_TEST_KEY")


@pytest.mark.parametrize("reference", ["", "file:", "abc", "vault:x", "A" * 44])
def test_another_kind_of_reference_is_refused(reference: str) -> None:
    with pytest.raises(KeyProblem, match="must be env:NAME or file:PATH"):
        load_key(reference)


def test_what_cannot_be_a_key_file_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x")
    (tmp_path / "binary").write_bytes(b"\x80\xff")
    (tmp_path / "binary").chmod(0o600)
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere" / "key")
    for name, said in (
        ("folder", "Is a directory"),
        ("file/key", "Not a directory|File exists"),
        ("binary", "holds no key"),
        ("dangling", "No such file"),
    ):
        with pytest.raises(KeyProblem, match=said):
            load_key(f"file:{tmp_path / name}")
    with pytest.raises(KeyProblem):
        load_key("file:/proc/vocbot/key")


def test_what_a_crash_left_behind_stops_nobody(tmp_path: Path) -> None:
    for name in (f"vocbot.key.{os.getpid()}", "vocbot.key.tmp"):
        (tmp_path / name).write_text("half a k")
    Crypt(load_key(f"file:{tmp_path}/vocbot.key"))


def test_several_processes_at_once_get_one_key(tmp_path: Path) -> None:
    path = tmp_path / "vocbot.key"
    command = [sys.executable, "-c", MAKERS, f"file:{path}"]
    makers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
        for _ in range(3)
    ]
    for maker in makers:
        assert maker.stdout is not None
        assert maker.stdout.readline() == "ready\n"
    for maker in makers:
        assert maker.stdin is not None
        maker.stdin.write("go\n")
        maker.stdin.flush()
    keys = [maker.communicate(timeout=20)[0] for maker in makers]
    assert len(set(keys)) == 1
    assert Crypt(keys[0]).open(Crypt(path.read_text()).seal(b"x")) == b"x"
    assert [p.name for p in tmp_path.iterdir()] == ["vocbot.key"]
