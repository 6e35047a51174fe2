"""Microsoft's tutorial for Python as a package (notificationhubs-rest-python) against the emulator, over TLS: each operation that it has.

Wants what emulator.py wants, and REQUESTS_CA_BUNDLE: the package's HTTP client (requests) trusts the authorities in that file.

What the package (1.0.3) gets wrong; each has a test below:
- It keeps all in the class: a second hub takes the first one's place.
- A connection string of more than three parts, as one with an EntityPath, is refused.
- A scheduled send writes the time with quotes around the T, which the service refuses.
- `X-WNS-Type` is written only where the element has no attributes: not for `<toast launch="..">`, nor for any useful badge. Raw
  notifications cannot be sent at all.
- There is no FCM v1, browser or Xiaomi.
- With debug, an error is printed and given as a status; without, it is raised with the status only.
"""

import contextlib
import io
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

from notificationhubs_rest_python.NotificationHub import AzureNotification, AzureNotificationHub

sys.path.insert(0, str(Path(__file__).parent.parent))
from emulator import CONNECTION_STRING, HUB, control, delivered, refused, run  # noqa: E402

ALERT = {"aps": {"alert": "Hello"}}
TOAST = '<toast><visual><binding template="ToastText01"><text id="1">é</text></binding></visual></toast>'
TILE = '<tile><visual><binding template="TileSquareText04"><text id="1">a</text></binding></visual></tile>'


def hub(debug=0):
    return AzureNotificationHub(CONNECTION_STRING, HUB, debug)


def arrived(call, *args, **options):
    """Platform, handle, payload and headers of the one thing that is delivered by a call."""
    (delivery,) = delivered(call, *args, **options)
    return delivery["platform"], delivery["pns_handle"], delivery["payload"], delivery["headers"]


def phone(kind):
    return f'<?xml version="1.0" encoding="utf-8"?><wp:Notification xmlns:wp="WPNotification"><wp:{kind}></wp:{kind}></wp:Notification>'


def sends_of_json():
    sends = {
        "apple": (hub().send_apple_notification, ALERT, '{"aps": {"alert": "Hello"}}'),
        "gcm": (hub().send_google_notification, {"data": {"a": "b"}}, '{"data": {"a": "b"}}'),
        "adm": (hub().send_amazon_notification, {"data": {"a": "b"}}, '{"data": {"a": "b"}}'),
        "baidu": (hub().send_baidu_notification, {"title": "a"}, '{"title": "a"}'),
    }
    for platform, (send, payload, written) in sends.items():
        assert send(False, payload, "sports")[0] == 201
        got, _, body, headers = arrived(send, False, payload)
        assert (got, body, headers) == (platform, written, {})


def direct_sends():
    assert arrived(hub().send_apple_notification, True, ALERT, device_handle="AB12")[:2] == ("apple", "AB12")
    assert arrived(hub().send_google_notification, True, {"data": {}}, device_handle="g")[:2] == ("gcm", "g")
    assert arrived(hub().send_amazon_notification, True, {"data": {}}, device_handle="a")[:2] == ("adm", "a")
    assert arrived(hub().send_baidu_notification, True, {"title": "a"}, device_handle="u-c")[:2] == ("baidu", "u-c")
    channel = "https://a.notify.windows.com/1"
    assert arrived(hub().send_windows_notification, True, TOAST, device_handle=channel)[:2] == ("windows", channel)
    channel = "http://sn1.notify.live.net/u/1/a"
    assert arrived(hub().send_windows_phone_notification, True, phone("Toast"), device_handle=channel)[:2] == ("windowsphone", channel)
    assert "Missing PNS device handle" in str(refused(Exception, hub().send_apple_notification, True, ALERT))


def sends_to_windows():
    assert arrived(hub().send_windows_notification, False, TOAST)[2:] == (TOAST, {"x-wns-type": "wns/toast"})
    assert arrived(hub().send_windows_notification, False, TILE)[2:] == (TILE, {"x-wns-type": "wns/tile"})
    _, headers = hub().send_windows_notification(False, "<badge>", skip_send=True)
    assert headers["X-WNS-Type"] == "wns/badge"
    for payload in '<badge value="1"/>', '<toast launch="a"/>', "raw":
        assert "400" in str(refused(Exception, hub().send_windows_notification, False, payload))
        assert "The mandatory HTTP header" in control("requests?limit=1")[0]["response_body"]


def sends_to_windows_phone():
    headers = {"x-windowsphone-target": "toast", "x-notificationclass": "2"}
    assert arrived(hub().send_windows_phone_notification, False, phone("Toast"))[2:] == (phone("Toast"), headers)
    headers = {"x-windowsphone-target": "tile", "x-notificationclass": "1"}
    assert arrived(hub().send_windows_phone_notification, False, phone("Tile"))[2:] == (phone("Tile"), headers)


def audiences():
    send = hub().send_apple_notification
    assert len(delivered(send, False, ALERT, {"sports", "nobody"})) == 1
    assert len(delivered(send, False, ALERT, "sports && !politics")) == 1
    assert len(delivered(send, False, ALERT, None)) == 1
    assert delivered(send, False, ALERT, "politics") == []
    assert delivered(send, False, ALERT, "sports", skip_send=True) == []


def template_sends():
    properties = {"greeting_en": "Hello", "greeting_fr": "Salut"}
    payloads = [delivery["payload"] for delivery in delivered(hub().send_template_notification, properties, "sports")]
    assert payloads == ['{"aps":{"alert":"Hello"}}', TOAST.replace("é", "Salut")]


def scheduled_sends():
    soon = datetime.now(timezone.utc) + timedelta(hours=1)

    def is_refused(send, *args):
        assert "400" in str(refused(Exception, send, *args, scheduled_time=soon))
        assert "ServiceBusNotification-ScheduleTime" in control("requests?limit=1")[0]["response_body"]

    is_refused(hub().send_template_notification, {"greeting_en": "Hello"})
    is_refused(hub().send_apple_notification, False, ALERT)


def debug():
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        (delivery,) = delivered(hub(debug=1).send_apple_notification, False, ALERT, "sports")
        status, _ = hub(debug=1).send_windows_notification(False, '<badge value="1"/>')
    assert "<Success>1</Success>" in printed.getvalue() and delivery["registration_id"] in printed.getvalue()
    assert status == 400


def connections():
    first = hub()
    AzureNotificationHub(CONNECTION_STRING, "another")
    assert first.HubName == "another"
    assert "Invalid ConnectionString" in str(refused(Exception, AzureNotificationHub, f"{CONNECTION_STRING};EntityPath={HUB}", HUB))
    key = CONNECTION_STRING.split("SharedAccessKey=")[1]
    stranger = AzureNotificationHub(CONNECTION_STRING.replace(key, "d3Jvbmc="), HUB)
    assert "401" in str(refused(Exception, stranger.send_apple_notification, False, ALERT))


def formats():
    assert "Invalid Notification format" in str(refused(Exception, AzureNotification, "fcmv1", {}))


run(
    [
        sends_of_json,
        direct_sends,
        sends_to_windows,
        sends_to_windows_phone,
        audiences,
        template_sends,
        scheduled_sends,
        debug,
        connections,
        formats,
    ]
)
