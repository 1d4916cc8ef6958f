/*
 * dispatch_fuzz: whatever a server sends as a payload, what comes out are events: of a guild, with
 * a known type, in clean UTF-8, and names behind what is counted.
 */
#include "libshared/base/utf8.h"
#include "libshared/redis/redis.h"
#include "services/gateway-ingest/frame.h"
#include "services/gateway-ingest/normalise.h"
#include "tests/fuzz/fuzz.h"

static const char alphabet[] = "{}[]\",:\\/ 0123456789-.etnu\xc3\xa9\xff";

#define MEMBER                                                                                     \
	"\"member\":{\"roles\":[\"1\",{\"id\":\"55\"}],\"nick\":\"A\\u00e9\",\"joined_at\":"       \
	"\"2026-05-06T07:08:09.000000+00:00\",\"flags\":1,\"user\":{\"id\":\"200\",\"username\":"  \
	"\"ann\","                                                                                 \
	"\"bot\":true}}"

static const char *const types[] = {
	"MESSAGE_CREATE",       "MESSAGE_UPDATE",
	"MESSAGE_DELETE",       "MESSAGE_DELETE_BULK",
	"MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE_EMOJI",
	"GUILD_CREATE",         "GUILD_UPDATE",
	"GUILD_DELETE",         "GUILD_MEMBER_ADD",
	"GUILD_MEMBER_UPDATE",  "GUILD_MEMBERS_CHUNK",
	"GUILD_BAN_ADD",        "GUILD_ROLE_CREATE",
	"GUILD_ROLE_DELETE",    "CHANNEL_UPDATE",
	"THREAD_CREATE",        "THREAD_LIST_SYNC",
	"VOICE_STATE_UPDATE",   "PRESENCE_UPDATE",
	"INVITE_CREATE",        "GUILD_SCHEDULED_EVENT_UPDATE",
	"INTERACTION_CREATE",
};

/* One object with the keys of them all: every handler finds something. */
static const char *const datas[] = {
	"{\"id\":\"1440000000000000001\",\"channel_id\":\"10\",\"guild_id\":\"1\",\"type\":19,"
	"\"content\":\"a\\ud83d\\udd25\","
	"\"edited_timestamp\":\"2026-11-21T01:20:05.978Z\",\"attachments\":[{}],\"mentions\":[{"
	"\"id\":\"300\"}],"
	"\"author\":{\"id\":\"200\",\"username\":\"ann\",\"global_name\":\"\\u0410\"}," MEMBER
	",\"message_reference\":{\"message_id\":\"9\"},\"user\":{\"id\":\"200\",\"username\":"
	"\"ann\"},\"role_id\":\"5\","
	"\"role\":{\"id\":\"5\",\"name\":\"r\",\"permissions\":\"8\"},\"message_id\":\"9\",\"user_"
	"id\":\"200\","
	"\"emoji\":{\"id\":null,\"name\":\"x\"},\"ids\":[\"4\",\"5\"],\"code\":\"abc\",\"status\":"
	"\"idle\","
	"\"activities\":[{\"name\":\"Chess\",\"type\":0}],\"data\":{\"name\":\"top\"},\"session_"
	"id\":\"s\"}",
	"{\"id\":\"1\",\"guild_id\":\"1\",\"name\":\"G\",\"joined_at\":\"2026-11-21T01:20:00Z\","
	"\"unavailable\":false,"
	"\"roles\":[{\"id\":\"1\",\"name\":\"@everyone\"}],\"channels\":[{\"id\":\"10\",\"type\":0,"
	"\"flags\":131072}],"
	"\"threads\":[{\"id\":\"12\",\"type\":11,\"thread_metadata\":{\"archived\":true}}],"
	"\"members\":[{\"user\":{\"id\":\"5\",\"username\":\"me\"},\"roles\":[]},{\"user\":{\"id\":"
	"\"5\"}}],"
	"\"voice_states\":[{\"user_id\":\"5\",\"channel_id\":\"20\"}]}",
};

static struct {
	struct seen *seen;
	struct normaliser *normaliser;
	bool has_names; /* of this dispatch */
	unsigned events, refused;
} f;

static void require_clean(struct ra_str text)
{
	while (text.len > 0) {
		size_t len = ra_utf8_first(text);
		fuzz_require(len > 0, "texts are UTF-8");
		text = (struct ra_str){ text.ptr + len, text.len - len };
	}
}

static void on_event(void *ctx, struct ra_event *event)
{
	struct ra_buf words = { 0 };
	(void)ctx;
	fuzz_require(event->type > RA_EVENT_UNKNOWN && event->type < RA_EVENT_TYPES,
		     "events have a type");
	fuzz_require(event->guild != 0, "events are of a guild");
	fuzz_require(event->type == RA_EV_member_seen || !f.has_names, "names come last");
	f.has_names |= event->type == RA_EV_member_seen;
	fuzz_require(ra_event_encode(event, &words) >= 4, "events can be written");
	require_clean(ra_buf_str(&words));
	ra_buf_fini(&words);
	f.events++;
}

static void fuzz_check(struct ra_str input)
{
	if (!f.normaliser) {
		f.seen = seen_new();
		f.normaliser = normaliser_new(f.seen, NULL, on_event, NULL);
	}
	struct frame frame;
	if (frame_parse(input, &frame) < 0)
		return;
	f.has_names = false;
	f.refused += normalise(f.normaliser, &(struct dispatch){ frame.type, frame.d, 1 }) < 0;
}

static void fuzz_make(struct ra_buf *made)
{
	struct ra_buf d = { 0 };
	ra_buf_add_text(&d, datas[fuzz_random(RA_COUNT(datas))]);
	for (uint64_t left = fuzz_random(4); left > 0; left--)
		fuzz_mutate(&d, (struct ra_str){ alphabet, sizeof(alphabet) - 1 });
	ra_buf_printf(made, "{\"op\":0,\"s\":%u,\"t\":\"%s\",\"d\":", (unsigned)fuzz_random(1000),
		      types[fuzz_random(RA_COUNT(types))]);
	ra_buf_add_str(made, ra_buf_str(&d));
	ra_buf_add_text(made, "}");
	if (fuzz_random(8) == 0)
		fuzz_mutate(made, (struct ra_str){ alphabet, sizeof(alphabet) - 1 });
	ra_buf_fini(&d);
}

static int fuzz_report(void)
{
	printf("%u events, %u dispatches refused\n", f.events, f.refused);
	normaliser_free(&f.normaliser);
	seen_free(&f.seen);
	return f.events > 1000 && f.refused > 1000 ? 0 : 1;
}
