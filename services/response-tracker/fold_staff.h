/* fold_staff: roles given and taken make members staff, and end it. */
#pragma once
#include "services/response-tracker/fold.h"

/* Any event: those that tell the roles of a member count. */
void fold_staff(struct fold *fold, const struct guild *guild, const struct ra_event *event);
