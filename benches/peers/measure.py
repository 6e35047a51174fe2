"""The part of `run`'s protocol that the Python peers share."""

import json
import os
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CONNECTION_STRING = os.environ["NOTIFICATIONHUBS_CONNECTION_STRING"]
HUB = "news"
WHAT, IN_FLIGHT, SECONDS = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_bytes():
    """Of this program alone: `ru_maxrss` can be that of the one that has started it."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def for_a_time(seconds, once):
    """How often it was done, by all threads."""
    end = time.monotonic() + seconds

    def worker():
        count = 0
        while time.monotonic() < end:
            once()
            count += 1
        return count

    with ThreadPoolExecutor(IN_FLIGHT) as threads:
        return sum(worker.result() for worker in [threads.submit(worker) for _ in range(IN_FLIGHT)])


def measure(once):
    """Does it again and again, and prints what it took."""
    for_a_time(SECONDS / 2, once)
    began, cpu = time.monotonic(), cpu_seconds()
    count = for_a_time(SECONDS, once)
    taken = {"count": count, "seconds": time.monotonic() - began, "cpu_seconds": cpu_seconds() - cpu}
    print(json.dumps({**taken, "peak_bytes": peak_bytes()}))
