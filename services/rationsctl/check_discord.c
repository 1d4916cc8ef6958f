/*
 * check_discord: what Discord says of the application: that the token is
 * right, which intents are switched on, where people may come back to after
 * logging in; and its clock, by the way.
 */
#include "libshared/base/clock.h"
#include "services/rationsctl/doctor.h"
#include <sodium.h>

#define PORTAL "https://discord.com/developers/applications"

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text ? text : "";
}

/* --- the token --- */

static void judge_token(struct doctor *d, struct http_answer *answer)
{
	const struct conf *conf = d->ctl->conf;
	const char *id = text_of(answer->json, "id");
	if (answer->status == 401) {
		doctor_say(d, CROSS, "token",
			   "Reset it at " PORTAL
			   " (Bot), write the new one where DISCORD_BOT_TOKEN is set, start again.",
			   "Discord refuses the bot's token");
	} else if (answer->status != 200 || !*id) {
		doctor_say(d, WARNING, "token", "Try again in a minute; https://discordstatus.com",
			   "Discord answers with status %ld, so nothing is known of the token",
			   answer->status);
	} else if (*conf->client_id && strcmp(conf->client_id, id) != 0) {
		doctor_say(d, CROSS, "token",
			   "Leave DISCORD_CLIENT_ID out, or take both from one application.",
			   "the token is of application %s, DISCORD_CLIENT_ID says %s", id,
			   conf->client_id);
		d->application = json_incref(answer->json);
	} else {
		doctor_tick(d, "token", "bot %s, application %s, in %lld servers",
			    text_of(json_object_get(answer->json, "bot"), "username"), id,
			    (long long)json_integer_value(
				    json_object_get(answer->json, "approximate_guild_count")));
		d->application = json_incref(answer->json);
	}
}

static void judge_clock(struct doctor *d, const struct http_answer *answer)
{
	if (answer->date_ms == 0)
		return;
	int64_t apart_ms = ra_wall_ms() - answer->date_ms;
	enum mark mark = clock_mark(apart_ms, true);
	doctor_say(d, mark, "clock", mark == TICK ? "" : "Let this host follow NTP: timedatectl",
		   "%lld s from Discord's", (long long)apart_ms / 1000);
}

static void check_token(struct doctor *d)
{
	struct http_answer answer;
	struct ra_err err;
	if (!*d->ctl->conf->bot_token) {
		doctor_say(
			d, CROSS, "token",
			"Set DISCORD_BOT_TOKEN (`rationsctl init`); with Docker ask from inside: "
			"docker compose exec api rationsctl doctor",
			"no bot token is set");
		return;
	}
	uint64_t until_ms = ra_monotonic_ms() + (uint64_t)d->ctl->conf->patience;
	if (discord_ask(d->ctl, "/applications/@me", until_ms, &answer, &err) < 0) {
		doctor_say(d, CROSS, "token",
			   "Is this host connected to the network? A firewall must let it out to "
			   "discord.com, port 443.",
			   "Discord can not be reached: %s", err.msg);
		return;
	}
	judge_token(d, &answer);
	judge_clock(d, &answer);
	http_answer_fini(&answer);
}

/* --- intents --- */

static void check_intents(struct doctor *d)
{
	static const struct {
		int64_t intent;
		const char *name, *use;
	} names[] = {
		{ 1 << 1, "Server Members", "who joins and leaves is not counted" },
		{ 1 << 8, "Presence", "who is online is not counted" },
		{ 1 << 15, "Message Content", "requests for help are not recognised" },
	};
	int64_t flags = json_integer_value(json_object_get(d->application, "flags"));
	int64_t withheld = intents_withheld(d->ctl->conf->intents, flags);
	if (!withheld)
		doctor_tick(d, "intents", "all that are asked for are switched on");
	for (size_t i = 0; i < RA_COUNT(names); i++) {
		char *fix = ra_format("Switch on \"%s Intent\" at " PORTAL
				      "/%s/bot, then start gateway-ingest again.",
				      names[i].name, text_of(d->application, "id"));
		if (withheld & names[i].intent)
			doctor_say(d, CROSS, "intents", fix, "%s is switched off: %s",
				   names[i].name, names[i].use);
		ra_free(fix);
	}
}

/* --- logging in --- */

static void check_redirect(struct doctor *d)
{
	char *wanted = ra_format("%s/callback", d->ctl->conf->public_url);
	char *fix = ra_format("Add %s at " PORTAL "/%s/oauth2, or mend PUBLIC_URL.", wanted,
			      text_of(d->application, "id"));
	const json_t *uris = json_object_get(d->application, "redirect_uris"), *uri;
	bool is_there = false;
	size_t i;
	json_array_foreach(uris, i, uri) is_there |= strcmp(json_string_value(uri), wanted) == 0;
	if (is_there)
		doctor_tick(d, "login", "people come back to %s", wanted);
	else if (json_is_array(uris))
		doctor_say(d, CROSS, "login", fix,
			   "the redirect %s is not registered: nobody can log in", wanted);
	else
		doctor_say(d, WARNING, "login", fix,
			   "Discord does not say whether the redirect %s is registered", wanted);
	ra_free(fix);
	ra_free(wanted);
}

static char *basic(const char *user, const char *password)
{
	char *plain = ra_format("%s:%s", user, password);
	size_t len = strlen(plain);
	size_t size = sodium_base64_ENCODED_LEN(len, sodium_base64_VARIANT_ORIGINAL);
	char *coded = ra_alloc(size);
	sodium_bin2base64(coded, size, (const unsigned char *)plain, len,
			  sodium_base64_VARIANT_ORIGINAL);
	char *header = ra_format("Basic %s", coded);
	ra_free(plain);
	ra_free(coded);
	return header;
}

/* A code that nobody was given: who the client is, is looked at before the code. */
int discord_knows_secret(const struct ctl *ctl, const char *client_id)
{
	struct http_answer answer;
	struct ra_err err;
	char *url = ra_format("%s/oauth2/token", ctl->conf->api_base);
	char *header = basic(client_id, ctl->conf->client_secret);
	int rc = http_ask(ctl, url, header,
			  "grant_type=authorization_code&code=none&redirect_uri=http://localhost",
			  &answer, &err);
	ra_free(url);
	ra_free(header);
	if (rc < 0)
		return -1;
	long status = answer.status;
	http_answer_fini(&answer);
	return status == 401 ? 0 : status == 400 ? 1 : -1;
}

static void check_secret(struct doctor *d)
{
	if (!*d->ctl->conf->client_secret) {
		doctor_say(d, CROSS, "login",
			   "Set DISCORD_CLIENT_SECRET: " PORTAL " (OAuth2, Reset Secret).",
			   "no client secret is set: nobody can log in");
		return;
	}
	int knows = discord_knows_secret(d->ctl, text_of(d->application, "id"));
	if (knows == 0)
		doctor_say(d, CROSS, "login",
			   "Reset it at " PORTAL
			   " (OAuth2), set DISCORD_CLIENT_SECRET, start again.",
			   "Discord refuses the client secret");
	else if (knows == 1)
		doctor_tick(d, "login", "the client secret is right");
	else
		doctor_say(d, WARNING, "login", "Try again in a minute.",
			   "Discord does not say whether the client secret is right");
}

void check_discord(struct doctor *d)
{
	check_token(d);
	if (!d->application)
		return; /* without it Discord tells nothing */
	check_intents(d);
	check_redirect(d);
	check_secret(d);
}
