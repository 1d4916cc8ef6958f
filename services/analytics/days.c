#include "services/analytics/days.h"
#include "libshared/pg/columns.h"
#include "services/analytics/sql.h"

/* One row for what is two in the batch: text and voice. */
static void join_acts(struct batch *batch)
{
	ra_table_clear(&batch->acts);
	const struct message_row *wrote = (const void *)batch->messages.rows;
	for (size_t i = 0; i < batch->messages.count; i++) {
		struct act_row *act = ra_table_row(&batch->acts, &wrote[i].key, NULL);
		act->wrote = wrote[i];
	}
	const struct voice_hour_row *spoke = (const void *)batch->voice_hours.rows;
	for (size_t i = 0; i < batch->voice_hours.count; i++) {
		struct act_row *act = ra_table_row(&batch->acts, &spoke[i].key, NULL);
		act->spoke = spoke[i];
	}
}

static int write_acts(struct ra_pg *pg, struct batch *batch)
{
	const struct ra_table *t = &batch->acts;
	struct ra_pg_params p = { .arena = &batch->arena };
	U64(t, struct act_row, key.guild);
	I64(t, struct act_row, key.hour);
	U64(t, struct act_row, key.channel);
	U64(t, struct act_row, key.user);
	I32(t, struct act_row, wrote.author_kind);
	I32(t, struct act_row, wrote.messages);
	I32(t, struct act_row, wrote.replies);
	I32(t, struct act_row, wrote.attachments);
	I64(t, struct act_row, wrote.characters);
	I32(t, struct act_row, wrote.edits);
	I32(t, struct act_row, wrote.reactions_given);
	I32(t, struct act_row, wrote.reactions_received);
	I32(t, struct act_row, wrote.blocks);
	I64(t, struct act_row, spoke.raw_ms);
	I64(t, struct act_row, spoke.present_ms);
	I64(t, struct act_row, spoke.engaged_ms);
	I64(t, struct act_row, spoke.talking_ms);
	return ra_pg_send(pg, SQL_ACT_DAYS, &p, NULL, NULL);
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
	join_acts(batch);
	int rc = batch->guild_hours.count ? write_guild_hours(pg, batch) : 0;
	return rc == 0 && batch->acts.count ? write_acts(pg, batch) : rc;
}
