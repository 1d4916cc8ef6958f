#include "services/analytics/history_read.h"
#include "libshared/base/clock.h"
#include "libshared/base/err.h"
#include "libshared/base/json.h"
#include "libshared/discord/snowflake.h"
#include "services/analytics/newcomer.h"
#include "services/analytics/fold_facts.h"

/* --- pieces ---------------------------------------------------------------- */

static struct ra_str read_text(struct ra_json *j, struct batch *batch)
{
	struct ra_buf text = { 0 };
	ra_json_unescape(&text, ra_json_string(j));
	struct ra_str copy = batch_text(batch, ra_buf_str(&text));
	ra_buf_fini(&text);
	return copy;
}

/* Characters, as the gateway side counts them: code points. */
static int64_t read_length(struct ra_json *j)
{
	struct ra_buf text = { 0 };
	int64_t length = 0;
	ra_json_unescape(&text, ra_json_string(j));
	for (size_t i = 0; i < text.len; i++)
		length += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
	ra_buf_fini(&text);
	return length;
}

static int64_t read_count(struct ra_json *j)
{
	int64_t count = 0;
	if (!ra_json_enter_array(j))
		return 0;
	while (ra_json_next_element(j)) {
		ra_json_skip(j);
		count++;
	}
	return count;
}

static int64_t read_time(struct ra_json *j)
{
	int64_t ms = 0;
	return ra_iso8601_parse(ra_json_string(j), &ms) == 0 ? ms : 0;
}

static struct ra_str read_ids(struct ra_json *j, struct batch *batch)
{
	struct ra_buf ids = { 0 };
	if (!ra_json_enter_array(j))
		return (struct ra_str){ NULL, 0 };
	while (ra_json_next_element(j))
		ra_buf_printf(&ids, "%s%llu", ids.len ? " " : "",
			      (unsigned long long)ra_json_u64(j));
	struct ra_str copy = batch_text(batch, ra_buf_str(&ids));
	ra_buf_fini(&ids);
	return copy;
}

struct user {
	uint64_t id;
	struct ra_str username, global_name, avatar;
	bool is_bot, is_system;
};

static void read_user(struct ra_json *j, struct batch *batch, struct user *user)
{
	struct ra_str key;
	if (!ra_json_enter_object(j))
		return;
	while (ra_json_next_key(j, &key)) {
		if (ra_str_is(key, "id"))
			user->id = ra_json_u64(j);
		else if (ra_str_is(key, "username"))
			user->username = read_text(j, batch);
		else if (ra_str_is(key, "global_name"))
			user->global_name = read_text(j, batch);
		else if (ra_str_is(key, "avatar"))
			user->avatar = read_text(j, batch);
		else if (ra_str_is(key, "bot"))
			user->is_bot = ra_json_bool(j);
		else if (ra_str_is(key, "system"))
			user->is_system = ra_json_bool(j);
		else
			ra_json_skip(j);
	}
}

static struct member_row *note_user(struct batch *batch, uint64_t guild, const struct user *user)
{
	if (unnamed_has(batch->unnamed, guild, user->id))
		return ra_arena_new(&batch->arena, struct member_row); /* and forgotten */
	struct member_row *row = batch_member(batch, guild, user->id);
	row->has_names = true;
	row->username = user->username;
	row->global_name = user->global_name;
	row->avatar = user->avatar;
	row->is_bot = user->is_bot;
	return row;
}

/* --- messages -------------------------------------------------------------- */

static void read_message(struct ra_json *j, struct batch *batch, struct ra_ev_message_created *m,
			 struct user *author)
{
	struct ra_str key;
	if (!ra_json_enter_object(j))
		return;
	while (ra_json_next_key(j, &key)) {
		if (ra_str_is(key, "id"))
			m->message_id = ra_json_u64(j);
		else if (ra_str_is(key, "type"))
			m->kind = ra_json_i64(j);
		else if (ra_str_is(key, "author"))
			read_user(j, batch, author);
		else if (ra_str_is(key, "webhook_id"))
			m->is_webhook = ra_json_u64(j) != 0;
		else if (ra_str_is(key, "content"))
			m->length = read_length(j);
		else if (ra_str_is(key, "attachments"))
			m->attachments = read_count(j);
		else
			ra_json_skip(j);
	}
	m->user_id = author->id;
	m->is_bot = author->is_bot;
	m->is_system = author->is_system;
}

static void take_message(struct batch *batch, const struct history_span *span,
			 const struct ra_ev_message_created *m, const struct user *author,
			 struct history_page *page)
{
	if (m->message_id == 0 || m->message_id >= span->before)
		return;
	if (page->oldest == 0 || m->message_id < page->oldest)
		page->oldest = m->message_id;
	if (m->message_id <= span->after)
		return;
	int64_t at = ra_snowflake_ms(m->message_id);
	page->counted++;
	if (fold_message(batch, span->guild, at, m)) {
		newcomer_old_message(batch, span->guild, m->user_id, at);
		page->people++;
	}
	if (page->oldest_at == 0 || at < page->oldest_at)
		page->oldest_at = at;
	if (!m->is_webhook && author->id != 0)
		note_user(batch, span->guild, author);
}

int history_read_messages(struct ra_str json, const struct history_span *span, struct batch *batch,
			  struct history_page *page)
{
	struct ra_json j;
	ra_json_init(&j, json);
	*page = (struct history_page){ 0 };
	if (!ra_json_enter_array(&j))
		return RA_EPROTO;
	while (ra_json_next_element(&j)) {
		struct ra_ev_message_created m = { .channel_id = span->channel };
		struct user author = { 0 };
		read_message(&j, batch, &m, &author);
		page->count++;
		if (!j.failed)
			take_message(batch, span, &m, &author, page);
	}
	return j.failed ? RA_EPROTO : 0;
}

