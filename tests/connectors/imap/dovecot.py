"""A real mail server for tests: Dovecot as an own process on loopback, with a folder of its own for everything."""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

PASSWORD = "dovecot-password"

_CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = {ssl}
{certificate}
disable_plaintext_auth = no
auth_failure_delay = 0
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
auth_mechanisms = plain login
first_valid_uid = 0
last_valid_uid = 0
mail_location = maildir:{folder}/mail/%u
mailbox_idle_check_interval = 1 secs
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    auto = create
  }}
}}
"""


@lru_cache(maxsize=1)
def binary() -> str | None:
    """Where Dovecot 2.3 is installed; 2.4 has another language of configuration."""
    found = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        return None
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    return found if version.startswith("2.3.") else None


@dataclass(frozen=True)
class Dovecot:
    """A running server, and one of its mailboxes: there is one for every name."""

    folder: Path
    port: int
    tls_port: int
    user: str = "voice@standin.example"

    @property
    def mail(self) -> Path:
        """The folder of the mailbox."""
        return self.folder / "mail" / self.user

    def log_in(self) -> imaplib.IMAP4:
        """A connection of somebody else, as a mail program has."""
        client = imaplib.IMAP4("127.0.0.1", self.port)
        client.login(self.user, PASSWORD)
        return client

    def put(self, raws: Iterable[bytes], received: datetime, folder: str = "INBOX") -> None:
        """Mail is put into a folder."""
        client = self.log_in()
        for raw in raws:
            assert client.append(folder, "", imaplib.Time2Internaldate(received), raw)[0] == "OK"
        client.logout()

    def flags(self, folder: str = "INBOX") -> list[bytes]:
        """The flags of all mails, as one line each."""
        client = self.log_in()
        client.select(folder, readonly=True)
        _, found = client.fetch("1:*", "(FLAGS)")
        client.logout()
        return [line for line in found if isinstance(line, bytes)]


@contextmanager
def running(certificate: Path | None = None) -> Iterator[Dovecot]:
    """Start the server, and end it with all its children."""
    program = binary()
    assert program is not None
    # a short path outside pytest's: names of sockets have a longest length, and the server's user must get there
    folder = Path(tempfile.mkdtemp(prefix="vocbot-imap-"))
    folder.chmod(0o755)
    account = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    group = grp.getgrgid(account.pw_gid).gr_name
    for name in ("mail", "run", "state"):
        (folder / name).mkdir()
    os.chown(folder / "mail", account.pw_uid, account.pw_gid)
    server = Dovecot(folder, _free_port(), _free_port())
    config = folder / "dovecot.conf"
    tls = f"ssl_cert = <{certificate}\nssl_key = <{certificate}" if certificate else ""
    config.write_text(
        _CONFIG.format(
            folder=folder,
            user=account.pw_name,
            group=group,
            password=PASSWORD,
            port=server.port,
            tls_port=server.tls_port if certificate else 0,
            ssl="yes" if certificate else "no",
            certificate=tls,
        )
    )
    process = subprocess.Popen([program, "-F", "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _wait(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(10)
        if process.stderr:
            process.stderr.close()
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _wait(server: Dovecot, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        if process.poll() is not None:
            said = process.stderr.read().decode("utf-8", "replace") if process.stderr else ""
            raise AssertionError(f"dovecot ended: {said}")
        try:
            server.log_in().logout()
        except (OSError, imaplib.IMAP4.error):
            time.sleep(0.05)
        else:
            return
    log = server.folder / "log"
    raise AssertionError(f"dovecot takes no log-in: {log.read_text()[-2000:] if log.exists() else 'no log'}")
