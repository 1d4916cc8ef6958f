"""What the endpoints of the desk must say: every figure from the requests that desk.py finds."""
from datetime import datetime, timezone

import waits
from ledger import HOUR, iso_ms

BOUNDS = [30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400]
PRIORITIES = ("", "low", "normal", "high", "urgent")
LEAST = 5
SHARES = {"p50_ms": 0.5, "p75_ms": 0.75, "p90_ms": 0.9, "p95_ms": 0.95}


class Wait:
    """A request as figures see it."""

    def __init__(self, request, desk, hours, now):
        self.request = request
        self.seen = request.answered or request.closed or max(now, request.asked + 1000)
        self.ms = self.seen - request.asked
        self.business = hours.between(request.asked, self.seen)
        self.is_answered = request.answered is not None
        self.target = target_of(request, desk)


def target_of(request, desk):
    """The most particular row: channel, then category, then priority, then all."""
    category = desk.guild.parents.get(request.root)

    def weight(row):
        place = {"0": 0, request.channel: 3, request.root: 2, category: 1}.get(row["channel_id"])
        if row["channel_id"] == "0":
            place = 0
        fits = place is not None and row["priority"] in (0, request.priority)
        return (place, row["priority"]) if fits else None

    rows = [(weight(row), row) for row in desk.settings["targets"] if weight(row) is not None]
    return max(rows, key=lambda one: one[0])[1] if rows else None


def percentiles(all_waits, key):
    times = [(getattr(one, key), one.is_answered) for one in all_waits]
    if len(times) < LEAST:
        return dict.fromkeys(SHARES)
    steps = waits.kaplan_meier(times)
    return {name: waits.percentile(steps, share) for name, share in SHARES.items()}


