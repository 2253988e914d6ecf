"""A screen: prints every meal that the server stores, and misses none when its connection breaks.

    pip install websockets
    python3 examples/screen.py ws://127.0.0.1:8000/ws/realtime/
"""

import json
import os
import sys
import time
import urllib.parse

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

URL = sys.argv[1] if len(sys.argv) > 1 else "ws://127.0.0.1:8000/ws/realtime/"

# "sid" names this screen (in a browser: this tab). With it the server reports the position, from which the screen can resume:
# "epoch" identifies the stream (a restarted server begins a new one), "last_seq" is the last frame received.
position = {"sid": f"screen-{os.getpid()}"}


def show(frame):
    match frame["type"]:
        case "resume":
            # The first frame after reconnecting. If "recovered", the missed frames follow; otherwise query the missed meals over REST.
            print(f"recovered: {json.dumps(frame['recovered'])}", flush=True)
            position["epoch"] = frame["epoch"]
            if not frame["recovered"]:
                position["last_seq"] = frame["to"]
        case "snapshot":
            # The lots being fed now, in one or more parts.
            print(f"lots: {len(frame['lots'])}", flush=True)
        case "gavage_realtime":
            meal = frame["data"]
            print(f"{meal['code_lot']} jour {meal['jour']} {meal['moment']}: {meal['dose_reelle']} g", flush=True)
        # Ignore unknown types: new ones may be added.
    if "seq" in frame:
        position["last_seq"] = frame["seq"]


while True:
    try:
        with connect(f"{URL}?{urllib.parse.urlencode(position)}") as socket:
            # Only meals, no samples of quality stations. Without a filter everything is sent.
            socket.send(json.dumps({"type": "subscribe", "filters": {"data_type": "gavage_only"}}))
            for text in socket:
                show(json.loads(text))
    except (OSError, WebSocketException) as error:
        print(f"connection lost ({error}), again in a second", file=sys.stderr)
    time.sleep(1)
