/*
 * command: one use of a command of ours, from the moment a replica has it
 * until Discord has the answer.
 *
 *	CHECKING  what may they see: the guild, then its settings
 *	WORKING   the command's own questions (command_*.c)
 *	DRAWING   the chart, off the loop
 *	ANSWERING --> done
 *
 * Discord waits for 3 s. When a second has passed it is told to wait
 * (deferred), and the answer becomes an edit of that.
 */
#pragma once
#include "proto/interaction.h"
#include "services/api/access.h"
#include "libshared/discord/embed.h"
#include "services/api/inbox.h"
#include "services/api/picture.h"

#define COMMAND_DEFER_MS 1000

struct command;

enum command_need {
	COMMAND_NOTHING, /* works anywhere */
	COMMAND_MEMBER,  /* in a guild: what is one's own */
	COMMAND_FIGURES, /* and its figures may be seen */
	COMMAND_STAFF,   /* in a guild: its desk may be seen */
};

/* Options a command may have. */
#define COMMAND_PERIOD 1u
#define COMMAND_WHAT   2u
#define COMMAND_TEXT   4u

struct command_kind {
	const char *name; /* of its texts; Discord's, too, where there is no menu_name */
	enum command_need need;
	bool is_hidden;   /* only who asked sees the answer */
	unsigned options; /* COMMAND_* */
	void (*run)(struct command *command);
	const char *menu_name; /* it is of the menu of a message, and called so */
};

/* All of them; `name` NULL ends the list. */
extern const struct command_kind command_kinds[];
/* What a button of ours under a message does. */
extern const struct command_kind command_button;

struct command {
	struct api *api;                 /* borrowed */
	const struct command_kind *kind; /* static */
	const struct lang *lang;         /* borrowed */
	struct ra_arena arena;
	struct inbox_place place;
	struct ra_interaction it;    /* texts in the arena */
	json_t *options;             /* owned; name -> value */
	const struct access *access; /* from COMMAND_MEMBER on; in the arena */
	int64_t now_ms;
	uint64_t taken_at_ms, give_up_at_ms; /* monotonic; the latter: Discord has */
	bool is_second;                      /* another replica had it before */
	bool is_ready;                       /* the answer is made */
	bool is_hidden;                      /* as in kind, or because it is refused */
	bool is_deferring, has_deferred;
	json_t *message;         /* owned; the answer */
	struct ra_buf png;       /* owned; empty: no chart */
	struct picture *picture; /* in the arena; while it is drawn */
	void *state;             /* of the command; in the arena */
	void (*done)(void *ctx, struct command *command);
	void *ctx; /* borrowed */
	struct command *next;
};

/* Texts of `it` are copied. */
struct command *command_new(struct api *api, const struct langs *langs,
			    const struct command_kind *kind, const struct ra_interaction *it);
/* `done` comes exactly once, from the loop or from inside; the command is gone when it returns. */
void command_begin(struct command *command, void (*done)(void *ctx, struct command *command),
		   void *ctx);
/* Every so often: tells Discord to wait, when it is time to. */
void command_tick(struct command *command);

/* What a command ends with, exactly once. `message` (see embed.h) is taken; `picture` lives in the
 * command's arena, NULL: none. */
void command_reply(struct command *command, json_t *message, struct picture *picture);
/* "refused.people" and its like, seen by who asked alone. */
void command_refuse(struct command *command, const char *key);

/* The value of an option; `otherwise` when it was not given. */
const char *command_option(const struct command *command, const char *name, const char *otherwise);
/* An address of the dashboard for this guild, with `rest` behind it. */
const char *command_url(struct command *command, const char *rest);

/* The commands. */
void command_analytics(struct command *command);
void command_top(struct command *command);
void command_me(struct command *command);
void command_help(struct command *command);
void command_invite(struct command *command);
void command_privacy(struct command *command);
void command_ask(struct command *command);
void command_mark(struct command *command);
void command_desk_button(struct command *command);
