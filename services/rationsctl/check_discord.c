/*
 * check_discord: what Discord says of the application: that the token is
 * right, which intents are switched on, where people may come back to after
 * logging in; and its clock, by the way.
 */
#include "libshared/base/clock.h"
#include "services/rationsctl/doctor.h"
#include <sodium.h>

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text ? text : "";
}

/* --- the token --- */

static json_t *of_application(struct doctor *d)
{
	return json_pack("{s:s}", "application", text_of(d->application, "id"));
}

static void judge_token(struct doctor *d, struct http_answer *answer)
{
	const struct conf *conf = d->ctl->conf;
	const char *id = text_of(answer->json, "id");
	if (answer->status == 401) {
		doctor_say(d, TOKEN_REFUSED, NULL);
	} else if (answer->status != 200 || !*id) {
		doctor_say(d, TOKEN_UNKNOWN, doctor_number("status", answer->status));
	} else if (*conf->client_id && strcmp(conf->client_id, id) != 0) {
		doctor_say(d, TOKEN_FOREIGN,
			   json_pack("{s:s, s:o}", "application", id, "client_id",
				     doctor_text(conf->client_id)));
		d->application = json_incref(answer->json);
	} else {
		const json_t *bot = json_object_get(answer->json, "bot");
		doctor_say(d, TOKEN_OK,
			   json_pack("{s:s, s:s}", "bot", text_of(bot, "username"), "application",
				     id));
		d->application = json_incref(answer->json);
	}
}

static void judge_clock(struct doctor *d, const struct http_answer *answer)
{
	if (answer->date_ms == 0)
		return;
	int64_t apart_ms = ra_wall_ms() - answer->date_ms;
	doctor_say_clock(d, "Discord", clock_mark(apart_ms, true), apart_ms);
}

static void check_token(struct doctor *d)
{
	struct http_answer answer;
	struct ra_err err;
	if (!*d->ctl->conf->bot_token) {
		doctor_say(d, TOKEN_NONE, NULL);
		return;
	}
	uint64_t until_ms = ra_monotonic_ms() + (uint64_t)d->ctl->conf->patience;
	if (discord_ask(d->ctl, "/applications/@me", until_ms, &answer, &err) < 0) {
		doctor_say_why(d, DISCORD_AWAY, &err);
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
		enum verdict_name name;
	} names[] = {
		{ 1 << 1, INTENT_MEMBERS_OFF },
		{ 1 << 8, INTENT_PRESENCE_OFF },
		{ 1 << 15, INTENT_TEXTS_OFF },
	};
	int64_t flags = json_integer_value(json_object_get(d->application, "flags"));
	int64_t withheld = intents_withheld(d->ctl->conf->intents, flags);
	if (!withheld)
		doctor_say(d, INTENTS_OK, NULL);
	for (size_t i = 0; i < RA_COUNT(names); i++)
		if (withheld & names[i].intent)
			doctor_say(d, names[i].name, of_application(d));
}

/* --- logging in --- */

static bool is_text(const json_t *json, const char *text)
{
	return json_is_string(json) && strcmp(json_string_value(json), text) == 0;
}

static void check_redirect(struct doctor *d)
{
	char *wanted = ra_format("%s/callback", d->ctl->conf->public_url);
	const json_t *uris = json_object_get(d->application, "redirect_uris"), *uri;
	bool is_there = false;
	size_t i;
	json_array_foreach(uris, i, uri) is_there |= is_text(uri, wanted);
	json_t *params = of_application(d);
	json_object_set_new(params, "redirect", doctor_text(wanted));
	doctor_say(d,
		   is_there              ? REDIRECT_OK
		   : json_is_array(uris) ? REDIRECT_MISSING
					 : REDIRECT_UNKNOWN,
		   params);
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
		doctor_say(d, SECRET_NONE, of_application(d));
		return;
	}
	int knows = discord_knows_secret(d->ctl, text_of(d->application, "id"));
	if (knows < 0)
		doctor_say(d, SECRET_UNKNOWN, NULL);
	else
		doctor_say(d, knows ? SECRET_OK : SECRET_REFUSED, of_application(d));
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
