"""A quality station that sends and never reads, as those in the cooperative's halls do.

It waits at most five seconds for the welcome, says hello, and sends samples and heartbeats. Because it leaves every ack
unread, its library stops reading after a while, hears no Pong any more, and its own keepalive closes with 1011. Then it
connects anew. What could not be handed over before that goes first on the next connection.

Prints one JSON object a line: {"sent": id}, {"closed": code}, {"size": bytes}.
"""

import argparse
import asyncio
import datetime
import json
import random
import time

import websockets

CHANNELS = ["F1_415nm", "F2_445nm", "F3_480nm", "F4_515nm", "F5_555nm", "F6_590nm", "F7_630nm", "F8_680nm", "Clear", "NIR"]


def matrix(low, high):
    return [[round(random.uniform(low, high), 4) for _ in range(8)] for _ in range(8)]


def sample(device, number, size):
    score = random.uniform(0.3, 0.95)
    frame = {
        "type": "sensor_data",
        "sample_id": f"PY-{device}-{number}",
        "device_id": device,
        "timestamp": datetime.datetime.now().isoformat(),
        "vl53l8ch": {
            "distance_matrix": matrix(30, 110),
            "reflectance_matrix": matrix(90, 250),
            "amplitude_matrix": matrix(100, 4000),
            "volume_mm3": random.uniform(400_000, 700_000),
            "quality_score": score,
            "grade": "Grade B - Correct",
            "defects": [],
            "bins_analysis": {"histograms": []},
        },
        "as7341": {
            "channels": {name: random.randint(500, 5000) for name in CHANNELS},
            "freshness_index": random.random(),
            "oxidation_index": random.random(),
            "quality_score": score,
            "defects": [],
        },
        "fusion": {"final_score": score, "final_grade": "B", "tof_score": score, "spectral_score": score},
    }
    histograms = frame["vl53l8ch"]["bins_analysis"]["histograms"]
    length = len(json.dumps(frame))
    while length < size:
        histograms.append([random.random() for _ in range(96)])
        length += len(json.dumps(histograms[-1])) + 2
    return frame


def say(**what):
    print(json.dumps(what), flush=True)


class Station:
    def __init__(self, options):
        self.options = options
        self.end = time.monotonic() + options.seconds
        self.number = 0
        self.waiting = None

    async def run(self):
        while time.monotonic() < self.end:
            try:
                await self.connection()
            except websockets.ConnectionClosed as closed:
                say(closed=closed.sent.code if closed.sent else None)

    async def connection(self):
        keepalive = self.options.keepalive
        settings = {"ping_interval": keepalive, "ping_timeout": keepalive, "close_timeout": keepalive / 2, "max_size": None}
        async with websockets.connect(self.options.url, **settings) as socket:
            await asyncio.wait_for(socket.recv(), 5)
            await socket.send(json.dumps({"type": "esp32_hello", "device_id": self.options.device, "firmware_version": "1.0.0"}))
            beating = asyncio.create_task(self.beat(socket))
            try:
                while time.monotonic() < self.end:
                    await self.scan(socket)
                    await asyncio.sleep(self.options.period)
            finally:
                beating.cancel()

    async def scan(self, socket):
        if self.waiting is None:
            size = (21_000, 145_000)[self.number % 2]
            self.waiting = sample(self.options.device, self.number, size)
            self.number += 1
        text = json.dumps(self.waiting)
        await socket.send(text)
        say(sent=self.waiting["sample_id"])
        say(size=len(text))
        self.waiting = None

    async def beat(self, socket):
        while True:
            await asyncio.sleep(self.options.keepalive / 2)
            await socket.send(json.dumps({"type": "heartbeat", "device_id": self.options.device}))


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--device", default="ESP32_LL_01")
    parser.add_argument("--seconds", type=float, required=True, help="how long to work")
    parser.add_argument("--period", type=float, required=True, help="seconds from one sample to the next")
    parser.add_argument("--keepalive", type=float, required=True, help="seconds between pings, and the wait for a pong")
    return parser.parse_args()


asyncio.run(Station(options()).run())
