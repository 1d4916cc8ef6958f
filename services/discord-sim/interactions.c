#include "services/discord-sim/interactions.h"
#include "services/discord-sim/act.h"
#include "services/discord-sim/dms.h"
#include "services/discord-sim/message_form.h"
#include "services/discord-sim/multipart.h"
#include "services/discord-sim/put.h"
#include "services/discord-sim/render.h"
#include "services/discord-sim/rest.h"
#include "services/discord-sim/secret.h"
#include <sodium.h>
#include <stdio.h>

#define ANSWER_MS               3000
#define TOKEN_MS                (15 * 60 * 1000)
#define FLAG_EPHEMERAL          64
#define FLAG_LOADING            128
#define TYPE_CHAT_INPUT_COMMAND 20

enum callback {
	CALLBACK_PONG = 1,
	CALLBACK_MESSAGE = 4,
	CALLBACK_DEFERRED_MESSAGE = 5,
	CALLBACK_DEFERRED_UPDATE = 6,
	CALLBACK_UPDATE = 7,
	CALLBACK_CHOICES = 8,
	CALLBACK_MODAL = 9,
};

struct interaction {
	uint64_t id;
	char token[65];
	int type;
	uint64_t guild_id, channel_id, user_id;
	uint64_t message_id; /* of the answer, or of the button; 0: none in the channel */
	json_t *hidden;      /* owned: an ephemeral answer; NULL: none */
	uint64_t started_at_ms;
	uint64_t answered_at_ms; /* 0: not yet */
	int callback;
	json_t *answers; /* owned: bodies as sent */
	UT_hash_handle hh;
};

struct interactions {
	struct sim *sim;          /* borrowed */
	struct interaction *open; /* owned; by id */
};

struct interactions *interactions_new(struct sim *sim)
{
	struct interactions *interactions = ra_new(struct interactions);
	interactions->sim = sim;
	return interactions;
}

static void drop(struct interactions *interactions, struct interaction *it)
{
	HASH_DEL(interactions->open, it);
	json_decref(it->hidden);
	json_decref(it->answers);
	ra_free(it);
}

void interactions_free(struct interactions **interactions)
{
	if (!*interactions)
		return;
	struct interaction *it, *next;
	HASH_ITER(hh, (*interactions)->open, it, next)
	{
		drop(*interactions, it);
	}
	ra_free(*interactions);
	*interactions = NULL;
}

/* ---- starting ---- */

static void add_message(struct ra_buf *d, const struct world *world, const struct channel *channel,
			uint64_t message_id)
{
	const struct message *message = world_message(channel, message_id);
	if (!message)
		return;
	PUT(d, ",\"message\":");
	render_message(d, world, channel, message, false);
}

static void add_member(struct ra_buf *d, const struct world *world, const struct channel *channel,
		       const struct member *member)
{
	PUT(d, ",\"member\":");
	render_member(d, member);
	d->len--;
	ra_buf_printf(d, ",\"permissions\":\"%llu\"}",
		      (unsigned long long)world_permissions(world, channel->guild, channel,
							    member->user_id));
}

static void compose(struct ra_buf *d, const struct world *world, const struct interaction *it,
		    const struct interaction_conf *conf)
{
	const struct channel *channel = world_channel(world, it->channel_id);
	const struct member *member = world_member(channel->guild, it->user_id);
	char *data = conf->data ? json_dumps(conf->data, JSON_COMPACT) : strdup("{}");
	PUT_ID(d, "{\"id\":", it->id);
	PUT_ID(d, ",\"application_id\":", world->conf.application_id);
	PUT_U64(d, ",\"type\":", it->type);
	PUT_TEXT(d, ",\"token\":", it->token);
	PUT_ID(d, ",\"guild_id\":", it->guild_id);
	PUT_ID(d, ",\"channel_id\":", it->channel_id);
	PUT(d, ",\"channel\":");
	render_channel(d, world, channel);
	add_member(d, world, channel, member);
	add_message(d, world, channel, conf->message_id);
	ra_buf_printf(d, ",\"app_permissions\":\"%llu\"",
		      (unsigned long long)world_permissions(world, channel->guild, channel,
							    world->bot->id));
	const char *locale = conf->locale ? conf->locale : member->user->locale;
	PUT_TEXT(d, ",\"locale\":", locale ? locale : "en-US");
	PUT_TEXT(d, ",\"guild_locale\":", channel->guild->locale);
	PUT_ID(d, ",\"authorizing_integration_owners\":{\"0\":", it->guild_id);
	PUT(d, "},\"version\":1,\"entitlements\":[],\"context\":0");
	PUT(d, ",\"attachment_size_limit\":10485760,\"data\":");
	ra_buf_add_text(d, data);
	PUT(d, "}");
	free(data);
}

