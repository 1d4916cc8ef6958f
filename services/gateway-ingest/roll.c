/* roll: see roll.h. */
#include "services/gateway-ingest/roll.h"
#include "services/gateway-ingest/objects.h"

static const struct field announced_fields[] = { FIELD(ID, struct guild, id, "id") };
static const struct field_table announced_table = FIELD_TABLE(announced_fields);

void roll_fini(struct roll *roll)
{
	id_set_fini(&roll->pending);
	id_set_fini(&roll->away);
}

struct roll_count roll_begin(struct roll *roll, struct ra_str guilds)
{
	struct ra_json j;
	id_set_clear(&roll->pending);
	id_set_clear(&roll->away);
	ra_json_init(&j, guilds);
	if (ra_json_enter_array(&j))
		while (ra_json_next_element(&j)) {
			struct guild guild = { 0 };
			if (fields_read(&j, &announced_table, &guild, NULL) && guild.id != 0)
				id_set_add(&roll->pending, guild.id);
		}
	return (struct roll_count){ .pending = (int64_t)roll->pending.count };
}

/* From whichever of the two it is in. false: neither, as far as we know. */
static bool take_out(struct roll *roll, struct roll_count *count, uint64_t guild)
{
	if (id_set_has(&roll->pending, guild)) {
		id_set_remove(&roll->pending, guild);
		count->pending--;
	} else if (id_set_has(&roll->away, guild)) {
		id_set_remove(&roll->away, guild);
		count->away--;
	} else {
		return false;
	}
	return true;
}

static void note_available(struct roll *roll, struct roll_count *count, uint64_t guild, bool is_new)
{
	if (!take_out(roll, count, guild) && !is_new) {
		if (count->pending > (int64_t)roll->pending.count)
			count->pending--;
		else if (count->away > (int64_t)roll->away.count)
			count->away--;
		else
			return; /* it was here all the time */
	}
	count->present++;
}

static void note_away(struct roll *roll, struct roll_count *count, uint64_t guild)
{
	if (id_set_has(&roll->away, guild))
		return;
	if (!take_out(roll, count, guild) && count->present > 0)
		count->present--;
	id_set_add(&roll->away, guild);
	count->away++;
}

struct roll_count roll_note(struct roll *roll, struct roll_count count,
			    const struct ra_event *event)
{
	if (event->type == RA_EV_guild_available)
		note_available(roll, &count, event->guild, event->guild_available.is_new);
	else if (event->type == RA_EV_guild_unavailable)
		note_away(roll, &count, event->guild);
	else if (event->type == RA_EV_guild_removed && !take_out(roll, &count, event->guild) &&
		 count.present > 0)
		count.present--;
	return count;
}
