/*
 * stream: what analytics does with a shard's stream, for the reader of
 * libshared/stream: its state in memory, folding into a batch, and the batch as
 * rows. Made by the reader; the rows of a batch and the position commit
 * together.
 */
#pragma once
#include "libshared/stream/reader.h"

extern const struct ra_reader_ops stream_ops;
