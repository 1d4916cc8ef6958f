/* gateway: see gateway.h. */
#include "services/gateway-ingest/gateway.h"
#include "libshared/base/clock.h"
#include "services/gateway-ingest/fields.h"

#define FRESH_MS   30000  /* so many shards do not ask one after the other */
#define MAX_SHARDS 100000 /* more is no number of shards */

/* Who asks has a backoff of its own, and tells people why it waits. */
#define DEADLINE_MS 15000
#define PATIENCE_MS 6000 /* the route's limit is 2 in 5 s */

struct gateway {
	struct ra_rest *rest;  /* borrowed */
	const char *fixed_url; /* borrowed */
	char url[256];
	struct asker *askers;    /* owned; who waits for the answer */
	struct ask *ask;         /* in the air; NULL: none */
	uint64_t answered_at_ms; /* monotonic; 0: not, or not any more */
};

struct asker {
	gateway_cb done;
	void *ctx; /* borrowed */
	struct asker *next;
};

/* May outlive the gateway. */
struct ask {
	struct gateway *gateway; /* borrowed; NULL: nobody is interested any more */
};

/* GET /gateway/bot */
struct bot_gateway {
	struct ra_str url;
	uint64_t shards;
	struct {
		int64_t remaining, total;
		uint64_t reset_after_ms, max_concurrency;
	} limit;
};

static const struct field limit_fields[] = {
	FIELD(INT, struct bot_gateway, limit.remaining, "remaining"),
	FIELD(INT, struct bot_gateway, limit.total, "total"),
	FIELD(ID, struct bot_gateway, limit.reset_after_ms, "reset_after"),
	FIELD(ID, struct bot_gateway, limit.max_concurrency, "max_concurrency"),
};
static const struct field_table limit_table = FIELD_TABLE(limit_fields);

static const struct field bot_gateway_fields[] = {
	FIELD(TEXT, struct bot_gateway, url, "url"),
	FIELD(ID, struct bot_gateway, shards, "shards"),
	FIELD_INTO("session_start_limit", limit_table),
};
static const struct field_table bot_gateway_table = FIELD_TABLE(bot_gateway_fields);

struct gateway *gateway_new(struct ra_rest *rest, const char *fixed_url)
{
	struct gateway *g = ra_new(struct gateway);
	*g = (struct gateway){ .rest = rest, .fixed_url = fixed_url };
	snprintf(g->url, sizeof(g->url), "%s", fixed_url);
	return g;
}

void gateway_free(struct gateway **gateway)
{
	while ((*gateway)->askers)
		gateway_forget(*gateway, (*gateway)->askers->ctx);
	if ((*gateway)->ask)
		(*gateway)->ask->gateway = NULL;
	ra_free(*gateway);
	*gateway = NULL;
}

static bool is_fixed(const struct gateway *g)
{
	return g->fixed_url[0] != '\0';
}

static int read_answer(struct gateway *g, struct ra_str body, struct gateway_answer *answer)
{
	struct texts texts = { 0 };
	struct bot_gateway bot = { .shards = 1,
				   .limit = { .remaining = -1, .max_concurrency = 1 } };
	bool is_read = fields_parse(body, &bot_gateway_table, &bot, &texts) && bot.url.len > 0 &&
		       bot.url.len < sizeof(g->url);
	if (is_read) {
		if (!is_fixed(g))
			snprintf(g->url, sizeof(g->url), "%.*s", (int)bot.url.len, bot.url.ptr);
		g->answered_at_ms = ra_monotonic_ms();
		*answer = (struct gateway_answer){
			.url = g->url,
			.shards = bot.shards > 0 && bot.shards <= MAX_SHARDS ? (unsigned)bot.shards
									     : 1,
			.remaining = bot.limit.remaining,
			.total = bot.limit.total,
			.max_concurrency =
				bot.limit.max_concurrency > 0 ? bot.limit.max_concurrency : 1,
			.reset_after_ms = bot.limit.reset_after_ms,
		};
	}
	texts_fini(&texts);
	return is_read ? 0 : RA_EPROTO;
}

/* What it says, or why it says nothing. */
static int judge(struct gateway *g, int status, const struct ra_rest_answer *rest,
		 struct gateway_answer *answer, char why[320])
{
	if (status == 0)
		status = read_answer(g, rest->body, answer);
	else
		answer->retry_after_ms = rest->retry_after_ms;
	if (status == RA_EPROTO)
		snprintf(why, 320, "GET /gateway/bot: not the answer of a Discord API");
	else if (status == RA_EDENIED)
		snprintf(why, 320, "Discord rejected the bot token");
	else if (rest->http_status)
		snprintf(why, 320, "GET /gateway/bot: HTTP status %d", rest->http_status);
	else
		snprintf(why, 320, "%s", rest->why);
	return status;
}

static void on_answer(void *ctx, int status, const struct ra_rest_answer *rest)
{
	struct ask *ask = ctx;
	struct gateway *g = ask->gateway;
	struct gateway_answer answer = { 0 };
	char why[320] = "";
	ra_free(ask);
	if (!g)
		return;
	g->ask = NULL;
	status = judge(g, status, rest, &answer, why);
	size_t count = 0; /* not those who ask again from inside */
	for (const struct asker *asker = g->askers; asker; asker = asker->next)
		count++;
	for (; count > 0 && g->askers; count--) {
		struct asker asker = *g->askers;
		ra_free(g->askers);
		g->askers = asker.next;
		asker.done(asker.ctx, status, &answer, why);
	}
}

void gateway_ask(struct gateway *g, gateway_cb done, void *ctx)
{
	struct asker *asker = ra_new(struct asker), **last = &g->askers;
	*asker = (struct asker){ .done = done, .ctx = ctx };
	while (*last)
		last = &(*last)->next;
	*last = asker;
	if (g->ask)
		return;
	g->ask = ra_new(struct ask);
	g->ask->gateway = g;
	ra_rest_send(g->rest,
		     &(struct ra_rest_call){
			     .route = "GET /gateway/bot",
			     .priority = RA_REST_LIVE,
			     .deadline_ms = DEADLINE_MS,
			     .patience_ms = PATIENCE_MS,
		     },
		     on_answer, g->ask);
}

void gateway_forget(struct gateway *g, void *ctx)
{
	for (struct asker **at = &g->askers; *at;) {
		struct asker *asker = *at;
		if (asker->ctx == ctx) {
			*at = asker->next;
			ra_free(asker);
		} else {
			at = &asker->next;
		}
	}
}

const char *gateway_url(const struct gateway *g)
{
	return g->url;
}

bool gateway_is_known(const struct gateway *g)
{
	return is_fixed(g) ||
	       (g->answered_at_ms != 0 && ra_monotonic_ms() - g->answered_at_ms < FRESH_MS);
}

void gateway_outdate(struct gateway *g)
{
	g->answered_at_ms = 0;
}
