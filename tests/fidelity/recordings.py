"""A recorded gateway, served again: what arrives is what was recorded, byte for byte once decompressed."""
import asyncio
import base64
import json
import os
import sys
import urllib.request
import zlib

import aiohttp

URL = os.environ['SIM_URL']
failed = 0


def check(name, passed, seen=None):
    global failed
    print(f"{'ok' if passed else 'not ok'} - {name}", flush=True)
    if not passed:
        failed += 1
        print(f'#   saw {seen!r}'[:400], flush=True)


def recorded(path):
    """The payloads; where there are raw bytes, out of them: the recorder rounded numbers past 2^53."""
    inflater = zlib.decompressobj()
    with open(path, encoding='utf-8') as lines:
        frames = [r for r in map(json.loads, lines) if r['dir'] == 'in']
    return [json.loads(inflater.decompress(base64.b64decode(r['z']))) if 'z' in r else r['p'] for r in frames]


def control(path):
    with urllib.request.urlopen(f'{URL}/_control/{path}') as answer:
        return json.load(answer)


class Reader:
    """Payloads out of a connection, whichever way they are packed."""

    def __init__(self, socket, compress):
        self.socket, self.inflater, self.buffer = socket, compress and zlib.decompressobj(), b''

    async def next(self):
        while True:
            message = await asyncio.wait_for(self.socket.receive(), 20)
            if message.type == aiohttp.WSMsgType.TEXT:
                return json.loads(message.data)
            if message.type != aiohttp.WSMsgType.BINARY:
                raise RuntimeError(f'{message.type} {message.data}')
            self.buffer += message.data
            if message.data[-4:] == b'\x00\x00\xff\xff':
                text, self.buffer = self.inflater.decompress(self.buffer), b''
                return json.loads(text)


async def listen(path, compress):
    wanted, name = recorded(path), f"{os.path.basename(path)} as {compress or 'plain'}"
    query = f'/gateway?v=10&encoding=json{"&compress=" + compress if compress else ""}'
    async with aiohttp.ClientSession() as session, session.ws_connect(URL + query, max_msg_size=0) as socket:
        reader = Reader(socket, compress)
        got = [await reader.next()]
        await socket.send_json({'op': 1, 'd': None})
        await socket.send_json({'op': 2, 'd': {'token': 'x', 'intents': 0, 'properties': {}}})
        acks = 0
        while len(got) < len(wanted) or acks == 0:
            payload = await reader.next()
            if payload.get('op') == 11:
                acks += 1
            else:
                got.append(payload)
        check(f'{name}: all {len(wanted)} frames, in order', got == wanted, [p.get('t') for p in got])
        await socket.send_json({'op': 1, 'd': 5})
        check(f'{name}: heartbeats are answered behind the last frame', (await reader.next())['op'] == 11)
    told = control('replay')
    check(f'{name}: the simulator knows it is done', told == {'frames': len(wanted), 'played': len(wanted), 'done': True}, told)


async def main():
    for compress in ('', 'zlib-stream'):
        await listen(sys.argv[1], compress)

asyncio.run(main())
sys.exit(1 if failed else 0)
