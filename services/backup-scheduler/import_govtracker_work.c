/*
 * import_govtracker_work: what curators did, what was asked of them, what was
 * reported to them. Times come from Discord's ids where there is one; of what
 * has no id of its own (a reaction) from the clock of the bot.
 *
 * A row without a message gets an id of its time and its own number: the same
 * in every copy of it.
 */
#include "libshared/desk/count.h"
#include "libshared/discord/snowflake.h"
#include "services/backup-scheduler/import_govtracker.h"

#define SECOND_MS 1000
#define ANONYMOUS 1 /* docs/why/erasure.md */

static uint64_t made_up_id(const struct gov_row *row, int64_t at_ms)
{
	int64_t number = 0;
	gov_number(row, "id", &number);
	return ra_snowflake_at(at_ms) | ((uint64_t)number & 0x3fffff);
}

/* --- activities --- */

static const char *kind_of(struct ra_str type)
{
	static const char *const kinds[] = { "message", "reply", "reaction", "task_verification" };
	for (size_t i = 0; i < RA_COUNT(kinds); i++)
		if (ra_str_is(type, kinds[i]))
			return kinds[i];
	return NULL;
}

/* The Python version wrote it into the text. */
static struct ra_str emoji_of(const struct gov_row *row)
{
	static const char words[] = "Reacted with ";
	struct ra_str emoji = gov_text(row, "reactionemoji emoji"), text = gov_text(row, "content");
	if (emoji.len == 0 && ra_str_starts(text, words)) {
		size_t skip = sizeof(words) - 1;
		emoji = (struct ra_str){ text.ptr + skip, text.len - skip };
	}
	return emoji;
}

/* What it is about, and when. */
static bool place_activity(const struct gov *gov, const struct gov_row *row,
			   struct import_activity *a)
{
	uint64_t message = gov_id(row, "messageid", gov->now_ms);
	uint64_t target = gov_id(row, "targetmessageid", gov->now_ms);
	bool is_reaction = strcmp(a->kind, "reaction") == 0;
	bool is_work = strcmp(a->kind, "task_verification") == 0;
	bool has_time = gov_time(row, "timestamp createdat", gov->now_ms, &a->at_ms);
	bool is_about = (is_reaction || is_work) && target;
	a->message = is_about ? target : message;
	a->target = is_work && target ? message : strcmp(a->kind, "reply") == 0 ? target : 0;
	if (message && !is_reaction)
		a->at_ms = ra_snowflake_ms(message);
	else if (!has_time && a->message)
		a->at_ms = ra_snowflake_ms(a->message);
	if (a->at_ms && !a->message)
		a->message = made_up_id(row, a->at_ms);
	return a->message != 0;
}

void gov_activity(struct gov *gov, const struct gov_row *row)
{
	struct import_activity a = { .kind = kind_of(gov_text(row, "type")) };
	const struct gov_person *person =
		gov_person_of(gov, row, "curatordiscordid discordid", "curatorname");
	if (!a.kind || !person || person->is_automatic) {
		gov_skip(gov,
			 !a.kind   ? "kind_unknown"
			 : !person ? "person_unknown"
				   : "auto_created",
			 row);
		return;
	}
	a.user = person->user;
	a.guild = gov_guild_of(gov, row);
	if (!a.guild)
		return;
	if (!place_activity(gov, row, &a)) {
		gov_skip(gov, "no_time", row);
		return;
	}
	a.channel = gov_id(row, "channelid", gov->now_ms);
	if (strcmp(a.kind, "reaction") == 0)
		a.emoji = emoji_of(row);
	else if (strcmp(a.kind, "task_verification") != 0)
		a.text = gov_text(row, "content");
	import_activity(gov->import, &a);
}

/* --- requests --- */

static bool is_reaction(const struct gov_row *row, uint64_t answer, uint64_t request)
{
	struct ra_str type = gov_text(row, "responsetype"), id = gov_text(row, "responsemessageid");
	if (type.len > 0)
		return ra_str_is(type, "reaction");
	return ra_str_starts(id, "reaction") || (answer && answer == request);
}

/* Whoever it was, and when: false, nobody answered. */
static bool read_answer(struct gov *gov, const struct gov_row *row, struct import_request *q)
{
	int64_t answered_ms = 0, mentioned_ms = 0, seconds = -1;
	bool has_time = gov_time(row, "responsetimestamp", gov->now_ms, &answered_ms);
	bool has_wait = gov_number(row, "responsetimeseconds", &seconds) && seconds >= 0;
	if (!has_time && !has_wait)
		return false;
	uint64_t answer = gov_id(row, "responsemessageid", gov->now_ms);
	bool is_by_reaction = is_reaction(row, answer, q->request);
	const struct gov_person *person =
		gov_person_of(gov, row, "curatordiscordid", "curatorname");
	q->answered_by = person ? person->user : ANONYMOUS;
	q->answer_kind = is_by_reaction ? "reaction" : "reply";
	q->answer = is_by_reaction || !answer ? q->request : answer;
	if (!is_by_reaction && answer)
		q->answered_ms = ra_snowflake_ms(answer);
	else if (has_time && gov_time(row, "mentiontimestamp", gov->now_ms, &mentioned_ms))
		q->answered_ms = q->asked_ms + (answered_ms - mentioned_ms);
	else
		q->answered_ms = has_wait ? q->asked_ms + seconds * SECOND_MS : answered_ms;
	if (q->answered_ms < q->asked_ms + SECOND_MS)
		q->answered_ms = q->asked_ms + SECOND_MS;
	return true;
}

