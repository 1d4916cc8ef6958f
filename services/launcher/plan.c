#include "services/launcher/plan.h"
#include <signal.h>

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

/* --- servers ---------------------------------------------------------------- */

static void plan_postgres(struct plan *plan, const struct conf *conf, const struct place *place)
{
	/* Into a folder beside it first: killed half-way, the next start begins again. */
	struct words init = words_new(&plan->arena);
	ADD(&init, "sh");
	ADD(&init, "-c");
	ADD(&init,
	    "set -e; cd '%s'; rm -rf new; mkdir -m 0700 -p run; "
	    "'%s/initdb' -D new -U rations --auth=trust --encoding=UTF8 --locale=C.UTF-8 "
	    "--no-instructions >/dev/null; "
	    "echo 'CREATE DATABASE rations' | '%s/postgres' --single -D new postgres >/dev/null; "
	    "mv new data",
	    place->postgres, conf->postgres_dir, conf->postgres_dir);
	plan->initdb = (struct child_spec){ .name = "initdb",
					    .argv = init.list,
					    .user = place->postgres_user,
					    .stop_signal = SIGTERM };

	struct words run = words_new(&plan->arena);
	ADD(&run, "%s/postgres", conf->postgres_dir);
	ADD(&run, "-D");
	ADD(&run, "%s/data", place->postgres);
	ADD(&run, "-k");
	ADD(&run, "%s/run", place->postgres);
	const char *settings[] = { "listen_addresses=",
				   "unix_socket_permissions=0700",
				   "shared_buffers=128MB",
				   "max_wal_size=1GB",
				   "log_min_messages=warning",
				   "log_line_prefix=",
				   "jit=off" };
	for (size_t i = 0; i < RA_COUNT(settings); i++) {
		ADD(&run, "-c");
		ADD(&run, "%s", settings[i]);
	}
	plan->postgres = (struct child_spec){ .name = "postgres",
					      .argv = run.list,
					      .user = place->postgres_user,
					      .stop_signal = SIGINT,
					      .is_service = true };
}

static void plan_redis(struct plan *plan, const struct conf *conf, const struct place *place)
{
	const char *settings[][2] = {
		{ "--port", "0" },
		{ "--unixsocket", "redis.sock" },
		{ "--unixsocketperm", "700" },
		{ "--dir", place->redis },
		{ "--pidfile", "redis.pid" },
		{ "--daemonize", "no" },
		{ "--appendonly", "yes" },
		{ "--save", "" },
		{ "--maxmemory-policy", "noeviction" },
		{ "--loglevel", "warning" },
	};
	struct words run = words_new(&plan->arena);
	ADD(&run, "%s", conf->redis_server);
	for (size_t i = 0; i < RA_COUNT(settings); i++) {
		ADD(&run, "%s", settings[i][0]);
		ADD(&run, "%s", settings[i][1]);
	}
	plan->redis = (struct child_spec){
		.name = "redis", .argv = run.list, .stop_signal = SIGTERM, .is_service = true
	};
}

/* --- services ----------------------------------------------------------------- */

static void add_database(struct words *env, const struct conf *conf, const struct place *place,
			 const char *role)
{
	if (!*conf->database_url)
		ADD(env, "DATABASE_URL=postgresql://%s@/rations?host=%s/run", role,
		    place->postgres);
}

static void add_redis(struct words *env, const struct conf *conf, const struct place *place)
{
	if (!*conf->redis_url)
		ADD(env, "REDIS_URL=unix://%s/redis.sock", place->redis);
}

static void add_discord(struct words *env, const struct plan *plan, const struct conf *conf,
			const struct place *place)
{
	if (!place->is_demo)
		return;
	ADD(env, "DEMO=on");
	ADD(env, "EVENT_CLOCK=frame");
	ADD(env, "DISCORD_BOT_TOKEN=" SIM_BOT_TOKEN);
	ADD(env, "DISCORD_CLIENT_ID=" SIM_CLIENT_ID);
	ADD(env, "DISCORD_CLIENT_SECRET=" SIM_CLIENT_SECRET);
	ADD(env, "DISCORD_API_BASE=http://127.0.0.1:%d/api/v10", (int)conf->sim_port);
	ADD(env, "DISCORD_AUTHORIZE_URL=http://127.0.0.1:%d/oauth2/authorize", (int)conf->sim_port);
	ADD(env, "DISCORD_CDN_BASE=http://127.0.0.1:%d/cdn", (int)conf->sim_port);
	ADD(env, "SIM_PORT=%d", (int)conf->sim_port);
	ADD(env,
	    "SIM_REDIRECT_URIS=%s/callback http://127.0.0.1:%d/callback "
	    "http://localhost:%d/callback",
	    plan->public_url, (int)conf->port, (int)conf->port);
	ADD(env, "SIM_STATE_FILE=%s/discord-sim.state", place->var);
}

static void plan_migrate(struct plan *plan, const struct conf *conf, const struct place *place)
{
	struct words env = words_new(&plan->arena), argv = words_new(&plan->arena);
	add_database(&env, conf, place, "rations");
	ADD(&argv, "%s/migrate", place->bin);
	plan->migrate = (struct child_spec){
		.name = "migrate", .argv = argv.list, .env = env.list, .stop_signal = SIGTERM
	};
}

static void plan_service(struct plan *plan, const struct conf *conf, const struct place *place,
			 const char *name, const char *program, const char *role)
{
	int admin_port = (int)conf->admin_base + (int)plan->service_count;
	struct words env = words_new(&plan->arena), argv = words_new(&plan->arena);
	if (role)
		add_database(&env, conf, place, role);
	add_redis(&env, conf, place);
	add_discord(&env, plan, conf, place);
	ADD(&env, "ADMIN_PORT=%d", admin_port);
	ADD(&env, "SESSION_SECRET=%s", place->secret);
	ADD(&env, "PUBLIC_URL=%s", plan->public_url);
	ADD(&argv, "%s/%s", place->bin, program);
	plan->ready_urls[plan->service_count] =
		ra_arena_format(&plan->arena, "http://127.0.0.1:%d/readyz", admin_port);
	plan->services[plan->service_count++] = (struct child_spec){ .name = name,
								     .argv = argv.list,
								     .env = env.list,
								     .stop_signal = SIGTERM,
								     .is_service = true };
}

void plan_init(struct plan *plan, const struct conf *conf, const struct place *place)
{
	*plan = (struct plan){ 0 };
	plan->public_url = *conf->public_url ? ra_arena_format(&plan->arena, "%s", conf->public_url)
					     : ra_arena_format(&plan->arena, "http://localhost:%d",
							       (int)conf->port);
	if (!*conf->database_url)
		plan_postgres(plan, conf, place);
	if (!*conf->redis_url)
		plan_redis(plan, conf, place);
	plan_migrate(plan, conf, place);
	if (place->is_demo)
		plan_service(plan, conf, place, "discord", "discord-sim", NULL);
	plan_service(plan, conf, place, "gateway", "gateway-ingest", NULL);
	plan_service(plan, conf, place, "analytics", "analytics", "rations_analytics");
	plan_service(plan, conf, place, "api", "api", "rations_api");
}

void plan_fini(struct plan *plan)
{
	ra_arena_fini(&plan->arena);
}
