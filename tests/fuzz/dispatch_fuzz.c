/*
 * dispatch_fuzz: whatever a dispatch of any name holds, what comes out are events (normalised.h).
 * An input is READY's guilds, a name and its data, a line each.
 */
#include "tests/fuzz/normalised.h"

static void fuzz_check(struct ra_str input)
{
	struct ra_str guilds = fuzz_line(&input);
	struct ra_str type = fuzz_line(&input);
	normalised_begin(guilds);
	normalised_dispatch(type, input);
}
