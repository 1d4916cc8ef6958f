/*
 * init: a new installation: asks for the two values it needs, or takes them
 * from DISCORD_BOT_TOKEN and DISCORD_CLIENT_SECRET; asks Discord whether they
 * are right; writes them to ./secrets as docker-compose.yml reads them, and
 * PUBLIC_URL to .env. Nothing that is there is written over unasked.
 */
#include "libshared/base/clock.h"
#include "libshared/discord/permissions.h"
#include "services/rationsctl/commands.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define PORTAL "https://discord.com/developers/applications"

enum { VALUE_MAX = 512 };

struct init {
	struct ctl *ctl;   /* borrowed; its options are `conf` below */
	struct conf *conf; /* ours to change: what was answered */
	bool is_terminal, is_forced;
};

/* --- asking ---------------------------------------------------------------- */

/* One line; `is_secret`: what is typed is not shown. */
static void read_line(char out[VALUE_MAX], bool is_secret)
{
	struct termios was, quiet;
	bool is_quiet = is_secret && tcgetattr(STDIN_FILENO, &was) == 0;
	if (is_quiet) {
		quiet = was;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	}
	if (!fgets(out, VALUE_MAX, stdin))
		*out = '\0';
	out[strcspn(out, "\r\n")] = '\0';
	if (is_quiet) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
		fputc('\n', stderr);
	}
}

static void ask(const struct init *init, const char *what, char **value, bool is_secret)
{
	char line[VALUE_MAX];
	if (!init->is_terminal || (is_secret && **value))
		return;
	fprintf(stderr, is_secret ? "%s: " : "%s [%s]: ", what, *value);
	read_line(line, is_secret);
	if (!*line)
		return;
	ra_free(*value);
	*value = ra_strdup(line);
}

static bool may_write(const struct init *init, const char *path)
{
	char line[VALUE_MAX];
	if (init->is_forced || access(path, F_OK) != 0)
		return true;
	if (!init->is_terminal) {
		char *what = ra_format("%s is there already and stays as it is", path);
		ctl_complain(what, "Say --force to write over it.");
		ra_free(what);
		return false;
	}
	fprintf(stderr, "%s is there already. Write over it? [y/N] ", path);
	read_line(line, false);
	return *line == 'y' || *line == 'Y';
}

/* --- checking -------------------------------------------------------------- */

/* The application; NULL after saying why not. */
static json_t *ask_application(const struct init *init)
{
	struct http_answer answer;
	struct ra_err err;
	json_t *application = NULL;
	uint64_t until_ms = ra_monotonic_ms() + (uint64_t)init->conf->patience;
	if (discord_ask(init->ctl, "/applications/@me", until_ms, &answer, &err) < 0) {
		ctl_complain(err.msg, "Is this host connected to the network?");
		return NULL;
	}
	if (answer.status == 200)
		application = json_incref(answer.json);
	else
		ctl_complain(answer.status == 401
				     ? "Discord refuses this token"
				     : "Discord does not say whether the token is right",
			     "Bot, Reset Token at " PORTAL);
	http_answer_fini(&answer);
	return application;
}

static const char *id_of(const json_t *application)
{
	const char *id = json_string_value(json_object_get(application, "id"));
	return id ? id : "";
}

static bool is_secret_right(const struct init *init, const json_t *application)
{
	int status = discord_knows_secret(init->ctl, id_of(application));
	if (status == 0)
		ctl_complain("Discord refuses this client secret",
			     "OAuth2, Reset Secret at " PORTAL);
	return status != 0;
}

/* --- writing --------------------------------------------------------------- */

static bool write_file(const char *path, const char *text, mode_t mode)
{
	char *part = ra_format("%s.new", path);
	size_t len = strlen(text);
	unlink(part);
	int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	bool is_written = fd >= 0 && fchmod(fd, mode) == 0 &&
			  write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	is_written = is_written && rename(part, path) == 0;
	if (!is_written) {
		char *what = ra_format("%s can not be written: %s", path, strerror(errno));
		ctl_complain(what, "");
		ra_free(what);
	}
	ra_free(part);
	return is_written;
}

/* A folder that only its owner enters, files that whoever is inside may read: containers do. */
static int write_all(const struct init *init)
{
	bool is_fine = mkdir("secrets", 0700) == 0 || errno == EEXIST;
	if (may_write(init, "secrets/discord_bot_token"))
		is_fine &= write_file("secrets/discord_bot_token", init->conf->bot_token, 0444);
	if (may_write(init, "secrets/discord_client_secret"))
		is_fine &= write_file("secrets/discord_client_secret", init->conf->client_secret,
				      0444);
	if (may_write(init, ".env")) {
		char *text = ra_format("# What else may be set: .env.example\nPUBLIC_URL=%s\n",
				       init->conf->public_url);
		is_fine &= write_file(".env", text, 0600);
		ra_free(text);
	}
	return is_fine ? CTL_OK : CTL_NO;
}

/* --- what is left to do ------------------------------------------------------ */

static void print_links(const struct init *init, const json_t *application)
{
	const struct conf *conf = init->conf;
	const char *host = strstr(conf->api_base, "://") + 3;
	int origin = (int)(host - conf->api_base + (long)strcspn(host, "/"));
	char *invite = ra_format("%.*s/oauth2/authorize?client_id=%s&scope=bot%%20applications."
				 "commands&permissions=%llu",
				 origin, conf->api_base, id_of(application),
				 (unsigned long long)RA_PERMISSIONS_ALL_WANTED);
	char *redirect = ra_format("%s/callback", conf->public_url);
	if (init->ctl->is_json)
		ctl_print_json(init->ctl,
			       json_pack("{s:s, s:s, s:s}", "application", id_of(application),
					 "invite", invite, "redirect", redirect));
	else
		fprintf(init->ctl->out,
			"Add this redirect at " PORTAL "/%s/oauth2\n  %s\n"
			"and let the bot into a server with\n  %s\n",
			id_of(application), redirect, invite);
	ra_free(invite);
	ra_free(redirect);
}

int init_run(struct ctl *ctl, char **args)
{
	struct init init = { .ctl = ctl, .conf = (struct conf *)ctl->conf };
	bool is_links = ctl_take_flag(args, "--links");
	init.is_forced = ctl_take_flag(args, "--force");
	init.is_terminal = !is_links && isatty(STDIN_FILENO);
	if (*args)
		return CTL_USAGE;
	ask(&init, "Bot token (Bot, Reset Token)", &init.conf->bot_token, true);
	ask(&init, "Client secret (OAuth2, Reset Secret)", &init.conf->client_secret, true);
	ask(&init, "How browsers reach the dashboard", &init.conf->public_url, false);
	if (!*init.conf->bot_token || (!is_links && !*init.conf->client_secret)) {
		ctl_complain("token and client secret are needed",
			     "Set DISCORD_BOT_TOKEN and DISCORD_CLIENT_SECRET, or ask from a "
			     "terminal.");
		return CTL_CONFIG;
	}
	json_t *application = ask_application(&init);
	if (!application)
		return CTL_NO;
	int rc = is_links                              ? CTL_OK
		 : is_secret_right(&init, application) ? write_all(&init)
						       : CTL_NO;
	if (rc == CTL_OK)
		print_links(&init, application);
	json_decref(application);
	return rc;
}
