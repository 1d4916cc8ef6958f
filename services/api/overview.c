/* overview: the cards - every figure of the range, the same over the compared range, a sparkline.
 */
#include "services/api/figures.h"

enum total { TOTAL_SUM, TOTAL_LAST, TOTAL_ACTIVE, TOTAL_COMMUNICATORS, TOTAL_DAU };

static const struct card {
	const char *key;
	enum figure figure; /* of the sparkline */
	enum total total;
} cards[] = {
	{ "messages", FIGURE_MESSAGES, TOTAL_SUM },
	{ "active_members", FIGURE_ACTIVE, TOTAL_ACTIVE },
	{ "communicators", FIGURE_COMMUNICATORS, TOTAL_COMMUNICATORS },
	{ "members", FIGURE_MEMBERS, TOTAL_LAST },
	{ "net_growth", FIGURE_NET_GROWTH, TOTAL_SUM },
	{ "joins", FIGURE_JOINS, TOTAL_SUM },
	{ "leaves", FIGURE_LEAVES, TOTAL_SUM },
	{ "voice", FIGURE_VOICE_PRESENT, TOTAL_SUM },
	{ "reactions", FIGURE_REACTIONS, TOTAL_SUM },
	{ "dau", FIGURE_ACTIVE, TOTAL_DAU },
};

struct overview {
	struct visit *visit;       /* borrowed */
	const struct range *range; /* borrowed */
	struct filter filter;
	struct figures_pair figures;
};

static json_t *total_json(const struct figures *f, const struct card *card)
{
	switch (card->total) {
	case TOTAL_SUM: return figure_json(figures_sum(f, card->figure));
	case TOTAL_LAST: return figure_json(figures_last(f, card->figure));
	case TOTAL_ACTIVE: return json_integer(f->active);
	case TOTAL_COMMUNICATORS: return json_integer(f->communicators);
	case TOTAL_DAU: return json_real(figures_dau(f));
	}
	return json_null();
}

/* A figure of the range is worth showing when anything of it was counted. One to compare with must
 * have been counted from its first to its last hour; members are a state, its end is enough. */
static json_t *value_json(const struct overview *o, const struct card *card)
{
	int64_t first_ms = figure_first_ms(o->visit, card->figure);
	bool is_known = first_ms != 0 && o->range->now.to_ms > first_ms;
	return is_known ? total_json(&o->figures.now, card) : json_null();
}

static json_t *previous_json(const struct overview *o, const struct card *card)
{
	int64_t first_ms = figure_first_ms(o->visit, card->figure);
	const struct span *before = &o->range->before;
	int64_t needed_ms = card->total == TOTAL_LAST ? before->to_ms - 1 : before->from_ms;
	bool is_known = o->range->has_before && first_ms != 0 && needed_ms >= first_ms;
	return is_known ? total_json(&o->figures.before, card) : json_null();
}

static json_t *card_json(const struct overview *o, const struct card *card)
{
	json_t *sparkline = json_array();
	for (size_t b = 0; b < o->range->now.count; b++)
		json_array_append_new(sparkline,
				      figure_json(o->figures.now.values[card->figure][b]));
	return json_pack("{s:s, s:o, s:o, s:o}", "key", card->key, "value", value_json(o, card),
			 "previous", previous_json(o, card), "sparkline", sparkline);
}

static void on_figures(void *ctx, int status, const struct ra_err *err)
{
	struct overview *o = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(o->visit->api, o->visit->req, status);
		return;
	}
	json_t *figures = json_array();
	for (size_t i = 0; i < RA_COUNT(cards); i++)
		json_array_append_new(figures, card_json(o, &cards[i]));
	ra_http_reply_json(o->visit->req, 200,
			   json_pack("{s:o, s:o, s:o}", "range", range_json(&o->range->now),
				     "compare_range", range_json(&o->range->before), "figures",
				     figures));
}

static void on_range(struct visit *visit, const struct range *range)
{
	struct overview *o = visit->state;
	o->range = range;
	int rc = figures_send_pair(&o->figures, visit, range, &o->filter,
				   FIGURES_HOURS | FIGURES_FLOW | FIGURES_PEOPLE | FIGURES_SPAN,
				   on_figures, o);
	if (rc < 0)
		reply_failure(visit->api, visit->req, rc);
}

void overview_get(struct visit *visit)
{
	struct overview *o = ra_arena_new(visit->arena, struct overview);
	o->visit = visit;
	visit->state = o;
	if (filter_read(visit, &o->filter))
		range_resolve(visit, &(struct range_wish){ .is_sparkline = true }, on_range);
}
