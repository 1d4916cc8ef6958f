/*
 * backup_transfer: files of backups, between api and backup-scheduler, whose
 * private port answers
 *
 *	GET /transfer/<backup_id>?offset=N         a piece from there on; RA_TRANSFER_SIZE: of all
 *	PUT /transfer/<upload>?offset=N&size=S     a piece of a file of S bytes
 *	    200 {"received": N}                    with the last one a job of kind upload begins;
 *	                                           with &import=<name> one of kind import
 *	    409 {"received": N}                    that is where it goes on
 *
 * Each carries a ticket, which api has put into app.backup_ticket for it:
 * good once, for a minute. Pieces are bounded, so is the memory of both.
 */
#pragma once

#define RA_TRANSFER_TICKET       "x-ticket" /* header: RA_TRANSFER_TICKET_CHARS hex digits */
#define RA_TRANSFER_SIZE         "x-size"   /* header of an answer: bytes of the whole file */
#define RA_TRANSFER_TICKET_CHARS 64
#define RA_TRANSFER_UPLOAD_CHARS 32 /* hex digits: names an upload */
#define RA_TRANSFER_DOWN_BYTES   ((size_t)1 << 20)
#define RA_TRANSFER_UP_BYTES     ((size_t)512 << 10)
