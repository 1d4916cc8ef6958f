/*
 * watch: sees that settings were changed (app.desk_version, app.rules), and
 * has the readers load them anew, also those of streams nobody writes to.
 *
 * A batch folded by settings of before would not commit anyway
 * (response.settings_turn); this is for what nothing is told of. It also keeps
 * gateway-ingest told whose messages have to be read for it.
 */
#pragma once
#include "libshared/loop/service.h"
#include "libshared/stream/streams.h"

struct watch;

/* `streams` is borrowed. */
struct watch *watch_start(struct ra_service *service, struct ra_streams *streams);
void watch_stop(struct watch *watch);
void watch_free(struct watch **watch);
