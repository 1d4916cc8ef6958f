#include "services/launcher/plan.h"
#include "libshared/http/public_url.h"
#include <ctype.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* See plan.h. Paths come from people: they reach the shell as arguments, and URLs escaped. */

/* What discord-sim answers to when nothing else is said (services/discord-sim/conf.def). */
#define SIM_BOT_TOKEN     "simulated-bot-token"
#define SIM_CLIENT_ID     "1100000000000000001"
#define SIM_CLIENT_SECRET "simulated-client-secret"

enum { MAX_WORDS = 48 };

struct words {
	struct ra_arena *arena;
	const char **list;
	size_t count;
};

static struct words words_new(struct ra_arena *arena)
{
	return (struct words){ arena, ra_arena_alloc(arena, (MAX_WORDS + 1) * sizeof(char *)), 0 };
}

#define ADD(words, ...)                                                                            \
	((words)->list[(words)->count++] = ra_arena_format((words)->arena, __VA_ARGS__))

/* `text` as a part of a URL. */
static const char *escape(struct ra_arena *arena, const char *text)
{
	char *out = ra_arena_alloc(arena, strlen(text) * 3 + 1), *at = out;
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if (isalnum(c) || strchr("/-._~", c))
			*at++ = (char)c;
		else
			at += sprintf(at, "%%%02X", c);
	}
	return out;
}

/* --- servers ---------------------------------------------------------------- */

/* Into a folder beside it first: interrupted half-way, the next start begins again. */
static void plan_initdb(struct plan *plan, const struct conf *conf)
{
	struct words argv = words_new(&plan->arena);
	ADD(&argv, "sh");
	ADD(&argv, "-ec");
	ADD(&argv,
	    "run() { setpriv --pdeathsig TERM -- \"$@\"; }\n"
	    "rm -rf new; mkdir -m 0700 -p run\n"
	    "run \"$1/initdb\" -D new -U rations --auth=trust --encoding=UTF8 "
	    "--locale=C.UTF-8 --no-instructions >/dev/null\n"
	    "echo 'CREATE DATABASE rations' | "
	    "run \"$1/postgres\" --single -c log_checkpoints=off -D new postgres >/dev/null\n"
	    "mv new data");
	ADD(&argv, "initdb");
	ADD(&argv, "%s", conf->postgres_dir);
	plan->initdb = (struct child_spec){ .name = "initdb",
					    .argv = argv.list,
					    .cwd = plan->data->postgres,
					    .user = plan->data->postgres_user,
					    .stop_signal = SIGTERM };
}

static void plan_postgres(struct plan *plan, const struct conf *conf)
{
	static const char *const settings[] = {
		"listen_addresses=",        "unix_socket_permissions=0700",
		"shared_buffers=128MB",     "max_wal_size=1GB",
		"log_min_messages=warning", "log_checkpoints=off",
		"log_line_prefix=",         "jit=off"
	};
	struct words argv = words_new(&plan->arena);
	ADD(&argv, "%s/postgres", conf->postgres_dir);
	ADD(&argv, "-D");
	ADD(&argv, "%s/data", plan->data->postgres);
	ADD(&argv, "-k");
	ADD(&argv, "%s/run", plan->data->postgres);
	for (size_t i = 0; i < RA_COUNT(settings); i++) {
		ADD(&argv, "-c");
		ADD(&argv, "%s", settings[i]);
	}
	plan->postgres = (struct child_spec){ .name = "postgres",
					      .argv = argv.list,
					      .cwd = plan->data->postgres,
					      .user = plan->data->postgres_user,
					      .stop_signal = SIGINT,
					      .is_service = true };
}

static void plan_redis(struct plan *plan, const struct conf *conf)
{
	static const char *const settings[][2] = {
		{ "--port", "0" },
		{ "--unixsocket", "redis.sock" },
		{ "--unixsocketperm", "700" },
		{ "--pidfile", "redis.pid" },
		{ "--daemonize", "no" },
		{ "--appendonly", "yes" },
		{ "--save", "" },
		{ "--maxmemory-policy", "noeviction" },
		{ "--loglevel", "warning" },
	};
	struct words argv = words_new(&plan->arena);
	ADD(&argv, "%s", plan->place->redis);
	ADD(&argv, "%s", conf->redis_server);
	for (size_t i = 0; i < RA_COUNT(settings); i++) {
		ADD(&argv, "%s", settings[i][0]);
		ADD(&argv, "%s", settings[i][1]);
	}
	plan->redis = (struct child_spec){ .name = "redis",
					   .argv = argv.list,
					   .cwd = plan->data->redis,
					   .stop_signal = SIGTERM,
					   .is_service = true };
}

/* --- services ----------------------------------------------------------------- */

static void add_database(struct words *env, const struct plan *plan, const char *role)
{
	if (plan->data->postgres)
		ADD(env, "DATABASE_URL=postgresql://%s@/rations?host=%s/run", role,
		    escape(env->arena, plan->data->postgres));
}

static void add_redis(struct words *env, const struct plan *plan)
{
	if (plan->data->redis)
		ADD(env, "REDIS_URL=unix://%s/redis.sock", escape(env->arena, plan->data->redis));
}

