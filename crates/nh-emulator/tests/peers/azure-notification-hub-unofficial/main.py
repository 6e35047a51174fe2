"""An unofficial Python SDK (azure-notification-hub-unofficial) against the emulator, over TLS: each operation that it has.

Wants what emulator.py wants, and SSL_CERT_FILE: the SDK's HTTP client (httpx) trusts the authorities in that file.

What the SDK (0.1.0) gets wrong; each has a test below:
- A send gives an empty dict, never the id of the notification: it does not read `Location`. So its own results cannot be passed
  to `cancel_scheduled_notification` and `get_notification_outcome_details`.
- `test_send` writes a header that the service does not know, in place of `&test`: the notification is sent for real.
- `ttl` and `urgency` write headers that the service does not know: they do nothing.
- `create_fcm_v1_body` leaves out the `message` around the message.
- `create_windows_toast_body` does not escape text.
- `create_windowsphone_toast_body` leaves out `<wp:Notification xmlns:wp="WPNotification">`.
- `delete_registration` writes no `If-Match`, which the service wants.
- `get_feedback_container_url` expects JSON; the service answers the bare URL.
- `list_registrations` gives the first page only.
"""

import json
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import azure_notification_hub as sdk

sys.path.insert(0, str(Path(__file__).parent.parent))
from emulator import CONNECTION_STRING, HUB, control, delivered, last_id, refused, run  # noqa: E402

client = sdk.NotificationHubsClient(CONNECTION_STRING, HUB)
hello = sdk.create_apple_notification({"aps": {"alert": "Hello"}})


def sent(notification):
    """Sends to "sports", where one native device of each platform is: platform, payload and headers of what arrives."""
    (delivery,) = delivered(client.send_notification, notification, tag_expression="sports")
    return delivery["platform"], delivery["payload"], delivery["headers"]


def never_arrives(notification):
    """Refused at once or accepted and then dropped: no device gets it."""
    try:
        return delivered(client.send_notification, notification, tag_expression="sports") == []
    except sdk.AzureNHError as error:
        return error.status_code == 400


def connections():
    named = sdk.NotificationHubsClient(f"{CONNECTION_STRING};EntityPath={HUB}", "not-this-one")
    assert len(named.list_registrations()) == 10
    refused(ValueError, sdk.parse_connection_string, "SharedAccessKeyName=a;SharedAccessKey=b")
    parts = sdk.parse_connection_string(CONNECTION_STRING)
    stranger = sdk.NotificationHubsClient(CONNECTION_STRING.replace(parts["shared_access_key"], "d3Jvbmc="), HUB)
    assert refused(sdk.AzureNHError, stranger.send_broadcast_notification, hello).status_code == 401


def installations():
    channel = {"endpoint": "https://push.example/1", "p256dh": "BNcR", "auth": "tBHI"}
    browser = sdk.create_browser_installation("i1", channel, ["web"], "2030-01-01T00:00:00Z")
    assert client.create_or_update_installation(browser) == {}
    read = client.get_installation("i1")
    assert (read["pushChannel"], read["tags"]) == (channel, ["web"])
    client.update_installation("i1", [{"op": "add", "path": "/tags", "value": "news"}])
    assert client.get_installation("i1")["tags"] == ["web", "news"]
    (delivery,) = delivered(client.send_notification, sdk.create_browser_notification({"title": "Hello"}), tag_expression="web && news")
    assert (delivery["pns_handle"], delivery["payload"]) == (channel["endpoint"], '{"title": "Hello"}')
    assert client.delete_installation("i1") == {}
    assert refused(sdk.AzureNHError, client.get_installation, "i1").status_code == 404


def an_installation_expires():
    channel = {"endpoint": "https://push.example/1", "p256dh": "BNcR", "auth": "tBHI"}
    client.create_or_update_installation(sdk.create_browser_installation("i1", channel, ["web"], "2030-01-01T00:00:00Z"))
    assert client.get_installation("i1")["expirationTime"].startswith("2030-01-01T00:00:00")


def sends_of_each_platform():
    apple = sdk.create_apple_body("Hello", badge=1, thread_id="t", custom={"id": 1})
    headers = {"apns-push-type": "alert", "apns-priority": "10"}
    payload = '{"aps": {"alert": "Hello", "badge": 1, "sound": "default", "thread-id": "t"}, "id": 1}'
    assert sent(sdk.create_apple_notification(apple, headers)) == ("apple", payload, headers)
    legacy = sdk.create_fcm_legacy_body(data={"a": "b"}, time_to_live=60)
    payload = '{"priority": "high", "dry_run": false, "time_to_live": 60, "data": {"a": "b"}}'
    assert sent(sdk.create_fcm_legacy_notification(legacy)) == ("gcm", payload, {})
    body = {"message": {"data": {"a": "b"}}}
    assert sent(sdk.create_fcm_v1_notification(body)) == ("fcmv1", json.dumps(body), {})
    body = sdk.create_adm_body({"a": "b"}, consolidation_key="c", expires_after=60)
    payload = '{"priority": "normal", "data": {"a": "b"}, "consolidationKey": "c", "expiresAfter": 60}'
    assert sent(sdk.create_adm_notification(body)) == ("adm", payload, {})
    baidu = sdk.create_baidu_body("Hello", "d")
    assert sent(sdk.create_baidu_notification(baidu)) == ("baidu", baidu, {})
    assert sent(sdk.create_browser_notification({"title": "Hello"})) == ("browser", '{"title": "Hello"}', {})
    control("devices", "POST", {"platform": "xiaomi", "tags": ["sports"]})
    assert sent(sdk.create_xiaomi_notification({"title": "Hello"})) == ("xiaomi", '{"title": "Hello"}', {})


