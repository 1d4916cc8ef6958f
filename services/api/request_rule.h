/* request_rule: one rule as people write it: what the rules' endpoints and the workbench share. */
#pragma once
#include "services/api/body.h"

/* The columns of app.request_rule that people set, by their names, out of the body; yours. Mistakes
 * are the body's. */
json_t *request_rule_read(struct body *body);
