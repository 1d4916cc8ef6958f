"""
What a recording of gateway frames must leave in the tables, counted by the rules of Discord's
documentation and nothing else. python3 count_recording.py FILE prints it as JSON.
"""
import base64
import collections
import datetime
import json
import sys
import zlib

EVENTS = {  # dispatches that are one event
    'READY': 'shard_ready', 'GUILD_UPDATE': 'guild_updated', 'CHANNEL_CREATE': 'channel_upserted',
    'CHANNEL_UPDATE': 'channel_upserted', 'THREAD_CREATE': 'channel_upserted', 'THREAD_UPDATE': 'channel_upserted',
    'CHANNEL_DELETE': 'channel_deleted', 'THREAD_DELETE': 'channel_deleted', 'GUILD_ROLE_CREATE': 'role_upserted',
    'GUILD_ROLE_UPDATE': 'role_upserted', 'GUILD_ROLE_DELETE': 'role_deleted', 'GUILD_MEMBER_ADD': 'member_joined',
    'GUILD_MEMBER_REMOVE': 'member_left', 'GUILD_MEMBER_UPDATE': 'member_updated', 'MESSAGE_CREATE': 'message_created',
    'MESSAGE_DELETE': 'message_deleted', 'MESSAGE_REACTION_ADD': 'reaction_added',
    'MESSAGE_REACTION_REMOVE': 'reaction_removed', 'MESSAGE_REACTION_REMOVE_ALL': 'reactions_cleared',
    'MESSAGE_REACTION_REMOVE_EMOJI': 'reactions_cleared', 'VOICE_STATE_UPDATE': 'voice_state_changed',
    'PRESENCE_UPDATE': 'presence_changed', 'GUILD_BAN_ADD': 'ban_added', 'GUILD_BAN_REMOVE': 'ban_removed',
    'INVITE_CREATE': 'invite_created', 'INVITE_DELETE': 'invite_deleted', 'INTERACTION_CREATE': 'interaction_created',
}
SUM = ('messages', 'bot_messages', 'replies', 'attachments', 'edits', 'deletions', 'reactions', 'joins', 'leaves')
ROW = ('messages', 'replies', 'attachments', 'characters', 'notices', 'edits', 'reactions_given', 'reactions_received')
VOICE = ('self_mute', 'mute', 'self_deaf', 'deaf', 'suppress', 'self_stream', 'self_video')

events = collections.Counter()                                 # guild, type
sums = collections.defaultdict(lambda: dict.fromkeys(SUM, 0))  # guild
rows = collections.defaultdict(lambda: dict.fromkeys(ROW, 0))  # guild, channel, user
hours = collections.Counter()                                  # guild, hour: messages of people
guilds, channels, roles, members, voice = {}, {}, {}, {}, {}
flows, stretches = [], []
told = set()                                                   # what may be told twice


def frames(path):
    """Payloads of the server. Where there are raw bytes, out of them: the recorder rounded numbers past 2^53."""
    inflater = zlib.decompressobj()
    with open(path, encoding='utf-8') as lines:
        for line in map(json.loads, lines):
            if line['dir'] == 'in':
                yield line['ts'], json.loads(inflater.decompress(base64.b64decode(line['z']))) if 'z' in line else line['p']


def is_news(*what):
    is_new = what not in told
    told.add(what)
    return is_new


def note_user(guild, user, member=None, left=None):
    """Somebody named; a member as soon as a time of joining is known."""
    if user:
        known = members.setdefault((guild, user['id']), {'joined': False, 'left': False})
        known['joined'] |= bool(member and member.get('joined_at'))
        known['left'] = known['left'] if left is None else left


def on_channel(guild, d, _at):
    channels[guild, d['id']] = [d['type'], d.get('name') or '', d.get('parent_id') or '0', False]


def on_channel_delete(guild, d, _at):
    channels[guild, d['id']][-1] = True


def on_role(guild, d, _at):
    roles[guild, d['role']['id']] = [d['role']['name'], False]


def on_role_delete(guild, d, _at):
    roles[guild, d['role_id']][-1] = True


