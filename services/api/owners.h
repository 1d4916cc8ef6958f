/*
 * owners: who runs this installation, and so may see how it is: OWNER_IDS,
 * or, where that is empty, the owner of the bot's application and its team,
 * asked from Discord and asked again until known (Discord docs, Application).
 */
#pragma once
#include "services/api/api.h"

struct owners;

struct owners *owners_start(struct api *api);
/* `stopped` comes from the loop when the memory is gone. */
void owners_stop(struct owners *owners, void (*stopped)(void *ctx), void *ctx);
/* While nobody is known, nobody is. */
bool owners_have(const struct owners *owners, uint64_t user_id);

/* The ids of a list like "1, 2 3" into *ids (yours to ra_free) and *count. RA_EINVAL: something in
 * it is no id. */
int owners_parse(const char *list, uint64_t **ids, size_t *count) RA_MUST_CHECK;
