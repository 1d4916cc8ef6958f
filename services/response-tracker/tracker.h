/* tracker: reads the streams of events (libshared/stream) and folds them into schema response. */
#pragma once
#include "libshared/stream/reader.h"

/* What a reader of a stream does with events. */
extern const struct ra_reader_ops tracker_ops;
