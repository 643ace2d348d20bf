"""Searches of the web page under load, from 1 and from 8 clients: `python -m benchmarks.serving RUN`."""

import http.client
import json
import random
import socket
import subprocess
import sys
import time
from statistics import median
from threading import Thread

REQUESTS = 200  # of each client
QUERIES = {
    "plain": "/api/search?picture={}&n=8",
    "weighted": "/api/search?picture={}&n=8&weights=1:0,2:3",
    "whitened": "/api/search?picture={}&n=8&measure=whitened",
    "euclidean": "/api/search?picture={}&n=8&measure=euclidean",
}


def asked(port: int, path: str, numbers: list[int], clients: int) -> list[float]:
    """Return the seconds of every answer, as a client on a line that it keeps open sees them."""
    seconds: list[float] = []

    def client(seed: int) -> None:
        drawn, line = random.Random(seed), http.client.HTTPConnection("127.0.0.1", port)
        for _ in range(REQUESTS):
            began = time.perf_counter()
            line.request("GET", path.format(drawn.choice(numbers)))
            answer = line.getresponse()
            answer.read()
            seconds.append(time.perf_counter() - began)
            if answer.status != 200:
                raise RuntimeError(f"{path} was answered with {answer.status}.")

    threads = [Thread(target=client, args=(seed,)) for seed in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(seconds)


def main(run: str) -> None:
    """Print a line for every kind of query and number of clients."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "partwise", "serve", run, "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            print(server.stdout.readline().strip() if server.stdout else "")
            time.sleep(10)  # the thumbnail sheets are made first
            line = http.client.HTTPConnection("127.0.0.1", port)
            line.request("GET", "/api/pictures")
            numbers = json.loads(line.getresponse().read())["number"]
            for clients in (1, 8):
                for name, path in QUERIES.items():
                    seconds = asked(port, path, numbers, clients)
                    told = (1000 * median(seconds), 1000 * seconds[int(0.95 * len(seconds))], 1000 * seconds[-1])
                    print(
                        "{} clients, {:<9}: median {:6.1f} ms, 95 % {:6.1f} ms, most {:6.1f} ms".format(
                            clients, name, *told
                        )
                    )
        finally:
            server.terminate()


if __name__ == "__main__":
    main(sys.argv[1])
