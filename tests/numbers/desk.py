"""Requests for help, answers, the staff's work and task reports, found again in the simulator's ledger by the
definitions of the page on metrics and of heritage; nothing here knows how Rations finds them.

Settings are what the guild decided (rows of app.*, as JSON); a guild of the demo has those of discord-sim --desk-seed.
"""
import re
from dataclasses import dataclass, field

from ledger import time_of

SECOND = 1000
FORUM = 15
THREADS = (10, 11, 12)

# Word forms of the stems that the seed uses. A stemmer would be the one under test.
FORMS = {
    "вопрос": {"вопрос" + end for end in ("", "а", "у", "ом", "е", "ы", "ов", "ам", "ами", "ах")},
    "question": {"question", "questions", "questioned", "questioning"},
}


@dataclass
class Request:
    id: str
    channel: str  # or thread
    root: str  # the channel of that thread
    author: str
    kind: str
    priority: int
    rule: str
    asked: int
    last: int = 0  # of its burst
    messages: int = 1
    state: str = "open"
    answered: int = None
    by: str = None
    how: str = None
    community: int = None
    community_by: str = None
    closed: int = None

    def answer(self, at, who, how):
        if self.state != "open":
            return
        self.answered, self.by, self.how = max(at, self.asked + SECOND), who, how
        self.state = "answered"


@dataclass
class Report:
    id: str
    author: str
    at: int
    tasks: int
    state: str = "pending"
    curator: str = None
    approved: int = None
    verified: int = None


@dataclass
class Activity:
    user: str
    at: int
    kind: str
    key: tuple = None


def words_of(text):
    return re.findall(r"\w+", text.lower().replace("ё", "е"))


def count_of_tasks(text):
    """5 задач, задач: 5, 10 заданий, 7 tasks; else a lone number from 1 to 50."""
    text = re.sub(r"<[@#!&:\w]+>", " ", text)
    thing = r"(?:задач\w*|задани\w*|tasks?|reports?)"
    for pattern in (rf"(\d+)\s*{thing}", rf"{thing}\s*:?\s*(\d+)"):
        found = re.search(pattern, text, re.IGNORECASE)
        if found:
            return int(found[1])
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    return numbers[0] if len(numbers) == 1 and 1 <= numbers[0] <= 50 else None


def count_approved(text, tasks):
    low = text.lower()
    found = re.search(r"(\d+)\s*(?:/|из|of)\s*\d+", low) or re.search(r"(?:одобрено|approved|принято)\D{0,3}(\d+)", low)
    if found:
        return min(int(found[1]), tasks)
    if re.search(r"\b(?:нет|no|none)\b", low):
        return 0
    return tasks


