/* store_s3: what a test asks of store_s3.c beside store.h. */
#pragma once
#include "services/backup-scheduler/s3.h"
#include "services/backup-scheduler/store_internal.h"

/* How large the parts of an upload are, when so much is expected. */
size_t store_s3_part_bytes(uint64_t about_bytes);
