"""azure-notification-hub-unofficial, as it is."""

import azure_notification_hub as sdk
import httpx

from measure import CONNECTION_STRING, HUB, WHAT, measure

client = sdk.NotificationHubsClient(CONNECTION_STRING, HUB)
if WHAT == "build":
    client._client = httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(201)))


def send():
    client.send_notification(sdk.create_apple_notification({"aps": {"alert": "Hello"}}), "sports")


measure(send)