static void add_demo(struct words *env, const struct plan *plan, const struct conf *conf)
{
	int sim_port = (int)conf->sim_port, port = (int)conf->port;
	ADD(env, "DEMO=on");
	ADD(env, "EVENT_CLOCK=frame");
	ADD(env, "DISCORD_BOT_TOKEN=" SIM_BOT_TOKEN);
	ADD(env, "DISCORD_CLIENT_ID=" SIM_CLIENT_ID);
	ADD(env, "DISCORD_CLIENT_SECRET=" SIM_CLIENT_SECRET);
	ADD(env, "DISCORD_API_BASE=http://127.0.0.1:%d/api/v10", sim_port);
	ADD(env, "DISCORD_AUTHORIZE_URL=http://127.0.0.1:%d/oauth2/authorize", sim_port);
	ADD(env, "DISCORD_CDN_BASE=http://127.0.0.1:%d/cdn", sim_port);
	ADD(env, "SIM_PORT=%d", sim_port);
	ADD(env,
	    "SIM_REDIRECT_URIS=%s/callback http://127.0.0.1:%d/callback "
	    "http://localhost:%d/callback",
	    plan->public_url, port, port);
	ADD(env, "SIM_STATE_FILE=%s/discord-sim.state", plan->data->folder);
}

/* Started again, it is the one it was: it need not wait for its own leases to end. */
static void add_replica(struct words *env, const struct conf *conf)
{
	char host[64] = "";
	if (getenv("REPLICA_ID"))
		return;
	gethostname(host, sizeof(host) - 1);
	ADD(env, "REPLICA_ID=%s-%d", host, (int)conf->port);
}

/* The demo's desks come after its tables, and before anybody is told its history. */
static const char *const migrate_and_seed = "\"$1/migrate\"\n"
					    "\"$1/discord-sim\" --desk-seed >\"$2/desk.sql\"\n"
					    "exec \"$1/migrate\" --load <\"$2/desk.sql\"";

static void plan_migrate(struct plan *plan, const struct conf *conf)
{
	struct words env = words_new(&plan->arena), argv = words_new(&plan->arena);
	add_database(&env, plan, "rations");
	if (conf_is_demo(conf) && conf->demo_desk) {
		add_demo(&env, plan, conf);
		ADD(&argv, "sh");
		ADD(&argv, "-ec");
		ADD(&argv, "%s", migrate_and_seed);
		ADD(&argv, "migrate");
		ADD(&argv, "%s", plan->place->bin);
		ADD(&argv, "%s", plan->data->folder);
	} else {
		ADD(&argv, "%s/migrate", plan->place->bin);
	}
	plan->migrate = (struct child_spec){
		.name = "migrate", .argv = argv.list, .env = env.list, .stop_signal = SIGTERM
	};
}

/* Where api finds backup-scheduler, which is planned last. */
static int backup_port(const struct conf *conf)
{
	return (int)conf->admin_base + CONF_ADMIN_PORTS - (conf_is_demo(conf) ? 1 : 2);
}

static void add_unless_set(struct words *env, const char *name, const char *value)
{
	if (!getenv(name))
		ADD(env, "%s=%s", name, value);
}

/* Backups lie beside what they are of; who owns the database may make others to try them in. */
static void add_backups(struct words *env, const struct plan *plan, const struct conf *conf)
{
	add_unless_set(env, "PG_BIN_DIR", conf->postgres_dir);
	add_unless_set(env, "BACKUP_DIR",
		       ra_arena_format(env->arena, "%s/backups", plan->data->folder));
	if (plan->data->postgres)
		ADD(env, "ADMIN_DATABASE_URL=postgresql://rations@/rations?host=%s/run",
		    escape(env->arena, plan->data->postgres));
	else
		add_unless_set(env, "ADMIN_DATABASE_URL", conf->database_url);
}

static void plan_service(struct plan *plan, const struct conf *conf, const char *name,
			 const char *program, const char *role)
{
	int admin_port = (int)conf->admin_base + (int)plan->service_count;
	struct words env = words_new(&plan->arena), argv = words_new(&plan->arena);
	if (role)
		add_database(&env, plan, role);
	add_redis(&env, plan);
	if (conf_is_demo(conf))
		add_demo(&env, plan, conf);
	add_replica(&env, conf);
	ADD(&env, "ADMIN_PORT=%d", admin_port);
	ADD(&env, "SESSION_SECRET=%s", plan->place->secret);
	ADD(&env, "PUBLIC_URL=%s", plan->public_url);
	ADD(&env, "BACKUP_URL=http://127.0.0.1:%d", backup_port(conf));
	if (role && strcmp(role, "rations_backup") == 0)
		add_backups(&env, plan, conf);
	ADD(&argv, "%s/%s", plan->place->bin, program);
	plan->ready_urls[plan->service_count] =
		ra_arena_format(&plan->arena, "http://127.0.0.1:%d/readyz", admin_port);
	plan->services[plan->service_count++] = (struct child_spec){ .name = name,
								     .argv = argv.list,
								     .env = env.list,
								     .stop_signal = SIGTERM,
								     .is_service = true };
}

void plan_init(struct plan *plan, const struct conf *conf, const struct place *place,
	       const struct data *data)
{
	*plan = (struct plan){ .place = place, .data = data };
	plan->public_url = ra_public_url(conf->public_url, conf->port);
	if (data->postgres) {
		plan_initdb(plan, conf);
		plan_postgres(plan, conf);
	}
	if (data->redis)
		plan_redis(plan, conf);
	plan_migrate(plan, conf);
	if (conf_is_demo(conf))
		plan_service(plan, conf, "discord", "discord-sim", NULL);
	plan_service(plan, conf, "gateway", "gateway-ingest", NULL);
	plan_service(plan, conf, "analytics", "analytics", "rations_analytics");
	plan_service(plan, conf, "api", "api", "rations_api");
	plan_service(plan, conf, "response-tracker", "response-tracker", "rations_response");
	plan_service(plan, conf, "backup-scheduler", "backup-scheduler", "rations_backup");
}

void plan_fini(struct plan *plan)
{
	ra_free(plan->public_url);
	ra_arena_fini(&plan->arena);
}
