/* normalised: a normaliser whose events are checked: of a guild, with a known type, in clean UTF-8,
 * names behind what is counted. */
#pragma once
#include "libshared/base/utf8.h"
#include "services/gateway-ingest/normalise.h"
#include "tests/fuzz/fuzz.h"

static struct {
	struct seen *seen;
	struct id_set wants_text; /* the guilds 1 to 9 */
	struct normaliser *normaliser;
	bool has_names; /* of this dispatch */
} normalised;

static void require_clean(struct ra_str text)
{
	while (text.len > 0) {
		size_t len = ra_utf8_first(text);
		fuzz_require(len > 0, "texts are UTF-8");
		text = (struct ra_str){ text.ptr + len, text.len - len };
	}
}

static void on_normalised(void *ctx, struct ra_event *event)
{
	struct ra_buf words = { 0 };
	(void)ctx;
	fuzz_require(event->type > RA_EVENT_UNKNOWN && event->type < RA_EVENT_TYPES,
		     "events have a type");
	fuzz_require(event->guild != 0, "events are of a guild");
	fuzz_require(event->type == RA_EV_member_seen || !normalised.has_names, "names come last");
	normalised.has_names |= event->type == RA_EV_member_seen;
	fuzz_require(ra_event_encode(event, &words) >= 4, "events can be written");
	require_clean(ra_buf_str(&words));
	ra_buf_fini(&words);
}

/* A session begins, with this array of guilds. */
static inline void normalised_begin(struct ra_str guilds)
{
	if (!normalised.normaliser) {
		normalised.seen = seen_new();
		for (uint64_t guild = 1; guild < 10; guild++)
			id_set_add(&normalised.wants_text, guild);
		normalised.normaliser = normaliser_new(normalised.seen, &normalised.wants_text,
						       NULL, on_normalised, NULL);
	}
	normalised.has_names = false;
	normaliser_begin(normalised.normaliser, guilds, 1);
}

static inline void normalised_dispatch(struct ra_str type, struct ra_str d)
{
	normalised.has_names = false;
	int rc = normalise(normalised.normaliser, &(struct dispatch){ type, d, 1 });
	fuzz_require(rc == 0 || rc == RA_EINVAL, "two answers");
}
