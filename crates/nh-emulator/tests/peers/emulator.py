"""What the Python peers ask of the emulator itself, and how they run their tests.

Wants NOTIFICATIONHUBS_CONNECTION_STRING and CA_FILE, as `nhub emulator --demo --json` prints them.
"""

import json
import os
import ssl
import traceback
import urllib.request

CONNECTION_STRING = os.environ["NOTIFICATIONHUBS_CONNECTION_STRING"]
HUB = os.environ["NOTIFICATION_HUB_NAME"]
ORIGIN = "https" + CONNECTION_STRING.split(";")[0].removeprefix("Endpoint=sb")
CONTEXT = ssl.create_default_context(cafile=os.environ["CA_FILE"])
JSON = {"Content-Type": "application/json"}


def control(path, method="GET", body=None):
    """Calls the control API."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{ORIGIN}$emulator/{path}", data, JSON, method=method)
    with urllib.request.urlopen(request, context=CONTEXT) as response:
        answer = response.read()
        return json.loads(answer) if answer else None


def delivered(call, *args, **options):
    """Calls, and gives what has been delivered by that."""
    control("inbox", "DELETE")
    call(*args, **options)
    return control("inbox")


def last_id():
    """The notification id that the last request was answered with."""
    headers = dict(control("requests?limit=1")[0]["response_headers"])
    return headers["location"].split("?")[0].split("/")[-1]


def refused(kind, call, *args, **options):
    """The error of this kind that the call ends with."""
    try:
        call(*args, **options)
    except kind as error:
        return error
    raise AssertionError(f"{call.__name__} is not refused")


def run(tests):
    """Runs tests, each on an emulator as it was at the start; the exit status tells whether all passed."""
    failed = 0
    for test in tests:
        try:
            control("reset", "POST")
            test()
            print(f"ok {test.__name__}")
        except Exception:
            failed += 1
            print(f"FAILED {test.__name__}\n{traceback.format_exc()}")
    print(f"{len(tests) - failed} passed, {failed} failed")
    raise SystemExit(failed != 0)
