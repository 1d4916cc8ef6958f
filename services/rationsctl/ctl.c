/* ctl: see ctl.h. */
#include "services/rationsctl/ctl.h"
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

void ctl_complain(const char *what, const char *hint)
{
	fprintf(stderr, "rationsctl: %s\n  %s\n", what, hint);
}

/* The Redis that the launcher keeps in VAR_DIR; NULL: it keeps none there. Yours to ra_free. */
static char *private_redis(const char *var_dir)
{
	static const char *const modes[] = { "live", "demo" };
	for (size_t i = 0; i < RA_COUNT(modes); i++) {
		char path[PATH_MAX];
		struct stat entry;
		char *guess = ra_format("%s/%s/redis/redis.sock", var_dir, modes[i]);
		bool is_there =
			realpath(guess, path) && stat(path, &entry) == 0 && S_ISSOCK(entry.st_mode);
		ra_free(guess);
		if (is_there)
			return ra_format("unix://%s", path);
	}
	return NULL;
}

static char *find_redis(const struct conf *conf)
{
	char *url = *conf->redis_url ? ra_strdup(conf->redis_url) : private_redis(conf->var_dir);
	return url ? url : ra_strdup("redis://127.0.0.1:6379");
}

static void on_up(void *ctx)
{
	((struct ctl *)ctx)->is_up = true;
}

static void on_down(void *ctx, const char *why)
{
	(void)why;
	((struct ctl *)ctx)->is_up = false;
}

static void on_timer(uv_timer_t *timer)
{
	ra_container_of(timer, struct ctl, timer)->is_over = true;
}

int ctl_wait(struct ctl *ctl, const bool *is_done)
{
	ctl->is_over = false;
	uv_timer_start(&ctl->timer, on_timer, (uint64_t)ctl->conf->patience, 0);
	while (!*is_done && !ctl->is_over)
		uv_run(&ctl->loop, UV_RUN_ONCE);
	uv_timer_stop(&ctl->timer);
	if (*is_done)
		return CTL_OK;
	ctl_complain(ctl->is_up ? "Redis does not answer" : ra_redis_trouble(ctl->redis),
		     "Is Rations running, and is REDIS_URL right?");
	return CTL_UNAVAILABLE;
}

int ctl_open(struct ctl *ctl, const char *key)
{
	static const struct ra_redis_ops ops = { .on_up = on_up, .on_down = on_down };
	struct ra_err err;
	char *url = find_redis(ctl->conf);
	uv_loop_init(&ctl->loop);
	ctl->loop.data = ctl; /* it is open */
	uv_timer_init(&ctl->loop, &ctl->timer);
	ctl->redis = ra_redis_open(&ctl->loop, url, key, NULL, &ops, ctl, &err);
	ra_free(url);
	if (ctl->redis)
		return ctl_wait(ctl, &ctl->is_up);
	ctl_complain(err.msg, err.hint);
	return CTL_CONFIG;
}

void ctl_close(struct ctl *ctl)
{
	if (ctl->redis)
		ra_redis_close(ctl->redis, NULL, NULL);
	uv_close((uv_handle_t *)&ctl->timer, NULL);
	uv_run(&ctl->loop, UV_RUN_DEFAULT);
	uv_loop_close(&ctl->loop);
}
