/* warm: see warm.h. */
#include "services/api/warm.h"
#include "libshared/base/clock.h"
#include "services/api/figures.h"
#include "services/api/tops_days.h"

#define HOUR_MS (60LL * 60 * 1000)
#define DAY_MS  (24 * HOUR_MS)
#define ROWS    10

/* An Overview by days, and one by hours. */
enum { BY_DAY, BY_HOUR, RANGES };

struct warm {
	struct ra_arena arena; /* owned; of the questions under way */
	struct access access;
	struct visit visit;
	struct range ranges[RANGES];
	struct figures figures[2 * RANGES]; /* of each range, then of what it is compared with */
};

/* `count` buckets of `size_ms`, the last of which begins before `to_ms`. In UTC. */
static struct span span_to(struct ra_arena *arena, int64_t to_ms, size_t count, int64_t size_ms)
{
	int64_t last_ms = (to_ms - 1) / size_ms * size_ms;
	struct span span = {
		.from_ms = last_ms - (int64_t)(count - 1) * size_ms,
		.to_ms = to_ms,
		.count = count,
		.starts_ms = ra_arena_alloc(arena, count * sizeof(int64_t)),
		.days = ra_arena_alloc(arena, count * sizeof(int64_t)),
		.last_day = to_ms / DAY_MS,
		.last_day_ms = to_ms / DAY_MS * DAY_MS,
	};
	for (size_t b = 0; b < count; b++) {
		span.starts_ms[b] = span.from_ms + (int64_t)b * size_ms;
		span.days[b] = size_ms == DAY_MS ? span.starts_ms[b] / DAY_MS : 0;
	}
	return span;
}

static struct range week(struct ra_arena *arena, int64_t now_ms)
{
	int today = (int)(now_ms / DAY_MS);
	struct range range = {
		.now = span_to(arena, now_ms, 7, DAY_MS),
		.before = span_to(arena, now_ms / HOUR_MS * HOUR_MS - 7 * DAY_MS, 7, DAY_MS),
		.has_before = true,
		.days = { .first = today - 6, .end = today + 1, .shift = 7 },
		.bucket = BUCKET_DAY,
	};
	range.now.is_partial = true;
	return range;
}

static struct range last_24_hours(struct ra_arena *arena, int64_t now_ms)
{
	int64_t hour_ms = now_ms / HOUR_MS * HOUR_MS;
	return (struct range){
		.now = span_to(arena, now_ms, 24, HOUR_MS),
		.before = span_to(arena, hour_ms - DAY_MS, 24, HOUR_MS),
		.has_before = true,
		.days = { .is_rolling = true, .shift = 1 },
		.bucket = BUCKET_HOUR,
	};
}

static int send_figures(struct warm *w, struct ra_pg *pg)
{
	int rc = 0;
	for (int i = 0; i < 2 * RANGES && rc == 0; i++) {
		const struct range *range = &w->ranges[i / 2];
		const struct span *span = i % 2 ? &range->before : &range->now;
		rc = figures_send(&w->figures[i], pg, &w->visit, range, span,
				  FIGURES_HOURS | FIGURES_FLOW | FIGURES_PEOPLE | FIGURES_SPAN);
	}
	return rc;
}

static int send_tops(struct warm *w, struct ra_pg *pg)
{
	struct ra_pg_params p = { .arena = &w->arena };
	tops_days_params(&w->visit, &w->ranges[BY_DAY], ROWS, &p);
	int rc = ra_pg_send(pg, STMT_top_channels_days, &p, NULL, NULL);
	ra_pg_bool(&p, false);
	ra_pg_i64(&p, ROWS);
	return rc < 0 ? rc : ra_pg_send(pg, STMT_top_members_days, &p, NULL, NULL);
}

struct warm *warm_new(void)
{
	struct warm *w = ra_new(struct warm);
	*w = (struct warm){ .access.guild = { .timezone = "UTC", .has_days = true } };
	return w;
}

void warm_free(struct warm *w)
{
	ra_arena_fini(&w->arena);
	ra_free(w);
}

int warm_up(struct warm *w, struct ra_pg *pg, ra_pg_synced_cb done, void *ctx)
{
	int64_t now_ms = ra_wall_ms();
	ra_arena_reset(&w->arena);
	w->visit = (struct visit){ .arena = &w->arena, .now_ms = now_ms, .access = &w->access };
	w->access.guild.today = (int)(now_ms / DAY_MS);
	w->ranges[BY_DAY] = week(&w->arena, now_ms);
	w->ranges[BY_HOUR] = last_24_hours(&w->arena, now_ms);
	int rc = send_figures(w, pg);
	if (rc == 0)
		rc = send_tops(w, pg);
	return rc < 0 ? rc : ra_pg_sync(pg, done, ctx);
}
