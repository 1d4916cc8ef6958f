"""The simulator's own manners, with nobody's client in between: refusals, limits, RESUME, intents, REST errors, OAuth2."""
import asyncio
import base64
import hashlib
import json
import os
import sys
import urllib.parse
import zlib

import aiohttp

URL = os.environ['SIM_URL']
API = URL + '/api/v10'
TOKEN = 'simulated-bot-token'
CLIENT, SECRET = '1100000000000000001', 'simulated-client-secret'
BACK = 'http://127.0.0.1:5000/callback'
ALL = 53608447
failed = 0


def check(name, passed, seen=None):
    global failed
    print(f"{'ok' if passed else 'not ok'} - {name}", flush=True)
    if not passed:
        failed += 1
        print(f'#   saw {seen!r}'[:600], flush=True)


class Closed(Exception):
    pass


class Gateway:
    """One connection, spoken by hand."""

    def __init__(self, http):
        self.http = http

    async def open(self, query='v=10&encoding=json'):
        self.socket = await self.http.ws_connect(f'{URL}/gateway?{query}', max_msg_size=0, autoclose=True)
        return self

    async def next(self, seconds=10):
        message = await asyncio.wait_for(self.socket.receive(), seconds)
        if message.type == aiohttp.WSMsgType.TEXT:
            return json.loads(message.data)
        if message.type == aiohttp.WSMsgType.BINARY:
            return json.loads(zlib.decompress(message.data))
        raise Closed(self.socket.close_code)

    async def until(self, wanted):
        while True:
            payload = await self.next()
            if wanted(payload):
                return payload

    async def event(self, name):
        return await self.until(lambda p: p['t'] == name)

    async def send(self, op, d=None):
        await self.socket.send_json({'op': op, 'd': d})

    async def code(self):
        """The close code it ends with, whatever comes before."""
        try:
            while True:
                await self.next()
        except Closed as closed:
            return closed.args[0]

    async def identify(self, **changes):
        await self.send(2, {'token': TOKEN, 'intents': ALL, 'properties': {}, **changes})

    async def ready(self, **changes):
        await self.identify(**changes)
        return (await self.event('READY'))['d']

    async def resume(self, session, seq, token=TOKEN):
        await self.send(6, {'token': token, 'session_id': session, 'seq': seq})

    async def close(self, code=1000):
        await self.socket.close(code=code)


class Story:
    def __init__(self, http):
        self.http = http

    async def control(self, path, body=None):
        async with self.http.request('POST' if body else 'GET', f'{URL}/_control/{path}', json=body) as answer:
            told = await answer.json()
            if answer.status != 200:
                raise RuntimeError(f'{path}: {told}')
            return told

    async def learn(self):
        await self.control('clock', {'paused': True})  # nobody speaks but us
        self.world = await self.control('world')
        self.home = next(g for g in self.world['guilds'] if g['bot_in'])
        self.room = next(c for c in self.home['channels'] if c['type'] == 0)
        self.person = next(m for m in self.home['members'] if not m['bot'])

    async def say(self, content, **more):
        return await self.control('inject', {'act': 'message', 'channel_id': self.room['id'], 'user_id': self.person['id'],
                                             'content': content, **more})

    async def open(self, query='v=10&encoding=json'):
        gateway = await Gateway(self.http).open(query)
        await gateway.until(lambda p: p['op'] == 10)
        return gateway

    async def refused(self, name, code, opening='v=10&encoding=json', **changes):
        gateway = await Gateway(self.http).open(opening)
        if changes:
            await gateway.identify(**changes)
        seen = await gateway.code()
        check(f'{name}: {code}', seen == code, seen)


