/* doctor: see doctor.h. The checks in their order, and the sheet of verdicts. */
#include "services/rationsctl/doctor.h"
#include "libshared/base/utf8.h"
#include "services/rationsctl/commands.h"
#include <ctype.h>
#include <stdlib.h>

#define PORTAL "https://discord.com/developers/applications"

static const struct {
	const char *name;
	enum mark mark;
	const char *topic, *what, *fix;
} sheet[] = {
#define VERDICT(name, mark, topic, what, fix) [name] = { #name, mark, topic, what, fix },
#include "services/rationsctl/verdicts.def"
#undef VERDICT
};

/* --- one verdict ------------------------------------------------------------- */

static const char *const mark_words[] = { "ok", "warning", "problem" };

static json_t *verdict_json(const struct verdict *verdict)
{
	char code[40];
	size_t len = 0;
	for (const char *at = sheet[verdict->name].name; *at && len + 1 < sizeof(code); at++)
		code[len++] = (char)tolower((unsigned char)*at);
	code[len] = '\0';
	char *what = words_fill(sheet[verdict->name].what, verdict->params);
	char *fix = words_fill(sheet[verdict->name].fix, verdict->params);
	json_t *json =
		json_pack("{s:s, s:s, s:s, s:O, s:s, s:s}", "check", sheet[verdict->name].topic,
			  "verdict", mark_words[sheet[verdict->name].mark], "code", code, "params",
			  verdict->params, "what", what, "fix", fix);
	ra_free(what);
	ra_free(fix);
	return json;
}

void doctor_say(struct doctor *d, enum verdict_name name, json_t *params)
{
	d->verdicts = ra_realloc(d->verdicts, (d->count + 1) * sizeof(*d->verdicts));
	struct verdict *verdict = &d->verdicts[d->count++];
	*verdict = (struct verdict){ name, params ? params : json_object() };
	if (!d->is_telling)
		return;
	json_t *json = verdict_json(verdict);
	json_dumpf(json, d->ctl->out, JSON_COMPACT);
	fputc('\n', d->ctl->out);
	fflush(d->ctl->out);
	json_decref(json);
}

void doctor_say_why(struct doctor *d, enum verdict_name name, const struct ra_err *err)
{
	doctor_say(d, name, json_pack("{s:o}", "why", doctor_text(err->msg)));
}

json_t *doctor_number(const char *name, int64_t value)
{
	return json_pack("{s:I}", name, (json_int_t)value);
}

json_t *doctor_text(const char *text)
{
	struct ra_buf clean = { 0 };
	ra_utf8_add_clean(&clean, ra_str_of(text));
	json_t *json = json_stringn(clean.ptr ? clean.ptr : "", clean.len);
	ra_buf_fini(&clean);
	return json;
}

void doctor_say_clock(struct doctor *d, const char *whose, enum mark mark, int64_t apart_ms)
{
	static const enum verdict_name names[] = { CLOCK_OK, CLOCK_OFF, CLOCK_FAR };
	doctor_say(d, names[mark],
		   json_pack("{s:s, s:I}", "whose", whose, "apart_ms",
			     (json_int_t)llabs((long long)apart_ms)));
}

/* --- all of them --------------------------------------------------------------- */

static size_t count(const struct doctor *d, enum mark mark)
{
	size_t n = 0;
	for (size_t i = 0; i < d->count; i++)
		n += sheet[d->verdicts[i].name].mark == mark;
	return n;
}

static void print_text(const struct doctor *d, const char *text, const struct verdict *verdict)
{
	char *filled = words_fill(text, verdict->params);
	ctl_print_plain(d->ctl->out, filled);
	fputc('\n', d->ctl->out);
	ra_free(filled);
}

static void print(const struct doctor *d)
{
	static const char *const marks[] = { "✓", "!", "✗" };
	FILE *out = d->ctl->out;
	const char *topic = "";
	for (size_t i = 0; i < d->count; i++) {
		const struct verdict *v = &d->verdicts[i];
		bool is_same = strcmp(topic, sheet[v->name].topic) == 0;
		topic = sheet[v->name].topic;
		fprintf(out, "%s %-12s ", marks[sheet[v->name].mark], is_same ? "" : topic);
		print_text(d, sheet[v->name].what, v);
		if (*sheet[v->name].fix) {
			fprintf(out, "%15s", "-> ");
			print_text(d, sheet[v->name].fix, v);
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
	json_t *list = json_array();
	for (size_t i = 0; i < d->count; i++)
		json_array_append_new(list, verdict_json(&d->verdicts[i]));
	ctl_print_json(d->ctl,
		       json_pack("{s:b, s:o}", "is_well", count(d, CROSS) == 0, "checks", list));
}

static int examine(struct doctor *d, void (*const *checks)(struct doctor *d))
{
	for (; *checks; checks++)
		(*checks)(d);
	if (!d->is_telling)
		(d->ctl->is_json ? print_json : print)(d);
	int rc = count(d, CROSS) > 0 ? CTL_NO : CTL_OK;
	for (size_t i = 0; i < d->count; i++)
		json_decref(d->verdicts[i].params);
	ra_free(d->verdicts);
	json_decref(d->application);
	PQfinish(d->db);
	return rc;
}

/* --- the commands ---------------------------------------------------------------- */

int doctor_run(struct ctl *ctl, char **args)
{
	static void (*const checks[])(
		struct doctor *) = { check_discord, check_guilds,  check_servers, check_services,
				     check_streams, check_backups, NULL };
	struct doctor d = { .ctl = ctl,
			    .guild = ctl_take_value(args, "--guild"),
			    .is_telling = ctl_take_flag(args, "--lines") };
	return *args ? CTL_USAGE : examine(&d, checks);
}

/* What concerns those who manage one server, and nothing of the installation's insides. */
int guild_check(struct ctl *ctl, char **args)
{
	static void (*const checks[])(struct doctor *) = { check_discord, check_guilds, NULL };
	struct doctor d = { .ctl = ctl, .is_telling = ctl_take_flag(args, "--lines") };
	if (ctl_count(args) != 1)
		return CTL_USAGE;
	d.guild = args[0];
	return examine(&d, checks);
}
