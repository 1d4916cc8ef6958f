#include "services/response-tracker/fold.h"
#include "libshared/desk/excerpt.h"
#include "libshared/desk/match.h"
#include "services/response-tracker/fold_staff.h"
#include "services/response-tracker/task.h"

enum { KIND_DEFAULT = 0, KIND_REPLY = 19, FORUM = 15, MEDIA = 16 };

static const char *const kind_texts[] = {
	[MATCH_MENTION] = "mention",
	[MATCH_KEYWORD] = "keyword",
	[MATCH_FORUM] = "forum",
};

/* Settings allow no longer merge window (app.desk_settings). */
#define BURST_MAX_MS (3600 * 1000LL)

void fold_init(struct fold *fold)
{
	*fold = (struct fold){
		.messages = RA_TABLE_OF(struct known_message, struct message_key),
		.requests = RA_TABLE_OF(struct known_request, struct message_key),
	};
	state_init(&fold->state);
}

void fold_fini(struct fold *fold)
{
	state_fini(&fold->state);
	batch_fini(&fold->batch);
	ra_table_fini(&fold->messages);
	ra_table_fini(&fold->requests);
}

static void forget_batch(struct fold *fold)
{
	batch_clear(&fold->batch);
	ra_table_clear(&fold->messages);
	ra_table_clear(&fold->requests);
}

void fold_clear(struct fold *fold)
{
	state_clear(&fold->state);
	forget_batch(fold);
}

void fold_committed(struct fold *fold, int64_t now)
{
	forget_batch(fold);
	state_sweep(&fold->state, now - BURST_MAX_MS);
}

/* --- what is known of requests -------------------------------------------------------- */

static void want(struct fold *fold, uint64_t guild, uint64_t message)
{
	struct message_key key = { guild, message };
	if (message != 0)
		ra_table_row(&fold->messages, &key, NULL);
}

static bool is_by_a_person(const struct ra_ev_message_created *m)
{
	return (m->kind == KIND_DEFAULT || m->kind == KIND_REPLY) && !m->is_bot && !m->is_webhook &&
	       !m->is_system;
}

static struct burst *find_burst(const struct fold *fold, uint64_t guild,
				const struct ra_ev_message_created *m)
{
	struct burst_key key = { guild, m->channel_id, m->user_id };
	return ra_table_find(&fold->state.bursts, &key);
}

/* A thread begun from a message has its id (Discord docs, Threads): what was written in the
 * request's thread is found as its message is. */
static bool may_be_a_thread(const struct fold *fold, uint64_t channel_id)
{
	struct channel channel = state_channel(&fold->state, channel_id);
	bool is_known = channel.kind != 0 || channel.parent != 0;
	return !is_known || channel_is_thread(&channel);
}

static void wants_of_message(struct fold *fold, uint64_t guild,
			     const struct ra_ev_message_created *m)
{
	const struct burst *burst = find_burst(fold, guild, m);
	want(fold, guild, m->reply_to);
	if (may_be_a_thread(fold, m->channel_id))
		want(fold, guild, m->channel_id);
	if (burst)
		want(fold, guild, burst->request);
}

void fold_wants(struct fold *fold, const struct ra_event *event)
{
	const struct guild *guild = state_guild(&fold->state, event->guild);
	if (!guild || !guild->is_enabled)
		return;
	switch (event->type) {
	case RA_EV_message_created:
		want(fold, guild->id, event->message_created.interaction_id);
		if (is_by_a_person(&event->message_created))
			wants_of_message(fold, guild->id, &event->message_created);
		break;
	case RA_EV_message_deleted: want(fold, guild->id, event->message_deleted.message_id); break;
	case RA_EV_reaction_added:
		if (!event->reaction_added.is_bot)
			want(fold, guild->id, event->reaction_added.message_id);
		break;
	case RA_EV_channel_upserted:
		if (event->channel_upserted.is_new)
			want(fold, guild->id, event->channel_upserted.channel_id);
		break;
	default: break;
	}
}

void fold_knows(struct fold *fold, uint64_t guild, uint64_t message,
		const struct known_request *request)
{
	struct message_key key = { guild, message };
	struct known_message *known = ra_table_row(&fold->messages, &key, NULL);
	if (known->is_loaded)
		return;
	known->is_loaded = true;
	known->request = request->key.message;
	bool is_new;
	struct known_request *row = ra_table_row(&fold->requests, &request->key, &is_new);
	if (is_new) /* else the batch knows better */
		*row = *request;
}

void fold_loaded(struct fold *fold)
{
	for (size_t i = 0; i < fold->messages.count; i++)
		((struct known_message *)(void *)fold->messages.rows + i)->is_loaded = true;
}