class Default(Story):
    async def doors(self):
        await self.refused('version 8', 4012, 'v=8&encoding=json')
        await self.refused('unknown compression', 4002, 'v=10&encoding=json&compress=gzip')
        await self.refused('encoding etf', 4002, 'v=10&encoding=etf')
        gateway = await Gateway(self.http).open()
        hello = await gateway.next()
        check('HELLO', hello['op'] == 10 and hello['d']['heartbeat_interval'] == 41250 and hello['s'] is None, hello)
        await gateway.send(1, None)
        check('a heartbeat before IDENTIFY is answered', (await gateway.next())['op'] == 11)
        await gateway.send(3, {'status': 'online', 'since': None, 'activities': [], 'afk': False})
        check('anything else before IDENTIFY: 4003', await gateway.code() == 4003)
        for name, text, code in (('unknown opcode', '{"op":99,"d":{}}', 4001), ('no JSON', '{"op":', 4002),
                                 ('no opcode', '{}', 4002), ('4097 bytes', '{"op":1,"d":null,"x":"' + 'x' * 4074 + '"}', 4002)):
            gateway = await self.open()
            await gateway.socket.send_str(text)
            check(f'{name}: {code}', await gateway.code() == code)

    async def refusals(self):
        await self.refused('wrong token', 4004, token='nobody')
        await self.refused('token with prefix', 4004, token='Bot ' + TOKEN)
        await self.refused('no intents', 4002, intents=None)
        await self.refused('large_threshold 251', 4002, large_threshold=251)
        await self.refused('an unknown intent', 4013, intents=1 << 30)
        await self.refused('shard 2 of 2', 4010, shard=[2, 2])
        await self.refused('shard of nothing', 4010, shard=[0, 0])
        await self.refused('shard of null', 4010, shard=[None, None])
        gateway = await self.open()
        await gateway.ready()
        await gateway.identify()
        check('second IDENTIFY: 4005', await gateway.code() == 4005)
        gateway = await self.open()
        await gateway.ready()
        for _ in range(120):
            await gateway.send(1, None)
        check('the 121st payload of a minute: 4008', await gateway.code() == 4008)

    async def sessions(self):
        gateway = await self.open()
        ready = await gateway.ready()
        check('READY names what it must', ready['v'] == 10 and ready['user']['bot'] and ready['application']['id'] == CLIENT
              and ready['resume_gateway_url'].startswith('ws://') and all(g['unavailable'] for g in ready['guilds']), ready)
        seqs, created = [1], []
        while len(created) < len(ready['guilds']):
            payload = await gateway.next()
            seqs.append(payload['s'])
            created.append(payload['d']['id'])
        check('one GUILD_CREATE each, numbers without holes', seqs == list(range(1, len(seqs) + 1))
              and created == [g['id'] for g in ready['guilds']], (seqs, created))
        await self.say('heard')
        heard = await gateway.event('MESSAGE_CREATE')
        check('a dispatch says when it was sent', isinstance(heard['sent_at_ms'], int), heard)
        await gateway.close(4000)
        await self.control('inject', {'acts': [{'act': 'message', 'channel_id': self.room['id'], 'user_id': self.person['id'],
                                                'content': f'missed {i}'} for i in range(5)]})
        gateway = await self.open()
        await gateway.resume(ready['session_id'], heard['s'])
        replayed = [await gateway.next() for _ in range(6)]
        check('RESUME: what was missed, then RESUMED, numbered on', [p['d'].get('content') for p in replayed[:5]]
              == [f'missed {i}' for i in range(5)] and replayed[5]['t'] == 'RESUMED'
              and [p['s'] for p in replayed] == list(range(heard['s'] + 1, heard['s'] + 7)), replayed)

        gateway = await self.open()
        await gateway.resume(ready['session_id'], 9999)
        check('RESUME from the future: 4007', await gateway.code() == 4007)
        gateway = await self.open()
        await gateway.resume('0' * 32, 1)
        check('RESUME of nothing: op 9 false', (await gateway.next())['d'] is False)
        again = await gateway.ready()
        check('and the same connection may IDENTIFY', again['session_id'] != ready['session_id'])
        await gateway.close(1000)
        gateway = await self.open()
        await gateway.resume(again['session_id'], 1, 'nobody')
        check('RESUME with a wrong token: 4004', await gateway.code() == 4004)
        gateway = await self.open()
        await gateway.resume(again['session_id'], 1)
        check('a session ended with 1000 is gone', (await gateway.next())['op'] == 9)
        await gateway.close()

    async def intents(self):
        blind = await self.open()
        ready = await blind.ready(intents=1 << 9)
        check('without GUILDS no guilds are named', ready['guilds'] == [], ready['guilds'])
        await self.control('inject', {'act': 'react', 'channel_id': self.room['id'], 'user_id': self.person['id'], 'emoji': '🔥',
                                      'message_id': (await self.say('secret'))['id']})
        message = await blind.next()
        check('only what was asked for, and without content', message['t'] == 'MESSAGE_CREATE'
              and message['d']['content'] == '' and message['d']['author']['id'] == self.person['id'], message)
        await self.say(f"hey <@{self.world['bot_id']}>")
        message = await blind.next()
        check('content when the bot is mentioned', message['d']['content'].startswith('hey'), message)
        other = await self.open()
        ready = await other.ready(shard=[1, 2])
        first = await self.open()
        both = ready['guilds'] + (await first.ready(shard=[0, 2]))['guilds']
        check('every guild is on exactly one shard', sorted(g['id'] for g in both)
              == sorted(g['id'] for g in self.world['guilds'] if g['bot_in'])
              and all((int(g['id']) >> 22) % 2 == 1 for g in ready['guilds']), both)
        for gateway in (blind, other, first):
            await gateway.close()

    async def members(self):
        gateway = await self.open()
        await gateway.ready()
        await gateway.send(8, {'guild_id': self.home['id'], 'query': '', 'limit': 0, 'nonce': 'n'})
        chunk = (await gateway.event('GUILD_MEMBERS_CHUNK'))['d']
        check('op 8: members and nonce', len(chunk['members']) == self.home['member_count'] and chunk['nonce'] == 'n', chunk)
        await gateway.send(8, {'guild_id': self.home['id'], 'query': '', 'limit': 0})
        limited = (await gateway.event('RATE_LIMITED'))['d']
        check('op 8 again: RATE_LIMITED', limited['opcode'] == 8 and 0 < limited['retry_after'] <= 30, limited)
        await gateway.send(8, {'guild_id': self.home['id'], 'user_ids': [self.person['id'], '1']})
        chunk = (await gateway.event('GUILD_MEMBERS_CHUNK'))['d']
        check('op 8 by id: found and not found', [m['user']['id'] for m in chunk['members']] == [self.person['id']]
              and chunk['not_found'] == ['1'], chunk)
        await gateway.close()
        gateway = await self.open()
        await gateway.ready(compress=True)
        await gateway.event('GUILD_CREATE')
        check('compress: true is understood', True)
        await gateway.close()

    async def faults(self):
        gateway = await self.open()
        await gateway.ready()
        await gateway.event('GUILD_CREATE')
        await self.control('fault', {'ask_heartbeat': True})
        await gateway.until(lambda p: p['op'] == 1)
        check('the server asks for a heartbeat', True)
        await self.control('fault', {'drop_acks': 1})
        await gateway.send(1, 1)
        await gateway.send(1, 1)
        await self.say('between')
        seen = [p['op'] for p in [await gateway.next(), await gateway.next()]]
        check('one ACK is dropped', sorted(seen) == [0, 11], seen)
        await self.control('inject', {'act': 'outage', 'guild_id': self.home['id'], 'down': True})
        gone = await gateway.event('GUILD_DELETE')
        check('outage: GUILD_DELETE unavailable', gone['d'] == {'id': self.home['id'], 'unavailable': True}, gone)
        await self.control('inject', {'act': 'outage', 'guild_id': self.home['id'], 'down': False})
        back = await gateway.event('GUILD_CREATE')
        check('outage over: GUILD_CREATE, not a new guild', back['d'].get('unavailable') is False, back['d'].get('unavailable'))
        await self.control('fault', {'duplicate': 1})
        await self.say('twice')
        twice = [await gateway.event('MESSAGE_CREATE') for _ in range(2)]
        check('a duplicate has the same number', twice[0] == twice[1], twice)
        await self.control('fault', {'repeat': 1})
        await self.say('again')
        again = [await gateway.event('MESSAGE_CREATE') for _ in range(2)]
        check('a repetition has its own', again[0]['s'] + 1 == again[1]['s'] and again[0]['d'] == again[1]['d'], again)
        await self.control('fault', {'swallow': 1})
        await self.say('never heard')
        await self.say('heard')
        heard = await gateway.event('MESSAGE_CREATE')
        check('a swallowed dispatch leaves a hole', heard['d']['content'] == 'heard' and heard['s'] == again[1]['s'] + 2, heard)
        await self.control('fault', {'delay_ms': 300})
        before = asyncio.get_running_loop().time()
        await self.say('late')
        await gateway.event('MESSAGE_CREATE')
        check('a delay delays', asyncio.get_running_loop().time() - before >= 0.29)
        await self.control('fault', {'tear': 1})
        await self.say('torn')
        try:
            code = await gateway.code()
        except json.JSONDecodeError:
            code = await gateway.code()
        check('a torn payload, then nothing', code in (1006, None), code)
        await self.control('fault', {'turn_away_next': 1})
        gateway = await Gateway(self.http).open()
        check('op 7 instead of HELLO', (await gateway.next())['op'] == 7)
        await gateway.close()

    async def shards(self):
        """Faults of one shard; a session that is lost, and the hole it leaves."""
        ours = (int(self.home['id']) >> 22) % 2
        gateways = [await self.open() for _ in range(2)]
        sessions = [await gateway.ready(shard=[i, 2]) for i, gateway in enumerate(gateways)]
        gateway = gateways[ours]
        await self.control('fault', {'shard': [1 - ours, 2], 'close': 4000})
        check('a fault of one shard', await gateways[1 - ours].code() == 4000)
        await self.control('fault', {'shard': [ours, 2], 'garble': 1})
        await self.say('garbled')
        try:
            await gateway.event('MESSAGE_CREATE')
            check('a garbled dispatch is no JSON', False)
        except json.JSONDecodeError:
            check('a garbled dispatch is no JSON', True)
        await self.say('clear')
        check('and costs one frame', (await gateway.event('MESSAGE_CREATE'))['d']['content'] == 'clear')
        await self.control('fault', {'shard': [ours, 2], 'hush': True})
        mine = lambda told: next(one for one in told['sessions'] if one['id'] == sessions[ours]['session_id'])
        before = await self.control('sessions')
        await self.say('to nobody')
        check('a hushed session is told nothing', mine(await self.control('sessions')) == mine(before))
        await self.control('fault', {'shard': [ours, 2], 'close': 4007})
        check('the session ends with 4007', await gateway.code() == 4007)
        await self.control('fault', {'late_next': 1, 'late_ms': 300})
        began = asyncio.get_running_loop().time()
        gateway = await self.open()
        check('HELLO is late', asyncio.get_running_loop().time() - began >= 0.29)
        await gateway.resume(sessions[ours]['session_id'], 1)
        check('nothing to resume after 4007', (await gateway.next())['d'] is False)
        await gateway.ready(shard=[ours, 2])
        holes = (await self.control('sessions'))['holes'][len(before['holes']):]
        check('a hole from the last dispatch to READY', len(holes) == 1 and holes[0]['shard'] == [ours, 2]
              and 0 < holes[0]['from_ms'] <= holes[0]['to_ms'], holes)
        await gateway.close()

    async def counts(self):
        gateway = await self.open()
        await gateway.ready()
        before = (await self.control('counts'))['dispatches'].get('MESSAGE_CREATE', 0)
        for i in range(3):
            await self.say(f'counted {i}')
        after = (await self.control('counts'))['dispatches']['MESSAGE_CREATE']
        check('the oracle counts what was told', after - before == 3, (before, after))
        await gateway.close()

    async def token_reset(self):
        gateway = await self.open()
        await gateway.ready()
        await self.control('fault', {'identifies_left': 0})
        other = await self.open()
        await other.identify()
        check('one IDENTIFY too many: every session ends', (await other.code(), await gateway.code()) == (4004, 4004))
        async with self.http.get(API + '/users/@me', headers={'Authorization': f'Bot {TOKEN}'}) as answer:
            check('and the token is worth nothing', answer.status == 401, answer.status)
        await self.control('fault', {'identifies_left': 1000, 'token_reset': False})


