"""A mail server on loopback that takes whatever it gets, written down by hand: enough of SMTP for one test."""

from __future__ import annotations

import base64
import socket
from dataclasses import dataclass, field

from tests.channels.servers import RawServer


@dataclass
class Mail:
    sender: str = ""
    recipients: list[str] = field(default_factory=list)
    content: str = ""


class MailServer(RawServer):
    """`refuses`: every recipient gets 550. `logins` are (user, password) as they were given."""

    def __init__(self, *, refuses: bool = False) -> None:
        super().__init__(self._talk)
        self.mails: list[Mail] = []
        self.logins: list[tuple[str, str]] = []
        self._refuses = refuses

    def _talk(self, peer: socket.socket) -> None:
        lines = peer.makefile("rb")
        mail = Mail()

        def say(text: str) -> None:
            peer.sendall(f"{text}\r\n".encode())

        say("220 plant mail")
        for raw in lines:
            line = raw.decode().strip()
            command = line.split(" ")[0].upper()
            if command == "EHLO":
                say("250-plant\r\n250 AUTH PLAIN")
            elif command == "AUTH":
                _, user, password = base64.b64decode(line.split(" ")[2]).decode().split("\x00")
                self.logins.append((user, password))
                say("235 ok")
            elif command == "MAIL":
                mail.sender = line.partition(":")[2].split(" ")[0].strip("<>")
                say("250 ok")
            elif command == "RCPT" and self._refuses:
                say("550 no such mailbox")
            elif command == "RCPT":
                mail.recipients.append(line.partition(":")[2].strip("<>"))
                say("250 ok")
            elif command == "DATA":
                say("354 go on")
                mail.content = _until_dot(lines)
                self.mails.append(mail)
                mail = Mail()
                say("250 taken")
            elif command == "QUIT":
                say("221 bye")
                return
            else:
                say("250 ok")


def _until_dot(lines: socket.SocketIO | object) -> str:
    content = []
    for raw in lines:  # type: ignore[attr-defined]
        if raw == b".\r\n":
            break
        content.append(raw.decode("utf-8", "replace"))
    return "".join(content)
