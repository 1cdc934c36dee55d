/* For every processor: SSE2, NEON. */

#include "../loops.h"

#define WIDTH 16
#define VARIANT loops_baseline
#define NAME "baseline"
#include "variant.h"
