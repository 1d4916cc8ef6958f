/* ledger: see ledger.h. */
#include "services/discord-sim/ledger.h"
#include "services/discord-sim/put.h"
#include "services/discord-sim/render.h"
#include <errno.h>
#include <stdio.h>

#define BUFFER_BYTES (64U << 10)

struct ledger {
	FILE *file;        /* owned */
	struct ra_buf row; /* being written */
};

struct ledger *ledger_open(const char *path, struct ra_err *err)
{
	if (path[0] == '\0')
		return NULL;
	FILE *file = fopen(path, "we");
	if (!file) {
		ra_fail(err, -errno, "Give SIM_LEDGER a path in a folder that can be written.",
			"cannot write %s: %s", path, strerror(errno));
		return NULL;
	}
	setvbuf(file, NULL, _IOLBF, BUFFER_BYTES); /* what was told can be read at once */
	struct ledger *ledger = ra_new(struct ledger);
	ledger->file = file;
	return ledger;
}

void ledger_close(struct ledger **ledger)
{
	if (!*ledger)
		return;
	fclose((*ledger)->file);
	ra_buf_fini(&(*ledger)->row);
	ra_free(*ledger);
	*ledger = NULL;
}

static struct ra_buf *begin(struct ledger *ledger, int64_t at_ms, const char *type)
{
	ra_buf_clear(&ledger->row);
	ra_buf_printf(&ledger->row, "{\"at\":%lld,\"t\":\"%s\",\"d\":", (long long)at_ms, type);
	return &ledger->row;
}

static void end(struct ledger *ledger)
{
	struct ra_str row = ra_buf_str(&ledger->row);
	fwrite(row.ptr, 1, row.len, ledger->file);
	fputs("}\n", ledger->file);
}

void ledger_dispatch(struct ledger *ledger, const struct world *world,
		     const struct dispatch *dispatch)
{
	if (!ledger)
		return;
	if (dispatch->create) {
		ledger_snapshot(ledger, world, dispatch->create, dispatch->at_ms);
		return;
	}
	ra_buf_add(begin(ledger, dispatch->at_ms, dispatch->type), dispatch->d.ptr,
		   dispatch->d.len);
	end(ledger);
}

static void put_members(struct ra_buf *d, const struct guild *guild)
{
	const char *comma = "";
	PUT(d, "[");
	for (const struct member *m = guild->members; m; m = m->hh.next) {
		ra_buf_printf(d, "%s", comma);
		render_member(d, m);
		comma = ",";
	}
	PUT(d, "]");
}

void ledger_snapshot(struct ledger *ledger, const struct world *world, const struct guild *guild,
		     int64_t at_ms)
{
	if (!ledger)
		return;
	const struct guild_create how = { .large_threshold = 50 };
	struct ra_buf *d = begin(ledger, at_ms, "GUILD_CREATE");
	render_guild_create(d, world, guild, &how);
	PUT(d, ",\"all_members\":");
	put_members(d, guild);
	end(ledger);
}

void ledger_gap(struct ledger *ledger, uint64_t guild_id, int64_t at_ms)
{
	if (!ledger)
		return;
	ra_buf_printf(begin(ledger, at_ms, "GAP"), "{\"guild_id\":\"%llu\"}",
		      (unsigned long long)guild_id);
	end(ledger);
}
