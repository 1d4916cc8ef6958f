"""For every endpoint, what its answer must hold: a function of a guild's book and the question.

An answer's own ids only say where to look; every number comes from the ledger.
"""
from collections import defaultdict
from datetime import date, datetime, timedelta, timezone
from statistics import median

import desk_answers
import staff_answers
from figures import RULES, total
from ledger import DAY, HOUR, iso_ms


def span(book, query):
    first, last = (date.fromisoformat(query[name]) for name in ("from", "to"))
    return book.calendar.start(first), book.calendar.start(last + timedelta(days=1))


def span_before(book, query):
    """The compared one: right before, or, where a week fits, by whole weeks, so that Mondays meet Mondays."""
    first, last = (date.fromisoformat(query[name]) for name in ("from", "to"))
    days = (last - first).days + 1
    shift = timedelta(days=days if days < 7 else -(-days // 7) * 7)
    return book.calendar.start(first - shift), book.calendar.start(last + timedelta(days=1) - shift)


def by_user(hour, channel, user):
    return user


def active_on_a_day(daily):
    """How many are active on one of the days: of book.by(..., by_day_and_user)."""
    return len({user for (_, user), one in daily.items() if one.is_active()})


def by_day_and_user(book):
    return lambda hour, channel, user: (book.calendar.day(hour), user)


def cards(book, start, end, keep=None):
    people = book.by(start, end, by_user, keep).values()
    whole = total(people)
    daily = book.by(start, end, by_day_and_user(book), keep)
    days = list(book.days(start, end))
    joins = len(book.joins(start, end))
    leaves = len(book.leaves(start, end))
    return {
        "messages": whole.messages,
        "active_members": active_on_a_day(daily),
        "communicators": sum(one.is_communicator() for one in people),
        "members": book.members_at(end),
        "net_growth": joins - leaves,
        "joins": joins,
        "leaves": leaves,
        "voice": whole.voice["present"],
        "reactions": whole.reactions,
        "dau": sum(one.is_active() for one in daily.values()) / len(days),
    }


OF_THE_GUILD = ("members", "net_growth", "joins", "leaves")  # what no filter of acts can cut


def picked(found, expected):
    """Those of `found` that something is expected of."""
    keys = {one["key"] for one in expected}
    found[:] = [one for one in found if one["key"] in keys]
    return expected


def overview(book, query, answer):
    keep = book.filtered(query)
    now = cards(book, *span(book, query), keep)
    before_span = span_before(book, query)
    has_before = query.get("compare") != "none" and before_span[0] >= book.guild.first
    before = cards(book, *before_span, keep) if has_before else {}
    figures = []
    for figure in answer["figures"]:
        if keep and figure["key"] in OF_THE_GUILD:
            continue
        expected = {"key": figure["key"], "value": now[figure["key"]]}
        if has_before:
            expected["previous"] = before[figure["key"]]
        figures.append(expected)
    return {"figures": picked(answer["figures"], figures)}


def timeseries(book, query, answer):
    start, end = span(book, query)
    keep = book.filtered(query)
    edges = book.buckets(start, end, query["bucket"])
    pieces = list(zip(edges, edges[1:]))

    def each(of):
        return [of(*piece) for piece in pieces]

    def people(of):
        return each(lambda a, b: of(book.by(a, b, by_user, keep).values()))

    known = {
        "messages": lambda: people(lambda all: total(all).messages),
        "bot_messages": lambda: each(lambda a, b: sum(n for (hour, _), n in book.bots.items() if a <= hour < b)),
        "reactions": lambda: people(lambda all: total(all).reactions),
        "active": lambda: each(lambda a, b: active_on_a_day(book.by(a, b, by_day_and_user(book), keep))),
        "active_members": lambda: each(lambda a, b: active_on_a_day(book.by(a, b, by_day_and_user(book), keep))),
        "communicators": lambda: people(lambda all: sum(one.is_communicator() for one in all)),
        "joins": lambda: each(lambda a, b: len(book.joins(a, b))),
        "leaves": lambda: each(lambda a, b: len(book.leaves(a, b))),
        "net_growth": lambda: each(lambda a, b: len(book.joins(a, b)) - len(book.leaves(a, b))),
        "members": lambda: each(lambda a, b: book.members_at(b)),
        **{f"{rule}_ms": lambda rule=rule: people(lambda all: total(all).voice[rule]) for rule in RULES},
    }
    return {"series": [{"values": known[one["key"]]()} for one in answer["series"]]}


def top_channels(book, query, answer):
    start, end = span(book, query)
    groups, writers = {}, {}
    for hour, channel, user, doing in book.within(start, end, book.filtered(query)):
        root = book.root(channel)
        groups[root] = groups.get(root, 0) + doing.messages
        if doing.messages:
            writers.setdefault(root, set()).add(user)
    best = sorted((n for n in groups.values() if n > 0), reverse=True)
    return {
        "total": sum(groups.values()),
        "channels": [
            {"messages": best[i], "members": len(writers[one["id"]])} | {"messages": groups[one["id"]]}
            for i, one in enumerate(answer["channels"])
            if i < len(best)
        ],
    }


def top_members(book, query, answer):
    start, end = span(book, query)
    people = book.by(start, end, by_user, book.filtered(query))
    best = sorted((one.messages for one in people.values() if one.messages), reverse=True)
    rows = []
    for i, row in enumerate(answer["members"]):
        mine = people[row["id"]]
        rows.append(
            {
                "messages": mine.messages,
                "replies": mine.replies,
                "reactions_given": mine.reactions,
                "voice_ms": mine.voice["present"],
                "has_left": row["id"] not in book.guild.joined,
            }
        )
        if query.get("by", "messages") == "messages" and (i >= len(best) or best[i] != mine.messages):
            rows[-1]["rank"] = "somebody else's place"
    return {"members": rows}


def heatmap(book, query, answer):
    cells = [[0] * 24 for _ in range(7)]
    for hour, channel, user, doing in book.within(*span(book, query), book.filtered(query)):
        local = book.calendar.local(hour)
        is_voice = query.get("metric") == "voice"
        cells[local.weekday()][local.hour] += doing.voice["present"] if is_voice else doing.messages
    return {"cells": cells}


def counts(doings):
    """What every list shows of somebody, or of some place."""
    return {
        "messages": doings.messages,
        "replies": doings.replies,
        "attachments": doings.attachments,
        "characters": doings.characters,
        "edits": doings.edits,
        "reactions_given": doings.reactions,
        "reactions_received": doings.received,
        **{f"{rule}_ms": doings.voice[rule] for rule in RULES},
    }


def messages(book, query, answer):
    start, end = span(book, query)
    keep = book.filtered(query)
    edges = book.buckets(start, end, query["bucket"])

    def told(a, b):
        people = book.by(a, b, by_user, keep).values()
        figures = counts(total(people))
        figures["writers"] = sum(one.messages > 0 for one in people)
        figures["deletions"] = None if keep else sum(n for hour, n in book.deletions.items() if a <= hour < b)
        return figures

    whole, pieces = told(start, end), [told(a, b) for a, b in zip(edges, edges[1:])]
    return {
        "figures": [
            {"value": whole[one["key"]], "values": [piece[one["key"]] for piece in pieces]}
            for one in answer["figures"]
        ]
    }


def is_in_order(numbers):
    return all(a >= b for a, b in zip(numbers, numbers[1:]))


def channels(book, query, answer):
    start, end = span(book, query)
    keep = book.filtered(query)
    places, writers, talkers = {}, {}, {}
    for hour, channel, user, doing in book.within(start, end, keep):
        root = book.root(channel)
        places.setdefault(root, []).append(doing)
        writers.setdefault(root, {}).setdefault(user, []).append(doing)
    rows = []
    for row in answer["rows"]:
        people = [total(doings) for doings in writers.get(row["id"], {}).values()]
        rows.append(
            counts(total(places.get(row["id"], [])))
            | {
                "writers": sum(one.messages > 0 for one in people),
                "talkers": sum(one.voice["present"] > 0 for one in people),
            }
        )
    best = sorted((total(doings).messages for doings in places.values()), reverse=True)[: len(rows)]
    shown = [row["messages"] for row in answer["rows"] if row["messages"]]
    compare_lists(rows, shown, [n for n in best if n])
    return {"totals": counts(total(doing for doings in places.values() for doing in doings)), "rows": rows}


def compare_lists(rows, shown, best):
    """Rows come most first, and nobody with more is missing."""
    if shown != best[: len(shown)] or len(shown) < min(len(best), len(rows)):
        rows.append("not the best ones")


def members(book, query, answer):
    start, end = span(book, query)
    keep = book.filtered(query)
    people = book.by(start, end, by_user, keep)
    daily = book.by(start, end, lambda hour, channel, user: (user, book.calendar.day(hour)), keep)
    active = {}
    for (user, _), doing in daily.items():
        active[user] = active.get(user, 0) + doing.is_active()
    blocks = book.blocks(start, end, keep)
    rows = [
        counts(people[row["id"]] if row["id"] in people else total([]))
        | {"blocks": blocks.get(row["id"], 0), "active_days": active.get(row["id"], 0)}
        for row in answer["rows"]
    ]
    best = sorted((one.messages for one in people.values()), reverse=True)
    shown = [row["messages"] for row in answer["rows"] if row["messages"]]
    compare_lists(rows, shown, [n for n in best if n])
    return {"totals": counts(total(people.values())), "rows": rows}


def peak(pieces):
    """The most at one moment, and when first: who goes at a moment is gone before who comes then is there."""
    steps = sorted(step for start, end in pieces for step in ((start, 1), (end, -1)))
    now = best = best_at = 0
    for i, (at, step) in enumerate(steps):
        now += step
        if now > best and (i + 1 == len(steps) or steps[i + 1][0] > at):
            best, best_at = now, at
    return best, best_at


def voice_hours(book):
    """Hour by hour: the peak under each rule, how long there were streams and cameras, who came."""
    if not hasattr(book, "voice_hours"):
        pieces = defaultdict(lambda: defaultdict(list))
        for s in book.guild.stretches:
            holds = {"raw": True, "present": s.present, "engaged": s.engaged, "talking": s.talking, "stream": s.streams, "video": s.films}
            start = s.start
            while start < s.end:
                hour = start // HOUR * HOUR
                end = min(s.end, hour + HOUR)
                for name in holds:
                    if holds[name]:
                        pieces[hour][name].append((start, end))
                start = end
        book.voice_hours = {
            hour: {rule: peak(named[rule]) for rule in RULES}
            | {name: sum(end - start for start, end in named[name]) for name in ("stream", "video")}
            for hour, named in pieces.items()
        }
    return book.voice_hours


def iso(ms):
    return datetime.fromtimestamp(ms // 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S") + f".{ms % 1000:03d}000+00:00"


def highest(book, rule, start, end):
    peaks = [one[rule] for hour, one in voice_hours(book).items() if start <= hour < end and one[rule][0]]
    return max(peaks, key=lambda one: (one[0], -one[1]), default=(0, None))


def voice(book, query, answer):
    start, end = span(book, query)
    before = span_before(book, query)
    has_before = query.get("compare") != "none" and before[0] >= book.guild.first
    edges = book.buckets(start, end, answer["bucket"])

    def time(rule, start, end):
        return total(book.by(start, end, lambda hour, channel, user: user).values()).voice[rule]

    def shown(start, end):
        within = [one for hour, one in voice_hours(book).items() if start <= hour < end]
        arrivals = [at // HOUR * HOUR for at in book.guild.arrivals]
        return {
            "sessions": sum(start <= hour < end for hour in arrivals),
            "stream_ms": sum(one["stream"] for one in within),
            "video_ms": sum(one["video"] for one in within),
        }

    rules = []
    for rule in (one["rule"] for one in answer["rules"]):
        most, at = highest(book, rule, start, end)
        rules.append(
            {
                "ms": time(rule, start, end),
                "peak": most,
                "peak_at": iso(at) if most else None,
                "peaks": [highest(book, rule, *piece)[0] for piece in zip(edges, edges[1:])],
                "previous_ms": time(rule, *before) if has_before else None,
                "previous_peak": highest(book, rule, *before)[0] if has_before else None,
            }
        )
    previous = {f"previous_{key}": value if has_before else None for key, value in shown(*before).items()}
    return {"rules": rules} | shown(start, end) | previous


def hours(book, query, answer):
    start, end = span(book, query)
    metric = query["metric"]
    if metric == "active":
        start = max(start, end - 28 * DAY)
    cells = [[0] * 24 for _ in range(7)]
    times = [[0] * 24 for _ in range(7)]

    def count(at, n):
        local = book.calendar.local(at)
        cells[local.weekday()][local.hour] += n

    first = max(start, book.guild.first)
    for hour in range(-(-first // HOUR) * HOUR, end, HOUR):
        local = book.calendar.local(hour)
        times[local.weekday()][local.hour] += 1
    if metric == "joins":
        for hour in (at // HOUR * HOUR for at, _, _ in book.guild.joins):  # an hour counts where it begins
            count(hour, start <= hour < end)
    elif metric == "active":
        for (hour, _), doing in book.by(start, end, lambda hour, channel, user: (hour, user)).items():
            count(hour, doing.is_active())
    else:
        for hour, _, _, doing in book.within(start, end):
            count(hour, doing.voice[metric] if metric in RULES else getattr(doing, metric))
    return {"cells": cells, "times": times}


# From so many milliseconds on, a leaver had been a member for that long; a day has 24 hours.
TENURES = {"under_1h": 0, "under_1d": HOUR, "days_7": DAY, "days_30": 8 * DAY, "days_90": 31 * DAY, "over_90d": 91 * DAY}


def growth(book, query, answer):
    start, end = span(book, query)
    edges = book.buckets(start, end, query["bucket"])
    flow = lambda a, b: {
        "members": book.members_at(b),
        "joins": len(book.joins(a, b)),
        "rejoins": sum(is_rejoin for _, _, is_rejoin in book.joins(a, b)),
        "leaves": len(book.leaves(a, b)),
        "net_growth": len(book.joins(a, b)) - len(book.leaves(a, b)),
    }
    pieces, whole = [flow(a, b) for a, b in zip(edges, edges[1:])], flow(start, end)
    tenure = dict.fromkeys([*TENURES, "unknown"], 0)
    for at, _, joined in book.leaves(start, end):
        tenure[[name for name, least in TENURES.items() if at - joined >= least][-1]] += 1
    # Of a large guild the bot is told its members bit by bit; who left before that is an honest unknown.
    told = {one["key"]: one["leaves"] for one in answer["tenure"]}
    missing = {name: tenure[name] - told[name] for name in TENURES}
    if book.guild.is_large and sum(missing.values()) == told["unknown"] and min(missing.values()) >= 0:
        tenure = told
    return {
        "series": [{"values": [piece[one["key"]] for piece in pieces]} for one in answer["series"]],
        "figures": [{"value": whole[one["key"]]} for one in answer["figures"]],
        "tenure": [{"leaves": tenure[one["key"]]} for one in answer["tenure"]],
    }


def activation(book, query, answer):
    start, end = span(book, query)
    wrote, talked = book.first_steps()
    joined, waits, active = 0, [], {"activation_24h": 0, "activation_7d": 0}
    for user, since, until in book.stays():
        if not start <= since < end:
            continue
        joined += 1
        mine = [at for at in wrote.get(user, []) if since <= at and (until is None or at < until)]
        talks = [at for at in talked.get(user, []) if since <= at and (until is None or at < until)]
        steps = mine[2:3] + talks
        active["activation_24h"] += any(at < since + DAY for at in steps)
        active["activation_7d"] += any(at < since + 7 * DAY for at in steps)
        waits += [at - since for at in mine[:1]]
    expected = {
        "first_message": {"value": median(waits) if waits else None, "n": len(waits), "left_out": joined - len(waits)}
    }
    for key, count in active.items():
        expected[key] = {"value": count / joined if joined else None, "n": joined, "left_out": 0}
    return {"joined": joined, "figures": [expected[one["key"]] for one in answer["figures"]]}


def retention(book, query, answer):
    """Everybody's windows are long over when this is asked."""
    cohorts = []
    for cohort in answer["cohorts"]:
        monday = date.fromisoformat(cohort["day"])
        start, end = book.calendar.start(monday), book.calendar.start(monday + timedelta(days=7))
        if end <= book.guild.first:
            cohorts.append({"joined": None})
            continue
        if start < book.guild.first:
            cohorts.append({})
            continue
        stays = [stay for stay in book.stays() if start <= stay[1] < end]
        cells = []
        for k in answer["offsets"]:
            if answer["kind"] == "membership":
                kept = sum(left is None or stayed_days(book, since, left) >= k for _, since, left in stays)
            else:
                kept = sum(was_active(book, user, since, 7 * k) for user, since, _ in stays)
            cells.append({"n": len(stays), "kept": kept})
        cohorts.append({"joined": len(stays), "cells": cells})
    return {"cohorts": cohorts}


def stayed_days(book, since, left):
    """Whole days by the guild's clock."""
    joined, gone = (book.calendar.local(at).replace(tzinfo=None) for at in (since, left))
    return (gone - joined).days


def was_active(book, user, since, offset):
    first = book.calendar.local(since).date() + timedelta(days=offset)
    return any(first <= day < first + timedelta(days=7) for day in book.active_days().get(user, []))


def lifecycle(book, query, answer):
    began = book.calendar.local(book.guild.first).date()
    values = {one["key"]: [] for one in answer["series"]}
    for start in answer["starts"]:
        monday = book.calendar.local(iso_ms(start)).date()
        sunday, before = monday + timedelta(days=6), monday - timedelta(days=7)
        week = {"active": 0, "new": 0, "returning": 0, "resurrected": 0, "dormant": 0}
        for days in book.active_days().values():
            now = any(monday <= day <= sunday for day in days)
            last_week = any(before <= day < monday for day in days)
            week["active"] += now
            week["new"] += now and days[0] >= monday
            week["returning"] += now and last_week
            week["resurrected"] += now and not last_week and days[0] < monday
            week["dormant"] += last_week and not now
        for key, number in week.items():
            is_known = sunday >= began if key == "active" else monday > began
            values[key].append(number if is_known else None)
    return {"series": [{"values": values[one["key"]]} for one in answer["series"]]}


def stickiness(book, query, answer):
    start, end = span(book, query)
    began = book.calendar.local(book.guild.first).date()
    values = {one["key"]: [] for one in answer["series"]}
    for day in book.days(start, end):
        told = {}
        for key, length in (("dau", 1), ("wau", 7), ("mau", 28)):
            first = day - timedelta(days=length - 1)
            told[key] = book.active_between(first, day) if first >= began else None
        week = [book.active_between(day - timedelta(days=i), day - timedelta(days=i)) for i in range(7)]
        told["stickiness"] = sum(week) / 7 / told["mau"] if told["mau"] else None
        for key in values:
            values[key].append(told[key])
    return {"series": [{"values": values[one["key"]]} for one in answer["series"]]}


def request_figures(book, query, answer):
    return desk_answers.figures(book, query, answer, span, span_before)


def requests(book, query, answer):
    return desk_answers.listing(book, query, answer, span)


def cover(book, query, answer):
    return desk_answers.cover(book, query, answer, span)


def leaderboard(book, query, answer):
    return staff_answers.leaderboard(book, query, answer, span)


def task_summary(book, query, answer):
    return staff_answers.task_summary(book, query, answer, span)


def task_reports(book, query, answer):
    return staff_answers.task_reports(book, query, answer, span)


OF_THE_DESK = {"request-figures", "requests", "cover", "leaderboard", "task-reports", "task-reports/summary"}
EXPECTED = {
    "growth": growth,
    "growth/activation": activation,
    "growth/lifecycle": lifecycle,
    "growth/retention": retention,
    "growth/stickiness": stickiness,
    "channels": channels,
    "members": members,
    "messages": messages,
    "overview": overview,
    "timeseries": timeseries,
    "channels/top": top_channels,
    "members/top": top_members,
    "heatmap": heatmap,
    "hours": hours,
    "voice": voice,
    "request-figures": request_figures,
    "requests": requests,
    "cover": cover,
    "leaderboard": leaderboard,
    "task-reports": task_reports,
    "task-reports/summary": task_summary,
}