static void tell(struct interactions *interactions, const struct interaction *it,
		 const struct interaction_conf *conf)
{
	struct world *world = interactions->sim->world;
	struct ra_buf d = { 0 };
	compose(&d, world, it, conf);
	struct dispatch dispatch = {
		.type = "INTERACTION_CREATE",
		.guild_id = it->guild_id,
		.channel_id = it->channel_id,
		.d = ra_buf_str(&d),
		.at_ms = world->now_ms,
	};
	act_emit(world, &dispatch);
	ra_buf_fini(&d);
}

uint64_t interactions_start(struct interactions *interactions, const struct interaction_conf *conf)
{
	struct world *world = interactions->sim->world;
	const struct channel *channel = world_channel(world, conf->channel_id);
	if (!channel || channel->guild->id != conf->guild_id ||
	    !world_member(channel->guild, conf->user_id))
		return 0;
	struct interaction *it = ra_new(struct interaction);
	*it = (struct interaction){
		.id = world_new_id(world),
		.type = conf->type,
		.guild_id = conf->guild_id,
		.channel_id = conf->channel_id,
		.user_id = conf->user_id,
		.message_id = conf->message_id,
		.started_at_ms = uv_now(interactions->sim->loop),
		.answers = json_array(),
	};
	secret_hex(it->token, sizeof(it->token));
	HASH_ADD(hh, interactions->open, id, sizeof(it->id), it);
	tell(interactions, it, conf);
	return it->id;
}

json_t *interactions_json(const struct interactions *interactions, uint64_t id)
{
	const struct interaction *it;
	char text[24];
	HASH_FIND(hh, interactions->open, &id, sizeof(id), it);
	if (!it)
		return NULL;
	snprintf(text, sizeof(text), "%llu", (unsigned long long)id);
	uint64_t after = it->answered_at_ms ? it->answered_at_ms - it->started_at_ms : 0;
	return json_pack("{s:s, s:b, s:i, s:I, s:O}", "id", text, "acknowledged",
			 it->answered_at_ms > 0, "type", it->callback, "after_ms",
			 (json_int_t)after, "answers", it->answers);
}

/* ---- finding, by path ---- */

static bool has_token(struct call *call, const struct interaction *it)
{
	return ra_str_is(ra_http_param(call->req, "token"), it->token);
}

static uint64_t age_ms(const struct call *call, const struct interaction *it)
{
	return uv_now(call->sim->loop) - it->started_at_ms;
}

/* By the token alone, as follow-ups have it; NULL after answering. */
static struct interaction *find_answered(struct call *call)
{
	for (struct interaction *it = call->rest->interactions->open; it; it = it->hh.next) {
		if (!has_token(call, it))
			continue;
		if (age_ms(call, it) > TOKEN_MS)
			call_error(call, 401, 50027, "Invalid Webhook Token");
		else if (it->answered_at_ms == 0)
			call_error(call, 404, 10015, "Unknown Webhook");
		else
			return it;
		return NULL;
	}
	call_error(call, 404, 10015, "Unknown Webhook");
	return NULL;
}

/* ---- answering ---- */

static json_t *file_json(const struct multipart *parts)
{
	size_t room = sodium_base64_ENCODED_LEN(parts->data.len, sodium_base64_VARIANT_ORIGINAL);
	char *text = ra_alloc(room);
	sodium_bin2base64(text, room, (const unsigned char *)parts->data.ptr, parts->data.len,
			  sodium_base64_VARIANT_ORIGINAL);
	json_t *json = json_pack("{s:s#, s:s}", "name", parts->name.ptr, (int)parts->name.len,
				 "base64", text);
	ra_free(text);
	return json;
}

/* The body, alone or with files beside it; NULL after answering. What is kept of the first file
 * goes into *file, NULL when there is none. */
static json_t *read_body(struct call *call, json_t **file)
{
	struct multipart parts = { 0 };
	*file = NULL;
	if (!multipart_read(&parts, ra_http_header(call->req, "content-type"),
			    ra_http_body(call->req)))
		return call_body(call);
	json_t *body =
		json_loadb(parts.payload.ptr ? parts.payload.ptr : "", parts.payload.len, 0, NULL);
	if (!body)
		call_error(call, 400, 50109, "The request body contains invalid JSON.");
	else if (parts.files > 0)
		*file = file_json(&parts);
	return body;
}

