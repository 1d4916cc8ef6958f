"""Debian's python3-discord, unmodified but for the base URLs: counts what it tells. `lean`: caches only what it cannot do without."""
import collections
import logging
import sys
import time

import discord
import yarl

url, caches = sys.argv[1:3]
discord.http.Route.BASE = url + '/api/v10'
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url.replace('http', 'ws', 1) + '/gateway')
logging.disable(logging.WARNING)  # a heartbeat that waits behind a flood is not news here
counts = collections.Counter()


def say(text):
    print(text, round(time.time() * 1000), flush=True)


def count(kind, guild, channel, user, seconds=None):
    counts[kind, guild, channel, user, (seconds or time.time()) // 3600] += 1


class Bot(discord.Client):
    guilds_left = None

    async def on_socket_event_type(self, kind):
        if kind != 'GUILD_CREATE':
            return
        if self.guilds_left is None:
            self.guilds_left = len(self.guilds)
        self.guilds_left -= 1
        if self.guilds_left == 0:
            say('ready')

    async def on_message(self, message):
        count('message', message.guild.id, message.channel.id, message.author.id, message.created_at.timestamp())
        if message.content == 'the end':
            say('end')

    async def on_raw_message_edit(self, payload):
        count('edit', payload.guild_id, payload.channel_id, payload.message_id)

    async def on_raw_message_delete(self, payload):
        count('deletion', payload.guild_id, payload.channel_id, 0)

    async def on_raw_reaction_add(self, payload):
        count('reaction', payload.guild_id, payload.channel_id, payload.user_id)

    async def on_voice_state_update(self, member, before, after):
        count('voice', member.guild.id, after.channel and after.channel.id, member.id)

    async def on_presence_update(self, before, after):
        count('presence', after.guild.id, 0, after.id)

    async def on_member_join(self, member):
        count('join', member.guild.id, 0, member.id)

    async def on_raw_member_remove(self, payload):
        count('leave', payload.guild_id, 0, payload.user.id)


lean = {'max_messages': None, 'member_cache_flags': discord.MemberCacheFlags.none()} if caches == 'lean' else {}
bot = Bot(intents=discord.Intents.all(), chunk_guilds_at_startup=False, enable_debug_events=True, **lean)
bot.run('a-token', log_handler=None)
