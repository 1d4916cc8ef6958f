/*
 * boundary: which messages are counted live, and which are history's
 * (history.h), so that the two never overlap and nothing falls between.
 *
 * It is decided where the stream is folded, once, by message ids. A snapshot
 * lists the newest message of every channel: what is newer is counted live
 * when it is told; everything up to it is history's, also should it be told
 * late. At the next snapshot, what lies between the newest counted and the
 * newest listed was missed, and is written down as a range for history.
 *
 *	start_id        reached at the cut    listed then
 *	   |  counted live  |     missed         |  counted live
 *	---+----------------+--------------------+--------------> ids
 *
 * Archived threads are in no snapshot. Nobody writes in one without reviving
 * it, so in a thread that was not listed live counting begins at the moment
 * of the snapshot; what it missed before is found by the database, which
 * knows how far the thread was counted.
 */
#pragma once
#include "services/analytics/fold.h"

/* A channel that the bot can read was described: listed in a snapshot, new, in view again, or a
 * thread revived. Before the state learns anything else from the event. */
void boundary_on_channel(struct fold *fold, const struct ra_event *event);
/* Entries of the stream were lost unread: what they told of messages is missing in every channel,
 * up to the next message told or listed. */
void boundary_cut_off(struct fold *fold);
/* True when the message is live's to count; then it is noted as reached. */
bool boundary_take(struct fold *fold, const struct ra_event *event);