class Rest(Story):
    async def call(self, method, path, token=f'Bot {TOKEN}', **more):
        headers = {'Authorization': token} if token else {}
        async with self.http.request(method, API + path, headers=headers, **more) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if text else None, answer.headers

    async def refused(self, name, wanted, method, path, **more):
        status, body, _ = await self.call(method, path, **more)
        seen = (status, body.get('code'))
        check(f'{name}: {wanted}', seen == wanted, (seen, body))

    async def errors(self):
        room, home = self.room['id'], self.home['id']
        await self.refused('no token', (401, 0), 'GET', '/users/@me', token=None)
        await self.refused('wrong token', (401, 0), 'GET', '/users/@me', token='Bot nobody')
        await self.refused('unknown route', (404, 0), 'GET', '/nothing/here')
        await self.refused('unknown guild', (404, 10004), 'GET', '/guilds/1')
        await self.refused('unknown channel', (404, 10003), 'GET', '/channels/1')
        await self.refused('unknown message', (404, 10008), 'GET', f'/channels/{room}/messages/1')
        await self.refused('unknown member', (404, 10007), 'GET', f'/guilds/{home}/members/1')
        await self.refused('unknown user', (404, 10013), 'GET', '/users/1')
        await self.refused('no JSON', (400, 50109), 'POST', f'/channels/{room}/messages', data='{', )
        for name, body, code in (('nothing to say', {}, 50006), ('2001 characters', {'content': 'ы' * 2001}, 50035),
                                 ('26 characters of nonce', {'content': 'a', 'nonce': 'n' * 26}, 50035),
                                 ('11 embeds', {'embeds': [{'title': 'a'}] * 11}, 50035),
                                 ('6001 characters of embeds', {'embeds': [{'description': 'a' * 3001}] * 2}, 50035),
                                 ('a reply to nothing', {'content': 'a', 'message_reference': {'message_id': '1'}}, 50035),
                                 ('parse and list', {'content': 'a', 'allowed_mentions': {'parse': ['roles'], 'roles': ['1']}}, 50035)):
            await asyncio.sleep(1)  # five in five seconds are allowed
            await self.refused(name, (400, code), 'POST', f'/channels/{room}/messages', json=body)
        status, body, _ = await self.call('POST', f'/channels/{room}/messages', json={'content': 'я' * 2000})
        check('2000 characters, not bytes', status == 200 and len(body['content']) == 2000, (status, body))

    async def limits(self):
        room = self.room['id']
        seen = [await self.call('GET', '/gateway/bot') for _ in range(3)]
        status, body, headers = seen[2]
        check('429: body and headers', status == 429 and body['global'] is False and body['retry_after'] > 0
              and int(headers['Retry-After']) >= 1 and headers['X-RateLimit-Scope'] == 'user'
              and headers['X-RateLimit-Remaining'] == '0', (status, body, dict(headers)))
        check('buckets have a name of their own', seen[0][2]['X-RateLimit-Bucket'] == headers['X-RateLimit-Bucket']
              and len(headers['X-RateLimit-Bucket']) == 32, dict(headers))
        for i in range(2):
            await self.call('PATCH', f'/channels/{room}', json={'topic': f'topic {i}'})
        status, body, headers = await self.call('PATCH', f'/channels/{room}', json={'topic': 'once more'})
        check('a sub-limit hides behind friendly headers', status == 429 and body['retry_after'] > 500
              and headers['X-RateLimit-Remaining'] != '0', (status, body, dict(headers)))
        await self.control('rest-fault', {'count': 1, 'status': 502})
        status, _, _ = await self.call('GET', f'/channels/{room}')
        check('a 502 on demand', status == 502, status)
        await self.control('rest-fault', {'count': 1, 'slow_ms': 300, 'path': '/channels/'})
        before = asyncio.get_running_loop().time()
        status, _, _ = await self.call('GET', f'/channels/{room}')
        check('a slow answer on demand', status == 200 and asyncio.get_running_loop().time() - before >= 0.29, status)
        burst = await asyncio.gather(*(self.call('GET', f'/users/{i}') for i in range(1, 60)))
        check('the global limit', any(s == 429 and b['global'] and h['X-RateLimit-Global'] == 'true' for s, b, h in burst),
              [s for s, _, _ in burst])

    async def pages(self):
        room = self.room['id']
        await self.control('inject', {'acts': [{'act': 'message', 'channel_id': room, 'user_id': self.person['id'], 'content': str(i)}
                                               for i in range(9)]})
        await asyncio.sleep(1.1)  # the global limit's window
        _, newest, _ = await self.call('GET', f'/channels/{room}/messages?limit=9')
        check('messages: newest first', [m['content'] for m in newest] == [str(i) for i in range(8, -1, -1)], newest)
        _, before, _ = await self.call('GET', f"/channels/{room}/messages?limit=3&before={newest[4]['id']}")
        check('before', [m['content'] for m in before] == ['3', '2', '1'], before)
        _, after, _ = await self.call('GET', f"/channels/{room}/messages?limit=3&after={newest[4]['id']}")
        check('after: the next ones, newest first', [m['content'] for m in after] == ['7', '6', '5'], after)
        _, around, _ = await self.call('GET', f"/channels/{room}/messages?limit=3&around={newest[4]['id']}")
        check('around', [m['content'] for m in around] == ['5', '4', '3'], around)
        status, _, _ = await self.call('GET', f'/channels/{room}/messages?limit=101')
        check('at most 100', status == 400, status)

    async def slow_interaction(self):
        gateway = await self.open()
        await gateway.ready()
        made = await self.control('interactions', {'guild_id': self.home['id'], 'channel_id': self.room['id'],
                                                   'user_id': self.person['id'], 'data': {'name': 'x', 'type': 1}})
        d = (await gateway.event('INTERACTION_CREATE'))['d']
        check('INTERACTION_CREATE', d['id'] == made['id'] and d['member']['user']['id'] == self.person['id'], d)
        path = f"/interactions/{d['id']}/{d['token']}/callback"
        await self.refused('an answer of no known kind', (400, 50035), 'POST', path, json={'type': 77}, token=None)
        status, _, _ = await self.call('POST', path, json={'type': 4, 'data': {'content': 'now'}}, token=None)
        check('answered', status == 204, status)
        await self.refused('answered twice', (400, 40060), 'POST', path, json={'type': 4, 'data': {'content': 'x'}}, token=None)
        made = await self.control('interactions', {'guild_id': self.home['id'], 'channel_id': self.room['id'],
                                                   'user_id': self.person['id'], 'data': {'name': 'x', 'type': 1}})
        d = (await gateway.until(lambda p: p['t'] == 'INTERACTION_CREATE' and p['d']['id'] == made['id']))['d']
        await asyncio.sleep(3.1)  # what is tested is that three seconds are too long
        await self.refused('answered too late', (404, 10062), 'POST', f"/interactions/{d['id']}/{d['token']}/callback",
                           json={'type': 4, 'data': {'content': 'late'}}, token=None)
        await gateway.close()


