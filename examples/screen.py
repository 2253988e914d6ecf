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

# "sid" names this screen (in a browser: this tab). Who gives one is told where he is, and can go on from there:
# "epoch" names the server's stream (one that was started anew begins another), "last_seq" the last frame that we have.
position = {"sid": f"screen-{os.getpid()}"}


def show(frame):
    match frame["type"]:
        case "resume":
            # Comes first. When "recovered", the frames that we missed follow; otherwise what we missed has to be asked over REST.
            print(f"recovered: {json.dumps(frame['recovered'])}", flush=True)
            position["epoch"] = frame["epoch"]
            if not frame["recovered"]:
                position["last_seq"] = frame["to"]
        case "snapshot":
            # What is fed at this moment, in one or more parts.
            print(f"lots: {len(frame['lots'])}", flush=True)
        case "gavage_realtime":
            meal = frame["data"]
            print(f"{meal['code_lot']} jour {meal['jour']} {meal['moment']}: {meal['dose_reelle']} g", flush=True)
        # Unknown types are ignored: there will be more of them.
    if "seq" in frame:
        position["last_seq"] = frame["seq"]


while True:
    try:
        with connect(f"{URL}?{urllib.parse.urlencode(position)}") as socket:
            # Only meals, no samples of quality stations. Without a filter everything comes.
            socket.send(json.dumps({"type": "subscribe", "filters": {"data_type": "gavage_only"}}))
            for text in socket:
                show(json.loads(text))
    except (OSError, WebSocketException) as error:
        print(f"connection lost ({error}), again in a second", file=sys.stderr)
    time.sleep(1)
