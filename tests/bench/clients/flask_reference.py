"""
The overview of a guild as the first Rations answered it: Flask, one row a message, sums made when they are asked for.
The smallest honest version: no login, no filters, one connection a worker.

	EVENTS_DATABASE=... gunicorn -w 2 -b 127.0.0.1:PORT flask_reference:app
"""
import os

import psycopg2
from flask import Flask, jsonify, request

app = Flask(__name__)
connection = None

OF = "FROM message_event WHERE guild_id = %(guild)s AND created_at >= now() - %(days)s * interval '1 day'"
QUESTIONS = {
    "total": f"SELECT count(*), count(DISTINCT user_id), count(DISTINCT channel_id) {OF}",
    "daily": f"SELECT date_trunc('day', created_at)::text, count(*), count(DISTINCT user_id) {OF} GROUP BY 1 ORDER BY 1",
    "hourly": f"SELECT extract(hour FROM created_at)::int, count(*) {OF} GROUP BY 1 ORDER BY 1",
    "channels": f"SELECT channel_id::text, count(*) {OF} GROUP BY 1 ORDER BY 2 DESC LIMIT 10",
    "users": f"SELECT user_id::text, count(*) {OF} GROUP BY 1 ORDER BY 2 DESC LIMIT 10",
}


@app.get("/api/analytics/<int:guild>")
def analytics(guild):
    global connection
    if connection is None:
        connection = psycopg2.connect(os.environ["EVENTS_DATABASE"])
        connection.autocommit = True
    asked = {"guild": guild, "days": request.args.get("days", 7, type=int)}
    answer = {}
    with connection.cursor() as cursor:
        for name, question in QUESTIONS.items():
            cursor.execute(question, asked)
            answer[name] = cursor.fetchall()
    return jsonify(answer)
