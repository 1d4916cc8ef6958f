#!/usr/bin/env python3
"""Writes an SQLite file as the original Rations did: old_rations.py FILE < rows, as JSON.

{"messages": [[guild, channel, user, length, time]], "activity": [[guild, user, kind, channel, seconds, time]],
 "servers": [[guild, members, channels, time]]}
"""
import json
import sqlite3
import sys

rows = json.load(sys.stdin)
db = sqlite3.connect(sys.argv[1])
db.executescript("""
CREATE TABLE server_analytics (id INTEGER PRIMARY KEY, guild_id VARCHAR(20), member_count INTEGER, channel_count INTEGER,
    message_count INTEGER DEFAULT 0, voice_minutes FLOAT DEFAULT 0, timestamp DATETIME);
CREATE TABLE message_analytics (id INTEGER PRIMARY KEY, guild_id VARCHAR(20), channel_id VARCHAR(20), user_id VARCHAR(20),
    message_length INTEGER, timestamp DATETIME);
CREATE TABLE user_activity (id INTEGER PRIMARY KEY, guild_id VARCHAR(20), user_id VARCHAR(20), activity_type VARCHAR(50),
    channel_id VARCHAR(20), duration INTEGER, timestamp DATETIME);
""")
db.executemany("INSERT INTO message_analytics (guild_id, channel_id, user_id, message_length, timestamp) VALUES (?, ?, ?, ?, ?)", rows.get("messages", []))
db.executemany("INSERT INTO user_activity (guild_id, user_id, activity_type, channel_id, duration, timestamp) VALUES (?, ?, ?, ?, ?, ?)", rows.get("activity", []))
db.executemany("INSERT INTO server_analytics (guild_id, member_count, channel_count, timestamp) VALUES (?, ?, ?, ?)", rows.get("servers", []))
for statement in rows.get("statements", []):
    db.execute(statement)
db.commit()