def on_guild_create(guild, d, at):
    people = {m['user']['id']: m for m in d['members']}  # the list may name somebody twice
    guilds[guild] = {'name': d['name'], 'owner': d['owner_id'], 'members': d['member_count']}
    all_channels, states = d['channels'] + (d.get('threads') or []), d.get('voice_states') or []
    for kind, parts in (('guild_available', [d]), ('role_upserted', d['roles']), ('channel_upserted', all_channels),
                        ('member_updated', people), ('voice_state_changed', states), ('guild_synced', [d])):
        events[guild, kind] += len(parts)
    for channel in all_channels:
        on_channel(guild, channel, at)
    for role in d['roles']:
        on_role(guild, {'role': role}, at)
    for member in people.values():
        note_user(guild, member['user'], member, left=False)
    for state in states:
        on_voice(guild, state, at)


def on_guild_update(guild, d, _at):
    guilds[guild].update(name=d['name'], owner=d['owner_id'])


def on_message(guild, d, _at):
    author, is_webhook = d['author'], bool(d.get('webhook_id'))
    if not is_webhook:
        note_user(guild, author, d.get('member'))
    if not is_news('message', d['id']):
        return
    row = rows[guild, d['channel_id'], author['id']]
    if d['type'] not in (0, 19):
        row['notices'] += 1
        return
    count = {'messages': 1, 'replies': int(d['type'] == 19), 'attachments': len(d['attachments'])}
    for figure, n in {**count, 'characters': len(d['content'])}.items():
        row[figure] += n
    if author.get('bot') or is_webhook or author.get('system'):
        sums[guild]['bot_messages'] += not author.get('system')
        return
    for figure, n in count.items():
        sums[guild][figure] += n
    sent_at = (int(d['id']) >> 22) + 1420070400000
    hours[guild, sent_at - sent_at % 3600000] += 1


def on_message_update(guild, d, _at):
    """Previews, pins and threads update a message too; an edit has a time, compared to the ms."""
    if not d.get('edited_timestamp'):
        return
    events[guild, 'message_edited'] += 1
    at = datetime.datetime.fromisoformat(d['edited_timestamp'].replace('Z', '+00:00'))
    if is_news('edit', d['id'], int(at.timestamp() * 1000)) and not d['author'].get('bot') and not d.get('webhook_id'):
        rows[guild, d['channel_id'], d['author']['id']]['edits'] += 1
        sums[guild]['edits'] += 1


def on_message_delete(guild, d, _at):
    for message in d.get('ids') or [d['id']]:
        events[guild, 'message_deleted'] += 'ids' in d
        sums[guild]['deletions'] += is_news('deletion', message)


def reaction(d):
    return 'reaction', d['message_id'], d['user_id'], d['emoji'].get('id') or d['emoji']['name']


def on_reaction(guild, d, _at):
    member = d.get('member') or {'user': {}}
    note_user(guild, member['user'], member)
    if not is_news(*reaction(d)) or member['user'].get('bot'):
        return
    sums[guild]['reactions'] += 1
    rows[guild, d['channel_id'], d['user_id']]['reactions_given'] += 1
    if d.get('message_author_id'):
        rows[guild, d['channel_id'], d['message_author_id']]['reactions_received'] += 1


def on_reaction_remove(_guild, d, _at):
    told.discard(reaction(d))


def on_flow(guild, d, is_join):
    """Who is there can not join, who is gone can not leave."""
    user = {**d['user'], 'id': str(d['user']['id'])}  # one of the servers sends it as a number
    known = members.get((guild, user['id']), {'joined': False, 'left': False})
    if (known['left'] or not known['joined']) if is_join else not known['left']:
        flows.append([guild, user['id'], 'join' if is_join else 'leave',
                      is_join and (known['left'] or bool(d.get('flags', 0) & 1))])
        guilds[guild]['members'] += 1 if is_join else -1
        sums[guild]['joins' if is_join else 'leaves'] += not user.get('bot')
    note_user(guild, user, d if is_join else None, left=not is_join)


