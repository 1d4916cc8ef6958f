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
	bool is_well = service->is_ready && !*service->why;
	if (is_well)
		return;
	doctor_say(d,
		   !service->is_there        ? SERVICE_AWAY
		   : is_catching_up(service) ? SERVICE_CATCHING_UP
		   : service->is_ready       ? SERVICE_LACKS /* what it can do without */
					     : SERVICE_NOT_READY,
		   json_pack("{s:s, s:o, s:o}", "service", service->name, "at",
			     doctor_text(service->at), "why", doctor_text(service->why)));
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
		doctor_say(d, SERVICES_OK, doctor_number("count", (int64_t)count));
	ra_free(services);
}
