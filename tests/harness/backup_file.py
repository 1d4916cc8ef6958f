#!/usr/bin/env python3
"""A second reader and writer of .rations files, made from docs/backup-file.md alone: what it says is enough.

    backup_file.py read FILE PAYLOAD [KEY]        checks all of it, writes the payload, prints manifest and tail as JSON
    backup_file.py older FILE OLDER [KEY]         the same in format 1, which has rows and tables in the manifest
    backup_file.py write FILE ID BYTES [KEY]      a file with BYTES of payload nothing can compress

KEY is the file of the key, in hex. With it, libsodium does the sealing; without, Python's own library is all there is.
"""
import ctypes
import hashlib
import json
import os
import random
import struct
import sys

MAGIC = b"\x89RATIONS\r\n\x1a\n"
BLOCK = 1 << 20


def fail(why):
    sys.exit(f"damaged: {why}")


class Plain:
    """A part's seal is the SHA-256 of the file up to it."""

    seal_bytes = 32

    def __init__(self, head):
        self.so_far = hashlib.sha256(head)

    def open(self, header, data):
        content, seal = data[:-32], data[-32:]
        self.so_far.update(header + content)
        if seal != self.so_far.digest():
            fail("a checksum differs")
        self.so_far.update(seal)
        return content

    def seal(self, header, content):
        self.so_far.update(header + content)
        seal = self.so_far.digest()
        self.so_far.update(seal)
        return content + seal


class Sealed:
    """A part is a message of secretstream; the first one covers the head as well."""

    seal_bytes = 17

    def __init__(self, head, key, is_new=False):
        self.head, self.state = head, ctypes.create_string_buffer(64)
        self.sodium = ctypes.CDLL("libsodium.so.23")
        begin = self.call("init_push" if is_new else "init_pull")
        random_bytes = ctypes.create_string_buffer(head[24:], 24)
        if begin(self.state, random_bytes, key) != 0:
            fail("its head is not valid")
        self.head = head[:24] + random_bytes.raw

    def call(self, name):
        return getattr(self.sodium, f"crypto_secretstream_xchacha20poly1305_{name}")

    def covered(self, header):
        return self.head + header if header[:1] == b"M" else header

    def open(self, header, data):
        content, tag, covered = ctypes.create_string_buffer(len(data)), ctypes.c_ubyte(), self.covered(header)
        if self.call("pull")(self.state, content, None, ctypes.byref(tag), data, ctypes.c_ulonglong(len(data)), covered,
                             ctypes.c_ulonglong(len(covered))) != 0 or (tag.value == 3) != (header[:1] == b"T"):
            fail("a seal is broken")
        return content.raw[:len(data) - 17]

    def seal(self, header, content):
        data, covered = ctypes.create_string_buffer(len(content) + 17), self.covered(header)
        self.call("push")(self.state, data, None, content, ctypes.c_ulonglong(len(content)), covered,
                          ctypes.c_ulonglong(len(covered)), 3 if header[:1] == b"T" else 0)
        return data.raw


def read_key(path):
    with open(path, encoding="ascii") as file:
        key = bytes.fromhex(file.read().strip())
    return key, hashlib.blake2b(b"rations key id", digest_size=16, key=key).digest()[:8]


def read_part(file, seals):
    header = file.read(5)
    if len(header) < 5:
        fail("it ends too early")
    kind, length = struct.unpack(">cI", header)
    if kind not in b"MBT" or not 0 < length <= (BLOCK if kind == b"B" else 8 * BLOCK):
        fail("a length is not valid")
    data = file.read(length + seals.seal_bytes)
    if len(data) < length + seals.seal_bytes:
        fail("it ends too early")
    return kind, seals.open(header, data)


def parts(path, key_path=None):
    """Every part, checked; the last of them is the tail."""
    with open(path, "rb") as file:
        head = file.read(48)
        if len(head) < 48 or head[:12] != MAGIC or head[12] not in (1, 2) or head[13] > 1:
            fail("it is not a file of format 1 or 2")
        seals = Plain(head)
        if head[13]:
            key, key_id = read_key(key_path)
            if key_id != head[16:24]:
                sys.exit("it is sealed with another key")
            seals = Sealed(head, key)
        kind = b""
        while kind != b"T":
            before, (kind, content) = kind, read_part(file, seals)
            if (kind == b"M") != (before == b""):
                fail("it does not begin with a manifest")
            yield kind, content
        if file.read(1):
            fail("it does not end with a tail")


class Writer:
    """A file of format 1."""

    def __init__(self, file, key_path=None):
        head = MAGIC + b"\1\0\0\0" + bytes(8) + os.urandom(24)
        self.file, self.seals = file, Plain(head)
        if key_path:
            key, key_id = read_key(key_path)
            self.seals = Sealed(MAGIC + b"\1\1\0\0" + key_id + bytes(24), key, is_new=True)
            head = self.seals.head
        file.write(head)

    def put(self, kind, content):
        header = struct.pack(">cI", kind, len(content))
        self.file.write(header + self.seals.seal(header, content))


def read(path, payload_path, key_path=None):
    told = {}
    with open(payload_path, "wb") as payload:
        for kind, content in parts(path, key_path):
            if kind == b"B":
                payload.write(content)
            else:
                told[kind] = json.loads(content)
    print(json.dumps({"manifest": told[b"M"], "tail": told[b"T"], "payload_bytes": os.path.getsize(payload_path)}))


def older(path, older_path, key_path=None):
    all_parts = list(parts(path, key_path))
    manifest, tail = json.loads(all_parts[0][1]), json.loads(all_parts[-1][1])
    for name in ("rows", "tables"):
        manifest[name] = tail.pop(name)
    manifest["format"] = 1
    with open(older_path, "wb") as file:
        writer = Writer(file, key_path)
        writer.put(b"M", json.dumps(manifest).encode())
        for kind, content in all_parts[1:-1]:
            writer.put(kind, content)
        writer.put(b"T", json.dumps(tail).encode())


def write(path, backup_id, size, key_path=None):
    source = random.Random(backup_id)
    with open(path, "wb") as file:
        writer = Writer(file, key_path)
        writer.put(b"M", json.dumps({"format": 1, "backup_id": backup_id, "kind": "manual", "payload": "full"}).encode())
        for at in range(0, size, BLOCK):
            writer.put(b"B", source.randbytes(min(BLOCK, size - at)))
        writer.put(b"T", b"{}")


if sys.argv[1] == "write":
    write(sys.argv[2], sys.argv[3], int(sys.argv[4]), *sys.argv[5:])
else:
    {"read": read, "older": older}[sys.argv[1]](*sys.argv[2:])
