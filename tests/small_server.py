"""A server on this machine that stands in for the hosts of the providers, with answers that the tests make up."""

import contextlib
import socket
import threading
import time

from gisplan.sources.hosts import Limits, Network

QUICK = Limits(total_s=2.0, silent_s=1.0, patience_s=0.3, slowest=100.0, tries=3, pause_s=0.01)
HOSTS = ("nlftp.mlit.go.jp", "www.reinfolib.mlit.go.jp", "www.mlit.go.jp", "cyberjapandata.gsi.go.jp",
         "api.gtfs-data.jp", "overpass-api.de", "download.geofabrik.de", "www.e-stat.go.jp")  # fmt: skip


def stand_in(server, *, limits=QUICK, hosts=HOSTS, pause=None):
    """Return a network whose hosts are folders of a server of pytest-httpserver, or of a port of this machine."""
    base = f"http://127.0.0.1:{server}" if isinstance(server, int) else server.url_for("").rstrip("/")
    return Network(
        hosts=frozenset(hosts),
        limits=limits,
        stand_ins={f"https://{host}": f"{base}/{host}" for host in hosts},
        pause=pause or (lambda _seconds: None),
    )


@contextlib.contextmanager
def raw_server(*answers):
    """Serve, one connection after another, functions that get a socket and the request; yield port and requests."""
    listening = socket.create_server(("127.0.0.1", 0))
    asked = []
    stop = threading.Event()

    def serve():
        for answer in answers:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                asked.append(connection.recv(65_536).decode("latin-1"))
                answer(connection, stop)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1], asked
    finally:
        stop.set()
        listening.close()
        thread.join(2)


def drip(data, *, every=0.05):
    """Return an answer that comes byte by byte."""

    def answer(connection, stop):
        for byte in data:
            if stop.is_set():
                return
            connection.sendall(bytes([byte]))
            time.sleep(every)

    return answer


def send(data):
    """Return an answer of these bytes, after which the server hangs up."""
    return lambda connection, _stop: connection.sendall(data)
