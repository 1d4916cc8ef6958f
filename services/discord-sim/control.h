/*
 * control: what tests and operators turn: /_control, JSON in and out, to
 * local clients only, and only with SIM_CONTROL=on. README.md lists it all.
 */
#pragma once
#include <jansson.h>
#include <stdint.h>

struct sim;

void control_routes(struct sim *sim);

/* control_inject.c: one act, {"act": "message", ...}. The answer, or NULL with *why (a literal). */
json_t *inject(struct sim *sim, const json_t *args, const char **why);

/* control_faults.c: what goes wrong from now on. NULL, or what was not understood (a literal). */
const char *faults_set(struct sim *sim, json_t *args);
const char *rest_faults_set(struct sim *sim, const json_t *args);
