#include "services/discord-sim/timeline.h"
#include "libshared/base/buf.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define HOUR_MS         3600000LL
#define DAY_MS          (24 * HOUR_MS)
#define RESERVE_LIVE_MS 10000LL

/* One line, so that it is written whole or not at all. */
#define LINE_OUT "timeline 1 %s %" PRIu64 " %u %" PRId64 " %" PRId64 "\n"
#define LINE_IN  "timeline 1 %31s %" SCNu64 " %u %" SCNd64 " %" SCNd64

static int write_all(const char *path, struct ra_str text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	ssize_t written = write(fd, text.ptr, text.len);
	int rc = written < 0 ? -errno : written < (ssize_t)text.len ? -ENOSPC : 0;
	close(fd);
	return rc;
}

/* Beside the file first, then in its place. Not synced: it must survive us, not the machine. */
static int save(struct timeline *t, int64_t sent_until_ms)
{
	if (!t->path) {
		t->sent_until_ms = sent_until_ms;
		return 0;
	}
	struct ra_buf line = { 0 };
	char *fresh = ra_format("%s.new", t->path);
	ra_buf_printf(&line, LINE_OUT, t->preset, t->seed, t->activity, t->epoch_ms, sent_until_ms);
	int rc = write_all(fresh, ra_buf_str(&line));
	if (rc == 0 && rename(fresh, t->path) < 0)
		rc = -errno;
	if (rc == 0)
		t->sent_until_ms = sent_until_ms;
	ra_free(fresh);
	ra_buf_fini(&line);
	return rc;
}

static int refuse(const struct timeline_conf *conf, struct ra_err *err, const char *what)
{
	return ra_fail(err, RA_EINVAL,
		       "Delete the file to begin anew, or start with the preset, seed and activity "
		       "it was made with.",
		       "cannot continue the simulation in %s: %s", conf->path, what);
}

/* 1: read, 0: there is none. */
static int load(struct timeline *t, const struct timeline_conf *conf, struct ra_err *err)
{
	FILE *file = conf->path ? fopen(conf->path, "re") : NULL;
	if (!file && (!conf->path || errno == ENOENT))
		return 0;
	if (!file)
		return ra_fail(err, -errno, "Make the file readable, or name another.",
			       "cannot read %s: %s", conf->path, strerror(errno));
	char preset[32] = "";
	uint64_t seed;
	unsigned activity;
	int fields =
		fscanf(file, LINE_IN, preset, &seed, &activity, &t->epoch_ms, &t->sent_until_ms);
	fclose(file);
	if (fields != 5)
		return refuse(conf, err, "not a state file");
	if (strcmp(preset, conf->preset) != 0 || seed != conf->seed || activity != conf->activity)
		return refuse(conf, err, "it belongs to another preset, seed or activity");
	return 1;
}

static void clear(struct timeline *t)
{
	ra_free(t->path);
	t->path = NULL;
}

int timeline_open(struct timeline *t, const struct timeline_conf *conf, int64_t wall_ms,
		  struct ra_err *err)
{
	*t = (struct timeline){ .seed = conf->seed,
				.activity = conf->activity,
				.speed = conf->speed };
	snprintf(t->preset, sizeof(t->preset), "%s", conf->preset);
	int rc = load(t, conf, err);
	if (rc < 0)
		return rc;
	t->path = ra_strdup(conf->path);
	if (rc > 0) {
		t->resumed_from_ms = t->sent_until_ms > t->epoch_ms ? t->sent_until_ms : 0;
	} else {
		int64_t start_ms = wall_ms - conf->history_days * DAY_MS;
		t->epoch_ms = start_ms - start_ms % HOUR_MS;
		rc = save(t, t->epoch_ms);
		if (rc < 0) {
			clear(t);
			return ra_fail(err, rc, "Give a path in a folder that can be written.",
				       "cannot write %s: %s", conf->path, ra_strerror(rc));
		}
	}
	t->anchor_wall_ms = wall_ms;
	t->anchor_world_ms = wall_ms > t->sent_until_ms ? wall_ms : t->sent_until_ms;
	return 0;
}

int64_t timeline_target_ms(const struct timeline *t, int64_t wall_ms)
{
	return t->anchor_world_ms + (int64_t)((double)(wall_ms - t->anchor_wall_ms) * t->speed);
}

void timeline_set_speed(struct timeline *t, double speed, int64_t wall_ms)
{
	t->anchor_world_ms = timeline_target_ms(t, wall_ms);
	t->anchor_wall_ms = wall_ms;
	t->speed = speed;
}

int timeline_reserve(struct timeline *t, int64_t until_ms, int64_t wall_ms)
{
	if (until_ms <= t->sent_until_ms)
		return 0;
	int64_t behind_ms = timeline_target_ms(t, wall_ms) - until_ms;
	return save(t, until_ms + (behind_ms > HOUR_MS ? HOUR_MS : RESERVE_LIVE_MS));
}

int timeline_close(struct timeline *t, int64_t reached_ms)
{
	int rc = reached_ms < t->sent_until_ms && reached_ms >= t->epoch_ms ? save(t, reached_ms)
									    : 0;
	clear(t);
	return rc;
}
