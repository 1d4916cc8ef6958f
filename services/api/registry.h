/*
 * registry: what our slash commands are called, told to Discord. It is asked
 * first what it has, and told only what differs; of all replicas one does it.
 */
#pragma once
#include "services/api/api.h"

struct registry;
struct langs;

struct registry *registry_start(struct api *api);
void registry_stop(struct registry *registry, void (*stopped)(void *ctx), void *ctx);

/* The commands as Discord takes them, names and descriptions in every language. Yours. */
json_t *registry_commands(const struct langs *langs);
/* Is all of `wanted` in what Discord answers? It adds members of its own. Pure. */
bool registry_has(const json_t *there, const json_t *wanted);