void gov_request(struct gov *gov, const struct gov_row *row)
{
	struct import_request q = { .request = gov_id(row, "mentionmessageid", gov->now_ms) };
	q.guild = gov_guild_of(gov, row);
	if (!q.guild)
		return;
	if (q.request)
		q.asked_ms = ra_snowflake_ms(q.request);
	else if (gov_time(row, "mentiontimestamp", gov->now_ms, &q.asked_ms))
		q.request = made_up_id(row, q.asked_ms);
	if (!q.request) {
		gov_skip(gov, "no_time", row);
		return;
	}
	struct ra_str words = gov_text(row, "triggerkeywords"), word;
	q.is_keyword = gov_list_next(&words, &word);
	q.channel = gov_id(row, "channelid", gov->now_ms);
	if (!read_answer(gov, row, &q))
		q.answered_by = 0;
	import_request(gov->import, &q);
}

/* --- task reports --- */

static const char *state_of(struct ra_str status, bool has_curator)
{
	static const struct {
		const char *status, *state;
	} states[] = {
		{ "pending", "pending" },     { "reviewing", "reviewing" },
		{ "in_review", "reviewing" }, { "verified", "verified" },
		{ "completed", "verified" },  { "approved", "verified" },
		{ "archived", "archived" },
	};
	for (size_t i = 0; i < RA_COUNT(states); i++)
		if (ra_str_is(status,
			      states[i].status)) /* who reviews it has to be known to go on */
			return strcmp(states[i].state, "reviewing") == 0 && !has_curator
				       ? "pending"
				       : states[i].state;
	return status.len == 0 ? "pending" : NULL;
}

static void read_numbers(struct gov *gov, const struct gov_row *row, struct import_task_report *t)
{
	t->text = gov_text(row, "content description title");
	if (!gov_number(row, "taskcount", &t->tasks) || t->tasks < 0) {
		t->tasks = count_tasks(gov_text(row, "title"));
		if (t->tasks == 0)
			t->tasks = count_tasks(t->text);
	}
	t->approved = -1;
	if (strcmp(t->state, "verified") != 0)
		return;
	if (!gov_number(row, "approvedtasks", &t->approved) || t->approved < 0)
		t->approved = t->tasks;
	if (!gov_time(row, "checkedat reviewedat updatedat", gov->now_ms, &t->verified_ms))
		t->verified_ms = t->reported_ms;
}

/* The Python version noted no work for it. */
static void note_work(struct gov *gov, const struct gov_row *row,
		      const struct import_task_report *t)
{
	if (t->curator && t->verified_ms && gov_id(row, "discordmessageid", gov->now_ms))
		import_activity(gov->import, &(struct import_activity){ .guild = t->guild,
									.user = t->curator,
									.channel = t->channel,
									.kind = "task_verification",
									.message = t->report,
									.at_ms = t->verified_ms });
}

void gov_report(struct gov *gov, const struct gov_row *row)
{
	const struct gov_person *curator =
		gov_person_of(gov, row, "curatordiscordid", "curatorname reviewername");
	struct import_task_report t = {
		.report = gov_id(row, "messageid discordmessageid", gov->now_ms),
		.author = gov_id(row, "authorid discorduserid", gov->now_ms),
		.channel = gov_id(row, "channelid discordchannelid", gov->now_ms),
		.curator = curator ? curator->user : 0,
		.state = state_of(gov_text(row, "status"), curator)
	};
	t.guild = gov_guild_of(gov, row);
	if (!t.guild)
		return;
	if (t.report)
		t.reported_ms = ra_snowflake_ms(t.report);
	else if (gov_time(row, "submittedat reportdate createdat", gov->now_ms, &t.reported_ms))
		t.report = made_up_id(row, t.reported_ms);
	if (!t.report || !t.state) {
		gov_skip(gov, t.state ? "no_time" : "kind_unknown", row);
		return;
	}
	if (!t.author)
		t.author = ANONYMOUS;
	read_numbers(gov, row, &t);
	if (strcmp(t.state, "pending") == 0)
		t.curator = 0;
	else
		gov_time(row, "reviewstartedat", gov->now_ms, &t.claimed_ms);
	import_task_report(gov->import, &t);
	note_work(gov, row, &t);
}
