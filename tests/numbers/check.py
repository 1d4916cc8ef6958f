"""Holds what api answered against what the simulator's ledger says: check.py <ledger> <answers>.

The answers: [{"guild", "zone", "path", "query": {...}, "answer": {...}}, ...]. Every number in them that
a page shows is computed again; the last line says how many were and how many differ.
"""
import json
import sys
from datetime import date
from urllib.parse import urlparse

import answers
import ledger
from figures import Book

checked = wrong = 0


def close(a, b):
    if isinstance(a, float) or isinstance(b, float):
        return a is not None and b is not None and abs(a - b) <= 1e-6 * max(1, abs(a), abs(b))
    return a == b


def compare(where, got, expected):
    """Every leaf of `expected` is a number to be found at its place in `got`."""
    global checked, wrong
    if isinstance(expected, dict):
        for key, value in expected.items():
            compare(f"{where}.{key}", got.get(key) if isinstance(got, dict) else None, value)
    elif isinstance(expected, (list, tuple)):
        count = len(got) if isinstance(got, list) else None
        if count != len(expected):
            compare(f"{where} (how many)", count, len(expected))
            return
        for i, value in enumerate(expected):
            compare(f"{where}[{i}]", got[i], value)
    else:
        checked += 1
        if not close(got, expected):
            wrong += 1
            if wrong <= 40:
                print(f"# {where}: {got!r}, should be {expected!r}")


def main():
    guilds = ledger.read(sys.argv[1])
    books = {}
    seen = set()
    for ask in json.load(open(sys.argv[2], encoding="utf-8")):
        key = ask["guild"], ask["zone"]
        if key not in books:
            books[key] = Book(guilds[ask["guild"]], ask["zone"])
        name = ask["path"]
        expected = answers.EXPECTED[name](books[key], ask["query"], ask["answer"])
        before = checked
        compare(f"{books[key].guild.name} {ask['zone']} {name} {ask['query']}", ask["answer"], expected)
        seen.add(name)
        if checked == before:
            compare(f"{name}: something to check", 0, 1)
    for name in answers.EXPECTED.keys() - seen:
        compare(f"{name} was asked for", False, True)
    print(f"numbers: checked {checked} wrong {wrong}")
    sys.exit(wrong > 0)


main()
