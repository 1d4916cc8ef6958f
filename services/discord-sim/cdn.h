/* cdn: the stand-in for cdn.discordapp.com, under /cdn: faces and icons drawn from their hash. */
#pragma once

struct sim;

void cdn_routes(struct sim *sim);
