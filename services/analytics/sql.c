#include "services/analytics/sql.h"
#include "services/analytics/days_sql.h"

/* clang-format off */
const struct ra_pg_stmt sql_stmts[SQL_COUNT] = {
	[SQL_LOAD_SHARD] = {
		"SELECT s.is_connected, ts_to_ms(s.changed_at), ts_to_ms(s.down_since), s.bot_id, "
		"(SELECT ts_to_ms(max(g.started_at)) "
		"FROM analytics.coverage_gap g "
		"WHERE g.shard_id = $1::bigint AND g.shard_count = $2::bigint AND g.ended_at IS NULL), "
		"(SELECT ts_to_ms(max(v.started_at)) "
		"FROM analytics.shard_service v "
		"WHERE v.shard_id = $1 AND v.shard_count = $2 AND v.ended_at IS NULL) "
		"FROM analytics.shard s "
		"WHERE shard_id = $1 AND shard_count = $2",
		2 },
	[SQL_LOAD_UNNAMED] = {
		"SELECT version, guild_id, user_id FROM app.rules LEFT JOIN analytics.unnamed ON true",
		0 },
	[SQL_LOAD_GUILDS] = {
		"SELECT guild_id, name, coalesce(icon, ''), coalesce(locale, ''), owner_id, "
		"member_count, messages_total, afk_channel_id, premium_tier, premium_count, "
		"ts_to_ms(bot_joined_at), ts_to_ms(first_event_at), ts_to_ms(last_event_at), "
		"ts_to_ms(unavailable_at), ts_to_ms(removed_at), is_available, ts_to_ms(snapshot_at), "
		"coalesce(afk_rule, true), ts_to_ms(coalesce(unseen_since, unavailable_at)) "
		"FROM analytics.guild LEFT JOIN app.guild_settings USING (guild_id) "
		"WHERE (guild_id >> 22) % $2::bigint = $1::bigint",
		2 },
	[SQL_LOAD_CHANNELS] = {
		"SELECT guild_id, channel_id, kind, is_hidden, boundary_id, last_id, "
		"has_hole "
		"FROM analytics.channel LEFT JOIN analytics.channel_live USING (guild_id, channel_id) "
		"WHERE deleted_at IS NULL AND NOT is_archived AND (guild_id >> 22) % $2::bigint = "
		"$1::bigint",
		2 },
	[SQL_LOAD_ROLES] = {
		"SELECT guild_id, role_id "
		"FROM analytics.role "
		"WHERE deleted_at IS NULL AND (guild_id >> 22) % $2::bigint = $1::bigint",
		2 },
	[SQL_LOAD_VOICE] = {
		"SELECT guild_id, user_id, channel_id, ts_to_ms(joined_at), ts_to_ms(started_at), "
		"voice_session, is_bot, self_mute, mute, self_deaf, deaf, suppress, stream, video "
		"FROM analytics.voice_open "
		"WHERE (guild_id >> 22) % $2::bigint = $1::bigint",
		2 },
	[SQL_LOAD_STANDINGS] = {
		"SELECT guild_id, user_id, ts_to_ms(boosting_since), ts_to_ms(timeout_until) "
		"FROM analytics.member "
		"WHERE (boosting_since IS NOT NULL OR timeout_until IS NOT NULL) AND left_at IS NULL "
		"AND (guild_id >> 22) % $2::bigint = $1::bigint",
		2 },
	[SQL_LOAD_MEMBERS] = {
		"SELECT m.guild_id, m.user_id, m.is_bot, ts_to_ms(m.joined_at), ts_to_ms(m.left_at) "
		"FROM unnest($1::bigint[], $2::bigint[]) AS k (guild_id, user_id) "
		"JOIN analytics.member m USING (guild_id, user_id)",
		2 },
	[SQL_ENSURE_MONTHS] = {
		"SELECT analytics.ensure_months(ms_to_ts($1::bigint), ms_to_ts($2::bigint))",
		2 },
	/* Two connections write a guild, this one and history's: in turn. */
	[SQL_TURN] = {
		"SELECT pg_advisory_xact_lock(hashtext('analytics.turn'), hashtext($1::text))",
		1 },
	/* Who is counted anonymously may have changed since it was counted. */
	[SQL_RULES_TURN] = {
		"SELECT analytics.rules_turn($1::bigint)",
		1 },
	[SQL_GUILDS] = {
		"INSERT INTO analytics.guild AS g (guild_id, name, icon, locale, owner_id, "
		"afk_channel_id, member_count, messages_total, premium_tier, premium_count, "
		"bot_joined_at, first_event_at, last_event_at, unavailable_at, removed_at, "
		"is_available, snapshot_at, unseen_since) "
		"SELECT guild_id, coalesce(name, ''), icon, locale, owner_id, afk_channel_id, "
		"member_count, messages_total, premium_tier, premium_count, ms_to_ts(bot_joined_at), "
		"ms_to_ts(first_event_at), ms_to_ts(last_event_at), ms_to_ts(unavailable_at), "
		"ms_to_ts(removed_at), is_available, ms_to_ts(snapshot_at), ms_to_ts(unseen_since) "
		"FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[], "
		"$6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], "
		"$11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], "
		"$16::boolean[], $17::bigint[], $18::bigint[]) "
		"AS n (guild_id, name, icon, locale, owner_id, afk_channel_id, member_count, "
		"messages_total, premium_tier, premium_count, bot_joined_at, first_event_at, "
		"last_event_at, unavailable_at, removed_at, is_available, snapshot_at, unseen_since) "
		"ON CONFLICT (guild_id) DO "
		"UPDATE SET name = EXCLUDED.name, icon = EXCLUDED.icon, locale = EXCLUDED.locale, "
		"owner_id = EXCLUDED.owner_id, afk_channel_id = EXCLUDED.afk_channel_id, member_count "
		"= EXCLUDED.member_count, messages_total = EXCLUDED.messages_total, premium_tier = "
		"EXCLUDED.premium_tier, premium_count = EXCLUDED.premium_count, bot_joined_at = "
		"EXCLUDED.bot_joined_at, first_event_at = EXCLUDED.first_event_at, last_event_at = "
		"EXCLUDED.last_event_at, unavailable_at = EXCLUDED.unavailable_at, removed_at = "
		"EXCLUDED.removed_at, is_available = EXCLUDED.is_available, snapshot_at = "
		"EXCLUDED.snapshot_at, unseen_since = EXCLUDED.unseen_since",
		18 },
	[SQL_CHANNELS] = {
		"INSERT INTO analytics.channel AS c (guild_id, channel_id, parent_id, kind, name, "
		"position, is_hidden, is_nsfw, is_archived, created_at, deleted_at) "
		"SELECT guild_id, channel_id, parent_id, kind, coalesce(name, ''), position, "
		"is_hidden, is_nsfw, is_archived, ms_to_ts(created_at), ms_to_ts(deleted_at) "
		"FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], "
		"$6::bigint[], $7::boolean[], $8::boolean[], $9::boolean[], $10::bigint[], "
		"$11::bigint[]) "
		"AS n (guild_id, channel_id, parent_id, kind, name, position, is_hidden, is_nsfw, "
		"is_archived, created_at, deleted_at) "
		"ON CONFLICT (guild_id, channel_id) DO "
		"UPDATE SET kind = EXCLUDED.kind, position = EXCLUDED.position, is_hidden = "
		"EXCLUDED.is_hidden, name = CASE WHEN EXCLUDED.is_hidden AND EXCLUDED.name = '' THEN "
		"c.name ELSE EXCLUDED.name END, parent_id = CASE WHEN EXCLUDED.is_hidden AND "
		"EXCLUDED.name = '' THEN c.parent_id ELSE EXCLUDED.parent_id END, is_nsfw = "
		"CASE WHEN EXCLUDED.is_hidden AND EXCLUDED.name = '' THEN c.is_nsfw ELSE "
		"EXCLUDED.is_nsfw END, is_archived = EXCLUDED.is_archived, deleted_at = "
		"EXCLUDED.deleted_at",
		11 },
	[SQL_CHANNELS_GONE] = {
		"UPDATE analytics.channel c SET "
		"deleted_at = coalesce(ms_to_ts(n.deleted_at), c.deleted_at), "
		"is_archived = c.is_archived OR n.is_archived "
		"FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::boolean[]) "
		"AS n (guild_id, channel_id, deleted_at, is_archived) "
		"WHERE c.guild_id = n.guild_id AND c.channel_id = n.channel_id",
		4 },
	[SQL_ROLES] = {
		"INSERT INTO analytics.role (guild_id, role_id, name, color, position, permissions, "
		"is_managed, deleted_at) "
		"SELECT guild_id, role_id, coalesce(name, ''), color, position, permissions, "
		"is_managed, ms_to_ts(deleted_at) "
		"FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], "
		"$6::bigint[], $7::boolean[], $8::bigint[]) "
		"AS n (guild_id, role_id, name, color, position, permissions, is_managed, deleted_at) "
		"ON CONFLICT (guild_id, role_id) DO "
		"UPDATE SET name = EXCLUDED.name, color = EXCLUDED.color, position = "
		"EXCLUDED.position, permissions = EXCLUDED.permissions, is_managed = "
		"EXCLUDED.is_managed, deleted_at = EXCLUDED.deleted_at",
		8 },
	[SQL_ROLES_DELETED] = {
		"UPDATE analytics.role r SET deleted_at = ms_to_ts(n.deleted_at) "
		"FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) "
		"AS n (guild_id, role_id, deleted_at) "
		"WHERE r.guild_id = n.guild_id AND r.role_id = n.role_id",
		3 },
	[SQL_MEMBERS] = {
		"WITH n AS (SELECT guild_id, user_id, username, global_name, nick, avatar, "
		"string_to_array(roles, ' ')::bigint[] AS roles, ms_to_ts(joined_at) AS joined_at, "
		"ms_to_ts(left_at) AS left_at, ms_to_ts(boosting_since) AS boosting_since, "
		"ms_to_ts(timeout_until) AS timeout_until, is_bot, is_pending, has_names, has_nick, "
		"is_full, has_left, is_hearsay "
		"FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], "
		"$6::text[], $7::text[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], "
		"$12::boolean[], $13::boolean[], $14::boolean[], $15::boolean[], $16::boolean[], "
		"$17::boolean[], $18::boolean[]) AS u (guild_id, user_id, username, global_name, nick, avatar, roles, "
		"joined_at, left_at, boosting_since, timeout_until, is_bot, is_pending, has_names, "
		"has_nick, is_full, has_left, is_hearsay)), changed AS (UPDATE analytics.member m SET username = "
		"CASE WHEN n.has_names AND n.username IS NOT NULL THEN n.username ELSE m.username "
		"END, global_name = CASE WHEN n.has_names THEN n.global_name ELSE m.global_name END, "
		"avatar = CASE WHEN n.has_names THEN n.avatar ELSE m.avatar END, is_bot = CASE WHEN "
		"n.has_names THEN n.is_bot ELSE m.is_bot END, nick = CASE WHEN n.has_nick THEN n.nick "
		"ELSE m.nick END, roles = CASE WHEN n.is_full THEN coalesce(n.roles, '{}') ELSE "
		"m.roles END, is_pending = CASE WHEN n.is_full THEN n.is_pending ELSE m.is_pending "
		"END, boosting_since = CASE WHEN n.is_full THEN n.boosting_since ELSE "
		"m.boosting_since END, timeout_until = CASE WHEN n.is_full THEN n.timeout_until ELSE "
		"m.timeout_until END, joined_at = coalesce(n.joined_at, m.joined_at), left_at = CASE "
		"WHEN n.has_left THEN n.left_at WHEN n.joined_at > m.left_at THEN NULL ELSE m.left_at "
		"END "
		"FROM n "
		"WHERE m.guild_id = n.guild_id AND m.user_id = n.user_id AND NOT n.is_hearsay "
		"RETURNING m.guild_id, m.user_id) "
		"INSERT INTO analytics.member (guild_id, user_id, username, global_name, nick, "
		"avatar, roles, joined_at, left_at, boosting_since, timeout_until, is_bot, "
		"is_pending) "
		"SELECT guild_id, user_id, coalesce(username, ''), global_name, nick, avatar, "
		"coalesce(roles, '{}'), joined_at, left_at, boosting_since, timeout_until, is_bot, "
		"is_pending "
		"FROM n "
		"WHERE NOT EXISTS (SELECT "
		"FROM changed c "
		"WHERE c.guild_id = n.guild_id AND c.user_id = n.user_id) "
		"ON CONFLICT DO NOTHING",
		18 },
	/* A clock that was set back may bring a key again; a row too few is better than a stream that stands. */
	[SQL_FLOWS] = { sql_flows, 8 },
	[SQL_DEPARTURES] = {
		"UPDATE analytics.newcomer n SET left_at = ms_to_ts(d.left_at) "
		"FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS d (guild_id, user_id, left_at) "
		"WHERE n.guild_id = d.guild_id AND n.user_id = d.user_id AND n.left_at IS NULL",
		3 },
	[SQL_NEWCOMERS] = {
		"INSERT INTO analytics.newcomer (guild_id, user_id, joined_at, left_at) "
		"SELECT guild_id, user_id, ms_to_ts(joined_at), ms_to_ts(left_at) "
		"FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) "
		"AS n (guild_id, user_id, joined_at, left_at) "
		"ON CONFLICT DO NOTHING",
		4 },
	/* A leave has the time of its arrival: what a RESUME replays may lie behind the next join. */
	[SQL_STAYS_APART] = {
		"UPDATE analytics.newcomer n SET left_at = ms_to_ts(next.joined_at) "
		"FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) "
		"AS next (guild_id, user_id, joined_at) "
		"WHERE n.guild_id = next.guild_id AND n.user_id = next.user_id "
		"AND n.joined_at < ms_to_ts(next.joined_at) AND n.left_at > ms_to_ts(next.joined_at)",
		3 },
	[SQL_FIRSTS] = {
		"WITH told AS (SELECT n.guild_id, n.user_id, n.joined_at, "
		"array_agg(t.at) FILTER (WHERE NOT is_talk) AS messages, "
		"min(t.at) FILTER (WHERE is_talk) AS talk "
		"FROM (SELECT unnest($1::bigint[]) AS guild_id, unnest($2::bigint[]) AS user_id, "
		"unnest($3::bigint[]) AS first, unnest($4::bigint[]) AS second, "
		"unnest($5::bigint[]) AS third, unnest($6::bigint[]) AS talk) f "
		"JOIN analytics.newcomer n ON n.guild_id = f.guild_id AND n.user_id = f.user_id "
		"AND (coalesce(n.message_3_at, 'infinity') > ms_to_ts(f.first) "
		"OR coalesce(n.first_talk_at, 'infinity') > ms_to_ts(f.talk)) "
		"CROSS JOIN LATERAL (VALUES (false, ms_to_ts(f.first)), (false, ms_to_ts(f.second)), "
		"(false, ms_to_ts(f.third)), (true, ms_to_ts(f.talk))) AS t (is_talk, at) "
		"WHERE t.at >= n.joined_at AND (n.left_at IS NULL OR t.at < n.left_at) "
		"AND t.at < coalesce(CASE WHEN is_talk THEN n.first_talk_at ELSE n.message_3_at END, "
		"'infinity') "
		"GROUP BY 1, 2, 3) "
		"UPDATE analytics.newcomer n SET first_talk_at = least(n.first_talk_at, told.talk), "
		"(message_1_at, message_2_at, message_3_at) = (SELECT a[1], a[2], a[3] FROM ("
		"SELECT array_agg(at ORDER BY at) AS a "
		"FROM unnest(array[n.message_1_at, n.message_2_at, n.message_3_at] || told.messages) at "
		"WHERE at IS NOT NULL) merged) "
		"FROM told "
		"WHERE n.guild_id = told.guild_id AND n.user_id = told.user_id "
		"AND n.joined_at = told.joined_at",
		6 },
	[SQL_SNAPSHOTS] = {
		"INSERT INTO analytics.guild_snapshot (guild_id, at, members, channels, "
		"voice_members, messages_total, voice_ms_open) "
		"SELECT guild_id, ms_to_ts(at), members, channels, voice_members, messages_total, "
		"voice_ms_open "
		"FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], "
		"$6::bigint[], $7::bigint[]) "
		"AS n (guild_id, at, members, channels, voice_members, messages_total, voice_ms_open) "
		"ON CONFLICT DO NOTHING",
		7 },
	[SQL_GUILD_HOURS] = {
		"INSERT INTO analytics.guild_hourly AS h (guild_id, hour, messages, bot_messages, "
		"replies, attachments, edits, deletions, reactions, joins, leaves, voice_raw_ms, "
		"voice_present_ms, voice_engaged_ms, voice_talking_ms, source) "
		"SELECT guild_id, ms_to_ts(hour), messages, bot_messages, replies, attachments, "
		"edits, deletions, reactions, joins, leaves, raw, present, engaged, talking, $16::int "
		"FROM unnest($1::bigint[], $2::bigint[], $3::int[], $4::int[], $5::int[], $6::int[], "
		"$7::int[], $8::int[], $9::int[], $10::int[], $11::int[], $12::bigint[], "
		"$13::bigint[], $14::bigint[], $15::bigint[]) "
		"AS n (guild_id, hour, messages, bot_messages, replies, attachments, edits, "
		"deletions, reactions, joins, leaves, raw, present, engaged, talking) "
		"ON CONFLICT (guild_id, hour, source) DO "
		"UPDATE SET messages = h.messages + EXCLUDED.messages, bot_messages = h.bot_messages "
		"+ EXCLUDED.bot_messages, replies = h.replies + EXCLUDED.replies, attachments = "
		"h.attachments + EXCLUDED.attachments, edits = h.edits + EXCLUDED.edits, deletions = "
		"h.deletions + EXCLUDED.deletions, reactions = h.reactions + EXCLUDED.reactions, "
		"joins = h.joins + EXCLUDED.joins, leaves = h.leaves + EXCLUDED.leaves, voice_raw_ms "
		"= h.voice_raw_ms + EXCLUDED.voice_raw_ms, voice_present_ms = h.voice_present_ms + "
		"EXCLUDED.voice_present_ms, voice_engaged_ms = h.voice_engaged_ms + "
		"EXCLUDED.voice_engaged_ms, voice_talking_ms = h.voice_talking_ms + "
		"EXCLUDED.voice_talking_ms",
		16 },
	[SQL_EVENT_HOURS] = {
		"INSERT INTO analytics.event_hourly AS e (guild_id, hour, type, events) "
		"SELECT guild_id, ms_to_ts(hour), type, events "
		"FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[]) "
		"AS n (guild_id, hour, type, events) "
		"ON CONFLICT (guild_id, hour, type) DO "
		"UPDATE SET events = e.events + EXCLUDED.events",
		4 },
	[SQL_VOICE_SEGMENTS] = {
		"INSERT INTO analytics.voice_segment (guild_id, user_id, started_at, ended_at, "
		"channel_id, is_bot, self_mute, mute, self_deaf, deaf, suppress, stream, video, "
		"is_afk, has_company, has_unmuted) "
		"SELECT guild_id, user_id, ms_to_ts(started_at), ms_to_ts(ended_at), channel_id, "
		"is_bot, self_mute, mute, self_deaf, deaf, suppress, stream, video, is_afk, "
		"has_company, has_unmuted "
		"FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], "
		"$6::boolean[], $7::boolean[], $8::boolean[], $9::boolean[], $10::boolean[], "
		"$11::boolean[], $12::boolean[], $13::boolean[], $14::boolean[], $15::boolean[], "
		"$16::boolean[]) "
		"AS n (guild_id, user_id, started_at, ended_at, channel_id, is_bot, self_mute, mute, "
		"self_deaf, deaf, suppress, stream, video, is_afk, has_company, has_unmuted) "
		"ON CONFLICT DO NOTHING",
		16 },
	[SQL_VOICE_GUILD_HOURS] = {
		"INSERT INTO analytics.voice_guild_hourly AS v (guild_id, hour, sessions, stream_ms, "
		"video_ms, raw_peak, present_peak, engaged_peak, talking_peak, raw_peak_at, "
		"present_peak_at, engaged_peak_at, talking_peak_at) "
		"SELECT guild_id, ms_to_ts(hour), sessions, stream, video, raw, present, engaged, "
		"talking, ms_to_ts(raw_at), ms_to_ts(present_at), ms_to_ts(engaged_at), "
		"ms_to_ts(talking_at) "
		"FROM unnest($1::bigint[], $2::bigint[], $3::int[], $4::bigint[], $5::bigint[], "
		"$6::int[], $7::int[], $8::int[], $9::int[], $10::bigint[], $11::bigint[], "
		"$12::bigint[], $13::bigint[]) "
		"AS n (guild_id, hour, sessions, stream, video, raw, present, engaged, talking, "
		"raw_at, present_at, engaged_at, talking_at) "
		"ON CONFLICT (guild_id, hour) DO "
		"UPDATE SET sessions = v.sessions + EXCLUDED.sessions, stream_ms = v.stream_ms + "
		"EXCLUDED.stream_ms, video_ms = v.video_ms + EXCLUDED.video_ms, "
		"raw_peak = greatest(v.raw_peak, EXCLUDED.raw_peak), "
		"raw_peak_at = CASE WHEN EXCLUDED.raw_peak > v.raw_peak "
		"THEN EXCLUDED.raw_peak_at ELSE v.raw_peak_at END, "
		"present_peak = greatest(v.present_peak, EXCLUDED.present_peak), "
		"present_peak_at = CASE WHEN EXCLUDED.present_peak > v.present_peak "
		"THEN EXCLUDED.present_peak_at ELSE v.present_peak_at END, "
		"engaged_peak = greatest(v.engaged_peak, EXCLUDED.engaged_peak), "
		"engaged_peak_at = CASE WHEN EXCLUDED.engaged_peak > v.engaged_peak "
		"THEN EXCLUDED.engaged_peak_at ELSE v.engaged_peak_at END, "
		"talking_peak = greatest(v.talking_peak, EXCLUDED.talking_peak), "
		"talking_peak_at = CASE WHEN EXCLUDED.talking_peak > v.talking_peak "
		"THEN EXCLUDED.talking_peak_at ELSE v.talking_peak_at END",
		13 },
	[SQL_VOICE_OPEN] = {
		"INSERT INTO analytics.voice_open (guild_id, user_id, channel_id, joined_at, "
		"started_at, voice_session, is_bot, self_mute, mute, self_deaf, deaf, suppress, "
		"stream, video) "
		"SELECT guild_id, user_id, channel_id, ms_to_ts(joined_at), ms_to_ts(started_at), "
		"coalesce(voice_session, ''), is_bot, self_mute, mute, self_deaf, deaf, suppress, "
		"stream, video "
		"FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], "
		"$6::text[], $7::boolean[], $8::boolean[], $9::boolean[], $10::boolean[], "
		"$11::boolean[], $12::boolean[], $13::boolean[], $14::boolean[]) "
		"AS n (guild_id, user_id, channel_id, joined_at, started_at, voice_session, is_bot, "
		"self_mute, mute, self_deaf, deaf, suppress, stream, video) "
		"WHERE channel_id <> 0 "
		"ON CONFLICT (guild_id, user_id) DO "
		"UPDATE SET channel_id = EXCLUDED.channel_id, joined_at = EXCLUDED.joined_at, "
		"started_at = EXCLUDED.started_at, voice_session = EXCLUDED.voice_session, is_bot = "
		"EXCLUDED.is_bot, self_mute = EXCLUDED.self_mute, mute = EXCLUDED.mute, self_deaf = "
		"EXCLUDED.self_deaf, deaf = EXCLUDED.deaf, suppress = EXCLUDED.suppress, stream = "
		"EXCLUDED.stream, video = EXCLUDED.video",
		14 },
	[SQL_VOICE_CLOSED] = {
		"DELETE "
		"FROM analytics.voice_open v "
		"USING unnest($1::bigint[], $2::bigint[], $3::bigint[]) "
		"AS n (guild_id, user_id, channel_id) "
		"WHERE n.channel_id = 0 AND v.guild_id = n.guild_id AND v.user_id = n.user_id",
		3 },
	[SQL_SHARD] = {
		"INSERT INTO analytics.shard (shard_id, shard_count, is_connected, changed_at, "
		"session, bot_id, down_since) "
		"VALUES ($1::bigint, $2::bigint, $3::boolean, ms_to_ts($4::bigint), $5::text, "
		"$6::bigint, ms_to_ts(nullif($7::bigint, 0))) "
		"ON CONFLICT (shard_count, shard_id) DO "
		"UPDATE SET is_connected = EXCLUDED.is_connected, changed_at = EXCLUDED.changed_at, "
		"session = EXCLUDED.session, bot_id = EXCLUDED.bot_id, down_since = "
		"EXCLUDED.down_since",
		7 },
	[SQL_GAPS] = {
		"INSERT INTO analytics.coverage_gap AS g (shard_id, shard_count, started_at, "
		"ended_at, cause, is_healed, lost_entries) "
		"SELECT $1::bigint, $2::bigint, ms_to_ts(started_at), ms_to_ts(ended_at), "
		"coalesce(cause, ''), is_healed, lost_entries "
		"FROM unnest($3::bigint[], $4::bigint[], $5::text[], $6::boolean[], $7::bigint[]) "
		"AS n (started_at, ended_at, cause, is_healed, lost_entries) "
		"ON CONFLICT (shard_count, shard_id, started_at) DO "
		"UPDATE SET ended_at = EXCLUDED.ended_at, is_healed = EXCLUDED.is_healed, cause = "
		"CASE WHEN EXCLUDED.cause = '' THEN g.cause ELSE EXCLUDED.cause END, lost_entries = "
		"EXCLUDED.lost_entries",
		7 },
	[SQL_SERVICES] = {
		"INSERT INTO analytics.shard_service (shard_id, shard_count, started_at, ended_at) "
		"SELECT $1::bigint, $2::bigint, ms_to_ts(started_at), ms_to_ts(ended_at) "
		"FROM unnest($3::bigint[], $4::bigint[]) AS n (started_at, ended_at) "
		"ON CONFLICT (shard_count, shard_id, started_at) DO "
		"UPDATE SET ended_at = EXCLUDED.ended_at",
		4 },
	[SQL_GUILD_GAPS] = {
		"INSERT INTO analytics.guild_gap (guild_id, started_at, ended_at, cause) "
		"SELECT guild_id, ms_to_ts(started_at), ms_to_ts(ended_at), cause "
		"FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[]) "
		"AS n (guild_id, started_at, ended_at, cause) "
		"ON CONFLICT (guild_id, started_at, cause) DO "
		"UPDATE SET ended_at = EXCLUDED.ended_at",
		4 },
	[SQL_MISSED] = {
		"INSERT INTO analytics.history_range (guild_id, channel_id, after_id, newest_id, "
		"cursor_id, reason) "
		"SELECT guild_id, channel_id, after_id, newest_id, newest_id + 1, 'gap' "
		"FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) "
		"AS n (guild_id, channel_id, after_id, newest_id) "
		"ON CONFLICT DO NOTHING",
		4 },
	[SQL_REACHES] = {
		"WITH n AS (SELECT * "
		"FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], "
		"$6::bigint[], $7::boolean[]) "
		"AS n (guild_id, channel_id, start_id, revived_id, boundary_id, last_id, has_hole)), "
		"missed AS (INSERT INTO analytics.history_range (guild_id, channel_id, after_id, "
		"newest_id, cursor_id, reason) "
		"SELECT guild_id, channel_id, l.last_id, n.revived_id, n.revived_id + 1, 'gap' "
		"FROM n JOIN analytics.channel_live l USING (guild_id, channel_id) "
		"WHERE n.revived_id > l.last_id "
		"ON CONFLICT DO NOTHING) "
		"INSERT INTO analytics.channel_live AS l (guild_id, channel_id, start_id, boundary_id, "
		"last_id, has_hole) "
		"SELECT guild_id, channel_id, start_id, boundary_id, last_id, has_hole "
		"FROM n "
		"ON CONFLICT (guild_id, channel_id) DO "
		"UPDATE SET boundary_id = greatest(l.boundary_id, EXCLUDED.boundary_id), last_id = "
		"greatest(l.last_id, EXCLUDED.last_id), has_hole = EXCLUDED.has_hole",
		7 },
	[SQL_ACTS] = { sql_acts, 23 },
	[SQL_GUILD_DAYS] = { sql_guild_days, 15 },

	/* --- history: what to do next, in the guild after the one served last --- */
	[SQL_MODERATIONS] = {
		"INSERT INTO analytics.moderation (guild_id, at, user_id, kind, until_at, seq) "
		"SELECT guild_id, ms_to_ts(at), user_id, kind, ms_to_ts(until_at), seq "
		"FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], "
		"$6::bigint[]) AS n (guild_id, at, user_id, kind, until_at, seq) "
		"ON CONFLICT DO NOTHING",
		6 },
	/* Discord tells a ban beside the leave it causes, before it or after. $1 to $3: the bans and
	 * the leaves of the batch, which may be either half of a pair. */
	[SQL_BAN_MARKS] = {
		"UPDATE analytics.member_flow f SET is_ban = true "
		"FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS n (guild_id, at, user_id) "
		"JOIN analytics.moderation m ON m.guild_id = n.guild_id AND m.user_id = n.user_id "
		"AND m.kind = 'ban' AND m.at BETWEEN ms_to_ts(n.at - 60000) AND ms_to_ts(n.at + 60000) "
		"WHERE f.guild_id = n.guild_id AND f.user_id = n.user_id AND f.kind = 'leave' "
		"AND f.at BETWEEN ms_to_ts(n.at - 60000) AND ms_to_ts(n.at + 60000) AND NOT f.is_ban",
		3 },
	[SQL_BOOSTS] = {
		"INSERT INTO analytics.boost_flow (guild_id, at, user_id, kind) "
		"SELECT guild_id, ms_to_ts(at), user_id, kind "
		"FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[]) "
		"AS n (guild_id, at, user_id, kind) "
		"ON CONFLICT DO NOTHING",
		4 },
	[SQL_INVITES] = {
		"INSERT INTO analytics.invite (guild_id, code, channel_id, inviter_id, created_at, "
		"expires_at, deleted_at, max_uses, is_temporary) "
		"SELECT guild_id, code, nullif(channel_id, 0), nullif(inviter_id, 0), "
		"ms_to_ts(created_at), ms_to_ts(expires_at), ms_to_ts(deleted_at), max_uses, is_temporary "
		"FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], "
		"$6::bigint[], $7::bigint[], $8::bigint[], $9::boolean[], $10::boolean[]) "
		"AS n (guild_id, code, channel_id, inviter_id, created_at, expires_at, deleted_at, "
		"max_uses, is_temporary, is_described) WHERE is_described "
		"ON CONFLICT (guild_id, code) DO "
		"UPDATE SET channel_id = EXCLUDED.channel_id, inviter_id = EXCLUDED.inviter_id, "
		"created_at = EXCLUDED.created_at, expires_at = EXCLUDED.expires_at, deleted_at = "
		"EXCLUDED.deleted_at, max_uses = EXCLUDED.max_uses, is_temporary = EXCLUDED.is_temporary",
		10 },
	[SQL_INVITES_DELETED] = {
		"UPDATE analytics.invite i SET deleted_at = ms_to_ts(n.deleted_at) "
		"FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS n (guild_id, code, deleted_at) "
		"WHERE i.guild_id = n.guild_id AND i.code = n.code AND n.deleted_at <> 0 "
		"AND i.deleted_at IS NULL",
		3 },
	[SQL_PLANS] = {
		"INSERT INTO analytics.scheduled_event AS e (guild_id, event_id, channel_id, user_id, name, "
		"status, starts_at, ends_at, deleted_at, told_at, interested) "
		"SELECT guild_id, event_id, nullif(channel_id, 0), nullif(user_id, 0), coalesce(name, ''), "
		"status, ms_to_ts(starts_at), ms_to_ts(ends_at), ms_to_ts(deleted_at), ms_to_ts(told_at), "
		"interested "
		"FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], "
		"$6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[]) "
		"AS n (guild_id, event_id, channel_id, user_id, name, status, starts_at, ends_at, "
		"deleted_at, told_at, interested) "
		"ON CONFLICT (guild_id, event_id) DO "
		"UPDATE SET channel_id = EXCLUDED.channel_id, user_id = coalesce(EXCLUDED.user_id, "
		"e.user_id), name = EXCLUDED.name, status = EXCLUDED.status, starts_at = "
		"EXCLUDED.starts_at, ends_at = EXCLUDED.ends_at, deleted_at = EXCLUDED.deleted_at, "
		"told_at = EXCLUDED.told_at, interested = CASE WHEN EXCLUDED.interested > 0 THEN "
		"EXCLUDED.interested ELSE e.interested END",
		11 },
	[SQL_INTERESTS] = {
		"WITH n AS (SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::boolean[], "
		"$5::boolean[], $6::boolean[], $7::boolean[]) AS n (guild_id, event_id, user_id, "
		"is_interested, is_settled, was_interested, is_certain)"
		"), was AS (SELECT n.guild_id, n.event_id, n.is_interested, n.is_settled, "
		"CASE WHEN NOT n.is_certain THEN u.is_interested END AS known, n.was_interested AS before "
		"FROM n LEFT JOIN analytics.scheduled_event_user u USING (guild_id, event_id, user_id)"
		"), told AS (INSERT INTO analytics.scheduled_event_user (guild_id, event_id, user_id, "
		"is_interested) SELECT guild_id, event_id, user_id, is_interested FROM n "
		"ON CONFLICT (guild_id, event_id, user_id) DO "
		"UPDATE SET is_interested = EXCLUDED.is_interested) "
		"UPDATE analytics.scheduled_event e SET interested = greatest(0, e.interested + d.change) "
		"FROM (SELECT guild_id, event_id, sum(is_interested::int - "
		"coalesce(known, before)::int)::int AS change "
		"FROM was WHERE NOT is_settled GROUP BY 1, 2) d "
		"WHERE e.guild_id = d.guild_id AND e.event_id = d.event_id AND d.change <> 0",
		7 },
	[SQL_PLANS_OVER] = {
		"UPDATE analytics.scheduled_event e SET "
		"status = CASE WHEN e.status = 2 THEN 3 ELSE e.status END, "
		"deleted_at = CASE WHEN e.status = 2 THEN NULL ELSE ms_to_ts(n.at) END "
		"FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS n (guild_id, began_at, at) "
		"WHERE e.guild_id = n.guild_id AND e.told_at < ms_to_ts(n.began_at) AND e.status < 3 "
		"AND e.deleted_at IS NULL",
		3 },
	[SQL_COMMANDS] = {
		"INSERT INTO analytics.command_hourly AS c (guild_id, hour, bot_id, name, user_id, uses) "
		"SELECT guild_id, ms_to_ts(hour), bot_id, coalesce(name, ''), user_id, uses "
		"FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::int[]) "
		"AS n (guild_id, hour, bot_id, name, user_id, uses) "
		"ON CONFLICT (guild_id, hour, bot_id, name, user_id) DO "
		"UPDATE SET uses = c.uses + EXCLUDED.uses",
		6 },
	[SQL_GAMES] = {
		"INSERT INTO analytics.game_hourly (guild_id, hour, game, user_id) "
		"SELECT guild_id, ms_to_ts(hour), game, user_id "
		"FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[]) "
		"AS n (guild_id, hour, game, user_id) "
		"JOIN app.guild_settings s USING (guild_id) WHERE s.wants_presence "
		"ON CONFLICT DO NOTHING",
		4 },
	/* At least ten, and six times what an hour usually brings: the mean of the 28 days before, once
	 * there is a day of them. */
	[SQL_WAVES] = {
		"INSERT INTO analytics.wave (guild_id, hour, joins, leaves, usual_joins, usual_leaves) "
		"SELECT j.guild_id, j.hour, j.joins, j.leaves, j.usual_joins, j.usual_leaves "
		"FROM (SELECT now.*, coalesce(before.joins, 0) / watched.hours AS usual_joins, "
		"coalesce(before.leaves, 0) / watched.hours AS usual_leaves "
		"FROM (SELECT n.guild_id, ms_to_ts(n.hour) AS hour, sum(h.joins) AS joins, "
		"sum(h.leaves) AS leaves "
		"FROM unnest($1::bigint[], $2::bigint[]) AS n (guild_id, hour) "
		"JOIN analytics.guild_hourly h ON h.guild_id = n.guild_id AND h.hour = ms_to_ts(n.hour) "
		"GROUP BY 1, 2 HAVING sum(h.joins) >= 10 OR sum(h.leaves) >= 10) now "
		"JOIN analytics.guild g USING (guild_id) "
		"CROSS JOIN LATERAL (SELECT least(28 * 24, "
		"extract(epoch FROM now.hour - g.first_event_at) / 3600)::real AS hours) watched "
		"CROSS JOIN LATERAL (SELECT sum(h.joins) AS joins, sum(h.leaves) AS leaves "
		"FROM analytics.guild_hourly h WHERE h.guild_id = now.guild_id "
		"AND h.hour >= now.hour - interval '28 days' AND h.hour < now.hour) before "
		"WHERE watched.hours >= 24) j "
		"WHERE (j.joins >= 10 AND j.joins >= 6 * j.usual_joins) "
		"OR (j.leaves >= 10 AND j.leaves >= 6 * j.usual_leaves) "
		"ON CONFLICT (guild_id, hour) DO "
		"UPDATE SET joins = EXCLUDED.joins, leaves = EXCLUDED.leaves",
		2 },
	/* Guilds whose joins wait to be explained, or whose invites were not listed since the bot came. */
	[SQL_INVITES_PICK] = {
		"SELECT g.guild_id, ts_to_ms(g.snapshot_at), "
		"coalesce(ts_to_ms(j.newest_at), ts_to_ms(g.last_event_at)), s.shard_count, s.shard_id, "
		"coalesce(w.features_at < now() - interval '1 hour' "
		"OR w.snapshot_at IS DISTINCT FROM g.snapshot_at, true), coalesce(w.has_vanity, false) "
		"FROM analytics.guild g "
		"JOIN unnest($1::bigint[], $2::bigint[]) AS s (shard_id, shard_count) "
		"ON (g.guild_id >> 22) % s.shard_count = s.shard_id "
		"LEFT JOIN analytics.invite_watch w USING (guild_id) "
		"CROSS JOIN LATERAL (SELECT max(f.at) AS newest_at FROM analytics.member_flow f "
		"WHERE f.guild_id = g.guild_id AND f.kind = 'join' AND NOT f.is_bot "
		"AND f.invite_source IS NULL) j "
		"WHERE g.removed_at IS NULL AND g.is_available AND g.snapshot_at IS NOT NULL "
		"AND (w.retry_at IS NULL OR w.retry_at <= now()) "
		"AND (j.newest_at IS NOT NULL OR w.guild_id IS NULL "
		"OR w.snapshot_at IS DISTINCT FROM g.snapshot_at) "
		"ORDER BY g.guild_id <= $3::bigint, g.guild_id LIMIT 1",
		3 },
	[SQL_INVITES_FEATURES] = {
		"INSERT INTO analytics.invite_watch (guild_id, features_at, has_vanity) "
		"VALUES ($1::bigint, now(), $2::boolean) ON CONFLICT (guild_id) DO "
		"UPDATE SET features_at = EXCLUDED.features_at, has_vanity = EXCLUDED.has_vanity",
		2 },
	/* One not seen before begins here: how often it was used before explains nothing. */
	[SQL_INVITES_VANITY] = {
		"INSERT INTO analytics.invite AS i (guild_id, code, uses, is_vanity) "
		"VALUES ($1::bigint, $2::text, $3::bigint, true) ON CONFLICT (guild_id, code) DO "
		"UPDATE SET is_vanity = true, "
		"uses = CASE WHEN i.is_listed AND i.is_vanity THEN i.uses ELSE EXCLUDED.uses END",
		3 },
	/* Who stays out is nobody's inviter by name. */
	[SQL_INVITES_EXPLAIN] = {
		"SELECT analytics.explain_joins($1::bigint, ms_to_ts($2::bigint), ms_to_ts($3::bigint), "
		"coalesce(array_agg(code), '{}'), array_agg(uses), array_agg(max_uses), "
		"array_agg(nullif(channel, 0)), "
		"array_agg(CASE WHEN u.user_id IS NULL THEN nullif(inviter, 0) ELSE 1 END), "
		"array_agg(ms_to_ts(created_at)), array_agg(ms_to_ts(expires_at)), array_agg(is_temporary)) "
		"FROM unnest($4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], "
		"$9::bigint[], $10::bigint[], $11::boolean[]) "
		"AS n (code, uses, max_uses, channel, inviter, created_at, expires_at, is_temporary) "
		"LEFT JOIN analytics.unnamed u ON u.guild_id = $1 AND u.user_id = n.inviter",
		11 },
	[SQL_INVITES_SKIP] = {
		"INSERT INTO analytics.invite_watch (guild_id, looked_at, snapshot_at, skipped, retry_at) "
		"VALUES ($1::bigint, now(), ms_to_ts($2::bigint), $3::text, now() + interval '10 minutes') "
		"ON CONFLICT (guild_id) DO "
		"UPDATE SET looked_at = EXCLUDED.looked_at, snapshot_at = EXCLUDED.snapshot_at, skipped = "
		"EXCLUDED.skipped, retry_at = EXCLUDED.retry_at, tries = 0",
		3 },
	[SQL_INVITES_UNKNOWN] = {
		"UPDATE analytics.member_flow SET invite_source = 'unknown' "
		"WHERE guild_id = $1::bigint AND kind = 'join' AND NOT is_bot AND invite_source IS NULL "
		"AND at <= ms_to_ts($2::bigint)",
		2 },
	[SQL_INVITES_LATER] = {
		"INSERT INTO analytics.invite_watch (guild_id, retry_at) "
		"VALUES ($1::bigint, now() + $2::bigint * interval '1 millisecond') "
		"ON CONFLICT (guild_id) DO UPDATE SET retry_at = EXCLUDED.retry_at",
		2 },
	[SQL_ONLINE_PICK] = {
		"INSERT INTO analytics.online_watch (guild_id, due_at) "
		"SELECT g.guild_id, now() + interval '10 minutes' FROM app.guild_settings o "
		"JOIN analytics.guild g USING (guild_id) "
		"JOIN unnest($1::bigint[], $2::bigint[]) AS s (shard_id, shard_count) "
		"ON (g.guild_id >> 22) % s.shard_count = s.shard_id "
		"LEFT JOIN analytics.online_watch w USING (guild_id) "
		"WHERE o.wants_presence AND g.removed_at IS NULL AND g.is_available "
		"AND (w.due_at IS NULL OR w.due_at <= now()) "
		"ORDER BY w.due_at NULLS FIRST LIMIT 1 "
		"ON CONFLICT (guild_id) DO UPDATE SET due_at = EXCLUDED.due_at RETURNING guild_id",
		2 },
	[SQL_ONLINE_ADD] = {
		"INSERT INTO analytics.online_hourly AS h (guild_id, hour, looks, total, peak) "
		"SELECT guild_id, date_trunc('hour', now(), 'UTC'), 1, $2::bigint, $2::bigint "
		"FROM app.guild_settings WHERE guild_id = $1::bigint AND wants_presence "
		"ON CONFLICT (guild_id, hour) DO UPDATE SET looks = h.looks + 1, "
		"total = h.total + EXCLUDED.total, peak = greatest(h.peak, EXCLUDED.peak)",
		2 },
	[SQL_HISTORY_PICK] = {
		"SELECT guild_id, shard_count, shard_id, kind, ts_to_ms(snapshot_at), members_after, "
		"parent_id, is_private, ts_to_ms(before_at), ts_to_ms(until_at), channel_id, after_id, "
		"newest_id, cursor_id "
		"FROM (SELECT w.guild_id, s.shard_count, s.shard_id, g.snapshot_at, h.members_after, "
		"p.channel_id AS parent_id, p.is_private, p.before_at, p.until_at, r.channel_id, "
		"r.after_id, r.newest_id, r.cursor_id, "
		"CASE WHEN h.guild_id IS NULL OR h.planned_for <> w.requested_at "
		"OR h.threads_at IS DISTINCT FROM g.snapshot_at "
		"OR h.planned_at < now() - interval '10 minutes' THEN 'plan' "
		"WHEN NOT h.members_done AND (h.retry_at IS NULL OR h.retry_at <= now()) THEN 'members' "
		"WHEN p.channel_id IS NOT NULL THEN 'threads' "
		"WHEN r.channel_id IS NOT NULL THEN 'messages' "
		"WHEN h.finished_at IS NULL AND h.members_done "
		"AND NOT EXISTS (SELECT FROM analytics.history_parent o "
		"WHERE o.guild_id = w.guild_id AND NOT o.is_done) "
		"AND NOT EXISTS (SELECT FROM analytics.history_range o "
		"WHERE o.guild_id = w.guild_id AND NOT o.is_done) THEN 'finish' END AS kind "
		"FROM app.guild_history w JOIN analytics.guild g USING (guild_id) "
		"JOIN unnest($1::bigint[], $2::bigint[]) AS s (shard_id, shard_count) "
		"ON (w.guild_id >> 22) % s.shard_count = s.shard_id "
		"LEFT JOIN analytics.history h USING (guild_id) "
		"LEFT JOIN LATERAL (SELECT * FROM analytics.history_parent o "
		"WHERE o.guild_id = w.guild_id AND NOT o.is_done "
		"AND (o.retry_at IS NULL OR o.retry_at <= now()) "
		"ORDER BY o.channel_id, o.is_private LIMIT 1) p ON true "
		"LEFT JOIN LATERAL (SELECT * FROM analytics.history_range o "
		"WHERE o.guild_id = w.guild_id AND NOT o.is_done "
		"AND (o.retry_at IS NULL OR o.retry_at <= now()) "
		"ORDER BY o.newest_id DESC LIMIT 1) r ON true "
		"WHERE NOT w.is_paused AND g.removed_at IS NULL AND g.is_available "
		"AND g.snapshot_at IS NOT NULL) job "
		"WHERE kind IS NOT NULL "
		"ORDER BY guild_id <= $3::bigint, guild_id LIMIT 1",
		3 },
	/* Archived threads are listed once whole, later only those archived since the last snapshot. */
	[SQL_HISTORY_PLAN_PARENTS] = {
		"INSERT INTO analytics.history_parent (guild_id, channel_id, is_private, until_at) "
		"SELECT c.guild_id, c.channel_id, k.is_private, CASE WHEN is_new.wish THEN w.since "
		"WHEN p.is_done THEN h.threads_at - interval '10 minutes' ELSE p.until_at END "
		"FROM analytics.channel c "
		"JOIN app.guild_history w USING (guild_id) "
		"JOIN analytics.guild g USING (guild_id) "
		"CROSS JOIN (VALUES (false), (true)) AS k (is_private) "
		"LEFT JOIN analytics.history h USING (guild_id) "
		"LEFT JOIN analytics.history_parent p "
		"ON p.guild_id = c.guild_id AND p.channel_id = c.channel_id "
		"AND p.is_private = k.is_private "
		"CROSS JOIN LATERAL (SELECT p.guild_id IS NULL OR h.guild_id IS NULL "
		"OR h.planned_for <> w.requested_at AS wish) is_new "
		"WHERE c.guild_id = $1::bigint AND c.kind IN (0, 5, 15, 16) "
		"AND (c.kind = 0 OR NOT k.is_private) AND NOT c.is_hidden AND c.deleted_at IS NULL "
		"AND (is_new.wish OR h.threads_at <> g.snapshot_at AND p.skipped IS NULL) "
		"ON CONFLICT (guild_id, channel_id, is_private) DO "
		"UPDATE SET until_at = EXCLUDED.until_at, before_at = NULL, is_done = false, skipped = "
		"NULL, tries = 0, retry_at = NULL",
		1 },
	[SQL_HISTORY_RETRY_SKIPPED] = {
		"UPDATE analytics.history_range r SET is_done = false, skipped = NULL, tries = 0, "
		"retry_at = NULL "
		"FROM app.guild_history w JOIN analytics.history h USING (guild_id) "
		"WHERE r.guild_id = $1::bigint AND w.guild_id = r.guild_id AND r.skipped IS NOT NULL "
		"AND h.planned_for <> w.requested_at",
		1 },
	[SQL_HISTORY_PLAN_RANGES] = {
		"INSERT INTO analytics.history_range AS r (guild_id, channel_id, after_id, newest_id, "
		"cursor_id, reason) "
		"SELECT guild_id, channel_id, lower.id, start_id, start_id + 1, 'start' "
		"FROM analytics.channel_live JOIN app.guild_history w USING (guild_id) "
		/* what was imported is there already, and what lies before it is the import's */
		"CROSS JOIN LATERAL (SELECT greatest((ts_to_ms(w.since) - 1420070400000) << 22, "
		"(SELECT max(s.to_id) FROM analytics.import_span s WHERE s.kind = 'messages' "
		"AND s.guild_id = w.guild_id AND s.channel_id = channel_live.channel_id), 0) "
		"AS id) lower "
		"WHERE guild_id = $1::bigint AND start_id > lower.id "
		"ON CONFLICT (guild_id, channel_id, newest_id) DO "
		"UPDATE SET after_id = EXCLUDED.after_id, is_done = r.is_done AND (r.skipped IS NOT NULL "
		"OR EXCLUDED.after_id > r.after_id) "
		"WHERE r.reason = 'start' AND r.after_id <> EXCLUDED.after_id",
		1 },
	[SQL_HISTORY_PLAN] = {
		"INSERT INTO analytics.history AS h (guild_id, planned_for, threads_at) "
		"SELECT guild_id, requested_at, snapshot_at "
		"FROM app.guild_history JOIN analytics.guild USING (guild_id) "
		"WHERE guild_id = $1::bigint "
		"ON CONFLICT (guild_id) DO "
		"UPDATE SET planned_for = EXCLUDED.planned_for, planned_at = now(), threads_at = "
		"EXCLUDED.threads_at, finished_at = CASE WHEN h.planned_for = EXCLUDED.planned_for AND "
		"h.threads_at = EXCLUDED.threads_at THEN h.finished_at END, members_done = "
		"h.members_done AND h.planned_for = EXCLUDED.planned_for, members_after = CASE WHEN "
		"h.planned_for = EXCLUDED.planned_for THEN h.members_after ELSE 0 END, members = CASE "
		"WHEN h.planned_for = EXCLUDED.planned_for THEN h.members ELSE 0 END",
		1 },
	[SQL_HISTORY_FINISH] = {
		"UPDATE analytics.history SET finished_at = now(), trouble = '' WHERE guild_id = $1::bigint",
		1 },
	/* Threads that the last snapshot did not list: as boundary.h says. */
	[SQL_HISTORY_THREADS] = {
		"WITH n AS (SELECT * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[]) "
		"AS n (channel_id, newest_id, archived_at)), "
		"at AS (SELECT guild_id, ts_to_ms(snapshot_at) AS ms, "
		"((ts_to_ms(snapshot_at) - 1420070400000) << 22) - 1 AS id "
		"FROM analytics.guild WHERE guild_id = $1::bigint), "
		"missed AS (INSERT INTO analytics.history_range (guild_id, channel_id, after_id, "
		"newest_id, cursor_id, reason) "
		"SELECT at.guild_id, n.channel_id, l.last_id, at.id, at.id + 1, 'gap' "
		"FROM n CROSS JOIN at JOIN analytics.channel_live l "
		"ON l.guild_id = at.guild_id AND l.channel_id = n.channel_id "
		"WHERE l.last_id < at.id AND n.archived_at < at.ms "
		"AND (n.newest_id = 0 OR n.newest_id > l.last_id) "
		"ON CONFLICT DO NOTHING RETURNING channel_id) "
		"INSERT INTO analytics.channel_live AS l (guild_id, channel_id, start_id, boundary_id, "
		"last_id) "
		"SELECT at.guild_id, n.channel_id, at.id, at.id, at.id "
		"FROM n CROSS JOIN at "
		"WHERE n.channel_id <= at.id "
		"ON CONFLICT (guild_id, channel_id) DO "
		"UPDATE SET boundary_id = greatest(l.boundary_id, EXCLUDED.boundary_id), last_id = "
		"greatest(l.last_id, EXCLUDED.last_id) "
		"WHERE EXISTS (SELECT FROM missed m WHERE m.channel_id = l.channel_id)",
		4 },
	[SQL_HISTORY_PARENT] = {
		"UPDATE analytics.history_parent SET before_at = ms_to_ts($4::bigint), is_done = "
		"$5::boolean, skipped = $6::text, tries = 0, retry_at = NULL "
		"WHERE guild_id = $1::bigint AND channel_id = $2::bigint AND is_private = $3::boolean",
		6 },
	[SQL_HISTORY_TURN] = {
		"SELECT analytics.history_turn($1::bigint, $2::bigint, $3::bigint, $4::bigint, "
		"$5::bigint, $6::boolean, $7::text, $8::bigint)",
		8 },
	[SQL_HISTORY_MEMBERS] = {
		"UPDATE analytics.history SET members = members + $2::bigint, members_after = $3::bigint, "
		"members_done = $4::boolean, members_skipped = $5::text, tries = 0, retry_at = NULL "
		"WHERE guild_id = $1::bigint",
		5 },
	[SQL_HISTORY_COUNT] = {
		"UPDATE analytics.history SET requests = requests + 1, busy_ms = busy_ms + $2::bigint, "
		"messages = messages + $3::bigint, oldest_at = least(oldest_at, ms_to_ts($4::bigint)), "
		"trouble = '' "
		"WHERE guild_id = $1::bigint",
		4 },
	[SQL_HISTORY_TROUBLE] = {
		"UPDATE analytics.history SET requests = requests + 1, busy_ms = busy_ms + $2::bigint, "
		"trouble = $3::text, trouble_at = now() "
		"WHERE guild_id = $1::bigint",
		3 },
#define RETRY "tries = tries + 1, retry_at = now() + interval '1 second' * greatest($2::bigint / 1000.0, " \
	"least(power(2, tries), 300)) WHERE guild_id = $1::bigint"
	[SQL_HISTORY_RETRY_RANGE] = {
		"UPDATE analytics.history_range SET " RETRY " AND channel_id = $3::bigint "
		"AND newest_id = $4::bigint",
		4 },
	[SQL_HISTORY_RETRY_PARENT] = {
		"UPDATE analytics.history_parent SET " RETRY " AND channel_id = $3::bigint "
		"AND is_private = $4::boolean",
		4 },
	[SQL_HISTORY_RETRY_MEMBERS] = {
		"UPDATE analytics.history SET " RETRY,
		2 },
#undef RETRY
};
/* clang-format on */
