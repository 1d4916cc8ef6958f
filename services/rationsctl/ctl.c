/* ctl: see ctl.h. */
#include "services/rationsctl/ctl.h"
#include <ctype.h>

/* --- saying ------------------------------------------------------------------ */

void ctl_complain(const char *what, const char *hint)
{
	fprintf(stderr, "rationsctl: %s\n", what);
	if (hint && *hint)
		fprintf(stderr, "  %s\n", hint);
}

int ctl_complain_of(const struct ra_err *err)
{
	ctl_complain(err->msg, err->hint);
	return err->code == RA_ECONF || err->code == RA_EINVAL ? CTL_CONFIG : CTL_UNAVAILABLE;
}

void ctl_print_json(const struct ctl *ctl, json_t *json)
{
	json_dumpf(json, ctl->out, JSON_INDENT(2));
	fputc('\n', ctl->out);
	json_decref(json);
}

void ctl_print_plain(FILE *out, const char *text)
{
	for (; *text; text++) {
		bool is_c1 = (unsigned char)text[0] == 0xc2 && (unsigned char)text[1] >= 0x80 &&
			     (unsigned char)text[1] < 0xa0;
		fputc(is_c1 || iscntrl((unsigned char)*text) ? '?' : *text, out);
		text += is_c1;
	}
}

/* --- arguments --------------------------------------------------------------- */

size_t ctl_count(char **args)
{
	size_t count = 0;
	while (args[count])
		count++;
	return count;
}

static char *take(char **args, size_t at)
{
	char *word = args[at];
	for (; args[at]; at++)
		args[at] = args[at + 1];
	return word;
}

bool ctl_take_flag(char **args, const char *flag)
{
	for (size_t i = 0; args[i]; i++)
		if (strcmp(args[i], flag) == 0)
			return take(args, i) != NULL;
	return false;
}

const char *ctl_take_value(char **args, const char *flag)
{
	for (size_t i = 0; args[i]; i++)
		if (strcmp(args[i], flag) == 0 && args[i + 1]) {
			take(args, i);
			return take(args, i);
		}
	return NULL;
}

/* --- Redis ------------------------------------------------------------------- */

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

int ctl_wait_for(struct ctl *ctl, const bool *is_done)
{
	ctl->is_over = false;
	uv_timer_start(&ctl->timer, on_timer, (uint64_t)ctl->conf->patience, 0);
	while (!*is_done && !ctl->is_over)
		uv_run(&ctl->loop, UV_RUN_ONCE);
	uv_timer_stop(&ctl->timer);
	if (*is_done)
		return CTL_OK;
	ra_fail(&ctl->trouble, RA_EDOWN, "Is Rations running, and is REDIS_URL right?", "%s",
		ctl->is_up ? "Redis does not answer" : ra_redis_trouble(ctl->redis));
	return CTL_UNAVAILABLE;
}

int ctl_wait(struct ctl *ctl, const bool *is_done)
{
	int rc = ctl_wait_for(ctl, is_done);
	if (rc != CTL_OK)
		ctl_complain_of(&ctl->trouble);
	return rc;
}

int ctl_reach(struct ctl *ctl, const char *key)
{
	static const struct ra_redis_ops ops = { .on_up = on_up, .on_down = on_down };
	uv_loop_init(&ctl->loop);
	ctl->loop.data = ctl; /* it is open */
	ctl->is_up = false;
	uv_timer_init(&ctl->loop, &ctl->timer);
	ctl->redis = ra_redis_open(&ctl->loop, ctl->conf->redis_url, key, NULL, &ops, ctl,
				   &ctl->trouble);
	return ctl->redis ? ctl_wait_for(ctl, &ctl->is_up) : CTL_CONFIG;
}

int ctl_open(struct ctl *ctl, const char *key)
{
	int rc = ctl_reach(ctl, key);
	if (rc != CTL_OK)
		ctl_complain(ctl->trouble.msg, ctl->trouble.hint);
	return rc;
}

void ctl_close(struct ctl *ctl)
{
	if (ctl->redis)
		ra_redis_close(ctl->redis, NULL, NULL);
	ctl->redis = NULL;
	uv_close((uv_handle_t *)&ctl->timer, NULL);
	uv_run(&ctl->loop, UV_RUN_DEFAULT);
	uv_loop_close(&ctl->loop);
	ctl->loop.data = NULL;
}

static json_t *reply_json(const redisReply *reply)
{
	if (reply->type == REDIS_REPLY_INTEGER)
		return json_integer(reply->integer);
	if (reply->type == REDIS_REPLY_ARRAY) {
		json_t *list = json_array();
		for (size_t i = 0; i < reply->elements; i++)
			json_array_append_new(list, reply_json(reply->element[i]));
		return list;
	}
	struct ra_str text = ra_reply_str(reply);
	json_t *string = reply->type == REDIS_REPLY_NIL ? NULL : json_stringn(text.ptr, text.len);
	return string ? string : json_null();
}

struct question {
	json_t *answer;
	struct ra_err *err;
	bool is_done;
};

static void on_reply(void *ctx, const redisReply *reply)
{
	struct question *question = ctx;
	question->is_done = true;
	if (!reply)
		ra_fail(question->err, RA_EDOWN, "Look into Redis's log.",
			"Redis went away before it answered");
	else if (reply->type == REDIS_REPLY_ERROR)
		ra_fail(question->err, RA_EREDIS, "Is this the Redis of Rations?", "Redis says: %s",
			reply->str);
	else
		question->answer = reply_json(reply);
}

json_t *redis_ask(struct ctl *ctl, const char *key, struct ra_err *err, size_t argc,
		  const struct ra_str *argv)
{
	struct question question = { .err = err };
	int rc = ctl_reach(ctl, key);
	if (rc == CTL_OK && ra_redis_send(ctl->redis, on_reply, &question, argc, argv) < 0)
		rc = ra_fail(&ctl->trouble, RA_EDOWN, "Look into Redis's log.", "Redis went away");
	if (rc == CTL_OK)
		rc = ctl_wait_for(ctl, &question.is_done);
	ctl_close(ctl); /* answers what is in flight */
	if (rc != CTL_OK)
		*err = ctl->trouble;
	return question.answer;
}
