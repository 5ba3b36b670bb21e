"""A real IMAP server: Dovecot, with a configuration of its own, as a user without rights.

Every user name logs in with `PASSWORD` and has an own, empty mailbox, so tests share a server without meeting.
"""

import base64
import getpass
import grp
import hmac
import imaplib
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import trustme

from tests.components import missing

PASSWORD = 'cor"rect-\\horse'
SEARCHED = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
CONFIG = """
protocols = imap
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/dovecot.log
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 0
mail_location = maildir:{root}/mail/%u
auth_mechanisms = plain login xoauth2
disable_plaintext_auth = no
auth_failure_delay = 0
ssl = yes
ssl_cert = <{root}/server.pem
ssl_key = <{root}/server.pem
mailbox_list_index = no
mail_max_userip_connections = 100
{more}
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {root}/oauth2.conf
}}
passdb {{
  driver = static
  mechanisms = plain login
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={root}/home/%u allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  # Without this one wrong password delays every later login, of anybody.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
  unix_listener stats-writer {{
    mode = 0600
  }}
}}
service imap {{
  chroot =
}}
"""

OAUTH2_CONFIG = """
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={root}/keys/
"""
TOKEN_KEY = b"signs the tokens of these tests"


def token_for(user: str) -> str:
    """An access token that the server takes (a JWT, RFC 7519)."""
    head = {"alg": "HS256", "typ": "JWT"}
    claims = {"sub": user, "email": user, "iat": int(time.time()) - 10, "exp": int(time.time()) + 600}
    signed = ".".join(_base64url(json.dumps(part).encode()) for part in (head, claims))
    return f"{signed}.{_base64url(hmac.digest(TOKEN_KEY, signed.encode(), 'sha256'))}"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def new_user() -> str:
    return f"user{secrets.token_hex(6)}@example.com"


@dataclass
class Dovecot:
    """`more` is added to the configuration."""

    more: str = ""
    root: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="duetime-dovecot-")))
    port: int = 0
    tls_port: int = 0
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Ready to log in when it returns. The same mails and ports as before when it was started before."""
        binary = shutil.which("dovecot", path=SEARCHED)
        if binary is None:
            missing("Dovecot", "Install it: apt-get install dovecot-imapd.")
        if not self.port:
            self._write()
        # What is left of a server that was killed would make the first login wait.
        shutil.rmtree(self.root / "run", ignore_errors=True)
        (self.root / "run").mkdir(mode=0o755)
        self._own(self.root / "run")
        command = self._as_user(binary, "-F", "-c", str(self.root / "dovecot.conf"))
        self._process = subprocess.Popen(command, start_new_session=True, cwd=self.root)
        deadline = time.monotonic() + 20
        while not self._greets():
            if time.monotonic() > deadline or self._process.poll() is not None:
                said = (self.root / "dovecot.log").read_text() if (self.root / "dovecot.log").exists() else ""
                raise AssertionError(f"Dovecot did not start: {said[-2000:]}")
            time.sleep(0.02)

    def kill(self) -> None:
        """Dies at once, with all its children."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.root, ignore_errors=True)

    def login(self, user: str) -> imaplib.IMAP4:
        """Another client of the mailbox, such as a person's mail program. It blocks, for a moment."""
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=20)
        client.login(user, PASSWORD)
        return client

    def append(self, user: str, *mails: bytes, folder: str = "INBOX", came: datetime | None = None) -> None:
        """Puts mails into a folder, whose name is given as it is on the wire."""
        date = imaplib.Time2Internaldate(came) if came else ""
        with self.login(user) as client:
            for mail in mails:
                kind, answer = client.append(folder, "", date, mail)
                assert kind == "OK", answer

    def deliver(self, user: str, mails: list[bytes]) -> None:
        """Many mails at once, by the protocol of Maildir."""
        new = self.root / "mail" / user / "new"
        for place in (new.parent.parent, new.parent, new, new.parent / "tmp", new.parent / "cur"):
            if not place.exists():
                place.mkdir(mode=0o700)
                self._own(place)
        for number, mail in enumerate(mails):
            seconds, rest_us = divmod(time.time_ns() // 1000, 1_000_000)  # by these they are ordered
            path = new.parent / "tmp" / f"{seconds}.M{rest_us:06}P{os.getpid()}Q{number}.test"
            path.write_bytes(mail)
            self._own(path)
            path.rename(new / path.name)

    def renumber(self, user: str) -> None:
        """Gives the inbox another UIDVALIDITY, as after a move to another server."""
        words = ("mailbox", "update", "-u", user, "--uid-validity", str(secrets.randbits(30) + 1), "INBOX")
        tool = shutil.which("doveadm", path=SEARCHED) or "doveadm"
        subprocess.run(self._as_user(tool, "-c", str(self.root / "dovecot.conf"), *words), cwd=self.root, check=True)

    def _as_user(self, *command: str) -> list[str]:
        if os.geteuid() != 0:
            return list(command)
        return ["setpriv", f"--reuid={self._user}", f"--regid={self._group}", "--clear-groups", *command]

    def _greets(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                return connection.recv(4) == b"* OK"
        except OSError:
            return False

    def _write(self) -> None:
        self.port, self.tls_port = _free_port(), _free_port()
        self.root.chmod(0o755)
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.root / "ca.pem")
        authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(self.root / "server.pem")
        config = CONFIG.format(
            root=self.root,
            user=self._user,
            group=self._group,
            port=self.port,
            tls_port=self.tls_port,
            password=PASSWORD,
            more=self.more,
        )
        (self.root / "dovecot.conf").write_text(config)
        (self.root / "oauth2.conf").write_text(OAUTH2_CONFIG.format(root=self.root))
        for name in ("state", "mail", "home"):
            (self.root / name).mkdir()
        key = self.root / "keys" / "default" / "HS256" / "default"
        key.parent.mkdir(parents=True)
        key.write_bytes(base64.b64encode(TOKEN_KEY))
        for path in (self.root, *self.root.iterdir()):
            self._own(path)

    def _own(self, path: Path) -> None:
        if os.geteuid() == 0:
            user = pwd.getpwnam(self._user)
            os.chown(path, user.pw_uid, user.pw_gid)

    @property
    def _user(self) -> str:
        return "nobody" if os.geteuid() == 0 else getpass.getuser()

    @property
    def _group(self) -> str:
        return grp.getgrgid(pwd.getpwnam(self._user).pw_gid).gr_name


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
