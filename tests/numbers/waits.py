"""How long requests wait: the estimator of Kaplan and Meier and business time, written down as plainly as they are
defined. Slow on purpose; it is what the fast ones are held against.
"""
from bisect import bisect_left
from collections import Counter
from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

NOT_REACHED = None


def kaplan_meier(times):
    """[(time, answered)] -> [(time, share that waits longer)], in exact numbers."""
    steps, waiting = [], Fraction(1)
    everybody = sorted(time for time, _ in times)
    answers = Counter(time for time, answered in times if answered)
    for at in sorted(answers):
        at_risk = len(everybody) - bisect_left(everybody, at)
        waiting *= Fraction(at_risk - answers[at], at_risk)
        steps.append((at, waiting))
    return steps


def percentile(steps, share):
    """By when that share is answered, of the steps of the estimate; None: never."""
    for at, waiting in steps:
        if waiting <= 1 - Fraction(share).limit_denominator(1000):
            return at
    return NOT_REACHED


def answered_within(steps, bound):
    waiting = Fraction(1)
    for at, left in steps:
        if at <= bound:
            waiting = left
    return float(1 - waiting)


class Hours:
    """Business hours of a guild: versions, holidays."""

    def __init__(self, settings):
        self.versions = sorted(settings["schedule"], key=lambda row: row["valid_from"])
        self.holidays = {row["day"]: row["open"] for row in settings["holidays"]}
        self.known = {}

    def spans(self, day):
        """Open [from, to) in milliseconds of a local day, by the version of that day."""
        if day not in self.known:
            version = next((row for row in reversed(self.versions) if row["valid_from"] <= day.isoformat()), None)
            self.known[day] = list(self.read(day, version)) if version else []
        return self.known[day]

    def read(self, day, version):
        zone = ZoneInfo(version["zone"])
        if day.isoformat() in self.holidays:
            spans = self.holidays[day.isoformat()]
        else:
            base = day.weekday() * 1440
            spans = [(max(a - base, 0), min(b - base, 1440)) for a, b in version["week"]]
        for a, b in spans:
            if a < b:
                yield tuple(round(self.at(day, minute, zone).timestamp() * 1000) for minute in (a, b))

    @staticmethod
    def at(day, minute, zone):
        return (datetime(day.year, day.month, day.day) + timedelta(minutes=minute)).replace(tzinfo=zone)

    def between(self, start, end):
        """Business milliseconds of [start, end)."""
        if not self.versions:
            return max(0, end - start)
        first = datetime.utcfromtimestamp(start / 1000).date() - timedelta(days=2)
        last = datetime.utcfromtimestamp(end / 1000).date() + timedelta(days=2)
        open_ms, day = 0, first
        while day <= last:
            for a, b in self.spans(day):
                open_ms += max(0, min(b, end) - max(a, start))
            day += timedelta(days=1)
        return open_ms


def check():
    """Against an example that was published: weeks in remission under 6-MP (Freireich 1963, as in Cox and Oakes 1984)."""
    answered = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    times = [(t, True) for t in answered] + [(t, False) for t in censored]
    published = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    found = {at: round(float(left), 3) for at, left in kaplan_meier(times)}
    assert found == published, found
    assert [percentile(kaplan_meier(times), share) for share in (0.25, 0.5, 0.75)] == [13, 23, None]
    berlin = {"valid_from": "2015-01-01", "zone": "Europe/Berlin", "week": [(0, 10080)]}
    hours = Hours({"schedule": [berlin], "holidays": []})
    day = lambda text: round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).timestamp() * 1000)
    assert hours.between(day("2026-03-29"), day("2026-03-30")) == 23 * 3600000
    assert hours.between(day("2026-10-25"), day("2026-10-26")) == 25 * 3600000


check()
