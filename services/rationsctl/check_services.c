/* check_services: that every service is there, and ready by its own account. */
#include "services/rationsctl/doctor.h"
#include "services/rationsctl/fleet.h"
#include <string.h>

/* As libshared/stream/reader.h says it of a reader that has work left from before. */
static bool is_catching_up(const struct fleet_service *service)
{
	return service->is_there && !service->is_ready && strstr(service->why, "catching up");
}

static void judge(struct doctor *d, const struct fleet_service *service)
{
	char *fix = ra_format("See why in its log: docker compose logs %s", service->name);
	if (!service->is_there)
		doctor_say(d, CROSS, "services", fix, "%s does not answer at %s: %s", service->name,
			   service->at, service->why);
	else if (is_catching_up(service))
		doctor_say(d, WARNING, "services", "Nothing to do: ask again in a minute.",
			   "%s reads what waited for it: %s", service->name, service->why);
	else if (!service->is_ready)
		doctor_say(d, CROSS, "services", fix, "%s is not ready: %s", service->name,
			   service->why);
	else if (*service->why) /* what it can do without */
		doctor_say(d, WARNING, "services", fix, "%s does without something: %s",
			   service->name, service->why);
	ra_free(fix);
}

void check_services(struct doctor *d)
{
	size_t count, ready = 0;
	struct fleet_service *services = fleet_ask(d->ctl, &count);
	for (size_t i = 0; i < count; i++) {
		ready += services[i].is_ready;
		judge(d, &services[i]);
	}
	if (ready == count)
		doctor_tick(d, "services", "all %zu are ready", count);
	ra_free(services);
}
