"""The job of Microsoft's tutorial for Python, against the emulator: a connection string, a token, a send, the outcome of a test send.

Wants NOTIFICATIONHUBS_CONNECTION_STRING, NOTIFICATION_HUB_NAME and CA_FILE, as `nhub emulator --json` prints them.
"""

import json
import os
import ssl
import urllib.request
import xml.etree.ElementTree as ElementTree

from notification_hub import NotificationHub

CONNECT = "{http://schemas.microsoft.com/netservices/2010/10/servicebus/connect}"


def main():
    context = ssl.create_default_context(cafile=os.environ["CA_FILE"])
    hub = NotificationHub(os.environ["NOTIFICATIONHUBS_CONNECTION_STRING"], os.environ["NOTIFICATION_HUB_NAME"], context)
    passed = 0

    toast = '<toast><visual><binding template="ToastText01"><text id="1">Hello world!</text></binding></visual></toast>'
    windows = {"X-WNS-Type": "wns/toast", "Content-Type": "application/xml"}
    status, location, body = hub.send("windows", toast, "sports || politics", windows)
    assert (status, body) == (201, b"") and "/messages/NH-" in location, (status, location, body)
    passed += 1

    status, _, body = hub.send("template", json.dumps({"greeting_en": "Hello", "greeting_fr": "Salut"}), debug=True)
    outcome = ElementTree.fromstring(body)
    assert (status, outcome.findtext(f"{CONNECT}Success")) == (201, "2"), body
    passed += 1

    status, _, body = hub.send("fcm", "{}")
    assert status == 400 and b"ServiceBusNotification-Format" in body, (status, body)
    passed += 1

    inbox = hub.uri.rsplit("/", 1)[0] + "/$emulator/inbox"
    with urllib.request.urlopen(inbox, context=context) as response:
        payloads = [delivery["payload"] for delivery in json.load(response)]
    assert toast in payloads and '{"aps":{"alert":"Hello"}}' in payloads, payloads
    passed += 1
    print(f"{passed} passed, {4 - passed} failed")
    raise SystemExit(passed != 4)


main()