/* The request a message stands for, or a thread belongs to; NULL: none. */
static struct known_request *request_of(const struct fold *fold, uint64_t guild, uint64_t message)
{
	struct message_key key = { guild, message };
	const struct known_message *known = ra_table_find(&fold->messages, &key);
	if (!known || known->request == 0)
		return NULL;
	key.message = known->request;
	return ra_table_find(&fold->requests, &key);
}

static void stands_for(struct fold *fold, uint64_t guild, uint64_t message, uint64_t request)
{
	struct message_key key = { guild, message };
	struct known_message *known = ra_table_row(&fold->messages, &key, NULL);
	known->request = request;
	known->is_loaded = true;
}

/* --- what a message is part of ---------------------------------------------------------- */

/* A message of a person, and where it stands. */
struct post {
	const struct guild *guild;
	const struct ra_event *event;
	const struct ra_ev_message_created *m;
	struct channel channel;
	uint64_t parent, category;              /* of a thread its channel; 0: none */
	struct known_request *replied, *thread; /* requests it belongs to, by either way */
};

static struct post post_of(const struct fold *fold, const struct guild *guild,
			   const struct ra_event *event)
{
	const struct ra_ev_message_created *m = &event->message_created;
	struct post post = { .guild = guild, .event = event, .m = m };
	post.channel = state_channel(&fold->state, m->channel_id);
	post.parent = channel_is_thread(&post.channel) ? post.channel.parent : 0;
	post.category =
		post.parent ? state_channel(&fold->state, post.parent).parent : post.channel.parent;
	post.replied = m->reply_to ? request_of(fold, guild->id, m->reply_to) : NULL;
	post.thread = request_of(fold, guild->id, m->channel_id);
	return post;
}

static struct act *act_on(struct fold *fold, enum act_kind kind,
			  const struct known_request *request, int64_t at)
{
	struct act *act = batch_act(&fold->batch, kind, request->key.guild, at);
	act->request = request->key.message;
	return act;
}

/* The burst this message goes on with; NULL: none. What was deleted, or marked as no request, is
 * over: the next words may be one. */
static struct burst *burst_of(const struct fold *fold, const struct post *post)
{
	struct burst *burst = find_burst(fold, post->guild->id, post->m);
	if (!burst || post->event->at - burst->last_at > post->guild->merge_window_ms)
		return NULL;
	const struct known_request *request = request_of(fold, post->guild->id, burst->request);
	return request && request->state == REQUEST_VOID ? NULL : burst;
}

/* --- staff ------------------------------------------------------------------------------- */

/* Replies are to the request, whether they are its answer or not: so are replies to them. */
static void answer(struct fold *fold, struct known_request *request, uint64_t by, const char *how,
		   int64_t at, uint64_t answer_id)
{
	if (request->author == by)
		return;
	if (strcmp(how, "reply") == 0)
		stands_for(fold, request->key.guild, answer_id, request->key.message);
	struct act *act = act_on(fold, ACT_ANSWER, request, at);
	act->person = state_named(&fold->state, request->key.guild, by);
	act->how = how;
	act->message = answer_id;
	if (request->state == REQUEST_OPEN)
		request->state = REQUEST_ANSWERED;
}

static void note_work(struct fold *fold, const struct guild *guild, struct activity activity)
{
	activity.guild = guild->id;
	if (state_is_unnamed(&fold->state, guild->id, activity.user))
		return;
	activity.target_user = state_named(&fold->state, guild->id, activity.target_user);
	activity.excerpt = guild->wants_excerpts ? excerpt_of(&fold->batch.arena, activity.excerpt)
						 : (struct ra_str){ 0 };
	batch_activity(&fold->batch, &activity);
}

static void on_staff_message(struct fold *fold, const struct post *post)
{
	const struct ra_ev_message_created *m = post->m;
	bool is_reply = m->kind == KIND_REPLY;
	note_work(fold, post->guild,
		  (struct activity){
			  .user = m->user_id,
			  .at = post->event->at,
			  .kind = is_reply ? RA_STR("reply") : RA_STR("message"),
			  .message = m->message_id,
			  .channel = m->channel_id,
			  .target = is_reply ? m->reply_to : 0,
			  .target_user = is_reply ? m->reply_user_id : 0,
			  .excerpt = m->content,
		  });
	if (post->replied && post->guild->counts_replies)
		answer(fold, post->replied, m->user_id, "reply", post->event->at, m->message_id);
	else if (post->thread && post->guild->counts_threads)
		answer(fold, post->thread, m->user_id, "thread", post->event->at, m->message_id);
}

