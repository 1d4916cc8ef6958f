"""Debian's python3-discord, unmodified but for the base URLs, lives through what Discord can do to a bot."""
import asyncio
import json
import os
import sys
import urllib.error
import urllib.request

import discord
import yarl

URL = os.environ['SIM_URL']
discord.http.Route.BASE = URL + '/api/v10'
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(URL.replace('http', 'ws', 1) + '/gateway')

failed = 0


def check(name, passed, seen=None):
    global failed
    print(f"{'ok' if passed else 'not ok'} - {name}", flush=True)
    if not passed:
        failed += 1
        print(f'#   saw {seen!r}', flush=True)


def ask(path, body):
    request = urllib.request.Request(f'{URL}/_control/{path}', data=body and json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise RuntimeError(f'{path}: {error.read()}') from error


async def control(path, body=None):
    return await asyncio.to_thread(ask, path, body)


async def inject(act, **args):
    return await control('inject', {'act': act, **args})


async def until(what, probe, seconds=30):
    for _ in range(seconds * 50):
        if probe():
            return
        await asyncio.sleep(0.02)
    raise RuntimeError(f'gave up waiting for {what}')


class Bot(discord.Client):
    def __init__(self):
        super().__init__(intents=discord.Intents.all(), max_messages=1000)
        self.readies = self.resumes = 0
        self.said, self.joins, self.leaves, self.edits, self.deletes = [], [], [], [], []
        self.reactions, self.voices, self.commands = [], [], []
        self.trouble = []

    async def on_ready(self):
        self.readies += 1

    async def on_resumed(self):
        self.resumes += 1

    async def on_message(self, message):
        self.said.append(message)

    async def on_message_edit(self, before, after):
        self.edits.append(after.id)

    async def on_raw_message_delete(self, payload):
        self.deletes.append(payload.message_id)

    async def on_raw_reaction_add(self, payload):
        self.reactions.append((str(payload.emoji), payload.user_id))

    async def on_member_join(self, member):
        self.joins.append(member.id)

    async def on_member_remove(self, member):
        self.leaves.append(member.id)

    async def on_voice_state_update(self, member, before, after):
        self.voices.append((member.id, after.channel and after.channel.id))

    async def on_interaction(self, interaction):
        await interaction.response.send_message('ready')
        self.commands.append(interaction)

    async def on_error(self, event, *args, **kwargs):
        self.trouble.append((event, repr(sys.exc_info()[1])))

    def texts(self, prefix):
        return [m.content for m in self.said if m.content.startswith(prefix)]


class Story:
    def __init__(self, bot, world):
        self.bot, self.world = bot, world
        self.home = next(g for g in world['guilds'] if g['bot_in'])
        self.room = next(c for c in self.home['channels'] if c['type'] == 0)
        self.hall = next(c for c in self.home['channels'] if c['type'] == 2)
        self.person = next(m for m in self.home['members'] if not m['bot'])

    async def say(self, content):
        return await inject('message', channel_id=self.room['id'], user_id=self.person['id'], content=content)

    async def login(self):
        bot = self.bot
        await until('ready', lambda: bot.readies == 1)
        check('login: the bot is itself', str(bot.user.id) == self.world['bot_id'], bot.user.id)
        check('login: every guild came', len(bot.guilds) == sum(g['bot_in'] for g in self.world['guilds']), len(bot.guilds))
        guild = bot.get_guild(int(self.home['id']))
        check('login: all members were chunked', guild.chunked and len(guild.members) == self.home['member_count'], len(guild.members))
        info = await bot.application_info()
        check('login: the application', info.id == bot.user.id, info)

    async def events(self):
        bot, home, person = self.bot, self.home['id'], self.person['id']
        made = await self.say('hello, Привет 🎉')
        await until('a message', lambda: bot.said)
        message = bot.said[0]
        check('message: text, author, place', (message.content, message.author.id, message.channel.name, message.id)
              == ('hello, Привет 🎉', int(person), self.room['name'], int(made['id'])), message)
        await inject('edit', channel_id=self.room['id'], message_id=made['id'], content='changed')
        await until('an edit', lambda: message.id in bot.edits)
        check('edit', message.content == 'changed' and message.edited_at is not None, message)
        await inject('react', channel_id=self.room['id'], message_id=made['id'], user_id=person, emoji='🔥')
        await until('a reaction', lambda: bot.reactions)
        check('reaction', bot.reactions == [('🔥', int(person))], bot.reactions)
        await inject('delete', channel_id=self.room['id'], message_id=made['id'])
        await until('a delete', lambda: message.id in bot.deletes)
        check('delete', True)

        newcomer = (await inject('user', username='newcomer'))['id']
        await inject('join', guild_id=home, user_id=newcomer)
        await inject('voice', guild_id=home, user_id=newcomer, channel_id=self.hall['id'])
        await until('a voice state', lambda: bot.voices)
        await inject('leave', guild_id=home, user_id=newcomer)
        await until('a leave', lambda: bot.leaves)
        check('join, voice, leave', bot.joins == bot.leaves == [int(newcomer)]
              and (int(newcomer), int(self.hall['id'])) in bot.voices, (bot.joins, bot.voices, bot.leaves))

    async def rest(self):
        channel = self.bot.get_channel(int(self.room['id']))
        sent = await channel.send('from the bot')
        await until('its own message', lambda: any(m.id == sent.id for m in self.bot.said))
        reply = await sent.reply('an answer')
        check('send and reply', reply.reference.message_id == sent.id, reply.reference)
        await sent.edit(content='changed')
        check('edit over REST', (await channel.fetch_message(sent.id)).content == 'changed')
        await sent.add_reaction('👍')
        await sent.delete()
        try:
            await channel.fetch_message(sent.id)
            check('a deleted message is gone', False)
        except discord.NotFound as error:
            check('a deleted message is gone', error.code == 10008, error.code)
        history = [m async for m in channel.history(limit=3)]
        check('history', len(history) <= 3 and history[0].id == reply.id, history)
        guild = await self.bot.fetch_guild(int(self.home['id']))
        check('guild with counts', guild.approximate_member_count == self.home['member_count'], guild.approximate_member_count)
        members = [m async for m in guild.fetch_members(limit=None)]
        check('members over REST', len(members) == self.home['member_count'], len(members))
        user = await self.bot.fetch_user(int(self.person['id']))
        dm = await user.send('for you alone')
        check('a direct message', isinstance(dm.channel, discord.DMChannel) and dm.content == 'for you alone', dm)

    async def interaction(self):
        made = await control('interactions', {'guild_id': self.home['id'], 'channel_id': self.room['id'],
                                              'user_id': self.person['id'], 'data': {'id': '1', 'name': 'ask', 'type': 1}})
        await until('an interaction', lambda: self.bot.commands)
        told = await control(f"interactions/{made['id']}")
        check('interaction: answered in time', told['acknowledged'] and told['after_ms'] < 3000, told)
        original = await self.bot.commands[0].original_response()
        check('interaction: the answer stands', original.content == 'ready', original)

    async def survive(self, name, resumes, fault):
        prefix = name.replace(' ', '-') + ':'
        await control('fault', fault)
        await control('inject', {'acts': [{'act': 'message', 'channel_id': self.room['id'], 'user_id': self.person['id'],
                                           'content': f'{prefix}{i}'} for i in range(20)]})
        await until(f'{name}: RESUMED', lambda: self.bot.resumes >= resumes, 60)
        await until(f'{name}: what was said meanwhile', lambda: len(self.bot.texts(prefix)) >= 20)
        check(f'{name}: resumed, everything once, in order',
              self.bot.texts(prefix) == [f'{prefix}{i}' for i in range(20)], self.bot.texts(prefix))

    async def reconnects(self):
        await self.survive('op 7', 1, {'reconnect': True})
        await self.survive('TCP reset', 2, {'reset': True})
        await control('fault', {'invalid_session': False})
        await until('a new session', lambda: self.bot.readies == 2, 60)
        await self.say('after op 9')
        await until('a message', lambda: self.bot.texts('after op 9'))
        check('op 9: a new session, and it hears', True)

    async def pieces(self):
        """zlib-stream payloads cut over messages and frames, as Discord may."""
        await control('fault', {'split_bytes': 16, 'fragment_bytes': 5})
        await self.say('in pieces')
        await until('a message in pieces', lambda: self.bot.texts('in pieces'))
        check('zlib-stream: a payload over many messages and frames', True)

    async def goodbye(self):
        await self.bot.close()
        left = None
        for _ in range(200):  # the other side may hear of it a moment later
            left = (await control('sessions'))['sessions']
            if not left:
                break
            await asyncio.sleep(0.05)
        check('close: the session is gone', left == [], left)
        check('discord.py never complained', not self.bot.trouble, self.bot.trouble)


async def main():
    await control('clock', {'paused': True})  # nobody speaks but us
    bot = Bot()
    story = Story(bot, await control('world'))
    running = asyncio.create_task(bot.start('simulated-bot-token'))
    try:
        for part in (story.login, story.events, story.rest, story.interaction, story.reconnects, story.pieces, story.goodbye):
            await part()
    except Exception as error:  # whatever it was, the run has failed and the log says where
        check(repr(error), False)
    finally:
        await bot.close()
        await asyncio.gather(running, return_exceptions=True)

asyncio.run(main())
sys.exit(1 if failed else 0)
