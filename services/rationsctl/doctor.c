/* doctor: see doctor.h. The checks in their order, and the sheet of verdicts. */
#include "services/rationsctl/doctor.h"
#include <stdarg.h>
#include <stdlib.h>

static void (*const checks[])(struct doctor *d) = {
	check_discord, check_guilds, check_servers, check_services, check_streams, check_backups,
};

void doctor_say(struct doctor *d, enum mark mark, const char *topic, const char *fix,
		const char *what, ...)
{
	char text[600];
	va_list args;
	va_start(args, what);
	vsnprintf(text, sizeof(text), what, args);
	va_end(args);
	d->verdicts = ra_realloc(d->verdicts, (d->count + 1) * sizeof(*d->verdicts));
	d->verdicts[d->count++] = (struct verdict){ topic, mark, ra_strdup(text), ra_strdup(fix) };
}

static size_t count(const struct doctor *d, enum mark mark)
{
	size_t n = 0;
	for (size_t i = 0; i < d->count; i++)
		n += d->verdicts[i].mark == mark;
	return n;
}

static void print(const struct doctor *d)
{
	static const char *const marks[] = { "✓", "!", "✗" };
	FILE *out = d->ctl->out;
	for (size_t i = 0; i < d->count; i++) {
		const struct verdict *v = &d->verdicts[i];
		bool is_same = i > 0 && strcmp(v->topic, v[-1].topic) == 0;
		fprintf(out, "%s %-12s ", marks[v->mark], is_same ? "" : v->topic);
		ctl_print_plain(out, v->what);
		fputc('\n', out);
		if (*v->fix) {
			fprintf(out, "%15s", "-> ");
			ctl_print_plain(out, v->fix);
			fputc('\n', out);
		}
	}
	if (count(d, CROSS) + count(d, WARNING) == 0)
		fprintf(out, "\nAll is well.\n");
	else
		fprintf(out, "\n%zu to mend, %zu to look at.\n", count(d, CROSS),
			count(d, WARNING));
}

static void print_json(const struct doctor *d)
{
	static const char *const marks[] = { "ok", "warning", "problem" };
	json_t *list = json_array();
	for (size_t i = 0; i < d->count; i++) {
		const struct verdict *v = &d->verdicts[i];
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "check", v->topic,
						      "verdict", marks[v->mark], "what", v->what,
						      "fix", v->fix));
	}
	ctl_print_json(d->ctl,
		       json_pack("{s:b, s:o}", "is_well", count(d, CROSS) == 0, "checks", list));
}

int doctor_run(struct ctl *ctl, char **args)
{
	struct doctor d = { .ctl = ctl, .guild = ctl_take_value(args, "--guild") };
	if (*args)
		return CTL_USAGE;
	for (size_t i = 0; i < RA_COUNT(checks); i++)
		checks[i](&d);
	(ctl->is_json ? print_json : print)(&d);
	int rc = count(&d, CROSS) > 0 ? CTL_NO : CTL_OK;
	for (size_t i = 0; i < d.count; i++) {
		ra_free(d.verdicts[i].what);
		ra_free(d.verdicts[i].fix);
	}
	ra_free(d.verdicts);
	json_decref(d.application);
	PQfinish(d.db);
	return rc;
}