/* --- everybody else ------------------------------------------------------------------------ */

static void merge(struct fold *fold, const struct post *post, uint64_t request, struct burst *burst)
{
	bool is_burst = burst && burst->request == request;
	struct act *act = batch_act(&fold->batch, ACT_MERGE, post->guild->id, post->event->at);
	act->request = request;
	act->message = post->m->message_id;
	act->is_burst = is_burst;
	if (is_burst && post->event->at > burst->last_at)
		burst->last_at = post->event->at;
	stands_for(fold, post->guild->id, post->m->message_id, request);
}

static void reopen(struct fold *fold, const struct post *post, struct known_request *request)
{
	act_on(fold, ACT_REOPEN, request, post->event->at)->message = post->m->message_id;
	request->state = REQUEST_OPEN;
	stands_for(fold, post->guild->id, post->m->message_id, request->key.message);
}

/* The author goes on about their own request. False: this is about something else. */
static bool goes_on(struct fold *fold, const struct post *post, struct known_request *request)
{
	int64_t at = post->event->at;
	switch (request->state) {
	case REQUEST_OPEN:
		merge(fold, post, request->key.message, burst_of(fold, post));
		return true;
	case REQUEST_RESOLVED:
		if (at <= request->closed_at ||
		    at - request->closed_at > post->guild->reopen_window_ms)
			return false;
		reopen(fold, post, request);
		return true;
	case REQUEST_ANSWERED: return post->thread == request; /* they talk it over */
	default: return false;
	}
}

static void help_out(struct fold *fold, const struct post *post, struct known_request *request)
{
	struct act *act = act_on(fold, ACT_COMMUNITY, request, post->event->at);
	act->person = state_named(&fold->state, post->guild->id, post->m->user_id);
	act->message = post->m->message_id;
	act->is_reply = request == post->replied;
	if (act->is_reply)
		stands_for(fold, post->guild->id, post->m->message_id, request->key.message);
}

static bool is_forum_post(const struct fold *fold, const struct post *post)
{
	int64_t kind = post->parent ? state_channel(&fold->state, post->parent).kind : 0;
	return post->m->message_id == post->m->channel_id && (kind == FORUM || kind == MEDIA);
}

static const struct match_rule *rule_for(const struct fold *fold, const struct post *post)
{
	const struct guild *guild = post->guild;
	const struct match_message message = {
		.text = post->m->content,
		.mention_roles = post->m->mention_roles,
		.channel = post->m->channel_id,
		.parent = post->parent,
		.category = post->category,
		.is_forum_post = is_forum_post(fold, post),
	};
	bool may_ask = guild->rules && !id_list_has(&guild->ignored, post->m->user_id) &&
		       !state_is_unnamed(&fold->state, guild->id, post->m->user_id) &&
		       match_allows(ra_str_of(guild->allowed), ra_str_of(guild->denied), &message);
	return may_ask ? match_message(guild->rules, &message) : NULL;
}

static void ask(struct fold *fold, const struct post *post, const struct match_rule *rule)
{
	const struct ra_ev_message_created *m = post->m;
	struct act *act = batch_act(&fold->batch, ACT_ASK, post->guild->id, post->event->at);
	act->request = m->message_id;
	act->person = m->user_id;
	act->channel = m->channel_id;
	act->parent = post->parent;
	act->thread = m->message_id == m->channel_id ? m->channel_id : 0;
	act->rule = (int64_t)rule->rule_id;
	act->priority = rule->priority;
	act->how = kind_texts[rule->kind];
	if (post->guild->wants_excerpts)
		act->excerpt = excerpt_of(&fold->batch.arena, m->content);

	struct message_key key = { post->guild->id, m->message_id };
	struct known_request *request = ra_table_row(&fold->requests, &key, NULL);
	*request = (struct known_request){
		.key = key, .author = m->user_id, .channel = m->channel_id, .state = REQUEST_OPEN
	};
	stands_for(fold, post->guild->id, m->message_id, m->message_id);
	struct burst_key burst_key = { post->guild->id, m->channel_id, m->user_id };
	struct burst *burst = ra_table_row(&fold->state.bursts, &burst_key, NULL);
	burst->request = m->message_id;
	burst->last_at = post->event->at;
}

/* Whoever answers somebody else does not ask, whatever words they use. */
static void on_others_message(struct fold *fold, const struct post *post)
{
	struct known_request *request = post->replied ? post->replied : post->thread;
	if (request && request->author != post->m->user_id && request->state != REQUEST_VOID) {
		help_out(fold, post, request);
		return;
	}
	if (request && request->author == post->m->user_id && goes_on(fold, post, request))
		return;
	struct burst *burst = burst_of(fold, post);
	if (burst) {
		merge(fold, post, burst->request, burst);
		return;
	}
	const struct match_rule *rule = rule_for(fold, post);
	if (rule)
		ask(fold, post, rule);
}

