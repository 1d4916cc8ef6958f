/* fleet: see the header. */
#include "services/rationsctl/fleet.h"
#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

/* In the order of their admin ports. */
static const char *const services[] = { "gateway-ingest", "analytics", "api", "response-tracker",
					"backup-scheduler" };
enum { FIRST_PORT = 5101, REPLICAS_MAX = 64 };

struct fleet {
	const struct ctl *ctl; /* borrowed */
	struct fleet_service *list;
	size_t count;
};

/* {"redis": true, "database": "why not"} */
static void read_why(struct fleet_service *service, const json_t *checks)
{
	const char *name;
	const json_t *check;
	json_object_foreach((json_t *)checks, name, check)
	{
		if (!json_is_string(check))
			continue;
		snprintf(service->why, sizeof(service->why), "%s: %.150s", name,
			 json_string_value(check));
		return;
	}
}

static void ask(struct fleet *fleet, const char *name, const char *host, int port)
{
	struct http_answer answer;
	struct ra_err err = { 0 };
	fleet->list = ra_realloc(fleet->list, (fleet->count + 1) * sizeof(*fleet->list));
	struct fleet_service *service = &fleet->list[fleet->count++];
	*service = (struct fleet_service){ .name = name };
	snprintf(service->at, sizeof(service->at), strchr(host, ':') ? "[%.60s]:%d" : "%.60s:%d",
		 host, port);
	char *url = ra_format("http://%s/readyz", service->at);
	if (http_ask(fleet->ctl, url, NULL, NULL, &answer, &err) == 0) {
		service->is_there = true;
		service->is_ready = answer.status == 200;
		read_why(service, answer.json);
		http_answer_fini(&answer);
	} else {
		snprintf(service->why, sizeof(service->why), "%.190s", err.msg);
	}
	ra_free(url);
}

/* Every address behind the name is a replica. */
static void ask_name(struct fleet *fleet, const char *name, int port)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	size_t asked = 0;
	if (getaddrinfo(name, NULL, &hints, &found) != 0)
		found = NULL;
	for (const struct addrinfo *at = found; at && asked < REPLICAS_MAX; at = at->ai_next) {
		char host[INET6_ADDRSTRLEN];
		if (getnameinfo(at->ai_addr, at->ai_addrlen, host, sizeof(host), NULL, 0,
				NI_NUMERICHOST) == 0) {
			ask(fleet, name, host, port);
			asked++;
		}
	}
	if (asked == 0)
		ask(fleet, name, name, port);
	if (found)
		freeaddrinfo(found);
}

struct fleet_service *fleet_ask(const struct ctl *ctl, size_t *count)
{
	struct fleet fleet = { .ctl = ctl };
	bool is_by_name = strcmp(ctl->conf->services_at, "names") == 0;
	/* the demo's simulator has the first port */
	int first = (int)ctl->conf->admin_base + (ctl->conf->is_demo ? 1 : 0);
	for (size_t i = 0; i < RA_COUNT(services); i++)
		if (is_by_name)
			ask_name(&fleet, services[i], FIRST_PORT + (int)i);
		else
			ask(&fleet, services[i], "127.0.0.1", first + (int)i);
	*count = fleet.count;
	return fleet.list;
}
