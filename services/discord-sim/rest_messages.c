/* rest_messages: reading, posting, editing and deleting messages. */
#include "services/discord-sim/act.h"
#include "services/discord-sim/dms.h"
#include "services/discord-sim/message_form.h"
#include "services/discord-sim/multipart.h"
#include "services/discord-sim/put.h"
#include "services/discord-sim/render.h"
#include "services/discord-sim/rest.h"
#include <stdio.h>

#define PAGE_MAX    100
#define BULK_MAX    100
#define BULK_AGE_MS (14LL * 24 * 3600 * 1000)

/* ---- reading ---- */

static const struct message *at(const struct channel *channel, size_t index)
{
	return channel->messages[channel->message_first + index];
}

/* How many of the kept messages are older than that id. */
static size_t count_before(const struct channel *channel, uint64_t id)
{
	size_t low = 0, high = channel->message_len;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (at(channel, middle)->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct page {
	size_t from, to; /* [from, to) of the kept messages */
};

static struct page cut_page(struct call *call, const struct channel *channel, size_t limit)
{
	uint64_t before = call_query_id(call, "before"), after = call_query_id(call, "after");
	uint64_t around = call_query_id(call, "around");
	size_t to = channel->message_len;
	if (ra_http_query(call->req, "after")) {
		size_t from = count_before(channel, after + 1);
		return (struct page){ from, from + limit < to ? from + limit : to };
	}
	if (around) {
		size_t middle = count_before(channel, around);
		size_t from = middle > limit / 2 ? middle - limit / 2 : 0;
		return (struct page){ from, from + limit < to ? from + limit : to };
	}
	if (before)
		to = count_before(channel, before);
	return (struct page){ to > limit ? to - limit : 0, to };
}

static bool has_one_cursor(struct call *call)
{
	static const char *const names[] = { "before", "after", "around" };
	int count = 0;
	for (size_t i = 0; i < RA_COUNT(names); i++)
		count += ra_http_query(call->req, names[i]) != NULL;
	return count <= 1;
}

/* False after answering. */
static bool read_limit(struct call *call, size_t *limit)
{
	struct form form = { 0 };
	int64_t value = call_number(call, "limit", 50, 1, PAGE_MAX);
	if (value < 0)
		form_error(&form, "limit", "NUMBER_TYPE_MAX", "int value should be 1 to 100.");
	if (!has_one_cursor(call))
		form_error(&form, "before", "MESSAGE_CURSOR_EXCLUSIVE",
			   "Only one of before, after, around may be given.");
	*limit = (size_t)value;
	return !form_failed(&form, call);
}

static void list_dm(struct call *call, const struct dm *dm)
{
	call_reply_json(call, 200, json_incref(dm->messages));
}

static void list_messages(struct call *call)
{
	struct ra_buf json = { 0 };
	size_t limit;
	const struct dm *dm = dms_find(call->rest->dms, call_id(call, "channel"));
	if (dm) {
		list_dm(call, dm);
		return;
	}
	const struct channel *channel = call_channel(call, PERM_VIEW_CHANNEL);
	if (!channel || !read_limit(call, &limit))
		return;
	if (channel_is_voice(channel) &&
	    !call_bot_may(call, channel->guild, channel, PERM_CONNECT)) {
		call_missing_access(call);
		return;
	}
	PUT(&json, "[");
	if (call_bot_may(call, channel->guild, channel, PERM_READ_HISTORY)) {
		struct page page = cut_page(call, channel, limit);
		for (size_t i = page.to; i > page.from; i--) {
			ra_buf_add_text(&json, i < page.to ? "," : "");
			render_message(&json, call->world, channel, at(channel, i - 1),
				       call_is_masked(call));
		}
	}
	PUT(&json, "]");
	call_reply(call, 200, &json);
}

static void reply_message(struct call *call, const struct channel *channel,
			  const struct message *message, const char *nonce)
{
	struct ra_buf json = { 0 };
	render_message(&json, call->world, channel, message, call_is_masked(call));
	if (nonce && nonce[0] && !message->nonce) {
		json.len--;
		PUT_TEXT(&json, ",\"nonce\":", nonce);
		PUT(&json, "}");
	}
	call_reply(call, 200, &json);
}

/* {channel} and {message}; NULL after answering. */
static struct message *find_message(struct call *call, uint64_t permissions,
				    struct channel **channel)
{
	*channel = call_channel(call, permissions);
	if (!*channel)
		return NULL;
	struct message *message = world_message(*channel, call_id(call, "message"));
	if (!message)
		call_unknown_message(call);
	return message;
}

static void get_message(struct call *call)
{
	struct channel *channel;
	const struct message *message = find_message(call, PERM_READ_HISTORY, &channel);
	if (message)
		reply_message(call, channel, message, NULL);
}

static void get_pins(struct call *call)
{
	struct ra_buf json = { 0 };
	const struct channel *channel = call_channel(call, PERM_READ_HISTORY);
	bool is_first = true;
	if (!channel)
		return;
	PUT(&json, "{\"items\":[");
	for (size_t i = channel->message_len; i > 0; i--) {
		const struct message *message = at(channel, i - 1);
		if (!message->is_pinned)
			continue;
		ra_buf_add_text(&json, is_first ? "" : ",");
		PUT(&json, "{\"pinned_at\":");
		render_time(&json, (int64_t)(message->id >> 22) + 1420070400000LL);
		PUT(&json, ",\"message\":");
		render_message(&json, call->world, channel, message, call_is_masked(call));
		PUT(&json, "}");
		is_first = false;
	}
	PUT(&json, "],\"has_more\":false}");
	call_reply(call, 200, &json);
}

/* ---- posting ---- */

/* The body, as JSON or as the payload_json of a form with files; NULL after answering. */
static json_t *read_body(struct call *call, uint32_t *files)
{
	struct multipart parts = { 0 };
	*files = 0;
	if (!multipart_read(&parts, ra_http_header(call->req, "content-type"),
			    ra_http_body(call->req)))
		return call_body(call);
	*files = parts.files;
	json_t *body = parts.payload.len ? json_loadb(parts.payload.ptr, parts.payload.len, 0, NULL)
					 : json_object();
	if (!body)
		call_error(call, 400, 50109, "The request body contains invalid JSON.");
	return body;
}

static uint64_t right_to_send(const struct channel *channel)
{
	return channel_is_thread(channel) ? PERM_SEND_IN_THREADS : PERM_SEND_MESSAGES;
}

static bool may_send(struct call *call, const struct channel *channel)
{
	if (!channel_holds_messages(channel))
		call_error(call, 400, 50008, "Cannot send messages in a non-text channel");
	else if (channel->is_locked &&
		 !call_bot_may(call, channel->guild, channel, PERM_MANAGE_THREADS))
		call_error(call, 400, 160005, "This thread is locked");
	else if (!call_bot_may(call, channel->guild, channel, right_to_send(channel)))
		call_missing_permissions(call);
	else
		return true;
	return false;
}

static bool check_reply(struct call *call, const struct channel *channel,
			const struct message_form *m, struct form *form)
{
	if (m->reply_to == 0)
		return true;
	if (!call_bot_may(call, channel->guild, channel, PERM_READ_HISTORY)) {
		call_error(call, 403, 160002,
			   "Cannot reply without permission to read message history");
		return false;
	}
	if (m->reply_must_exist && !world_message(channel, m->reply_to))
		form_error(form, "message_reference", "MESSAGE_REFERENCE_UNKNOWN_MESSAGE",
			   "Unknown message");
	return true;
}

static void post(struct call *call, struct channel *channel, const struct message_form *m,
		 uint32_t files)
{
	struct message *made = NULL;
	struct post post = {
		.channel_id = channel->id,
		.author_id = call->world->bot->id,
		.text = m->text,
		.reply_to = world_message(channel, m->reply_to) ? m->reply_to : 0,
		.no_reply_ping = m->no_reply_ping,
		.mentions = &m->mentions,
		.attachments = files,
		.flags = m->flags,
		.embeds = ra_str_of(m->embeds),
		.components = ra_str_of(m->components),
		.nonce = ra_str_of(m->nonce),
	};
	int rc = act_post(call->world, &post, &made);
	if (rc < 0)
		call_error(call, 400, 50024, "Cannot execute action on this channel type");
	else
		reply_message(call, channel, made, m->nonce);
}

static void post_checked(struct call *call, struct channel *channel, const json_t *body,
			 uint32_t files)
{
	struct message_form m;
	struct form form = { 0 };
	const struct message *same = NULL;
	bool may_ping = call_bot_may(call, channel->guild, channel, PERM_MENTION_EVERYONE);
	message_form_read(&m, &form, body, channel->guild, may_ping);
	bool is_answered = !check_reply(call, channel, &m, &form) || form_failed(&form, call);
	if (!is_answered && m.enforce_nonce && m.nonce[0])
		same = world_message_by_nonce(call->world, channel, call->world->bot->id,
					      ra_str_of(m.nonce));
	if (is_answered)
		;
	else if (same)
		reply_message(call, channel, same, m.nonce);
	else if (m.is_empty && files == 0)
		call_error(call, 400, 50006, "Cannot send an empty message");
	else
		post(call, channel, &m, files);
	json_decref(form.errors);
	message_form_fini(&m);
}

static void post_dm(struct call *call, struct dm *dm, const json_t *body)
{
	if (dm->is_closed)
		call_error(call, 403, 50007, "Cannot send messages to this user");
	else
		call_reply_json(call, 200, json_incref(dm_post(dm, call->world, body)));
}

static void post_message(struct call *call)
{
	struct dm *dm = dms_find(call->rest->dms, call_id(call, "channel"));
	struct channel *channel = dm ? NULL : call_channel(call, PERM_VIEW_CHANNEL);
	uint32_t files;
	json_t *body = dm || (channel && may_send(call, channel)) ? read_body(call, &files) : NULL;
	if (!body)
		return;
	call_now(call);
	if (dm)
		post_dm(call, dm, body);
	else
		post_checked(call, channel, body, files);
	json_decref(body);
}

/* ---- changing ---- */

static void edit(struct call *call, const struct channel *channel, const struct message *message,
		 const json_t *body)
{
	struct message_form m;
	struct form form = { 0 };
	message_form_read(&m, &form, body, channel->guild, false);
	if (!form_failed(&form, call)) {
		struct edit edit = {
			.channel_id = channel->id,
			.message_id = message->id,
			.text = json_object_get(body, "content") ? m.text
								 : ra_str_of(message->text),
			.embeds = ra_str_of(m.embeds),
			.components = ra_str_of(m.components),
		};
		act_edit(call->world, &edit);
		reply_message(call, channel, message, NULL);
	}
	message_form_fini(&m);
}

static void edit_message(struct call *call)
{
	struct channel *channel;
	const struct message *message = find_message(call, PERM_VIEW_CHANNEL, &channel);
	uint32_t files;
	json_t *body = message ? read_body(call, &files) : NULL;
	if (!body)
		return;
	call_now(call);
	if (message->author_id != call->world->bot->id || message->webhook_name)
		call_error(call, 403, 50005, "Cannot edit a message authored by another user");
	else
		edit(call, channel, message, body);
	json_decref(body);
}

static void delete_message(struct call *call)
{
	struct channel *channel;
	const struct message *message = find_message(call, PERM_VIEW_CHANNEL, &channel);
	if (!message)
		return;
	if (message->author_id != call->world->bot->id &&
	    !call_bot_may(call, channel->guild, channel, PERM_MANAGE_MESSAGES)) {
		call_missing_permissions(call);
		return;
	}
	call_now(call);
	act_delete(call->world, channel->id, message->id);
	call_no_content(call);
}

static int64_t age_ms(const struct world *world, uint64_t id)
{
	return world->now_ms - ((int64_t)(id >> 22) + 1420070400000LL);
}

static void bulk_delete(struct call *call)
{
	const struct channel *channel = call_channel(call, PERM_MANAGE_MESSAGES);
	json_t *body = channel ? call_body(call) : NULL;
	const json_t *list = json_object_get(body, "messages");
	size_t count = json_array_size(list);
	uint64_t ids[BULK_MAX];
	bool is_old = false;
	if (!body)
		return;
	call_now(call);
	for (size_t i = 0; i < count && i < BULK_MAX; i++) {
		ids[i] = json_id(json_array_get(list, i));
		is_old |= age_ms(call->world, ids[i]) > BULK_AGE_MS;
	}
	if (count < 2 || count > BULK_MAX) {
		call_error(call, 400, 50016,
			   "Provided too few or too many messages to delete. Must "
			   "provide at least 2 and at most 100 messages to delete");
	} else if (is_old) {
		call_error(call, 400, 50034,
			   "You can only bulk delete messages that are under 14 days old.");
	} else {
		act_delete_bulk(call->world, channel->id, ids, count);
		call_no_content(call);
	}
	json_decref(body);
}

#define MM "/channels/{channel}/messages"
#define ME "/channels/{channel}/messages/{message}"

const struct route message_routes[] = {
	BOT("GET", MM, list_messages, "messages", 50, 10000),
	BOT("POST", MM, post_message, "message post", 5, 5000),
	BOT("POST", MM "/bulk-delete", bulk_delete, "bulk delete", 1, 1000),
	BOT("GET", MM "/pins", get_pins, "pins", 5, 5000),
	BOT("GET", ME, get_message, "message", 30, 30000),
	BOT("PATCH", ME, edit_message, "message edit", 5, 5000),
	BOT("DELETE", ME, delete_message, "message delete", 5, 1000),
	{ 0 },
};
