"""The server: where it listens, how it begins, and how it ends with nothing half done."""

import errno
import ipaddress
import secrets
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import uvicorn
from threadpoolctl import threadpool_limits

from partwise.web.app import make_app
from partwise.web.guard import LARGEST_HEADERS, Door
from partwise.web.served import Served, shown_run

SHORTEST_TOKEN = 12
ENDING = 2  # seconds that answers have to end


@dataclass(frozen=True)
class Listening:
    """Where the server listens.

    Parameters
    ----------
    host : str
    port : int
    token : str or None
        Asked for before anything is shown.
    """

    host: str
    port: int
    token: str | None = None

    def check(self) -> None:
        """Raise ValueError where the server must not listen so."""
        if not 1 <= self.port <= 65535:
            raise ValueError(f"--port wants a number from 1 to 65535, got {self.port}.")
        if self.token is not None and (len(self.token) < SHORTEST_TOKEN or not self.token.isascii()):
            raise ValueError(f"--token wants at least {SHORTEST_TOKEN} letters and digits, got {len(self.token)}.")
        if self.token is None and not self.is_local:
            where = "all interfaces" if self.host in ("0.0.0.0", "::", "") else self.host
            raise ValueError(f"Listening on {where} needs --token.")

    @property
    def is_local(self) -> bool:
        """Whether only this machine can ask."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def door(self) -> Door:
        """Return whom the server lets in."""
        token = self.token or secrets.token_urlsafe(24)
        return Door(self.host, self.port, token, self.token is not None, secrets.token_urlsafe(24))

    def socket(self) -> socket.socket:
        """Return the socket, bound; OSError in words where the port is taken."""
        try:
            where = socket.getaddrinfo(self.host or "0.0.0.0", self.port, type=socket.SOCK_STREAM)[0]
            bound = socket.socket(*where[:3])  # with its protocol: else asyncio leaves answers waiting for 40 ms
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(where[4])
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise ValueError(f"Port {self.port} is in use. Try --port {self.port + 1}.") from None
            words = error.strerror or str(error)
            raise ValueError(
                f"Cannot listen at {self.host}:{self.port}: {words}. Try another --host or --port."
            ) from None
        return bound


class Server(uvicorn.Server):
    """uvicorn's, which tells endless answers that it ends, and when it has begun."""

    def __init__(self, config: uvicorn.Config, served: Served, begun: Callable[[], None]) -> None:
        super().__init__(config)
        self._served = served
        self._begun = begun

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End, and let who watches a fit know."""
        self._served.closing.set()
        super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, then say so."""
        await super().startup(sockets)
        if self.started:
            self._begun()


def serve_run(run: Path, listening: Listening, begun: Callable[[str], None]) -> None:
    """Show a run until the server is asked to end.

    Parameters
    ----------
    run : Path
    listening : Listening
        Checked.
    begun : callable
        Called with the address when the server listens.

    Raises
    ------
    ValueError, OSError
        There is no such run, it has no catalogue or no pictures, or the port is taken.
    """
    served = Served(shown_run(run))
    door = listening.door()
    config = uvicorn.Config(
        make_app(served, door),
        http="h11",
        ws="none",
        loop="asyncio",
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        h11_max_incomplete_event_size=LARGEST_HEADERS,
        timeout_graceful_shutdown=ENDING,
    )
    # one thread ranks sooner than two that wait for each other on a machine that has more to do; fits have their own
    with listening.socket() as bound, threadpool_limits(1, "blas"):
        server = Server(config, served, lambda: begun(door.address))
        with suppress(KeyboardInterrupt):  # how uvicorn hands on the Ctrl-C that it has obeyed
            server.run(sockets=[bound])
