#include "services/analytics/days.h"
#include "libshared/pg/columns.h"
#include "services/analytics/sql.h"

static int write_acts(struct ra_pg *pg, struct batch *batch)
{
	const struct ra_table *wrote = &batch->messages, *spoke = &batch->voice_hours;
	struct ra_pg_params p = { .arena = &batch->arena };
	U64(wrote, struct message_row, key.guild);
	I64(wrote, struct message_row, key.hour);
	U64(wrote, struct message_row, key.channel);
	U64(wrote, struct message_row, key.user);
	I32(wrote, struct message_row, author_kind);
	I32(wrote, struct message_row, messages);
	I32(wrote, struct message_row, replies);
	I32(wrote, struct message_row, attachments);
	I32(wrote, struct message_row, notices);
	I32(wrote, struct message_row, edits);
	I32(wrote, struct message_row, reactions_given);
	I32(wrote, struct message_row, reactions_received);
	I64(wrote, struct message_row, characters);
	I32(wrote, struct message_row, blocks);
	U64(spoke, struct voice_hour_row, key.guild);
	I64(spoke, struct voice_hour_row, key.hour);
	U64(spoke, struct voice_hour_row, key.channel);
	U64(spoke, struct voice_hour_row, key.user);
	I64(spoke, struct voice_hour_row, raw_ms);
	I64(spoke, struct voice_hour_row, present_ms);
	I64(spoke, struct voice_hour_row, engaged_ms);
	I64(spoke, struct voice_hour_row, talking_ms);
	ra_pg_i64(&p, batch->source);
	return ra_pg_send(pg, SQL_ACTS, &p, NULL, NULL);
}

static int write_guild_hours(struct ra_pg *pg, struct batch *batch)
{
	const struct ra_table *t = &batch->guild_hours;
	struct ra_pg_params p = { .arena = &batch->arena };
	U64(t, struct guild_hour_row, key.guild);
	I64(t, struct guild_hour_row, key.hour);
	I32(t, struct guild_hour_row, messages);
	I32(t, struct guild_hour_row, bot_messages);
	I32(t, struct guild_hour_row, replies);
	I32(t, struct guild_hour_row, attachments);
	I64(t, struct guild_hour_row, characters);
	I32(t, struct guild_hour_row, edits);
	I32(t, struct guild_hour_row, deletions);
	I32(t, struct guild_hour_row, reactions);
	I32(t, struct guild_hour_row, joins);
	I64(t, struct guild_hour_row, voice_raw_ms);
	I64(t, struct guild_hour_row, voice_present_ms);
	I64(t, struct guild_hour_row, voice_engaged_ms);
	I64(t, struct guild_hour_row, voice_talking_ms);
	return ra_pg_send(pg, SQL_GUILD_DAYS, &p, NULL, NULL);
}

int days_write(struct ra_pg *pg, struct batch *batch)
{
	int rc = batch->guild_hours.count ? write_guild_hours(pg, batch) : 0;
	bool has_acts = batch->messages.count || batch->voice_hours.count;
	return rc == 0 && has_acts ? write_acts(pg, batch) : rc;
}
