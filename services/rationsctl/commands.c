/* commands: the one table of them, from which help, completion and man page are made. */
#include "services/rationsctl/commands.h"

/* clang-format off */
const struct command ctl_commands[] = {
	{ "init", NULL, "[--force] [--links]", "ask for token and secret, check them, write ./secrets and .env; or only print the links", init_run },
	{ "doctor", NULL, "[--guild ID] [--lines]", "everything that has to be right, and what to do where it is not", doctor_run },
	{ "status", NULL, "", "services, shards, readers and backups on one screen", status_run },
	{ "shard", "list", "", "how every shard is: state, guilds, events a second, who holds it", shard_list },
	{ "shard", "plan", "N", "bring up N shards beside those that serve, then hand over", shard_plan },
	{ "guild", "list", "", "the servers the bot is or was in", guild_list },
	{ "guild", "show", "ID", "one of them", guild_show },
	{ "guild", "check", "ID [--lines]", "what of all that concerns one server: token, intents, login, permissions", guild_check },
	{ "token", "list", "[GUILD]", "API tokens, of all servers or of one", token_list },
	{ "token", "create", "GUILD NAME [--people] [--days N]", "make one that reads figures, or lists of people, too", token_create },
	{ "token", "revoke", "TOKEN", "take one back", token_revoke },
	{ "backup", "list", "", "the backups there are", backup_list },
	{ "backup", "now", "[NAME]", "make one, and wait for it", backup_now },
	{ "backup", "verify", "BACKUP", "read every byte of its copies", backup_verify },
	{ "backup", "drill", "[BACKUP]", "restore it, or the newest, into a scratch database and compare", backup_drill },
	{ "backup", "restore", "BACKUP [--force] [--yes]", "put it in the database's place; --force: what is there is put aside", backup_restore },
	{ "import", "file", "FILE [--dry-run]", "move in from another system", import_file },
	{ "import", "list", "", "what was moved in from, or read for it", import_list },
	{ "import", "merge", "IMPORT", "import what was read", import_merge },
	{ "import", "drop", "IMPORT", "forget what was read", import_drop },
	{ "config", NULL, "[PROGRAM]", "options as the programs would take them from here, and where each comes from", config_run },
	{ "migrate", NULL, "[--status]", "bring the schema up to date, or say what is missing", migrate_run },
	{ "demo", NULL, "", "start a simulated Discord and all of Rations here, to look around", demo_run },
	{ "completion", "bash", "", "what makes bash complete these words", completion_run },
	{ "man", NULL, "", "the manual page, as troff", man_run },
	{ 0 },
};
/* clang-format on */
