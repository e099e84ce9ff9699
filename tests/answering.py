"""A server of this process, whose answers are what a test says."""

from __future__ import annotations

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

PAYLOAD = bytes(range(256)) * 700


class Handler(BaseHTTPRequestHandler):
    """Answers by the path: whole, without a length, cut short, hanging, dripping, not at all."""

    def do_GET(self):
        self.server.asked.append(self.path)
        kind = self.path.split("/")[1]
        if kind in ("404", "503"):
            self.send_error(int(kind))
        elif kind == "moved":
            self.send_response(302)
            self.send_header("Location", "/whole/x.bin")
            self.end_headers()
        elif kind == "silent":
            self.server.over.wait(20)
        else:
            getattr(self, kind)()

    def _head(self, length=None):
        self.send_response(200)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def whole(self):
        self._head(len(self.server.payload))
        self.wfile.write(self.server.payload)

    def named(self):
        self.server.payload = self.server.named[self.path.rpartition("/")[2]]
        self.whole()

    def unsized(self):
        self._head()
        self.wfile.write(self.server.payload)

    def truncated(self):
        self._head(len(self.server.payload) + 9)
        self.wfile.write(self.server.payload)

    def hanging(self):
        self._head(len(self.server.payload))
        self.wfile.write(self.server.payload[:1000])
        self.wfile.flush()
        self.server.over.wait(20)

    def dripping(self):
        self._head(len(self.server.payload))
        for i in range(2000):
            if self.server.over.wait(0.05):
                break
            self.wfile.write(self.server.payload[i : i + 1])
            self.wfile.flush()

    def log_message(self, *args):
        """Nothing is logged."""

    def handle(self):
        # The client gives up, as it should.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            super().handle()


@pytest.fixture
def server():
    found = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.daemon_threads = True
    found.asked, found.over, found.payload = [], threading.Event(), PAYLOAD
    found.url = f"http://127.0.0.1:{found.server_port}"
    thread = threading.Thread(target=found.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield found
    found.over.set()
    found.shutdown()
    found.server_close()
    thread.join()
