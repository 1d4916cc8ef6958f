/*
 * consent: the page where a person says yes. Discord knows who is asking by
 * its own login; here one chooses who to be. It says on every page that it is
 * not Discord.
 */
#pragma once

struct sim;

/* /oauth2/authorize and its style sheet. */
void consent_routes(struct sim *sim);
