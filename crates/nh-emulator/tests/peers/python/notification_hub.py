"""The algorithm of Microsoft's tutorial for Python: a connection string, a token and a connection for each send.

Nothing but the standard library. What the tutorial gets wrong is right here: any order and number of parts in the connection string,
an encoded signature, a current api-version.
"""

import base64
import hashlib
import hmac
import http.client
import time
import urllib.parse


class NotificationHub:
    def __init__(self, connection_string, hub, context=None):
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

    def request(self, notification_format, payload, tags=None, headers=None, debug=False):
        """What a send asks for: URL, body and headers."""
        url = f"{self.uri}/messages/?api-version=2020-06" + ("&test" if debug else "")
        headers = {
            "Authorization": self.token(),
            "Content-Type": "application/json;charset=utf-8",
            "ServiceBusNotification-Format": notification_format,
            **({"ServiceBusNotification-Tags": tags} if tags else {}),
            **(headers or {}),
        }
        return url, payload.encode(), headers

    def send(self, *args, **options):
        """Sends what `request` makes, and returns status, location and body of the answer."""
        url, body, headers = self.request(*args, **options)
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPSConnection(parts.hostname, parts.port, context=self.context)
        try:
            connection.request("POST", f"{parts.path}?{parts.query}", body, headers)
            response = connection.getresponse()
            return response.status, response.headers.get("Location"), response.read()
        finally:
            connection.close()
