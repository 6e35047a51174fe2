"""The algorithm of Microsoft's tutorial for Python: a token and a connection for each send."""

import json

from measure import CONNECTION_STRING, HUB, WHAT, measure
from notification_hub import NotificationHub

hub = NotificationHub(CONNECTION_STRING, HUB)


def build():
    hub.request("apple", json.dumps({"aps": {"alert": "Hello"}}), "sports")


def send():
    status, *_ = hub.send("apple", json.dumps({"aps": {"alert": "Hello"}}), "sports")
    assert status == 201, status


measure({"build": build, "send": send}[WHAT])
