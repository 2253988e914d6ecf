"""A simulator of meals as the cooperative's: it opens a connection for each meal, sends it, and closes without reading.

Sends the lines of its standard input.
"""

import asyncio
import sys

import websockets


async def main(url, meals):
    for meal in meals:
        async with websockets.connect(url) as socket:
            await socket.send(meal)


asyncio.run(main(sys.argv[1], sys.stdin.read().splitlines()))
