"""What curators' points and task reports must say, from the acts and reports that desk.py finds."""
from datetime import timedelta

from ledger import HOUR, iso_ms

POINTS = {"message": 3, "reply": 2, "reaction": 1, "task_verification": 5}
LEVELS = (50, 35, 20, 10)


def bonus_of(responses, good, poor):
    """Heritage, Rating; in whole numbers, as there is no half a point."""
    if responses == 0:
        return 0
    bonus = good - poor
    if 10 * good >= 8 * responses:
        bonus += 2 * responses // 10
    elif 2 * poor >= responses:
        bonus -= 3 * responses // 10
    return max(bonus, -responses)


def leaderboard(book, query, answer, span):
    desk = book.desk
    start, end = span(book, query)
    acts = {}
    for act in desk.activity:
        if start <= act.at // HOUR * HOUR < end:  # kept by the hour: one counts where it begins
            acts.setdefault(act.user, []).append(act.kind)
    waits = {}
    for request in desk.requests.values():
        if request.answered and start <= request.asked < end:
            waits.setdefault(request.by, []).append(request.answered - request.asked)
    staff = {user for user in desk.by_hand | set(desk.roles) if desk.is_staff(user)}

    def worth(user):
        kinds, times = acts.get(user, []), sorted(waits.get(user, []))
        good = sum(ms <= desk.desk["good_s"] * 1000 for ms in times)
        poor = sum(ms >= desk.desk["poor_s"] * 1000 for ms in times)
        base = sum(POINTS[kind] for kind in kinds)
        score = base + bonus_of(len(times), good, poor)
        return {
            "messages": kinds.count("message"),
            "replies": kinds.count("reply"),
            "reactions": kinds.count("reaction"),
            "tasks": kinds.count("task_verification"),
            "responses": len(times),
            "good": good,
            "poor": poor,
            "base": base,
            "bonus": score - base,
            "score": score,
            "fastest_ms": times[0] if times else None,
            "slowest_ms": times[-1] if times else None,
            "level": next((i for i, least in enumerate(LEVELS) if score >= least), len(LEVELS)),
        }

    worths = {user: worth(user) for user in staff}
    rows = []
    for row in answer["rows"]:
        one = worths.get(row["id"], {"score": "of the staff"})
        better = sum(other["score"] > one["score"] for other in worths.values()) if row["id"] in worths else None
        rows.append(one | {"rank": better + 1} if better is not None else one)
    return {"total": len(staff), "rows": rows}


def summed(reports):
    verified = [one for one in reports if one.state == "verified"]
    checked, approved = sum(one.tasks for one in verified), sum(one.approved for one in verified)
    return {
        "reports": len(reports),
        "tasks": sum(one.tasks for one in reports),
        "pending": sum(one.state == "pending" for one in reports),
        "reviewing": sum(one.state == "reviewing" for one in reports),
        "verified": len(verified),
        "archived": 0,
        "checked": checked,
        "approved": approved,
        "rate": approved / checked if checked else None,
    }


def reported(book, query, span):
    start, end = span(book, query)
    return [one for one in book.desk.reports.values() if start <= one.at < end]


def task_summary(book, query, answer, span):
    reports = reported(book, query, span)

    def parts(rows, name, key):
        """Each of `rows`, and nobody missing."""
        groups = {}
        for one in reports:
            if key(one) is not None:
                groups.setdefault(key(one), []).append(one)
        named = {row[name] for row in rows}
        told = [summed(groups.get(row[name], [])) for row in rows]
        missing = [key for key in groups if key not in named]
        return told if not missing else [*told, f"missing: {missing}"]

    def monday(one):
        day = book.calendar.local(one.at).date()
        return (day - timedelta(days=day.weekday())).isoformat()

    return {
        "totals": summed(reports),
        "weeks": parts(answer["weeks"], "week", monday),
        "authors": parts(answer["authors"], "id", lambda one: one.author),
        "curators": parts(answer["curators"], "id", lambda one: one.curator),
    }


def task_reports(book, query, answer, span):
    found = {one.id: one for one in reported(book, query, span)}
    rows = []
    for row in answer["rows"]:
        one = found.get(row["id"])
        rows.append(
            {
                "state": one.state,
                "author": {"id": one.author},
                "tasks": one.tasks,
                "approved": one.approved,
                "reported_at": row["reported_at"] if iso_ms(row["reported_at"]) == one.at else f"{one.at} ms",
            }
            if one
            else {"id": None}
        )
    return {"total": len(found), "rows": rows}
