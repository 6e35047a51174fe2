"""Reads the emulator's metrics with the readers of the Prometheus project (prometheus-client), which refuse what is not in the format.

Wants what emulator.py wants.
"""

import sys
import urllib.request
from pathlib import Path

from prometheus_client import parser as text
from prometheus_client.openmetrics import parser as open_metrics
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST

sys.path.insert(0, str(Path(__file__).parent.parent))
from emulator import CONTEXT, HUB, ORIGIN, control, run  # noqa: E402


def scrape(accept):
    """The content type, and the families by name."""
    request = urllib.request.Request(f"{ORIGIN}$emulator/metrics", headers={"Accept": accept})
    with urllib.request.urlopen(request, context=CONTEXT) as response:
        content_type = response.headers["Content-Type"]
        reader = open_metrics if content_type.startswith("application/openmetrics-text") else text
        families = list(reader.text_string_to_metric_families(response.read().decode()))
    assert len({family.name for family in families}) == len(families)
    return content_type, {family.name: family for family in families}


def value(families, family, **labels):
    """Of the one sample with these labels; 0 without one."""
    return sum(sample.value for sample in families[family].samples if labels.items() <= sample.labels.items())


def a_send_is_counted():
    labels = {"format": "apple", "state": "NoTargetFound", "test": "false"}
    _, before = scrape(CONTENT_TYPE_LATEST)
    control("send", "POST", {"format": "apple", "payload": '{"aps":{}}', "tags": "nobody"})
    content_type, after = scrape(CONTENT_TYPE_LATEST)
    assert content_type == CONTENT_TYPE_LATEST, content_type
    assert value(after, "nh_emulator_sends", **labels) == value(before, "nh_emulator_sends", **labels) + 1
    assert value(after, "nh_emulator_devices", hub=HUB) > 0
    assert after["nh_emulator_request_duration_seconds"].unit == "seconds"
    assert after["nh_emulator_build"].type == "info"


def both_formats_say_the_same():
    content_type, old = scrape("text/plain;version=0.0.4")
    assert content_type == "text/plain; version=0.0.4; charset=utf-8", content_type
    _, new = scrape(CONTENT_TYPE_LATEST)

    def key(sample):
        # A bound is 1 in the old format and 1.0 in the new one.
        labels = {name: float(value) if name == "le" else value for name, value in sample.labels.items()}
        return sample.name, *sorted(labels.items())

    def samples(families):
        return {key(sample): sample.value for family in families.values() for sample in family.samples}

    one, other = samples(old), samples(new)
    differ = {which: (one.get(which), other.get(which)) for which in {*one, *other} if one.get(which) != other.get(which)}
    assert not differ, differ


run([a_send_is_counted, both_formats_say_the_same])
