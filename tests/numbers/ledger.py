"""Reads the simulator's ledger (services/discord-sim/ledger.h): what was told, as facts to do sums with.

Nothing here knows how Rations counts: definitions are those of the page on metrics, read afresh. Times are
milliseconds since the epoch.
"""
import json
from collections import defaultdict
from dataclasses import dataclass, field

DISCORD_EPOCH = 1420070400000
HOUR = 3600000
DAY = 24 * HOUR


def time_of(snowflake):
    return (int(snowflake) >> 22) + DISCORD_EPOCH


def iso_ms(text):
    from datetime import datetime

    when = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return round(when.timestamp() * 1000)


@dataclass
class Message:
    at: int
    channel: str
    user: str
    is_person: bool
    is_counted: bool  # type 0 or 19
    is_reply: bool
    attachments: int
    characters: int


@dataclass
class Seat:
    """Somebody in voice, since the last change of anything in the room."""

    channel: str
    session: str
    since: int
    joined: int
    is_afk: bool
    is_deaf: bool
    is_muted: bool
    streams: bool
    films: bool


@dataclass
class Stretch:
    """A part of a voice session in which nothing changed."""

    user: str
    channel: str
    start: int
    end: int
    present: bool
    engaged: bool
    talking: bool
    streams: bool
    films: bool


@dataclass
class Guild:
    id: str
    name: str = ""
    afk_channel: str = None
    is_large: bool = False
    messages: list = field(default_factory=list)
    authors: dict = field(default_factory=dict)  # message -> Message
    edits: list = field(default_factory=list)  # (at, channel, user)
    deletions: list = field(default_factory=list)  # (at, how many)
    reactions: list = field(default_factory=list)  # (at, channel, user, author), given by people
    joins: list = field(default_factory=list)  # (at, user, is_rejoin)
    leaves: list = field(default_factory=list)  # (at, user, joined or None)
    bans: list = field(default_factory=list)  # (at, user)
    joined: dict = field(default_factory=dict)  # user -> when, of who is a member now
    listed: dict = field(default_factory=dict)  # user -> joined, as first listed
    bots: set = field(default_factory=set)
    names: dict = field(default_factory=dict)  # user -> name on screen
    roles: dict = field(default_factory=dict)  # user -> set of role ids, at the end
    parents: dict = field(default_factory=dict)  # channel or thread -> parent
    kinds: dict = field(default_factory=dict)  # channel -> Discord type
    seats: dict = field(default_factory=dict)
    stretches: list = field(default_factory=list)
    arrivals: list = field(default_factory=list)  # when somebody came into voice
    gaps: list = field(default_factory=list)  # (from, to)
    told: list = field(default_factory=list)  # (kind, at, dispatch): what a desk goes by, in order (desk.py)
    first: int = None
    heard: int = 0

    def settle(self, channel, at):
        room = [(user, seat) for user, seat in self.seats.items() if seat.channel == channel]
        unmuted = any(not seat.is_muted for _, seat in room)
        for user, seat in room:
            if seat.since >= at:
                continue
            present = not seat.is_afk and not seat.is_deaf
            engaged = present and len(room) >= 2 and unmuted
            self.stretches.append(
                Stretch(
                    user, channel, seat.since, at, present, engaged, engaged and not seat.is_muted, seat.streams, seat.films
                )
            )
            seat.since = at

    def voice(self, state, at):
        user = state["user_id"]
        if user in self.bots or state.get("member", {}).get("user", {}).get("bot"):
            return
        seat = self.seats.get(user)
        if seat:
            self.settle(seat.channel, at)
        channel = state.get("channel_id")
        if not channel:
            self.seats.pop(user, None)
            return
        self.settle(channel, at)
        stays = seat and seat.channel == channel
        if not seat:
            self.arrivals.append(at)
        self.seats[user] = Seat(
            channel=channel,
            session=state["session_id"],
            since=at,
            joined=seat.joined if stays else at,
            is_afk=channel == self.afk_channel,
            is_deaf=state["deaf"] or state["self_deaf"],
            is_muted=state["mute"] or state["self_mute"] or state["suppress"],
            streams=state.get("self_stream", False),
            films=state.get("self_video", False),
        )

    def listing(self, row, at):
        """A GUILD_CREATE: who is there, and who of those in voice still is."""
        d = row["d"]
        self.name = d["name"]
        self.afk_channel = d.get("afk_channel_id")
        self.is_large = d["large"]
        for channel in d["channels"] + d["threads"]:
            self.channel(channel)
        for member in row["all_members"]:
            self.member(member)
        self.told.append(("listing", at, {"all_members": row["all_members"]}))
        if self.first is None:
            self.first = at
            self.listed = dict(self.joined)
        elif at > self.heard:
            self.gaps.append((self.heard, at))
        states = {state["user_id"]: state for state in d["voice_states"]}
        for user, seat in list(self.seats.items()):
            now = states.get(user)
            if not now or now["channel_id"] != seat.channel or now["session_id"] != seat.session:
                self.settle(seat.channel, self.heard)
                del self.seats[user]
        for state in states.values():
            self.voice(state, at)

    def channel(self, d):
        self.parents[d["id"]] = d.get("parent_id")
        self.kinds[d["id"]] = d["type"]

    def member(self, d):
        user = d["user"]
        if user.get("bot"):
            self.bots.add(user["id"])
        self.joined[user["id"]] = iso_ms(d["joined_at"])
        self.names[user["id"]] = d.get("nick") or user.get("global_name") or user["username"]
        self.roles[user["id"]] = set(d["roles"])


