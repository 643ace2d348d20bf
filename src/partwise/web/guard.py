"""The door of the server: who may ask (Host, Origin, token), how much may be sent, and the headers of every answer."""

import asyncio
import ipaddress
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from secrets import compare_digest
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from partwise.web.refusing import RefusedError, refusal

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
READING = ("GET", "HEAD")
UPLOADS = "/api/codes"
MOST_UPLOADED = 20_000_000  # bytes
MOST_SENT = 1_000_000  # bytes of JSON
LONGEST, LONGEST_PATH = 16_384, 1024  # bytes of a query in an address, and of what stands before it
MOST_HEADERS, LARGEST_HEADERS = 100, 32_768  # lines, bytes
LINGERING, MOST_DROPPED = 2.0, 1 << 25  # seconds, bytes that are read of what is refused
PATIENCE = 60.0  # seconds for a body to arrive
OPEN_TO_ALL = ("/enter", "/static/")  # what the form for the token needs
LOCAL = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True)
class Door:
    """Whom the server lets in.

    Parameters
    ----------
    host : str
        The address that it listens at.
    port : int
    token : str
        What every change must carry.
    asked : bool
        Whether reading needs the token too, as it does where others than this machine can ask.
    session : str
        The cookie of a browser that has given the token.
    """

    host: str
    port: int
    token: str
    asked: bool
    session: str

    @property
    def cookie(self) -> str:
        """The name of the cookie: browsers keep one jar for all ports."""
        return f"partwise-{self.port}"

    @property
    def address(self) -> str:
        """Where to open the page."""
        shown = "127.0.0.1" if self.everywhere or self.host == "localhost" else self.host
        shown = f"[{shown}]" if ":" in shown and not shown.startswith("[") else shown
        return f"http://{shown}:{self.port}"

    @property
    def everywhere(self) -> bool:
        """Whether it listens on all interfaces."""
        return self.host in ("0.0.0.0", "::", "")

    def knows(self, host: bytes) -> bool:
        """Say whether a Host header names this server; a browser on another site's page cannot be made to send that."""
        name, colon, port = host.decode("latin-1").lower().rpartition(":")
        if not colon or not port.isdecimal() or "]" in port:
            name, port = host.decode("latin-1").lower(), "80"
        if port != str(self.port):
            return False
        own = self.host if ":" not in self.host else f"[{self.host.strip('[]')}]"
        if name == own or name in LOCAL:
            return True
        return self.everywhere and _is_address(name)

    def opened_by(self, token: bytes | None) -> bool:
        """Compare a token in constant time."""
        return token is not None and compare_digest(token, self.token.encode())

    def entered(self, headers: list[tuple[bytes, bytes]]) -> bool:
        """Say whether a request comes from a browser that has given the token, or carries it."""
        wanted = f"{self.cookie}={self.session}".encode()
        cookies = [one.strip() for value in _all(headers, b"cookie") for one in value.split(b";")]
        return any(compare_digest(one, wanted) for one in cookies) or self.opened_by(
            _only(headers, b"x-partwise-token")
        )


