"""Holds what api answered against what the simulator's ledger says: check.py <ledger> <answers> [<settings>].

The answers: [{"guild", "zone", "path", "query": {...}, "answer": {...}}, ...]. Every number in them that
a page shows is computed again; the last line says how many were and how many differ. The settings are those
of the desks, {guild: {...}} (desk.py).
"""
import json
import sys
from collections import Counter

import answers
import ledger
from desk import Desk
from figures import Book

FILTERS = ("channel", "category", "role", "member")
SHOWN = 5  # mistakes of one kind

checked = wrong = 0
mistakes = Counter()


def close(a, b):
    if isinstance(a, float) or isinstance(b, float):
        return a is not None and b is not None and abs(a - b) <= 1e-6 * max(1, abs(a), abs(b))
    return a == b


def compare(kind, where, got, expected):
    """Every leaf of `expected` is a number to be found at its place in `got`."""
    global checked, wrong
    if isinstance(expected, dict):
        for key, value in expected.items():
            compare(kind, f"{where}.{key}", got.get(key) if isinstance(got, dict) else None, value)
    elif isinstance(expected, (list, tuple)):
        count = len(got) if isinstance(got, list) else None
        if count != len(expected):
            compare(kind, f"{where} (how many)", count, len(expected))
            return
        for i, value in enumerate(expected):
            compare(kind, f"{where}[{i}]", got[i], value)
    else:
        checked += 1
        if not close(got, expected):
            wrong += 1
            mistakes[kind] += 1
            if mistakes[kind] <= SHOWN:
                print(f"# {where}: {got!r}, should be {expected!r}")


def read_desks(guilds):
    if len(sys.argv) < 4:
        return {}
    settings = json.load(open(sys.argv[3], encoding="utf-8"))
    return {guild: Desk(guilds[guild], one) for guild, one in settings.items()}


def main():
    guilds = ledger.read(sys.argv[1])
    books = {}
    seen = set()
    desks = read_desks(guilds)
    for ask in json.load(open(sys.argv[2], encoding="utf-8")):
        key = ask["guild"], ask["zone"]
        if key not in books:
            books[key] = Book(guilds[ask["guild"]], ask["zone"])
        name = ask["path"]
        books[key].desk, books[key].now = desks.get(ask["guild"]), ask.get("now")
        expected = answers.EXPECTED[name](books[key], ask["query"], ask["answer"])
        before = checked
        filters = [word for word in FILTERS if word in ask["query"]]
        kind = " ".join([name, ask["query"].get("metric", ""), *filters])
        compare(kind, f"{books[key].guild.name} {ask['zone']} {name} {ask['query']}", ask["answer"], expected)
        seen.add(name)
        if checked == before:
            compare(kind, f"{name}: something to check", 0, 1)
    for name in answers.EXPECTED.keys() - seen - (set() if desks else answers.OF_THE_DESK):
        compare(name, f"{name} was asked for", False, True)
    for kind, count in mistakes.most_common():
        print(f"# {kind}: {count} wrong")
    print(f"numbers: checked {checked} wrong {wrong}")
    sys.exit(wrong > 0)


main()
