// base: values without io. Strong numbers, bytes and buffers, checksums, error codes, results, times, random numbers,
// histograms and the metrics table. Nothing here knows a clock, a socket, a file or a thread; everything may use it.
//
// Reading order: strong.h (numbers that cannot be mixed up), bytes.h, error_code.h, result.h, time.h, metrics.h.
#pragma once

#include "base/bytes.h"
#include "base/error_code.h"
#include "base/result.h"
#include "base/strong.h"
#include "base/time.h"