/* As sent, for the control API to look at. `file` is taken. */
static void keep_answer(struct interaction *it, const json_t *body, json_t *file)
{
	json_t *kept = json_copy((json_t *)body);
	if (file)
		json_object_set_new(kept, "file", file);
	json_array_append_new(it->answers, kept);
}

/* Posts in the channel, or keeps what only the user sees. False after answering with an error. */
static bool show(struct call *call, struct interaction *it, const json_t *data)
{
	struct channel *channel = world_channel(call->world, it->channel_id);
	struct message_form m;
	struct form form = { 0 };
	struct message *made = NULL;
	bool is_hidden = json_integer_value(json_object_get(data, "flags")) & FLAG_EPHEMERAL;
	message_form_read(&m, &form, data, channel->guild, false);
	bool failed = form_failed(&form, call);
	if (!failed && m.is_empty) {
		call_error(call, 400, 50006, "Cannot send an empty message");
		failed = true;
	}
	if (!failed && is_hidden) {
		json_decref(it->hidden);
		it->hidden = private_message(call->world, it->channel_id, data);
	} else if (!failed) {
		struct post post = {
			.channel_id = it->channel_id,
			.author_id = call->world->bot->id,
			.type = it->type == INTERACTION_COMMAND ? TYPE_CHAT_INPUT_COMMAND : 0,
			.text = m.text,
			.mentions = &m.mentions,
			.embeds = ra_str_of(m.embeds),
			.components = ra_str_of(m.components),
		};
		if (act_post(call->world, &post, &made) == 0)
			it->message_id = made->id;
	}
	message_form_fini(&m);
	return !failed;
}

/* Changes what the answer says. False after answering with an error. */
static bool change(struct call *call, struct interaction *it, json_t *data)
{
	const struct channel *channel = world_channel(call->world, it->channel_id);
	const struct message *message = world_message(channel, it->message_id);
	if (it->hidden) {
		json_object_update(it->hidden, data);
		json_object_set_new(it->hidden, "flags", json_integer(FLAG_EPHEMERAL));
		return true;
	}
	if (!message)
		return show(call, it, data);
	struct message_form m;
	struct form form = { 0 };
	message_form_read(&m, &form, data, channel->guild, false);
	bool failed = form_failed(&form, call);
	if (!failed) {
		struct edit edit = {
			.channel_id = channel->id,
			.message_id = message->id,
			.text = json_object_get(data, "content") ? m.text
								 : ra_str_of(message->text),
			.embeds = ra_str_of(m.embeds),
			.components = ra_str_of(m.components),
		};
		act_edit(call->world, &edit);
	}
	message_form_fini(&m);
	return !failed;
}

static bool suits(const struct interaction *it, json_int_t callback)
{
	switch (callback) {
	case CALLBACK_MESSAGE:
	case CALLBACK_DEFERRED_MESSAGE: return it->type != INTERACTION_AUTOCOMPLETE;
	case CALLBACK_DEFERRED_UPDATE:
	case CALLBACK_UPDATE:
		return it->type == INTERACTION_COMPONENT || it->type == INTERACTION_MODAL;
	case CALLBACK_CHOICES: return it->type == INTERACTION_AUTOCOMPLETE;
	case CALLBACK_MODAL:
		return it->type != INTERACTION_MODAL && it->type != INTERACTION_AUTOCOMPLETE;
	default: return false;
	}
}

static bool perform(struct call *call, struct interaction *it, const json_t *body)
{
	json_t *data = json_object_get(body, "data");
	if (it->callback == CALLBACK_MESSAGE) {
		it->message_id = 0;
		return show(call, it, data);
	}
	if (it->callback == CALLBACK_UPDATE)
		return change(call, it, data);
	if (it->callback == CALLBACK_DEFERRED_MESSAGE) {
		it->message_id = 0;
		if (json_integer_value(json_object_get(data, "flags")) & FLAG_EPHEMERAL)
			it->hidden = private_message(call->world, it->channel_id, data);
		if (it->hidden)
			json_object_set_new(it->hidden, "flags",
					    json_integer(FLAG_EPHEMERAL | FLAG_LOADING));
	}
	return true;
}

