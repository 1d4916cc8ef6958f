/*
 * policy: a connection has ended; what now? Every close code, opcode and
 * accident has a line, after
 * https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway
 */
#pragma once
#include "libshared/base/base.h"

/* How a connection ended. Close codes (1000 and above) stand for themselves. */
enum ending {
	END_LOST = 1,          /* no goodbye: network, crash */
	END_REFUSED,           /* never opened */
	END_ZOMBIE,            /* the other end is silent */
	END_TIMEOUT,           /* a step of the handshake took too long */
	END_GARBAGE,           /* it spoke something else */
	END_RECONNECT,         /* op 7 */
	END_INVALID_RESUMABLE, /* op 9, true */
	END_INVALID,           /* op 9, false */
	END_SILENT,            /* we left: heartbeats are answered, but nothing else comes */
	END_GAP,               /* we left: a dispatch is missing */
	END_REWIND,            /* we left: Redis knows less than we have sent */
	END_DEGRADED,          /* we left: more intents are allowed than we asked for */
	END_STOPPED,           /* we left for good */
	END_TAKEN,             /* we left: somebody else holds the shard */
	END_RESHARDED,         /* we left: another plan serves its guilds; the session ends */
};

enum next {
	NEXT_RESUME,   /* the session lives on */
	NEXT_IDENTIFY, /* a new session */
	NEXT_FATAL,    /* only a person can help: wait long, say why */
};

struct policy {
	int ending;
	const char *cause; /* for logs, metrics and events */
	enum next next;
	uint32_t wait_min_ms,
		wait_max_ms; /* before trying again; backoff comes on top when it keeps failing */
	const char *trouble; /* NEXT_FATAL: what is wrong */
	const char *hint;    /* NEXT_FATAL: what to do, naming the setting */
};

/* Never NULL: what is not listed is worth a RESUME. */
const struct policy *policy_of(int ending);
