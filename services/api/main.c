/*
 * api: the web side of Rations - login with Discord, permissions, figures,
 * live updates, and the dashboard's files. See api.h.
 */
#include "libshared/base/clock.h"
#include "libshared/http/public_url.h"
#include "services/api/api.h"
#include "services/api/live.h"
#include "services/api/standby.h"

/* On a hosting platform nobody but us knows what was taken from it. */
static void note_platform(const struct api *api)
{
	const struct ra_platform *platform = ra_platform_here();
	if (!platform)
		return;
	ra_info(NULL, "hosting platform", ra_f_text("name", platform->name),
		ra_f_text("host", ra_listen_host(api->conf->host)));
	if (strncmp(api->urls.public_url, "http://localhost", 16) == 0)
		ra_warn(NULL, "the platform does not say our domain",
			ra_f_text("hint", "Set PUBLIC_URL to the address people open."));
}

static int start(struct ra_service *service)
{
	struct ra_err err = { 0 };
	struct api *api = ra_new(struct api);
	*api = (struct api){ .conf = service->conf,
			     .service = service,
			     .loop = service->loop,
			     .now_ms = ra_wall_ms };
	service->ctx = api;
	if (api_open(api, &err) < 0) {
		ra_error(NULL, "cannot start", ra_f_text("what", err.msg),
			 ra_f_text("hint", err.hint));
		return err.code;
	}
	ra_service_ready_check(service, "database", db_is_ready, api->db);
	ra_service_ready_check(service, "redis", live_is_ready, api->live);
	if (api->standby)
		ra_service_ready_note(service, "replica", standby_is_used, api->standby);
	ra_info(NULL, "listening", ra_f_text("url", api->urls.public_url),
		ra_f_int("port", ra_http_server_port(api->server)));
	note_platform(api);
	if (!conf_can_login(api->conf))
		ra_warn(NULL, "nobody can log in",
			ra_f_text("hint", "Set DISCORD_CLIENT_ID and DISCORD_CLIENT_SECRET."));
	return 0;
}

static void stop(struct ra_service *service)
{
	api_close(service->ctx, NULL, NULL);
}

static void fini(struct ra_service *service)
{
	ra_free(service->ctx);
}

int main(int argc, char **argv)
{
	const struct ra_service_spec spec = {
		.name = "api",
		.summary = "login, permissions, figures and the dashboard",
		.options = conf_options,
		.option_count = conf_option_count,
		.conf_size = sizeof(struct conf),
		.admin_port = 5103,
		.has_schema = true,
		.complete = conf_complete,
		.check = conf_check,
		.start = start,
		.stop = stop,
		.fini = fini,
	};
	return ra_service_main(&spec, argc, argv);
}