static json_t *message_json(struct call *call, const struct interaction *it)
{
	struct ra_buf out = { 0 };
	const struct channel *channel = world_channel(call->world, it->channel_id);
	const struct message *message = channel ? world_message(channel, it->message_id) : NULL;
	if (it->hidden)
		return json_incref(it->hidden);
	if (!message)
		return NULL;
	render_message(&out, call->world, channel, message, false);
	json_t *json = json_loadb(out.ptr, out.len, 0, NULL);
	ra_buf_fini(&out);
	return json;
}

static void reply_callback(struct call *call, const struct interaction *it)
{
	char id[24];
	if (!call_flag(call, "with_response")) {
		call_no_content(call);
		return;
	}
	snprintf(id, sizeof(id), "%llu", (unsigned long long)it->id);
	json_t *json = json_pack("{s:{s:s, s:i}, s:{s:i}}", "interaction", "id", id, "type",
				 it->type, "resource", "type", it->callback);
	json_t *message = message_json(call, it);
	if (message)
		json_object_set_new(json_object_get(json, "resource"), "message", message);
	call_reply_json(call, 200, json);
}

/* `file` is taken. */
static void answer(struct call *call, struct interaction *it, json_t *body, json_t *file)
{
	json_int_t callback = json_integer_value(json_object_get(body, "type"));
	struct form form = { 0 };
	if (!suits(it, callback))
		form_error(&form, "type", "BASE_TYPE_CHOICES", "Value is not valid here.");
	if (form_failed(&form, call)) {
		json_decref(file);
		return;
	}
	call_now(call);
	it->callback = (int)callback;
	if (!perform(call, it, body)) {
		json_decref(file);
		return;
	}
	it->answered_at_ms = uv_now(call->sim->loop);
	keep_answer(it, body, file);
	reply_callback(call, it);
}

static void callback(struct call *call)
{
	struct interaction *it;
	uint64_t id = call_id(call, "interaction");
	HASH_FIND(hh, call->rest->interactions->open, &id, sizeof(id), it);
	bool is_known = it && has_token(call, it);
	if (is_known && it->answered_at_ms > 0) {
		call_error(call, 400, 40060, "Interaction has already been acknowledged.");
	} else if (!is_known || age_ms(call, it) > ANSWER_MS) {
		call_error(call, 404, 10062, "Unknown interaction");
	} else {
		json_t *file, *body = read_body(call, &file);
		if (body)
			answer(call, it, body, file);
		json_decref(body);
	}
}

/* ---- afterwards ---- */

static void reply_original(struct call *call, const struct interaction *it)
{
	json_t *message = message_json(call, it);
	if (message)
		call_reply_json(call, 200, message);
	else
		call_unknown_message(call);
}

static void get_original(struct call *call)
{
	const struct interaction *it = find_answered(call);
	if (it)
		reply_original(call, it);
}

static void edit_original(struct call *call)
{
	struct interaction *it = find_answered(call);
	json_t *file = NULL, *body = it ? read_body(call, &file) : NULL;
	if (!body)
		return;
	call_now(call);
	keep_answer(it, body, file);
	if (change(call, it, body))
		reply_original(call, it);
	json_decref(body);
}

static void delete_original(struct call *call)
{
	struct interaction *it = find_answered(call);
	if (!it)
		return;
	call_now(call);
	if (it->hidden) {
		json_decref(it->hidden);
		it->hidden = NULL;
	} else {
		act_delete(call->world, it->channel_id, it->message_id);
	}
	call_no_content(call);
}

/* One more message; it is not the original and can not be changed through it. */
static void follow_up(struct call *call)
{
	struct interaction *it = find_answered(call);
	json_t *file = NULL, *body = it ? read_body(call, &file) : NULL;
	if (!body)
		return;
	struct interaction next = *it;
	next.hidden = NULL;
	call_now(call);
	keep_answer(it, body, file);
	if (show(call, &next, body))
		reply_original(call, &next);
	json_decref(next.hidden);
	json_decref(body);
}

#define W "/webhooks/{webhook}/{token}"

const struct route interaction_routes[] = {
	TOKEN("POST", "/interactions/{interaction}/{token}/callback", callback, NULL, 0, 0),
	TOKEN("POST", W, follow_up, "webhook", 5, 2000),
	TOKEN("GET", W "/messages/@original", get_original, "webhook get", 5, 2000),
	TOKEN("PATCH", W "/messages/@original", edit_original, "webhook edit", 5, 2000),
	TOKEN("DELETE", W "/messages/@original", delete_original, "webhook delete", 5, 2000),
	{ 0 },
};