def look_around():
    """Everybody's own state, and whether they have company and somebody there is unmuted."""
    def room(state):
        return [s for s in voice.values() if s['channel'] == state['channel']]
    return {user: (s['channel'], s['flags'], len(room(s)) >= 2, any(not s['is_muted'] for s in room(s)))
            for user, s in voice.items()}


def on_voice(guild, d, at):
    """A stretch ends when something changes for somebody: about themselves, or about their company."""
    user, before = (guild, d['user_id']), look_around()
    note_user(guild, (d.get('member') or {}).get('user'), d.get('member'))
    was = voice.pop(user, None)
    if d['channel_id']:
        flags = [bool(d.get(flag)) for flag in VOICE]
        voice[user] = {'channel': d['channel_id'], 'flags': flags, 'is_muted': flags[0] or flags[1] or flags[4],
                       'since': was['since'] if was else at}
    after = look_around()
    for who, stretch in before.items():
        if after.get(who) != stretch:
            since = was['since'] if who == user else voice[who]['since']
            stretches.append([*who, *stretch, since, at - since])
            if who in voice:
                voice[who]['since'] = at


HANDLERS = {
    'GUILD_CREATE': on_guild_create, 'GUILD_UPDATE': on_guild_update, 'CHANNEL_CREATE': on_channel,
    'CHANNEL_UPDATE': on_channel, 'THREAD_CREATE': on_channel, 'THREAD_UPDATE': on_channel,
    'CHANNEL_DELETE': on_channel_delete, 'THREAD_DELETE': on_channel_delete, 'GUILD_ROLE_CREATE': on_role,
    'GUILD_ROLE_UPDATE': on_role, 'GUILD_ROLE_DELETE': on_role_delete, 'MESSAGE_CREATE': on_message,
    'MESSAGE_UPDATE': on_message_update, 'MESSAGE_DELETE': on_message_delete, 'MESSAGE_DELETE_BULK': on_message_delete,
    'MESSAGE_REACTION_ADD': on_reaction, 'MESSAGE_REACTION_REMOVE': on_reaction_remove, 'VOICE_STATE_UPDATE': on_voice,
    'GUILD_MEMBER_ADD': lambda guild, d, _at: on_flow(guild, d, True),
    'GUILD_MEMBER_REMOVE': lambda guild, d, _at: on_flow(guild, d, False),
    'GUILD_MEMBER_UPDATE': lambda guild, d, _at: note_user(guild, d['user'], d, left=False),
}


def count(path):
    """Returns the number of the last dispatch that was an event."""
    last_seq, last, is_open = 0, 0, False
    for at, payload in frames(path):
        kind, d, seq = payload.get('t'), payload.get('d'), payload.get('s') or 0
        is_open |= kind == 'READY'
        if payload['op'] != 0 or not is_open or 0 < seq <= last:
            continue  # not a dispatch, of no session, or had before
        last = max(last, seq)
        guild = d.get('id') if kind in ('GUILD_CREATE', 'GUILD_UPDATE') else '0' if kind == 'READY' else d.get('guild_id')
        before = events.total()
        if guild and kind in EVENTS:
            events[guild, EVENTS[kind]] += 1
        if guild and kind in HANDLERS:
            HANDLERS[kind](guild, d, at)
        if events.total() > before:
            last_seq = last
    return last_seq


print(json.dumps({
    'last_seq': count(sys.argv[1]),
    'events': [[*key, n] for key, n in events.items() if n],
    'sums': [[guild, *s.values()] for guild, s in sums.items()],
    'rows': [[*key, *row.values()] for key, row in rows.items()],
    'hours': [[*key, n] for key, n in hours.items()],
    'flows': flows,
    'guilds': [[guild, *g.values(), sums[guild]['messages']] for guild, g in guilds.items()],
    'channels': [[*key, *channel] for key, channel in channels.items()],
    'roles': [[*key, *role] for key, role in roles.items()],
    'members': [[*key, *member.values()] for key, member in members.items()],
    'in_voice': [[*key, s['channel'], s['flags']] for key, s in voice.items()],
    'stretches': stretches,
}))
