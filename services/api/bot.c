/*
 * bot: see bot.h. A timer that asks and, when Discord does not answer, rings
 * again. One call at most is in flight; stopping waits for it.
 */
#include "services/api/bot.h"
#include "libshared/loop/backoff.h"
#include "services/api/discord.h"

struct bot {
	struct api *api; /* borrowed */
	uv_timer_t timer;
	struct ra_backoff backoff;
	uint64_t id;
	char *name;  /* owned */
	int pending; /* the timer handle, and a call in flight */
	bool is_stopping;
	void (*stopped)(void *ctx);
	void *stopped_ctx; /* borrowed */
};

static void unref(struct bot *bot)
{
	if (--bot->pending > 0)
		return;
	if (bot->stopped)
		bot->stopped(bot->stopped_ctx);
	ra_free(bot->name);
	ra_free(bot);
}

static void on_timer(uv_timer_t *timer);

static void on_user(void *ctx, int status, const struct discord_answer *answer)
{
	struct bot *bot = ctx;
	if (status == 0) {
		bot->id = discord_id(answer->body, "id");
		ra_free(bot->name);
		bot->name = ra_str_dup(discord_text(answer->body, "username"));
	} else if (status == RA_EDENIED) {
		ra_error(bot->api->log, "discord refuses DISCORD_BOT_TOKEN");
	} else if (!bot->is_stopping) {
		uint64_t wait_ms = ra_backoff_next_ms(&bot->backoff);
		uv_timer_start(&bot->timer, on_timer,
			       wait_ms > answer->retry_ms ? wait_ms : answer->retry_ms, 0);
	}
	unref(bot);
}

static void ask(struct bot *bot)
{
	bot->pending++;
	discord_ask_bot(bot->api, "GET /users/@me", on_user, bot);
}

static void on_timer(uv_timer_t *timer)
{
	ask(ra_container_of(timer, struct bot, timer));
}

struct bot *bot_start(struct api *api)
{
	struct bot *bot = ra_new(struct bot);
	bot->api = api;
	bot->backoff = (struct ra_backoff){ .min_ms = 2000, .max_ms = 300000 };
	bot->pending = 1;
	uv_timer_init(api->loop, &bot->timer);
	if (*api->conf->discord_bot_token)
		ask(bot);
	return bot;
}

static void on_closed(uv_handle_t *handle)
{
	unref(ra_container_of((uv_timer_t *)handle, struct bot, timer));
}

void bot_stop(struct bot *bot, void (*stopped)(void *ctx), void *ctx)
{
	bot->is_stopping = true;
	bot->stopped = stopped;
	bot->stopped_ctx = ctx;
	uv_close((uv_handle_t *)&bot->timer, on_closed);
}

uint64_t bot_id(const struct bot *bot)
{
	return bot->id;
}

const char *bot_name(const struct bot *bot)
{
	return bot->name;
}
