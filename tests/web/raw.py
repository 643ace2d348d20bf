"""A client that sends bytes as they are, and a server of its own to send them to."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE = 30.0


@dataclass
class Reply:
    status: int  # 0 where the line was closed without an answer
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Site:
    """A running server, and how to talk to it."""

    port: int
    run: Path
    process: subprocess.Popen
    token: str = ""

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def send(self, data: bytes, patience: float = PATIENCE) -> Reply:
        """Send bytes on a new line and read one answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=patience) as line:
            with suppress(BrokenPipeError, ConnectionResetError):
                line.sendall(data)  # refused before all was sent, the answer is still to be read
            return read_reply(line)

    def ask(self, method: str, path: str, body: bytes | dict | None = None, **headers: str) -> Reply:
        """Send a request as the page would; a header of None is left out."""
        told = {"Host": self.host, "Connection": "close"}
        if method not in ("GET", "HEAD"):
            told |= {"X-Partwise-Token": self.token, "Origin": f"http://{self.host}"}
        if isinstance(body, dict):
            told["Content-Type"] = "application/json"
            body = json.dumps(body).encode()
        if body is not None:
            told["Content-Length"] = str(len(body))
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [
            f"{method} {path} HTTP/1.1",
            *(f"{name}: {value}" for name, value in told.items() if value is not None),
        ]
        return self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b""))

    def get(self, path: str, **headers: str) -> Any:
        reply = self.ask("GET", path, **headers)
        assert reply.status == 200, (path, reply.status, reply.body[:300])
        return reply.json

    def post(self, path: str, body: dict, status: int = 200, method: str = "POST") -> Any:
        reply = self.ask(method, path, body)
        assert reply.status == status, (path, reply.status, reply.body[:300])
        return reply.json


def read_reply(line: socket.socket) -> Reply:
    data = b""
    try:
        while chunk := line.recv(1 << 16):
            data += chunk
            head, found, body = data.partition(b"\r\n\r\n")
            length = re.search(rb"(?im)^content-length: *(\d+)", head)
            if found and length and len(body) >= int(length[1]):
                break
    except (ConnectionResetError, TimeoutError):
        pass
    head, _, body = data.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    if not first.startswith("HTTP/1.1 "):
        return Reply(0, {}, data)
    pairs = (one.partition(": ") for one in rest)
    return Reply(int(first.split()[1]), {name.lower(): value for name, _, value in pairs}, body)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def begin(run: Path, *options: str, port: int | None = None) -> Site:
    """Start `partwise serve` as a user would, and wait until it listens."""
    port = port or free_port()
    command = [sys.executable, "-m", "partwise", "serve", str(run), "--port", str(port), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ)
    line = process.stdout.readline()
    assert "is shown at" in line, line + process.stdout.read()
    site = Site(port, run, process)
    if "--token" in options:
        site.token = options[options.index("--token") + 1]
    else:
        page = site.ask("GET", "/parts").body.decode()
        site.token = re.search(r'name="partwise-token" content="([^"]+)"', page)[1]
    return site


def end(site: Site) -> tuple[int, str, float]:
    """Press Ctrl-C; return the exit code, what was said, and the seconds it took."""
    began = time.monotonic()
    site.process.send_signal(signal.SIGINT)
    said, _ = site.process.communicate(timeout=PATIENCE)
    return site.process.returncode, said, time.monotonic() - began


@contextmanager
def serving(run: Path) -> Iterator[Site]:
    """A server of a run, which has to end well."""
    site = begin(run)
    yield site
    code, said, _ = end(site)
    assert code == 0, said
    assert "Traceback" not in said, said
