/* gateway: see gateway.h. */
#include "services/gateway-ingest/gateway.h"
#include "libshared/base/clock.h"
#include "services/gateway-ingest/fields.h"

#define SLOT_MS    5500 /* 5 s, and a little for the network */
#define MAX_KEYS   64
#define MAX_SHARDS 100000 /* more is no number of shards */

struct gateway {
	struct gateway_options options;
	struct ra_http_client *http; /* borrowed */
	char *request_url;           /* owned */
	char *authorization;         /* owned */
	char url[256];
	struct asker *askers; /* owned; who waits for the answer */
	struct ask *ask;      /* in the air; NULL: none */
	uint64_t max_concurrency;
	uint64_t free_at_ms[MAX_KEYS]; /* by key, when its next slot begins; monotonic */
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
		int64_t remaining;
		uint64_t reset_after_ms, max_concurrency;
	} limit;
};

static const struct field limit_fields[] = {
	FIELD(INT, struct bot_gateway, limit.remaining, "remaining"),
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

struct gateway *gateway_new(const struct gateway_options *options, struct ra_http_client *http)
{
	struct gateway *g = ra_new(struct gateway);
	*g = (struct gateway){ .options = *options, .http = http, .max_concurrency = 1 };
	g->request_url = ra_format("%s/gateway/bot", options->api_base);
	g->authorization = ra_format("Authorization: Bot %s", options->token);
	snprintf(g->url, sizeof(g->url), "%s", options->fixed_url);
	return g;
}

void gateway_free(struct gateway **gateway)
{
	while ((*gateway)->askers)
		gateway_forget(*gateway, (*gateway)->askers->ctx);
	if ((*gateway)->ask)
		(*gateway)->ask->gateway = NULL;
	ra_free((*gateway)->request_url);
	ra_free((*gateway)->authorization);
	ra_free(*gateway);
	*gateway = NULL;
}

static int read_answer(struct gateway *g, struct ra_str body, struct gateway_answer *answer)
{
	struct texts texts = { 0 };
	struct bot_gateway bot = { .shards = 1,
				   .limit = { .remaining = -1, .max_concurrency = 1 } };
	bool is_read = fields_parse(body, &bot_gateway_table, &bot, &texts) && bot.url.len > 0 &&
		       bot.url.len < sizeof(g->url);
	if (is_read) {
		if (!gateway_is_fixed(g))
			snprintf(g->url, sizeof(g->url), "%.*s", (int)bot.url.len, bot.url.ptr);
		g->max_concurrency = bot.limit.max_concurrency > 0 ? bot.limit.max_concurrency : 1;
		*answer = (struct gateway_answer){
			.url = g->url,
			.shards = bot.shards > 0 && bot.shards <= MAX_SHARDS ? (unsigned)bot.shards
									     : 1,
			.remaining = bot.limit.remaining,
			.reset_after_ms = bot.limit.reset_after_ms,
		};
	}
	texts_fini(&texts);
	return is_read ? 0 : RA_EPROTO;
}

/* Whole seconds, rounded up by Discord; of a proxy it may be a date, which says nothing here. */
static uint64_t retry_after_ms(const struct ra_http_answer *http)
{
	uint64_t seconds;
	struct ra_str text = ra_http_find_header(http->headers, "retry-after");
	return ra_str_to_u64(text, &seconds) == 0 ? seconds * 1000 : 0;
}

/* What it says, or why it says nothing. */
static int judge(struct gateway *g, int status, const struct ra_http_answer *http,
		 const struct ra_err *err, struct gateway_answer *answer, char why[320])
{
	if (status < 0) {
		snprintf(why, 320, "%s", err ? err->msg : ra_strerror(status));
		return RA_EDOWN;
	}
	if (http->status == 401) {
		snprintf(why, 320, "Discord rejected the bot token");
		return RA_EDENIED;
	}
	if (http->status != 200) {
		answer->retry_after_ms = retry_after_ms(http);
		snprintf(why, 320, "GET /gateway/bot: HTTP status %d", http->status);
		return RA_EHTTP;
	}
	int rc = read_answer(g, http->body, answer);
	if (rc < 0)
		snprintf(why, 320, "GET /gateway/bot: not the answer of a Discord API");
	return rc;
}

static void on_answer(void *ctx, int status, const struct ra_http_answer *http,
		      const struct ra_err *err)
{
	struct ask *ask = ctx;
	struct gateway *g = ask->gateway;
	struct gateway_answer answer = { 0 };
	char why[320] = "";
	ra_free(ask);
	if (!g)
		return;
	g->ask = NULL;
	status = judge(g, status, http, err, &answer, why);
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
	const char *headers[] = { g->authorization, "Accept: application/json", NULL };
	struct asker *asker = ra_new(struct asker), **last = &g->askers;
	*asker = (struct asker){ .done = done, .ctx = ctx };
	while (*last)
		last = &(*last)->next;
	*last = asker;
	if (g->ask)
		return;
	g->ask = ra_new(struct ask);
	g->ask->gateway = g;
	ra_http_send(g->http,
		     &(struct ra_http_call){
			     .method = "GET", .url = g->request_url, .headers = headers },
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

bool gateway_is_fixed(const struct gateway *g)
{
	return g->options.fixed_url[0] != '\0';
}

uint64_t gateway_take_slot(struct gateway *g, unsigned shard)
{
	uint64_t now_ms = ra_monotonic_ms();
	uint64_t *free_at_ms = &g->free_at_ms[shard % g->max_concurrency % MAX_KEYS];
	uint64_t wait_ms = *free_at_ms > now_ms ? *free_at_ms - now_ms : 0;
	*free_at_ms = now_ms + wait_ms + SLOT_MS;
	return wait_ms;
}