class OAuth(Story):
    async def consent(self, **changes):
        """Says yes, or what `action` says; the query that comes back."""
        form = {'client_id': CLIENT, 'response_type': 'code', 'scope': 'identify guilds', 'redirect_uri': BACK, 'state': 'a b&c',
                'action': 'authorize', 'user': self.world['accounts'][0]['user_id'], **changes}
        async with self.http.post(f'{URL}/oauth2/authorize', data=form, allow_redirects=False) as answer:
            if answer.status != 302:
                return answer.status
            where = urllib.parse.urlsplit(answer.headers['Location'])
            return dict(urllib.parse.parse_qsl(where.query))

    async def token(self, basic=True, form=True, **fields):
        auth = aiohttp.BasicAuth(CLIENT, SECRET) if basic is True else basic or None
        body = {'data' if form else 'json': fields}
        async with self.http.post(API + '/oauth2/token', auth=auth, **body) as answer:
            return answer.status, await answer.json()

    async def me(self, path, access):
        async with self.http.get(API + path, headers={'Authorization': f'Bearer {access}'}) as answer:
            return answer.status, await answer.json()

    async def page(self):
        query = urllib.parse.urlencode({'client_id': CLIENT, 'response_type': 'code', 'scope': 'identify guilds', 'redirect_uri': BACK,
                                        'state': '"><script>'})
        async with self.http.get(f'{URL}/oauth2/authorize?{query}') as answer:
            text = await answer.text()
            check('page: it says what it is, and offers people', answer.status == 200 and 'Simulated' in text
                  and all(f'value="{a["user_id"]}"' in text for a in self.world['accounts']), text[:300])
            check('page: no script gets in', '<script' not in text and "default-src 'none'" in answer.headers['Content-Security-Policy'],
                  answer.headers)
        check('page: a stranger\'s redirect stays here', await self.consent(redirect_uri=BACK + '/x') == 400)
        check('page: an unknown client stays here', await self.consent(client_id='1') == 400)
        back = await self.consent(action='cancel')
        check('cancel: access_denied and the state', back['error'] == 'access_denied' and back['state'] == 'a b&c', back)
        check('an unknown scope goes back', (await self.consent(scope='identify everything')).get('error') == 'invalid_scope')

    async def exchange(self):
        verifier = 'v' * 43
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b'=').decode()
        pkce = {'code_challenge': challenge, 'code_challenge_method': 'S256'}
        code = {'grant_type': 'authorization_code', 'redirect_uri': BACK}
        back = await self.consent(**pkce)
        check('authorize: a code and the state', back['state'] == 'a b&c' and len(back['code']) == 30, back)
        status, told = await self.token(**code, code=back['code'])
        check('a promised verifier must come', status == 400 and told['error'] == 'invalid_request', told)
        status, told = await self.token(**code, code=back['code'], code_verifier=verifier)
        check('a code is good once, even when it failed', status == 400 and told['error'] == 'invalid_grant', told)
        back = await self.consent(**pkce)
        status, told = await self.token(form=False, **code, code=back['code'], code_verifier=verifier)
        check('forms only', status == 400, told)
        status, told = await self.token(basic=aiohttp.BasicAuth(CLIENT, 'x'), **code, code=back['code'], code_verifier=verifier)
        check('a wrong secret: 401 invalid_client', status == 401 and told['error'] == 'invalid_client', told)
        status, told = await self.token(**code, code=back['code'], code_verifier=verifier)
        check('the exchange', status == 200 and told['token_type'] == 'Bearer' and told['scope'] == 'identify guilds'
              and told['expires_in'] == 604800, told)
        return told

    async def use(self, told):
        status, me = await self.me('/users/@me', told['access_token'])
        check('users/@me: who was chosen, without e-mail', status == 200 and me['id'] == self.world['accounts'][0]['user_id']
              and 'email' not in me, me)
        status, guilds = await self.me('/users/@me/guilds?with_counts=true', told['access_token'])
        check('users/@me/guilds: with rights and counts', status == 200 and guilds and all('approximate_member_count' in g
              and isinstance(g['permissions'], str) for g in guilds) and any(g['owner'] for g in guilds), guilds)
        status, again = await self.me('/users/@me/guilds', told['access_token'])
        check('asked again at once: 429', status == 429, again)
        status, _ = await self.me(f"/guilds/{self.home['id']}", told['access_token'])
        check('what is the bot\'s stays the bot\'s: 403', status == 403, status)
        status, grant = await self.me('/oauth2/@me', told['access_token'])
        check('oauth2/@me', status == 200 and grant['scopes'] == ['identify', 'guilds'] and grant['user']['id']
              == self.world['accounts'][0]['user_id'], grant)

    async def refresh(self, told):
        status, fresh = await self.token(grant_type='refresh_token', refresh_token=told['refresh_token'])
        check('refresh: a new pair', status == 200 and fresh['access_token'] != told['access_token'], fresh)
        status, again = await self.token(grant_type='refresh_token', refresh_token=told['refresh_token'])
        check('a refresh token is good once', status == 400 and again['error'] == 'invalid_grant', again)
        status, _ = await self.token(basic=None, grant_type='refresh_token', refresh_token=fresh['refresh_token'],
                                     client_id=CLIENT, client_secret=SECRET)
        check('the client may be named in the form', status == 200, status)
        back = await self.consent()
        status, told = await self.token(grant_type='authorization_code', redirect_uri=BACK, code=back['code'])
        auth = aiohttp.BasicAuth(CLIENT, SECRET)
        async with self.http.post(API + '/oauth2/token/revoke', auth=auth, data={'token': told['refresh_token']}) as answer:
            check('revoke', answer.status == 200, answer.status)
        status, _ = await self.me('/users/@me', told['access_token'])
        check('revoked is revoked', status == 401, status)

    async def dance(self):
        told = await self.exchange()
        await self.use(told)
        await self.refresh(told)