/* --- events --------------------------------------------------------------------------------- */

/* What the bot shows of a request by command is what is replied to. */
static void on_shown(struct fold *fold, const struct guild *guild, const struct ra_event *event)
{
	const struct ra_ev_message_created *m = &event->message_created;
	struct known_request *request = request_of(fold, guild->id, m->interaction_id);
	if (!request || request->key.message != m->interaction_id)
		return;
	act_on(fold, ACT_SHOWN, request, event->at)->message = m->message_id;
	stands_for(fold, guild->id, m->message_id, request->key.message);
}

static void on_message(struct fold *fold, const struct guild *guild, const struct ra_event *event)
{
	const struct ra_ev_message_created *m = &event->message_created;
	if (!guild->is_enabled)
		return;
	if (m->interaction_id)
		on_shown(fold, guild, event);
	if (!is_by_a_person(m))
		return;
	struct post post = post_of(fold, guild, event);
	if (state_is_staff(&fold->state, guild->id, m->user_id))
		on_staff_message(fold, &post);
	else
		on_others_message(fold, &post);
}

static void on_reaction(struct fold *fold, const struct guild *guild, const struct ra_event *event)
{
	const struct ra_ev_reaction_added *r = &event->reaction_added;
	if (!guild->is_enabled || r->is_bot || !state_is_staff(&fold->state, guild->id, r->user_id))
		return;
	note_work(fold, guild,
		  (struct activity){
			  .user = r->user_id,
			  .at = event->at,
			  .kind = RA_STR("reaction"),
			  .message = r->message_id,
			  .emoji = batch_text(&fold->batch, r->emoji),
			  .channel = r->channel_id,
			  .target_user = r->author_id,
		  });
	struct known_request *request = request_of(fold, guild->id, r->message_id);
	if (request && guild->counts_reactions)
		answer(fold, request, r->user_id, "reaction", event->at, request->key.message);
}

static void on_deleted(struct fold *fold, const struct guild *guild, const struct ra_event *event)
{
	uint64_t message = event->message_deleted.message_id;
	struct known_request *request = request_of(fold, guild->id, message);
	if (!request || request->key.message != message)
		return;
	act_on(fold, ACT_CANCEL, request, event->at);
	if (request->state == REQUEST_OPEN)
		request->state = REQUEST_VOID;
}

static void on_channel(struct fold *fold, const struct guild *guild, const struct ra_event *event)
{
	const struct ra_ev_channel_upserted *c = &event->channel_upserted;
	if (c->is_hidden && state_channel(&fold->state, c->channel_id).kind != 0)
		return; /* what was told before stays true */
	const struct channel channel = { c->channel_id, c->parent_id, c->kind };
	state_channel_put(&fold->state, &channel);
	const struct known_request *request = request_of(fold, guild->id, c->channel_id);
	if (c->is_new && request && channel_is_thread(&channel))
		act_on(fold, ACT_THREAD, request, event->at)->message = c->channel_id;
}

static void on_channel_deleted(struct fold *fold, const struct guild *guild,
			       const struct ra_event *event)
{
	uint64_t channel = event->channel_deleted.channel_id;
	if (!guild->is_enabled)
		return;
	batch_act(&fold->batch, ACT_CANCEL_CHANNEL, guild->id, event->at)->message = channel;
	for (size_t i = 0; i < fold->requests.count; i++) {
		struct known_request *request =
			(struct known_request *)(void *)fold->requests.rows + i;
		if (request->channel == channel && request->state == REQUEST_OPEN)
			request->state = REQUEST_VOID;
	}
}

void fold_event(struct fold *fold, const struct ra_event *event, bool is_hearsay)
{
	const struct guild *guild = state_guild(&fold->state, event->guild);
	if (!guild)
		return;
	if (task_fold_event(fold, guild, event))
		return;
	switch (event->type) {
	case RA_EV_message_created: on_message(fold, guild, event); break;
	case RA_EV_message_deleted: on_deleted(fold, guild, event); break;
	case RA_EV_reaction_added: on_reaction(fold, guild, event); break;
	case RA_EV_channel_upserted: on_channel(fold, guild, event); break;
	case RA_EV_channel_deleted: on_channel_deleted(fold, guild, event); break;
	default:
		if (!is_hearsay)
			fold_staff(fold, guild, event);
		break;
	}
}
