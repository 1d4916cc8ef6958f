"""What a guild's figures are, computed from its facts (ledger.py) by the definitions of the page on metrics.

Figures that Rations keeps by the UTC hour count an hour where it begins; so do these.
"""
from bisect import bisect_left
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from ledger import DAY, HOUR

MINUTE = 60000
RULES = ("raw", "present", "engaged", "talking")


class Calendar:
    """Days of a zone."""

    def __init__(self, zone):
        self.zone = ZoneInfo(zone)
        self.days = {}

    def local(self, ms):
        return datetime.fromtimestamp(ms / 1000, self.zone)

    def day(self, ms):
        hour = ms // HOUR
        if hour not in self.days:
            self.days[hour] = self.local(hour * HOUR).date()
        return self.days[hour]

    def start(self, day):
        return round(datetime(day.year, day.month, day.day, tzinfo=self.zone).timestamp() * 1000)


def hour_of(ms):
    return ms - ms % HOUR


class Doings:
    """What somebody did in some stretch of time. Reactions are given, `received` is how many they got."""

    COUNTS = ("messages", "replies", "reactions", "received", "characters", "attachments", "edits")
    __slots__ = (*COUNTS, "voice")

    def __init__(self):
        for name in self.COUNTS:
            setattr(self, name, 0)
        self.voice = dict.fromkeys(RULES, 0)

    def add(self, other):
        for name in self.COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for rule in RULES:
            self.voice[rule] += other.voice[rule]

    def is_active(self):
        return self.messages > 0 or self.reactions > 0 or self.voice["present"] >= MINUTE

    def is_communicator(self, messages=3):
        return self.messages >= messages or self.voice["talking"] > 0


def total(doings):
    whole = Doings()
    for one in doings:
        whole.add(one)
    return whole


class Book:
    """The facts of one guild, by the hour."""

    def __init__(self, guild, zone):
        self.guild, self.calendar = guild, Calendar(zone)
        self.acts = defaultdict(Doings)  # (hour, channel, user)
        self.bots = Counter()  # (hour, channel) -> messages of bots and webhooks
        self.deletions = Counter()  # hour
        self.known_days = {}
        for m in guild.messages:
            if m.is_counted and m.is_person:
                doing = self.acts[hour_of(m.at), m.channel, m.user]
                doing.messages += 1
                doing.replies += m.is_reply
                doing.attachments += m.attachments
                doing.characters += m.characters
            elif m.is_counted:
                self.bots[hour_of(m.at), m.channel] += 1
        for at, channel, user in guild.edits:
            self.acts[hour_of(at), channel, user].edits += 1
        for at, channel, user, author in guild.reactions:
            self.acts[hour_of(at), channel, user].reactions += 1
            if author and author not in guild.bots:
                self.acts[hour_of(at), channel, author].received += 1
        for at, count in guild.deletions:
            self.deletions[hour_of(at)] += count
        for s in guild.stretches:
            start = s.start
            while start < s.end:
                end = min(s.end, hour_of(start) + HOUR)
                voice = self.acts[hour_of(start), s.channel, s.user].voice
                for rule, holds in zip(RULES, (True, s.present, s.engaged, s.talking)):
                    voice[rule] += (end - start) * holds
                start = end
        self.rows = sorted(((*key, doing) for key, doing in self.acts.items()), key=lambda row: row[:3])
        self.hours = [row[0] for row in self.rows]

    def within(self, start, end, keep=None):
        rows = self.rows[bisect_left(self.hours, start) : bisect_left(self.hours, end)]
        return [row for row in rows if keep(row[1], row[2])] if keep else rows

    def by(self, start, end, key, keep=None):
        groups = defaultdict(Doings)
        for hour, channel, user, doing in self.within(start, end, keep):
            groups[key(hour, channel, user)].add(doing)
        return groups

    def filtered(self, query):
        """What a question's filter lets through; None: everything."""
        places = {name: set(filter(None, query.get(name, "").split(","))) for name in ("channel", "category")}
        people = {name: set(filter(None, query.get(name, "").split(","))) for name in ("role", "member")}

        def keep(channel, user):
            root = self.root(channel)
            is_there = (
                not any(places.values())
                or {root, channel} & places["channel"]
                or self.guild.parents.get(root) in places["category"]
            )
            is_them = (
                not any(people.values())
                or user in people["member"]
                or self.guild.roles.get(user, set()) & people["role"]
            )
            return is_there and is_them

        return keep if any(places.values()) or any(people.values()) else None

    def blocks(self, start, end, keep=None):
        """user -> distinct ten minutes of the clock with a message."""
        found = defaultdict(set)
        for m in self.guild.messages:
            if m.is_counted and m.is_person and start <= hour_of(m.at) < end and (not keep or keep(m.channel, m.user)):
                found[m.user].add(m.at // (10 * MINUTE))
        return {user: len(blocks) for user, blocks in found.items()}

    def root(self, channel):
        """The channel itself, or the one a thread hangs from."""
        if self.guild.kinds.get(channel) in (10, 11, 12):
            return self.guild.parents[channel]
        return channel

    def members_at(self, at):
        """Bots included, as Discord counts them."""
        flow = [(when, 1) for when, _, _ in self.guild.joins] + [(when, -1) for when, _, _ in self.guild.leaves]
        return len(self.guild.listed) + sum(step for when, step in flow if when < at)

    def joins(self, start, end):
        return [join for join in self.guild.joins if start <= join[0] < end]

    def leaves(self, start, end):
        return [leave for leave in self.guild.leaves if start <= leave[0] < end]

    def stays(self):
        """(user, joined, left or None) of people whose join was told; a return is another one."""
        ends = {}
        for at, user, _ in self.guild.leaves:
            ends.setdefault(user, []).append(at)
        for at, user, _ in self.guild.joins:
            yield user, at, next((end for end in sorted(ends.get(user, [])) if end >= at), None)

    def first_steps(self):
        """user -> times of counted messages; user -> times at which they began to talk in voice."""
        wrote, talked = defaultdict(list), defaultdict(list)
        for m in self.guild.messages:
            if m.is_counted and m.is_person:
                wrote[m.user].append(m.at)
        for stretch in self.guild.stretches:
            if stretch.talking:
                talked[stretch.user].append(stretch.start)
        return {user: sorted(times) for user, times in wrote.items()}, talked

    def active_days(self):
        """user -> the days on which they were active, in order."""
        if not self.known_days:
            daily = defaultdict(Doings)
            for hour, _, user, doing in self.rows:
                daily[user, self.calendar.day(hour)].add(doing)
            for (user, day), doing in daily.items():
                if doing.is_active():
                    self.known_days.setdefault(user, []).append(day)
            for days in self.known_days.values():
                days.sort()
        return self.known_days

    def active_between(self, first, last):
        """How many different people were active on one of the days, both included."""
        return sum(any(first <= day <= last for day in days) for days in self.active_days().values())

    def days(self, start, end):
        day, last = self.calendar.local(start).date(), self.calendar.local(end - 1).date()
        while day <= last:
            yield day
            day += timedelta(days=1)

    def buckets(self, start, end, kind):
        """The starts of hours, days, weeks (Monday first) or months, and the end."""
        if kind == "hour":
            return list(range(start, end, HOUR)) + [end]
        firsts = {
            "day": lambda day: day,
            "week": lambda day: day - timedelta(days=day.weekday()),
            "month": lambda day: day.replace(day=1),
        }[kind]
        starts = {max(start, self.calendar.start(firsts(day))) for day in self.days(start, end)}
        return sorted(starts) + [end]
