"""A server on this machine that takes what apprise sends to json:// and counts it. Not a test itself."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

#: A password in the address, which must never be seen again.
PASSWORD = "xyzzy-0815"


@dataclass
class Receiver:
    """The messages that came, oldest first, and the status that the next one is answered with."""

    port: int = 0
    status: int = 200
    messages: list[dict[str, str]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where it listens, for MARKET_INTERNALS_NOTIFY."""
        return f"json://user:{PASSWORD}@127.0.0.1:{self.port}/hook?retry=0"


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that runs until the block is left."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if receiver.status == 200:
                receiver.messages.append(received)
            self.send_response(receiver.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = server.server_address[1]
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