class Strict(Story):
    """SIM_PRIVILEGED_INTENTS=0 SIM_SHARD_GUILDS=1 SIM_IDENTIFY_EVERY=1s SIM_HEARTBEAT=400ms SIM_SESSION_TTL=500ms SIM_REPLAY_BYTES=4k"""

    def shard(self):
        """One that has this guild and no other."""
        mine = int(self.home['id']) >> 22
        count = next(n for n in range(2, 1 << 31) if sum((int(g['id']) >> 22) % n == mine % n for g in self.world['guilds']) == 1)
        return [mine % count, count]

    async def limits(self):
        await self.refused('a privileged intent that is not switched on', 4014, intents=1 << 1)
        await self.refused('too many guilds on one shard', 4011, intents=1)
        gateway = await self.open()
        ready = await gateway.ready(intents=1 << 9 | 1, shard=self.shard())
        other = await self.open()
        await other.identify(intents=1, shard=self.shard())
        check('IDENTIFY too soon: op 9 false', (await other.next())['d'] is False)
        check('no heartbeat: closed', await gateway.code() == 4009)
        await asyncio.sleep(0.8)  # what is tested is that a session does not live longer
        gateway = await self.open()
        await gateway.resume(ready['session_id'], 1)
        check('the session has expired: op 9 false', (await gateway.next())['d'] is False)
        await other.close()
        await gateway.close()

    async def memory(self):
        await asyncio.sleep(1)  # the wait between two IDENTIFYs
        gateway = await self.open()
        ready = await gateway.ready(intents=1 << 9, shard=self.shard())
        await gateway.close(4000)
        await self.control('inject', {'acts': [{'act': 'message', 'channel_id': self.room['id'], 'user_id': self.person['id'],
                                                'content': 'x' * 1000} for _ in range(20)]})
        gateway = await self.open()
        await gateway.resume(ready['session_id'], 1)
        check('more was missed than is kept: op 9 false', (await gateway.next())['d'] is False)
        await gateway.close()


STORIES = {
    'default': (Default, ('doors', 'refusals', 'sessions', 'intents', 'members', 'faults', 'shards', 'counts', 'token_reset')),
    'rest': (Rest, ('errors', 'limits', 'pages', 'slow_interaction')),
    'oauth': (OAuth, ('page', 'dance')),
    'strict': (Strict, ('limits', 'memory')),
}


async def main():
    kind, parts = STORIES[sys.argv[1]]
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        story = kind(http)
        await story.learn()
        for part in parts:
            try:
                await getattr(story, part)()
            except Exception as error:  # says where; the other parts go on
                check(f'{part}: {error!r}', False)

asyncio.run(main())
sys.exit(1 if failed else 0)
