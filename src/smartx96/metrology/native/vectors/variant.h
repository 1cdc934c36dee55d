/* All loops, for a processor with vectors of WIDTH bytes. */

#include "vectors.h"

/* What is compared with itself is rounded alike. */
#include "orders.h"

/* Sums may round once instead of twice. */
#if defined(__clang__)
#pragma clang fp contract(fast)
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=fast")
#endif

#include "lines.h"
#include "resampling.h"
#include "sums.h"

const Loops VARIANT = {
    NAME, multiply, multiply_and_keep, widen, slide, under,
    fold_room, fold_cycle, lines_of, sizes, percents,
};
