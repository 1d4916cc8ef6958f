/* manual: completion and man page, made from the tables of commands and options. */
#include "services/rationsctl/commands.h"

/* --- completion bash --- */

static bool is_first_of(const struct command *command)
{
	return command == ctl_commands || strcmp(command->noun, command[-1].noun) != 0;
}

static void print_nouns(FILE *out)
{
	for (const struct command *c = ctl_commands; c->noun; c++)
		if (is_first_of(c))
			fprintf(out, "%s%s", c == ctl_commands ? "" : " ", c->noun);
}

/* Words of the usage that are typed as they stand: --guild and the like. */
static void print_flags(FILE *out, const char *usage)
{
	for (const char *at = usage; (at = strstr(at, "--"));) {
		size_t len = strspn(at + 2, "abcdefghijklmnopqrstuvwxyz-") + 2;
		fprintf(out, " %.*s", (int)len, at);
		at += len;
	}
}

static void print_verbs(FILE *out, const struct command *c)
{
	fprintf(out, "\t%s) words=\"", c->noun);
	for (const char *noun = c->noun, *gap = ""; c->noun && strcmp(c->noun, noun) == 0; c++) {
		if (c->verb)
			fprintf(out, "%s%s", gap, c->verb);
		print_flags(out, c->args);
		gap = " ";
	}
	fprintf(out, "\" ;;\n");
}

int completion_run(struct ctl *ctl, char **args)
{
	FILE *out = ctl->out;
	if (*args)
		return CTL_USAGE;
	fprintf(out, "# bash completion of rationsctl; made by: rationsctl completion bash\n"
		     "_rationsctl() {\n\tlocal words\n\tcase $COMP_CWORD in\n\t1) words=\"");
	print_nouns(out);
	fprintf(out, " --help --version\" ;;\n\t*) case ${COMP_WORDS[1]} in\n");
	for (const struct command *c = ctl_commands; c->noun; c++)
		if (is_first_of(c))
			print_verbs(out, c);
	fprintf(out, "\tesac\n\twords=\"$words --json\" ;;\n\tesac\n"
		     "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- "
		     "\"${COMP_WORDS[COMP_CWORD]}\")\n}\n"
		     "complete -o default -F _rationsctl rationsctl\n");
	return CTL_OK;
}

/* --- man --- */

/* Text of troff: a hyphen is one, and no line begins with a dot. */
static void print_troff(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '-' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('\n', out);
}

static void print_commands(FILE *out)
{
	fprintf(out, ".SH COMMANDS\nEvery command takes \\fB\\-\\-json\\fR, for programs.\n");
	for (const struct command *c = ctl_commands; c->noun; c++) {
		char *usage = ra_format("%s%s%s%s%s", c->noun, c->verb ? " " : "",
					c->verb ? c->verb : "", *c->args ? " " : "", c->args);
		fprintf(out, ".TP\n.B ");
		print_troff(out, usage);
		print_troff(out, c->help);
		ra_free(usage);
	}
}

static void print_options(FILE *out)
{
	fprintf(out, ".SH ENVIRONMENT\nEach may be read from the file that NAME_FILE names.\n");
	for (size_t i = 0; i < conf_option_count; i++) {
		fprintf(out, ".TP\n.B %s\n", conf_options[i].name);
		print_troff(out, conf_options[i].help);
		if (conf_options[i].initial && *conf_options[i].initial) {
			char *text = ra_format("(default: %s)", conf_options[i].initial);
			print_troff(out, text);
			ra_free(text);
		}
	}
}

static const char exit_codes[] =
	".SH EXIT STATUS\n"
	".TP\n.B 0\nIt was done; doctor: nothing has to be mended.\n"
	".TP\n.B 1\nIt was done, and the answer is no: doctor found something, a job failed.\n"
	".TP\n.B 64\nThe command was not understood.\n"
	".TP\n.B 65\nWhat was given makes no sense.\n"
	".TP\n.B 69\nWho was to be asked does not answer.\n"
	".TP\n.B 78\nAn option is wrong.\n";

int man_run(struct ctl *ctl, char **args)
{
	FILE *out = ctl->out;
	if (*args)
		return CTL_USAGE;
	fprintf(out,
		".\\\" Made by: rationsctl man\n"
		".TH RATIONSCTL 1 \"\" Rations \"Rations\"\n"
		".SH NAME\nrationsctl \\- looks at a running Rations, and tells it what to do\n"
		".SH SYNOPSIS\n.B rationsctl\n.I noun\n.RI [ verb ]\n.RI [ arguments ]\n"
		".RB [ \\-\\-json ]\n"
		".SH DESCRIPTION\nFor whoever runs an installation. It asks PostgreSQL, Redis, "
		"the services and Discord, and works also when some of them are down.\n.PP\n"
		"With Docker it is asked from inside:\n"
		".B docker compose exec api rationsctl doctor\n");
	print_commands(out);
	print_options(out);
	fputs(exit_codes, out);
	return CTL_OK;
}