/* --- archived threads ------------------------------------------------------ */

static void read_metadata(struct ra_json *j, struct history_thread *thread)
{
	struct ra_str key;
	if (!ra_json_enter_object(j))
		return;
	while (ra_json_next_key(j, &key)) {
		if (ra_str_is(key, "archive_timestamp"))
			thread->archived_at = read_time(j);
		else
			ra_json_skip(j);
	}
}

static void read_thread(struct ra_json *j, struct batch *batch, struct channel_row *row,
			struct history_thread *thread)
{
	struct ra_str key;
	if (!ra_json_enter_object(j))
		return;
	while (ra_json_next_key(j, &key)) {
		if (ra_str_is(key, "id"))
			thread->id = ra_json_u64(j);
		else if (ra_str_is(key, "last_message_id"))
			thread->newest = ra_json_u64(j);
		else if (ra_str_is(key, "parent_id"))
			row->parent = ra_json_u64(j);
		else if (ra_str_is(key, "type"))
			row->kind = ra_json_i64(j);
		else if (ra_str_is(key, "name"))
			row->name = read_text(j, batch);
		else if (ra_str_is(key, "nsfw"))
			row->is_nsfw = ra_json_bool(j);
		else if (ra_str_is(key, "thread_metadata"))
			read_metadata(j, thread);
		else
			ra_json_skip(j);
	}
}

static void take_thread(struct batch *batch, uint64_t guild, const struct channel_row *read,
			const struct history_thread *thread)
{
	struct channel_row *row = batch_channel(batch, guild, thread->id);
	struct channel_key key = row->key;
	*row = *read;
	row->key = key;
	row->created_at = ra_snowflake_ms(thread->id);
	row->is_archived = row->is_described = true;
}

static int read_list(struct ra_json *j, uint64_t guild, struct batch *batch,
		     struct history_thread *threads, struct history_page *page)
{
	if (!ra_json_enter_array(j))
		return RA_EPROTO;
	while (ra_json_next_element(j)) {
		struct channel_row row = { 0 };
		struct history_thread thread = { 0 };
		read_thread(j, batch, &row, &thread);
		bool is_thread = row.kind >= 10 && row.kind <= 12 && thread.id != 0;
		if (j->failed || !is_thread || page->count == HISTORY_PAGE)
			continue;
		take_thread(batch, guild, &row, &thread);
		page->oldest_at = thread.archived_at;
		threads[page->count++] = thread;
	}
	return 0;
}

int history_read_threads(struct ra_str json, uint64_t guild, struct batch *batch,
			 struct history_thread *threads, struct history_page *page)
{
	struct ra_json j;
	struct ra_str key;
	int rc = RA_EPROTO;
	ra_json_init(&j, json);
	*page = (struct history_page){ 0 };
	if (!ra_json_enter_object(&j))
		return RA_EPROTO;
	while (ra_json_next_key(&j, &key)) {
		if (ra_str_is(key, "threads"))
			rc = read_list(&j, guild, batch, threads, page);
		else if (ra_str_is(key, "has_more"))
			page->has_more = ra_json_bool(&j);
		else
			ra_json_skip(&j);
	}
	return j.failed ? RA_EPROTO : rc;
}

/* --- members --------------------------------------------------------------- */

static void read_member(struct ra_json *j, struct batch *batch, struct member_row *row,
			struct user *user)
{
	struct ra_str key;
	if (!ra_json_enter_object(j))
		return;
	while (ra_json_next_key(j, &key)) {
		if (ra_str_is(key, "user"))
			read_user(j, batch, user);
		else if (ra_str_is(key, "nick"))
			row->nick = read_text(j, batch);
		else if (ra_str_is(key, "roles"))
			row->roles = read_ids(j, batch);
		else if (ra_str_is(key, "joined_at"))
			row->joined_at = read_time(j);
		else if (ra_str_is(key, "premium_since"))
			row->boosting_since = read_time(j);
		else if (ra_str_is(key, "communication_disabled_until"))
			row->timeout_until = read_time(j);
		else if (ra_str_is(key, "pending"))
			row->is_pending = ra_json_bool(j);
		else
			ra_json_skip(j);
	}
}

static void take_member(struct batch *batch, uint64_t guild, const struct member_row *read,
			const struct user *user)
{
	struct member_row *row = note_user(batch, guild, user);
	row->nick = read->nick;
	row->roles = read->roles;
	row->joined_at = read->joined_at;
	row->boosting_since = read->boosting_since;
	row->timeout_until = read->timeout_until;
	row->is_pending = read->is_pending;
	row->has_nick = row->is_full = true;
	if (read->boosting_since)
		facts_boost(batch, guild, user->id, read->boosting_since);
}

int history_read_members(struct ra_str json, uint64_t guild, int64_t joined_before,
			 struct batch *batch, struct history_page *page)
{
	struct ra_json j;
	ra_json_init(&j, json);
	*page = (struct history_page){ 0 };
	if (!ra_json_enter_array(&j))
		return RA_EPROTO;
	while (ra_json_next_element(&j)) {
		struct member_row row = { 0 };
		struct user user = { 0 };
		read_member(&j, batch, &row, &user);
		page->count++;
		if (user.id > page->oldest)
			page->oldest = user.id;
		if (j.failed || user.id == 0 || row.joined_at == 0 || row.joined_at > joined_before)
			continue;
		take_member(batch, guild, &row, &user);
		page->people++;
	}
	return j.failed ? RA_EPROTO : 0;
}
