/* table: a list of JSON objects as columns on a terminal. */
#pragma once
#include "services/rationsctl/ctl.h"

enum table_kind { TABLE_TEXT, TABLE_NUMBER, TABLE_BYTES, TABLE_TIME /* ISO 8601 */ };

struct table_column {
	const char *key, *head; /* key NULL ends the list */
	enum table_kind kind;
};

/* Prints the list as it was asked for and lets go of it. `nothing`: what is said of an empty one.
 */
int table_print(const struct ctl *ctl, json_t *list, const struct table_column *columns,
		const char *nothing);
