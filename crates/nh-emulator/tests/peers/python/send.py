"""The job of Microsoft's tutorial for Python, against the emulator: a connection string, a token, a send, the outcome of a test send.

Wants NOTIFICATIONHUBS_CONNECTION_STRING, NOTIFICATION_HUB_NAME and CA_FILE, as `nhub emulator --json` prints them. Nothing but the
standard library. What the tutorial gets wrong is right here: any order and number of parts in the connection string, an encoded
signature, a current api-version, any 2xx as success.
"""

import base64
import hashlib
import hmac
import json
import os
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree

CONNECT = "{http://schemas.microsoft.com/netservices/2010/10/servicebus/connect}"


class NotificationHub:
    def __init__(self, connection_string, hub, context):
        parts = dict(part.split("=", 1) for part in connection_string.split(";") if part)
        self.uri = "https" + parts["Endpoint"].removeprefix("sb") + hub
        self.key_name, self.key = parts["SharedAccessKeyName"], parts["SharedAccessKey"]
        self.context = context

    def token(self):
        uri = urllib.parse.quote(self.uri.lower(), safe="")
        expiry = int(time.time()) + 300
        digest = hmac.new(self.key.encode(), f"{uri}\n{expiry}".encode(), hashlib.sha256).digest()
        signature = urllib.parse.quote(base64.b64encode(digest), safe="")
        return f"SharedAccessSignature sr={uri}&sig={signature}&se={expiry}&skn={self.key_name}"

    def send(self, notification_format, payload, tags=None, headers=None, debug=False):
        url = f"{self.uri}/messages/?api-version=2020-06" + ("&test" if debug else "")
        headers = {
            "Authorization": self.token(),
            "Content-Type": "application/json;charset=utf-8",
            "ServiceBusNotification-Format": notification_format,
            **({"ServiceBusNotification-Tags": tags} if tags else {}),
            **(headers or {}),
        }
        request = urllib.request.Request(url, payload.encode(), headers, method="POST")
        with urllib.request.urlopen(request, context=self.context) as response:
            return response.status, response.headers.get("Location"), response.read()


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

    try:
        hub.send("fcm", "{}")
    except urllib.error.HTTPError as error:
        assert error.code == 400 and b"ServiceBusNotification-Format" in error.read()
        passed += 1

    inbox = hub.uri.rsplit("/", 1)[0] + "/$emulator/inbox"
    with urllib.request.urlopen(inbox, context=context) as response:
        payloads = [delivery["payload"] for delivery in json.load(response)]
    assert toast in payloads and '{"aps":{"alert":"Hello"}}' in payloads, payloads
    passed += 1
    print(f"{passed} passed, {4 - passed} failed")
    raise SystemExit(passed != 4)


main()