class Guard:
    """Lets a request through to the app, or refuses it before anything of it is believed.

    Parameters
    ----------
    app : ASGI application
    door : Door
    """

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, bound, and put the headers of every answer."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # there are no web sockets here
            await send({"type": "websocket.close", "code": 1008})
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *HEADERS]
            await send(message)

        try:
            let_in = self._check(scope)
            if let_in is not None:
                await let_in(scope, receive, guarded)
                return
            # an answer in pieces helps nobody here, and has been the way in of several attacks
            scope["headers"] = [one for one in scope["headers"] if one[0] not in (b"range", b"if-range")]
            receive = await self._bounded(scope, receive)
        except RefusedError as refused:
            if refused.status == 413:
                await _answer_and_close(refusal(refused), receive, guarded)
            else:
                await refusal(refused)(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)

    def _check(self, scope: Scope) -> Response | None:
        """Raise RefusedError where a request may not be served; return where to send a browser without the token."""
        headers, door, path = scope["headers"], self._door, scope["path"]
        hosts = _all(headers, b"host")
        if len(hosts) != 1 or not door.knows(hosts[0]):
            shown = hosts[0].decode("latin-1")[:80] if hosts else ""
            raise RefusedError(400, f"Unknown host {shown!r}. Open {door.address}.", f"Open {door.address}.")
        if len(headers) > MOST_HEADERS or sum(len(name) + len(value) for name, value in headers) > LARGEST_HEADERS:
            raise RefusedError(431, "The headers are too large.", "Remove cookies of other programs at this address.")
        too_long = len(scope["raw_path"]) > LONGEST_PATH or len(scope["query_string"]) > LONGEST
        if not path.startswith("/") or too_long:
            raise RefusedError(414, "The address is too long, or none of this server's.", "Send long queries by POST.")
        origins = _all(headers, b"origin")
        if origins and origins != [b"http://" + hosts[0].lower()]:
            raise _cross_site(door)
        if any(site not in (b"same-origin", b"none") for site in _all(headers, b"sec-fetch-site")):
            raise _cross_site(door)
        reading = scope["method"] in READING
        entering = path == "/enter"
        if entering and not reading and not origins:
            raise _cross_site(door)
        if not reading and not entering and not door.opened_by(_only(headers, b"x-partwise-token")):
            raise RefusedError(
                403,
                "This change needs the token of the page.",
                "Reload the page. Scripts send it as the header X-Partwise-Token; choose it with --token.",
            )
        if door.asked and not path.startswith(OPEN_TO_ALL) and not door.entered(headers):
            if reading and not path.startswith("/api/"):
                return RedirectResponse(f"/enter?next={quote(path)}", status_code=303)
            raise RefusedError(401, "This server asks for its token.", "Open /enter, or send X-Partwise-Token.")
        return None

    async def _bounded(self, scope: Scope, receive: Receive) -> Receive:
        """Read the body, no more of it than is taken; return what hands it on."""
        headers, limit = scope["headers"], MOST_UPLOADED if scope["path"] == UPLOADS else MOST_SENT
        told = _only(headers, b"content-length")
        declared = int(told) if told and told.isdigit() and len(told) < 19 else (limit + 1 if told else 0)
        if scope["method"] in READING:
            if declared or _all(headers, b"transfer-encoding"):
                raise RefusedError(413, f"A {scope['method']} has no body here.", "Send it by POST.")
            return receive
        if declared > limit:
            raise _too_large(declared if told and told.isdigit() else None, limit)
        body, more = bytearray(), True
        try:
            async with asyncio.timeout(PATIENCE):
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise RefusedError(400, "The body ended early.", "Send it again.")
                    body += message.get("body", b"")
                    more = message.get("more_body", False)
                    if len(body) > limit:
                        raise _too_large(None, limit)
        except TimeoutError:
            raise RefusedError(408, f"The body did not arrive within {PATIENCE:.0f} s.", "Try again.") from None
        pending: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def replay() -> Message:
            return pending.pop() if pending else await receive()

        return replay


async def _answer_and_close(answer: Response, receive: Receive, send: Send) -> None:
    """Answer, then read on for a moment: a line that is closed while much is under way loses the answer too."""
    answer.headers["connection"] = "close"
    await send({"type": "http.response.start", "status": answer.status_code, "headers": answer.raw_headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": True})
    dropped = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGERING):
            while dropped < MOST_DROPPED:
                message = await receive()
                dropped += len(message.get("body", b""))
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    break
    await send({"type": "http.response.body", "body": b""})


def _too_large(size: int | None, limit: int) -> RefusedError:
    said = f"Upload is {size / 1e6:,.0f} MB; the" if size and size < 1e15 else "Upload is too large; the"
    return RefusedError(413, f"{said} limit is {limit / 1e6:.0f} MB.", "Make the picture smaller, then send it again.")


def _cross_site(door: Door) -> RefusedError:
    return RefusedError(403, "Cross-site request refused.", f"Open {door.address} itself.")


def _all(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    return [value for key, value in headers if key == name]


def _only(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    found = _all(headers, name)
    return found[0] if len(found) == 1 else None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
