/*
 * conf: one table per program declares its options; parsing, ranges, --help,
 * .env.example and the doc page come from it.
 *
 * A program lists its options in a conf.def, one line each:
 *
 *	X(field, NAME, kind, "default", "min", "max", "what it is")
 *
 * and includes it twice: inside a struct with RA_CONF_STRUCT, inside a table
 * with RA_CONF_TABLE (see any service's conf.h). A NULL default means the
 * option must be set. Values come from the environment, or from the file
 * named by NAME_FILE; an empty variable counts as unset. `min` and `max` bound
 * numbers, durations and sizes; NULL is no bound. Kinds:
 *
 *	int       int64_t
 *	duration  int64_t, milliseconds: "250ms" "30s" "10m" "24h" "7d"
 *	size      int64_t, bytes: "64k" "10m" "2g"
 *	bool      bool: true/false, yes/no, on/off, 1/0
 *	text      char *   (never NULL; "" when empty)
 *	secret    char *   (like text; never printed)
 *	url       char *   (scheme://...; min is a space-separated list of allowed schemes)
 *	folder    char *   (like text; when left out, what comes with the programs: the default
 *	                    beside their bin/ where it is there, else in the working folder)
 *	choice    char *   (min is a space-separated list of what is allowed)
 */
#pragma once
#include "libshared/base/base.h"

enum ra_conf_kind {
	RA_CONF_int,
	RA_CONF_duration,
	RA_CONF_size,
	RA_CONF_bool,
	RA_CONF_text,
	RA_CONF_secret,
	RA_CONF_url,
	RA_CONF_folder,
	RA_CONF_choice,
};

typedef int64_t ra_conf_int;
typedef int64_t ra_conf_duration;
typedef int64_t ra_conf_size;
typedef bool ra_conf_bool;
typedef char *ra_conf_text;
typedef char *ra_conf_secret;
typedef char *ra_conf_url;
typedef char *ra_conf_folder;
typedef char *ra_conf_choice;

struct ra_option {
	const char *name; /* of the environment variable */
	enum ra_conf_kind kind;
	size_t offset; /* into the program's struct conf */
	const char *initial, *min, *max, *help;
};

#define RA_CONF_STRUCT(field, name, kind, initial, min, max, help) ra_conf_##kind field;
#define RA_CONF_TABLE(field, name, kind, initial, min, max, help)                                  \
	{ #name, RA_CONF_##kind, offsetof(struct conf, field), initial, min, max, help },

/* Fills *conf (zeroed by the caller) from the environment. Every mistake is printed on stderr, one
 * line and one hint each, and their number returned; 0 means the values may be used. */
int ra_conf_load(const struct ra_option *options, size_t count, void *conf) RA_MUST_CHECK;
/* Prints a mistake that a single option can not know of, as ra_conf_load does; returns 1, to be
 * added up. */
int ra_conf_mistake(const char *name, const char *what, const char *hint);
/* Frees the texts. */
void ra_conf_free(const struct ra_option *options, size_t count, void *conf);
/* The options as --help prints them. */
void ra_conf_help(const struct ra_option *options, size_t count);
/* A line each: NAME, value, where it comes from, with a tab between; secrets as "set" or "unset".
 */
void ra_conf_explain(const struct ra_option *options, size_t count, const void *conf);
/* The values as `NAME=value` fields in one debug line; secrets as "set" or "unset". */
void ra_conf_dump(const struct ra_option *options, size_t count, const void *conf);