class Desk:
    """Plays what a guild was told, act by act."""

    def __init__(self, guild, settings):
        self.guild, self.settings = guild, settings
        self.desk = settings["desk"]
        self.requests, self.stands_for = {}, {}  # message -> request
        self.latest = {}  # (author, channel) -> request
        self.reports = {}
        self.activity, self.known = [], set()
        self.roles, self.bots = {}, set()
        self.by_hand = {row["user_id"] for row in settings["curators"] if row["is_active"]}
        self.excluded = set(settings["excluded"])
        self.rules = sorted(
            (rule for rule in settings["rules"] if rule["is_enabled"]), key=lambda rule: (-rule["priority"], rule["position"])
        )
        for kind, at, d in guild.told:
            getattr(self, kind.lower())(d, at)

    # --- who ---

    def listing(self, d, at):
        for member in d["all_members"]:
            self.member(member)

    def member(self, d):
        self.roles[d["user"]["id"]] = set(d["roles"])
        if d["user"].get("bot"):
            self.bots.add(d["user"]["id"])

    def guild_member_add(self, d, at):
        self.member(d)

    def guild_member_update(self, d, at):
        self.member(d)

    def guild_member_remove(self, d, at):
        self.roles.pop(d["user"]["id"], None)

    def is_staff(self, user):
        if user in self.bots or user in self.excluded:
            return False
        return user in self.by_hand or bool(self.roles.get(user, set()) & set(self.desk["staff_roles"]))

    # --- where ---

    def places(self, channel):
        """The channel, that of a thread, and its category."""
        found = [channel]
        while found[-1] and len(found) < 3:
            found.append(self.guild.parents.get(found[-1]))
        return {place for place in found if place}

    def root(self, channel):
        is_thread = self.guild.kinds.get(channel) in THREADS
        return self.guild.parents[channel] if is_thread else channel

    def is_watched(self, channel):
        places = self.places(channel)
        if places & set(self.desk["denied_channels"]):
            return False
        return not self.desk["allowed_channels"] or bool(places & set(self.desk["allowed_channels"]))

    # --- what is a request ---

    def rule_of(self, d):
        words = set(words_of(d.get("content", "")))
        is_post = d["id"] == d["channel_id"] and self.guild.kinds.get(self.root(d["channel_id"])) == FORUM
        for rule in self.rules:
            if rule["kind"] == "mention":
                roles = set(rule["roles"] or self.desk["staff_roles"])
                holds = roles & set(d.get("mention_roles", []))
            elif rule["kind"] == "forum":
                holds = is_post
            else:
                forms = {form for stem in rule["stems"] for form in FORMS[stem]}
                holds = words & (set(words_of(" ".join(rule["words"]))) | forms)
            if holds:
                return rule
        return None

    def ask(self, d, at, rule):
        request = Request(
            id=d["id"],
            channel=d["channel_id"],
            root=self.root(d["channel_id"]),
            author=d["author"]["id"],
            kind=rule["kind"],
            priority=rule["priority"],
            rule=rule["rule_id"],
            asked=at,
            last=at,
        )
        self.requests[d["id"]] = self.stands_for[d["id"]] = request
        self.latest[request.author, request.channel] = request

    # --- acts ---

    def message_create(self, d, at):
        author = d["author"]
        is_person = not (author.get("bot") or d.get("webhook_id") or author.get("system"))
        if not is_person or d["type"] not in (0, 19):
            return
        at = time_of(d["id"])
        if self.is_staff(author["id"]):
            self.by_staff(d, at)
        else:
            self.by_member(d, at)
            self.report(d, at)

    def targets(self, d):
        """The requests a message is to: the one it replies to, the one whose thread it is in."""
        reference = (d.get("message_reference") or {}).get("message_id") if d["type"] == 19 else None
        return self.stands_for.get(reference), self.stands_for.get(d["channel_id"])

    def by_staff(self, d, at):
        user = d["author"]["id"]
        self.act(user, at, "reply" if d["type"] == 19 else "message", d["id"])
        replied, thread = self.targets(d)
        request = replied or thread
        if request and request.author != user:
            if replied:
                self.stands_for[d["id"]] = request
            request.answer(at, user, "reply" if replied else "thread")
        self.verify(d, at)

    def by_member(self, d, at):
        """A message that is to somebody's request helps; by the same author it goes on; else it may be a question."""
        user = d["author"]["id"]
        replied, thread = self.targets(d)
        request = replied or thread
        if request and request.author != user and request.state != "cancelled":
            if request.community is None:
                request.community, request.community_by = max(at, request.asked + SECOND), user
            if replied:
                self.stands_for[d["id"]] = request
            return
        if request and request.author == user:
            if request.state == "open":
                self.merge(d, at, request)
                return
            if request.state == "answered" and thread is request:
                return
        burst = self.burst_of(d, at)
        if burst:
            self.merge(d, at, burst)
            return
        rule = self.rule_of(d) if self.is_watched(d["channel_id"]) else None
        if rule and user not in self.desk["ignored_users"]:
            self.ask(d, at, rule)

    def burst_of(self, d, at):
        """What the author said in this channel just now."""
        last = self.latest.get((d["author"]["id"], d["channel_id"]))
        window = self.desk["merge_window_s"] * SECOND
        return last if last and last.state != "cancelled" and at - last.last <= window else None

    def merge(self, d, at, request):
        request.messages += 1
        if self.burst_of(d, at) is request:
            request.last = max(at, request.last)
        self.stands_for[d["id"]] = request

    def message_reaction_add(self, d, at):
        user = d["user_id"]
        if d.get("member", {}).get("user", {}).get("bot") or not self.is_staff(user):
            return
        emoji = d["emoji"].get("id") or d["emoji"]["name"]
        self.act(user, at, "reaction", (d["message_id"], emoji))
        request = self.stands_for.get(d["message_id"])
        if request and request.author != user:
            request.answer(at, user, "reaction")
        self.claim(d["message_id"], user)

    def message_delete(self, d, at):
        request = self.requests.get(d["id"])
        if request and request.state == "open":
            request.state, request.closed = "cancelled", at

    def message_delete_bulk(self, d, at):
        for message in d["ids"]:
            self.message_delete({"id": message}, at)

    def act(self, user, at, kind, key):
        if (user, kind, key) not in self.known:
            self.known.add((user, kind, key))
            self.activity.append(Activity(user, at, kind))

    # --- task reports ---

    def report(self, d, at):
        tasks = self.settings["tasks"]
        if not tasks or not tasks["is_enabled"] or d["channel_id"] not in tasks["channels"] or d["type"] == 19:
            return
        words = words_of(d.get("content", ""))
        is_called = set(d.get("mention_roles", [])) & set(self.desk["staff_roles"]) or set(words) & set(
            words_of(" ".join(tasks["keywords"]))
        )
        count = count_of_tasks(d.get("content", ""))
        if count is not None and (is_called or not tasks["needs_call"]):
            self.reports[d["id"]] = Report(d["id"], d["author"]["id"], at, count)

    def claim(self, message, user):
        report = self.reports.get(message)
        if report and report.state == "pending":
            report.state, report.curator = "reviewing", user

    def verify(self, d, at):
        report = self.reports.get((d.get("message_reference") or {}).get("message_id"))
        if not report or report.state != "reviewing" or report.curator != d["author"]["id"] or d["type"] != 19:
            return
        report.state, report.verified = "verified", at
        report.approved = count_approved(d.get("content", ""), report.tasks)
        self.act(d["author"]["id"], at, "task_verification", report.id)
