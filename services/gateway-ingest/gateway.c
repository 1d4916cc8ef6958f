/* gateway: see gateway.h. */
#include "services/gateway-ingest/gateway.h"
#include "libshared/base/clock.h"
#include "services/gateway-ingest/fields.h"

#define SLOT_MS  5500 /* 5 s, and a little for the network */
#define MAX_KEYS 64

struct gateway {
	struct gateway_options options;
	struct ra_http_client *http; /* borrowed */
	char *request_url;           /* owned */
	char *authorization;         /* owned */
	char url[256];
	uint64_t max_concurrency;
	uint64_t free_at_ms[MAX_KEYS]; /* by key, when its next slot begins; monotonic */
};

struct ask {
	struct gateway *gateway; /* borrowed */
	gateway_cb done;
	void *ctx; /* borrowed */
};

/* GET /gateway/bot */
struct bot_gateway {
	struct ra_str url;
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
	ra_free((*gateway)->request_url);
	ra_free((*gateway)->authorization);
	ra_free(*gateway);
	*gateway = NULL;
}

static int read_answer(struct gateway *g, struct ra_str body, struct gateway_answer *answer)
{
	struct texts texts = { 0 };
	struct bot_gateway bot = { .limit = { .remaining = -1, .max_concurrency = 1 } };
	bool is_read = fields_parse(body, &bot_gateway_table, &bot, &texts) && bot.url.len > 0 &&
		       bot.url.len < sizeof(g->url);
	if (is_read) {
		snprintf(g->url, sizeof(g->url), "%.*s", (int)bot.url.len, bot.url.ptr);
		g->max_concurrency = bot.limit.max_concurrency > 0 ? bot.limit.max_concurrency : 1;
		*answer = (struct gateway_answer){
			.url = g->url,
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

static void on_answer(void *ctx, int status, const struct ra_http_answer *http,
		      const struct ra_err *err)
{
	struct ask *ask = ctx;
	struct gateway_answer answer = { 0 };
	char why[320] = "";
	if (status < 0) {
		snprintf(why, sizeof(why), "%s", err ? err->msg : ra_strerror(status));
		status = RA_EDOWN;
	} else if (http->status == 401) {
		status = RA_EDENIED;
		snprintf(why, sizeof(why), "Discord rejected the bot token");
	} else if (http->status != 200) {
		status = RA_EHTTP;
		answer.retry_after_ms = retry_after_ms(http);
		snprintf(why, sizeof(why), "GET /gateway/bot: HTTP status %d", http->status);
	} else {
		status = read_answer(ask->gateway, http->body, &answer);
		if (status < 0)
			snprintf(why, sizeof(why),
				 "GET /gateway/bot: not the answer of a Discord API");
	}
	ask->done(ask->ctx, status, &answer, why);
	ra_free(ask);
}

void gateway_ask(struct gateway *g, gateway_cb done, void *ctx)
{
	struct ask *ask = ra_new(struct ask);
	*ask = (struct ask){ .gateway = g, .done = done, .ctx = ctx };
	const char *headers[] = { g->authorization, "Accept: application/json", NULL };
	ra_http_send(g->http,
		     &(struct ra_http_call){
			     .method = "GET", .url = g->request_url, .headers = headers },
		     on_answer, ask);
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
