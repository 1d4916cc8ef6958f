/* conf: the options of rationsctl, listed in conf.def, and what follows from them. */
#pragma once
#include "libshared/conf/conf.h"

struct conf {
#define X RA_CONF_STRUCT
#include "services/rationsctl/conf.def"
#undef X
	char *backup_url; /* PostgreSQL as rations_backup, where `make run` has it; "" elsewhere;
			     owned */
	bool is_demo;     /* the installation is the demo of `make run` */
};

extern const struct ra_option conf_options[];
extern const size_t conf_option_count;

/* Fills in what was left out and follows from where `make run` keeps its data. */
void conf_complete(struct conf *conf);
void conf_fini(struct conf *conf);