def plain(all_waits):
    """What the originals showed: over answered ones only."""
    times = sorted(one.ms for one in all_waits if one.is_answered)
    if not times:
        return dict.fromkeys(("mean_ms", "median_ms", "fastest_ms", "slowest_ms"))
    middle = (times[(len(times) - 1) // 2] + times[len(times) // 2]) // 2
    return {"mean_ms": sum(times) // len(times), "median_ms": middle, "fastest_ms": times[0], "slowest_ms": times[-1]}


def bands(all_waits, settings):
    good, poor = settings["good_s"] * 1000, settings["poor_s"] * 1000
    times = [one.ms for one in all_waits if one.is_answered]
    found = {"good": sum(ms <= good for ms in times), "poor": sum(ms >= poor for ms in times)}
    return found | {"average": len(times) - found["good"] - found["poor"]}


def attainment(all_waits):
    met = missed = pending = at_risk = 0
    for one in all_waits:
        if not one.target:
            continue
        used = one.business if one.target["is_business"] else one.ms
        wanted = one.target["first_response_s"] * 1000
        if used > wanted:
            missed += 1
        elif one.is_answered:
            met += 1
        elif one.request.state == "open":
            pending += 1
            at_risk += used >= 0.75 * wanted
    rate = met / (met + missed) if met + missed else None
    return {"met": met, "missed": missed, "pending": pending, "at_risk": at_risk, "rate": rate}


def sums(some, settings, now):
    found = [one for one in some if one.request.state != "cancelled"]
    horizon = settings["horizon_s"] * 1000
    old = [one for one in found if now - one.request.asked > horizon]
    unanswered = [one for one in old if not one.is_answered or one.ms > horizon]
    staff = [one for one in found if one.is_answered]
    community = [one for one in found if not one.is_answered and one.request.community]
    faster = [one for one in staff if one.request.community and one.request.community < one.request.answered]
    return {
        "n": len(found),
        "answered": len(staff),
        "open": sum(one.request.state == "open" for one in found),
        "closed": 0,
        "old": len(old),
        "unanswered": len(unanswered),
        "unanswered_rate": len(unanswered) / len(old) if old else None,
        "is_hidden": len(found) < LEAST,
        "calendar": percentiles(found, "ms"),
        "business": percentiles(found, "business"),
        "plain": plain(found),
        "bands": bands(found, settings),
        "who": {
            "staff": len(staff),
            "community": len(community),
            "nobody": len(found) - len(staff) - len(community),
            "community_first": len(faster),
        },
        "target": attainment(found),
        "reopened": 0,
    }


def whole(some, settings, now):
    return sums(some, settings, now) | {"cancelled": sum(one.request.state == "cancelled" for one in some)}


def asked_in(desk, query):
    """Those the question is narrowed to, in the range or not."""
    listed = lambda name: query[name].split(",") if query.get(name) else None
    for request in desk.requests.values():
        kinds, priorities, curators, channels = (listed(name) for name in ("kind", "priority", "curator", "channel"))
        if kinds and request.kind not in kinds:
            continue
        if priorities and str(request.priority) not in priorities:
            continue
        if curators and request.by not in curators:
            continue
        if channels and not {request.channel, request.root} & set(channels):
            continue
        yield request


class Question:
    def __init__(self, book, query):
        self.desk, self.now, self.query = book.desk, book.now, query
        self.hours = waits.Hours(self.desk.settings)
        self.is_by_answer = query.get("by") == "answered"
        self.all = [Wait(request, self.desk, self.hours, self.now) for request in asked_in(self.desk, query)]

    def at(self, one):
        return one.request.answered if self.is_by_answer else one.request.asked

    def within(self, start, end):
        return [one for one in self.all if self.at(one) is not None and start <= self.at(one) < end]


def kept(some):
    return [one for one in some if one.request.state != "cancelled"]


def short(some, name):
    return percentiles(kept(some), "ms")[name]


def series(parts, settings, now):
    told = [sums(part, settings, now) for part in parts]
    return {
        "requests": [one["n"] for one in told],
        "answered": [one["answered"] for one in told],
        "without_answer": [one["n"] - one["answered"] for one in told],
        "p50_ms": [one["calendar"]["p50_ms"] for one in told],
        "p90_ms": [one["calendar"]["p90_ms"] for one in told],
        "target_rate": [one["target"]["rate"] for one in told],
    }


def cut(some, key, settings, now, answer):
    """Rows with most first; which of equal ones is first nobody has to say."""
    groups = {}
    for one in kept(some):
        if key(one.request) is not None:
            groups.setdefault(key(one.request), []).append(one)
    sizes = sorted((len(group) for group in groups.values()), reverse=True)
    rows = [sums(groups.get(row["id"], []), settings, now) for row in answer]
    return rows if [row["n"] for row in rows] == sizes else [*rows, f"sizes should be {sizes}"]


def figures(book, query, answer, span, span_before):
    question = Question(book, query)
    settings, now = question.desk.desk, question.now
    start, end = span(book, query)
    found = question.within(start, end)
    earlier = span_before(book, query)
    has_before = query.get("compare") != "none" and earlier[0] >= book.guild.first
    before = question.within(*earlier) if has_before else None
    edges = [iso_ms(at) for at in answer["starts"]] + [end]
    parts = [question.within(a, b) for a, b in zip(edges, edges[1:])]
    told = series(parts, settings, now)
    times = [(one.ms, one.is_answered) for one in kept(found)]
    bounds = [bound * 1000 for bound in BOUNDS]
    steps = waits.kaplan_meier(times)
    answered = [one.ms for one in kept(found) if one.is_answered]
    week = [[[] for _ in range(24)] for _ in range(7)]
    for one in found:
        local = book.calendar.local(question.at(one))
        week[local.weekday()][local.hour].append(one)
    day = [[one for row in week for one in row[hour]] for hour in range(24)]
    grid = lambda of: [[of(cell) for cell in row] for row in week]
    count = lambda cell: len(kept(cell))
    return {
        "by": query.get("by", "asked"),
        "is_cut": False,
        "figures": whole(found, settings, now),
        "previous": whole(before, settings, now) if before is not None else None,
        "histogram": {
            "bins": [
                {"upto_ms": high, "count": sum(low < ms and (high is None or ms <= high) for ms in answered)}
                for low, high in zip([0, *bounds], [*bounds, None])
            ],
            "without_answer": len(times) - len(answered),
        },
        "curve": [{"within_ms": b, "share": waits.answered_within(steps, b)} for b in bounds] if len(times) >= LEAST else [],
        "hours": {"n": [count(cell) for cell in day], "p50_ms": [short(cell, "p50_ms") for cell in day]},
        "week": {
            "n": grid(count),
            "p50_ms": grid(lambda cell: short(cell, "p50_ms")),
            "p90_ms": grid(lambda cell: short(cell, "p90_ms")),
        },
        "series": [{"key": one["key"], "values": told[one["key"]]} for one in answer["series"]],
        "cut": {
            "channels": cut(found, lambda r: r.root, settings, now, answer["cut"]["channels"]),
            "curators": cut(found, lambda r: r.by, settings, now, answer["cut"]["curators"]),
            "rules": cut(found, lambda r: r.rule, settings, now, answer["cut"]["rules"]),
            "kinds": cut(found, lambda r: r.kind, settings, now, answer["cut"]["kinds"]),
            "priorities": cut(found, lambda r: PRIORITIES[r.priority], settings, now, answer["cut"]["priorities"]),
            "guilds": cut(found, lambda r: book.guild.id, settings, now, answer["cut"]["guilds"]),
        },
    }


def utc(ms):
    return datetime.fromtimestamp(ms // 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S") + f".{ms % 1000:03d}Z"


def listing(book, query, answer, span):
    """Each row as it was found, and nobody missing."""
    question = Question(book, query)
    found = {one.request.id: one for one in question.within(*span(book, query))}
    rows = []
    for row in answer["rows"]:
        one = found.get(row["id"])
        if not one:
            rows.append({"id": None})
            continue
        r = one.request
        rows.append(
            {
                "id": r.id,
                "kind": r.kind,
                "priority": PRIORITIES[r.priority],
                "state": r.state,
                "asked_at": utc(r.asked),
                "answered_at": utc(r.answered) if r.answered else None,
                "answer_kind": r.how,
                "community_at": utc(r.community) if r.community else None,
                "messages": r.messages,
                "channel": {"id": r.channel},
                "author": {"id": r.author},
            }
            | ({"waited_ms": one.ms, "answered_by": {"id": r.by}} if r.answered else {})
        )
    return {"total": len(found), "rows": rows}


def cover(book, query, answer, span):
    question = Question(book, query)
    start, end = span(book, query)
    cells = [[0] * 24 for _ in range(7)]
    active = [[set() for _ in range(24)] for _ in range(7)]
    week = [[[] for _ in range(24)] for _ in range(7)]
    for one in kept(question.within(start, end)):
        local = book.calendar.local(one.request.asked)
        cells[local.weekday()][local.hour] += 1
        week[local.weekday()][local.hour].append(one)
    for act in book.desk.activity:
        hour = act.at // HOUR * HOUR
        if start <= hour < end:
            local = book.calendar.local(hour)
            active[local.weekday()][local.hour].add((act.user, hour))
    times = [[0] * 24 for _ in range(7)]
    for hour in range(-(-start // HOUR) * HOUR, end, HOUR):  # an hour counts where it begins
        local = book.calendar.local(hour)
        times[local.weekday()][local.hour] += 1
    return {
        "cells": cells,
        "times": times,
        "active": [[len(c) / n if n else None for c, n in zip(*row)] for row in zip(active, times)],
        "p90_ms": [[short(cell, "p90_ms") for cell in row] for row in week],
    }
