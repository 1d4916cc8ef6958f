/* commands: the one table of them, from which help, completion and man page are made. */
#include "services/rationsctl/commands.h"

/* clang-format off */
const struct command ctl_commands[] = {
	{ "doctor", NULL, "[--guild ID]", "everything that has to be right, and what to do where it is not", doctor_run },
	{ "shard", "list", "", "how every shard is: state, guilds, events a second, who holds it", shard_list },
	{ "shard", "plan", "N", "bring up N shards beside those that serve, then hand over", shard_plan },
	{ "completion", "bash", "", "what makes bash complete these words", completion_run },
	{ "man", NULL, "", "the manual page, as troff", man_run },
	{ 0 },
};
/* clang-format on */