def sends_to_windows():
    toast = sdk.create_windows_toast_body("Hello", launch="/p", duration="short", scenario="alarm")
    text = "<visual><binding template='ToastText01'><text id='1'>Hello</text></binding></visual>"
    assert toast == f'<toast launch="/p" duration="short" scenario="alarm">{text}</toast>'
    for create in sdk.create_windows_toast_notification, sdk.create_windows_notification:
        assert sent(create(toast)) == ("windows", toast, {"x-wns-type": "wns/toast"})
    tile = '<tile><visual><binding template="TileSquareText04"><text id="1">Hello</text></binding></visual></tile>'
    assert sent(sdk.create_windows_tile_notification(tile)) == ("windows", tile, {"x-wns-type": "wns/tile"})
    badge = '<badge value="1"/>'
    assert sent(sdk.create_windows_badge_notification(badge)) == ("windows", badge, {"x-wns-type": "wns/badge"})
    raw = sdk.create_windows_raw_notification("bytes", {"X-WNS-TTL": "60"})
    assert sent(raw) == ("windows", "bytes", {"x-wns-type": "wns/raw", "x-wns-ttl": "60"})
    refused(ValueError, sdk.create_windows_notification, "", "wns/none")
    headers = {"X-WindowsPhone-Target": "toast", "X-NotificationClass": "2"}
    toast = f'<wp:Notification xmlns:wp="WPNotification">{sdk.create_windowsphone_toast_body("a", "b", "/p")}</wp:Notification>'
    platform, payload, arrived = sent(sdk.create_windowsphone_notification(toast, headers))
    assert (platform, payload) == ("windowsphone", toast)
    assert arrived == {"x-windowsphone-target": "toast", "x-notificationclass": "2"}


def bodies_that_are_wrong():
    assert never_arrives(sdk.create_fcm_v1_notification(sdk.create_fcm_v1_body(data={"a": "b"})))
    assert never_arrives(sdk.create_windows_toast_notification(sdk.create_windows_toast_body("this & that")))
    headers = {"X-WindowsPhone-Target": "toast", "X-NotificationClass": "2"}
    assert never_arrives(sdk.create_windowsphone_notification(sdk.create_windowsphone_toast_body("a"), headers))


def audiences():
    assert len(delivered(client.send_broadcast_notification, hello)) == 1
    assert len(delivered(client.send_notification, hello, "sports && !politics")) == 1
    assert delivered(client.send_notification, hello, "politics") == []
    template = sdk.create_template_notification({"greeting_en": "Hello", "greeting_fr": "Salut"})
    payloads = [delivery["payload"] for delivery in delivered(client.send_notification, template, "sports")]
    assert payloads[0] == '{"aps":{"alert":"Hello"}}' and ">Salut<" in payloads[1]


def options_that_do_nothing():
    assert client.send_notification(hello, "sports", test_send=True) == {}
    browser = sdk.create_browser_notification({"title": "Hello"})
    (delivery,) = delivered(client.send_notification, browser, "sports", test_send=True, ttl=60, urgency="high")
    assert delivery["headers"] == {}


def schedule_and_cancel():
    soon = datetime.fromisoformat(control("clock")["now"][:19]).replace(tzinfo=timezone.utc) + timedelta(hours=1)
    assert client.schedule_notification(soon, hello, "sports") == {}
    assert client.cancel_scheduled_notification(last_id()) == {}
    assert refused(sdk.AzureNHError, client.cancel_scheduled_notification, last_id_of_cancelled()).status_code == 404
    client.schedule_broadcast_notification(soon.replace(tzinfo=None), hello)
    assert delivered(control, "clock", "POST", {"advance_seconds": 3000}) == []
    assert len(delivered(control, "clock", "POST", {"advance_seconds": 1200})) == 1


def last_id_of_cancelled():
    return control("requests?limit=1")[0]["path"].split("?")[0].split("/")[-1]


def outcomes_and_feedback():
    client.send_notification(hello, "sports")
    outcome = client.get_notification_outcome_details(last_id())["_raw_xml"]
    assert "<State>Completed</State>" in outcome and "ApnsOutcomeCounts" in outcome
    refused(json.JSONDecodeError, client.get_feedback_container_url)


def registrations():
    assert len(client.list_registrations()) == 10
    listed = client.list_registrations(top=2)
    assert [registration["Tags"][1] for registration in listed] == ["news", "politics"]
    read = client.get_registration(listed[0]["RegistrationId"])
    assert (read["DeviceToken"], read["etag"]) == (listed[0]["DeviceToken"], 'W/"1"')
    assert refused(sdk.AzureNHError, client.get_registration, "1-2-3").status_code == 404
    error = refused(sdk.AzureNHError, client.delete_registration, read["RegistrationId"])
    assert error.status_code == 400 and "The ETag header is either missing or invalid." in error.body


run(
    [
        connections,
        installations,
        an_installation_expires,
        sends_of_each_platform,
        sends_to_windows,
        bodies_that_are_wrong,
        audiences,
        options_that_do_nothing,
        schedule_and_cancel,
        outcomes_and_feedback,
        registrations,
    ]
)