def on_message(guild, d, at):
    author = d["author"]
    message = Message(
        at=time_of(d["id"]),
        channel=d["channel_id"],
        user=author["id"],
        is_person=not (author.get("bot") or d.get("webhook_id") or author.get("system")),
        is_counted=d["type"] in (0, 19),
        is_reply=d["type"] == 19,
        attachments=len(d.get("attachments", [])),
        characters=len(d.get("content", "")),
    )
    guild.messages.append(message)
    guild.authors[d["id"]] = message


def on_edit(guild, d, at, seen=set()):
    if not d.get("edited_timestamp") or (d["id"], d["edited_timestamp"]) in seen:
        return
    seen.add((d["id"], d["edited_timestamp"]))
    author = d.get("author", {})
    if not author.get("bot") and not d.get("webhook_id"):
        guild.edits.append((iso_ms(d["edited_timestamp"]), d["channel_id"], author["id"]))


def on_reaction(guild, d, at):
    if not d.get("member", {}).get("user", {}).get("bot"):
        guild.reactions.append((at, d["channel_id"], d["user_id"], d.get("message_author_id")))


def on_join(guild, d, at):
    user = d["user"]["id"]
    if user in guild.joined:  # Discord repeats itself
        return
    guild.member(d)
    if user not in guild.bots:
        guild.joins.append((iso_ms(d["joined_at"]), user, bool(d.get("flags", 0) & 1)))


def on_leave(guild, d, at):
    user = d["user"]["id"]
    joined = guild.joined.pop(user, None)
    guild.roles.pop(user, None)
    if joined is not None and user not in guild.bots:
        guild.leaves.append((at, user, joined))


def on_guild_update(guild, d, at):
    guild.name = d["name"]
    guild.afk_channel = d.get("afk_channel_id")


def on_member_update(guild, d, at):
    if d["user"]["id"] in guild.joined:
        guild.member(d)


HANDLERS = {
    "MESSAGE_CREATE": on_message,
    "MESSAGE_UPDATE": on_edit,
    "MESSAGE_DELETE": lambda guild, d, at: guild.deletions.append((at, 1)),
    "MESSAGE_DELETE_BULK": lambda guild, d, at: guild.deletions.append((at, len(d["ids"]))),
    "MESSAGE_REACTION_ADD": on_reaction,
    "GUILD_MEMBER_ADD": on_join,
    "GUILD_MEMBER_REMOVE": on_leave,
    "GUILD_MEMBER_UPDATE": on_member_update,
    "GUILD_BAN_ADD": lambda guild, d, at: guild.bans.append((at, d["user"]["id"])),
    "GUILD_UPDATE": on_guild_update,
    "VOICE_STATE_UPDATE": lambda guild, d, at: guild.voice(d, at),
    "CHANNEL_CREATE": lambda guild, d, at: guild.channel(d),
    "CHANNEL_UPDATE": lambda guild, d, at: guild.channel(d),
    "THREAD_CREATE": lambda guild, d, at: guild.channel(d),
}


# Whoever watches requests needs these whole, and in their order.
DESK = (
    "MESSAGE_CREATE",
    "MESSAGE_DELETE",
    "MESSAGE_DELETE_BULK",
    "MESSAGE_REACTION_ADD",
    "GUILD_MEMBER_ADD",
    "GUILD_MEMBER_UPDATE",
    "GUILD_MEMBER_REMOVE",
)


def read(path):
    """Every guild told of, by id."""
    guilds = defaultdict(lambda: None)
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            d, at, kind = row["d"], row["at"], row["t"]
            guild_id = d.get("guild_id") or (d["id"] if kind.startswith("GUILD_") else None)
            if not guild_id:
                continue
            guild = guilds[guild_id] = guilds[guild_id] or Guild(guild_id)
            if kind == "GUILD_CREATE":
                guild.listing(row, at)
            elif kind in HANDLERS:
                HANDLERS[kind](guild, d, at)
            if kind in DESK:
                guild.told.append((kind, at, d))
            guild.heard = max(guild.heard, at)
    for guild in guilds.values():  # who is still in voice was so up to what was last heard
        for channel in {seat.channel for seat in guild.seats.values()}:
            guild.settle(channel, guild.heard)
    return guilds
