/* Windows: where they and their cycles lie among the samples, and their sums. */

#include "loops.h"

/* The course of the phase, and the samples on which it was found. */
typedef struct {
    const int64_t *phase;
    Py_ssize_t known, tick, cubic_of;
    double cubic[3];
} Course;

/* The last tick at or before a phase, which is later than the one asked for before. */
static Py_ssize_t tick_of(Course *course, int64_t phase)
{
    Py_ssize_t tick = course->tick;
    while (tick > 0 && course->phase[tick] > phase)
        tick--;
    while (tick + 1 < course->known && course->phase[tick + 1] <= phase)
        tick++;
    return course->tick = tick;
}

/* As `timeline.inverse_cubics`. */
static void turn_round(Course *course, Py_ssize_t tick)
{
    const int64_t *phase = course->phase + tick;
    double before = (double)(phase[0] - phase[-1]), after = (double)(phase[1] - phase[0]);
    double beyond = (double)(phase[2] - phase[1]);
    double slope = 1.0 / after;
    double bend = (slope - 1.0 / before) / (before + after);
    double next = (1.0 / beyond - slope) / (after + beyond);
    double third = (next - bend) / (before + after + beyond);
    double second = bend + third * (before - after);
    course->cubic[0] = slope - after * (bend + third * before);
    course->cubic[1] = second, course->cubic[2] = third;
    course->cubic_of = tick;
}

/* Ticks after the first at which a phase is reached: the whole and the part. */
static int reached(Course *course, int64_t phase, Py_ssize_t *whole, double *part)
{
    Py_ssize_t tick = tick_of(course, phase);
    if (tick < 1 || tick + 2 >= course->known || course->phase[tick] > phase)
        return 0;
    if (course->cubic_of != tick)
        turn_round(course, tick);
    double x = (double)(phase - course->phase[tick]);
    *whole = tick;
    *part = x * (course->cubic[0] + x * (course->cubic[1] + x * course->cubic[2]));
    return 1;
}

/* As `kernels.raised_cosine_step`. */
static double raised_cosine_step(double t, double width)
{
    double x = t / width;
    return x <= -0.5 ? 0.0 : x >= 0.5 ? 1.0 : 0.5 + x + sin(TURN * x) / TURN;
}

static int largest_factor(int n)
{
    int factor = 2;
    while (factor * factor <= n)
        if (n % factor)
            factor++;
        else
            n /= factor;
    return n;
}

/* As `spectrum._points`. */
static int64_t points_of(double samples_per_cycle, double carried)
{
    int low = (int)floor(samples_per_cycle);
    double orders = fmin(floor(carried * samples_per_cycle), ORDERS);
    if ((low - 1) / 2 < orders)
        return low + 1;
    return largest_factor(low) <= largest_factor(low + 1) ? low : low + 1;
}

/* As `spectrum._grids`: deviations, first samples and reach of a window from where its nodes lie. */
static int64_t lay(double *deviation, const int64_t *node, Py_ssize_t cycles, int64_t origin,
                   double points, double cycle, double farthest, int64_t half, int64_t *first)
{
    double most = 1.0;
    for (Py_ssize_t n = 0; n < cycles; n++, deviation += NODES) {
        for (int k = 0; k < NODES; k++)
            deviation[k] -= (double)node[k] * (points / cycle);
        double start = rint((deviation[0] + deviation[NODES - 1]) / 2);
        for (int k = 0; k < NODES; k++) {
            double aside = deviation[k] - start;
            aside = aside < -farthest ? -farthest : aside > farthest ? farthest : aside;
            most = fabs(aside) > most ? fabs(aside) : most;
            deviation[k] = aside;
        }
        first[n] = origin + (int64_t)start;
    }
    return half - 1 + (int64_t)ceil(most);
}

/* As `spectrum._course`. */
static double gain_of(const double *at, Py_ssize_t cycles, double steady)
{
    const double *last = at + (cycles - 1) * NODES;
    double one = at[NODES - 1] - at[0], other = last[NODES - 1] - last[0];
    double course = cycles > 1 ? (one / other - 1) / (double)(cycles - 1) : 0.0;
    return fabs(course) > steady ? course : 0.0;
}

enum {
    PHASE, NODE, SAMPLES, GROUPS, ORIGIN, OFFSET, GROUP, EDGE, SUMS, LENGTH, POINTS, REACH, FIRST,
    DEVIATION, GAIN, ARRAYS
};

typedef struct {
    int64_t start, cycle, base, tick, group, half, length;
    double centre, carried, farthest, steady, hand_over;
} Numbers;

/* A boundary: where it lies, and what it adds to the groups before it. */
static const char *border(const Py_buffer *view, const Numbers *given, Course *course, int64_t phase,
                          Py_ssize_t n, double *weight)
{
    Py_ssize_t whole;
    double part;
    if (!reached(course, phase, &whole, &part))
        return "locate: a window reaches beyond the ticks";
    double floored = floor(given->centre);
    int64_t origin = (int64_t)floored + (given->tick + whole) * given->length;
    double offset = part * (double)given->length + (given->centre - floored);
    ((int64_t *)view[ORIGIN].buf)[n] = origin;
    ((double *)view[OFFSET].buf)[n] = offset;
    int64_t step = (int64_t)given->hand_over, width = given->length + step + 1;
    int64_t touched = origin + (int64_t)floor(offset) - step / 2;
    int64_t group = touched / given->length - (touched % given->length < 0);
    int64_t first = group * given->length - given->base;
    if (first < 0 || first + width > view[SAMPLES].shape[1])
        return "locate: a boundary reaches beyond the samples";
    for (int64_t k = 0; k < width; k++)
        weight[k] = raised_cosine_step(offset - (double)(k + group * given->length - origin),
                                       given->hand_over);
    Py_ssize_t channels = view[SAMPLES].shape[0], row = row_of(&view[SAMPLES]);
    double *wide = weight + width, *weighted = wide + channels * width;
    for (Py_ssize_t c = 0; c < channels; c++) {
        const float *kept = (const float *)view[SAMPLES].buf + c * row + first;
        for (int64_t k = 0; k < width; k++) {
            wide[c * width + k] = kept[k];
            weighted[c * width + k] = weight[k] * kept[k];
        }
    }
    loops->multiply(weighted, wide, width, channels, width, (double *)view[EDGE].buf + n,
                    view[EDGE].shape[1]);
    ((int64_t *)view[GROUP].buf)[n] = group;
    return NULL;
}

/* As `sums.window_sums`. */
static const char *add_groups(const Py_buffer *view, const Numbers *given, Py_ssize_t n)
{
    const int64_t *group = view[GROUP].buf;
    int64_t begin = group[n] - given->group, end = group[n + 1] - given->group;
    Py_ssize_t windows = view[SUMS].shape[1], row = row_of(&view[GROUPS]);
    if (begin < 0 || end < begin || end > view[GROUPS].shape[1])
        return "locate: a window reaches beyond the groups";
    for (Py_ssize_t r = 0; r < view[SUMS].shape[0]; r++) {
        const double *sum = (const double *)view[GROUPS].buf + r * row;
        const double *edge = (const double *)view[EDGE].buf + r * (windows + 1) + n;
        double total = 0.0;
        for (int64_t k = begin; k < end; k++)
            total += sum[k];
        ((double *)view[SUMS].buf)[r * windows + n] = total + edge[1] - edge[0];
    }
    return NULL;
}

/* The cycles of a window. */
static const char *place(const Py_buffer *view, const Numbers *given, Course *course, Py_ssize_t n)
{
    const int64_t *node = view[NODE].buf, *origin = (int64_t *)view[ORIGIN].buf + n;
    const double *offset = (double *)view[OFFSET].buf + n;
    Py_ssize_t cycles = view[FIRST].shape[1];
    double *at = (double *)view[DEVIATION].buf + n * cycles * NODES;
    int64_t start = given->start + n * cycles * given->cycle;
    double fraction = given->centre - floor(given->centre);
    int64_t base = (origin[0] - (int64_t)floor(given->centre)) / given->length - given->tick;
    for (Py_ssize_t k = 0; k < cycles * NODES; k++) {
        Py_ssize_t whole;
        double part;
        if (!reached(course, start + k / NODES * given->cycle + node[k % NODES], &whole, &part))
            return "locate: a cycle reaches beyond the ticks";
        at[k] = ((double)(whole - base) + part) * (double)given->length + fraction;
    }
    double length = (double)(origin[1] - origin[0]) + (offset[1] - offset[0]);
    ((double *)view[LENGTH].buf)[n] = length;
    int64_t points = points_of(length / (double)cycles, given->carried);
    ((int64_t *)view[POINTS].buf)[n] = points;
    ((double *)view[GAIN].buf)[n] = gain_of(at, cycles, given->steady);
    ((int64_t *)view[REACH].buf)[n] =
        lay(at, node, cycles, origin[0], (double)points, (double)given->cycle, given->farthest,
            given->half, (int64_t *)view[FIRST].buf + n * cycles);
    return NULL;
}

static int shapes(const Py_buffer *view)
{
    Py_ssize_t windows = view[POINTS].shape[0], cycles = view[FIRST].shape[1];
    Py_ssize_t channels = view[SAMPLES].shape[0], rows = PRODUCTS + 2 * (channels - 6);
    return channels >= 6 && channels <= CHANNELS && cycles >= 1 && view[NODE].shape[0] == NODES &&
           view[GROUPS].shape[0] == rows && view[SUMS].shape[0] == rows && !gapped(&view[SUMS]) &&
           view[SUMS].shape[1] == windows && view[EDGE].shape[0] == rows && !gapped(&view[EDGE]) &&
           view[EDGE].shape[1] == windows + 1 && view[ORIGIN].shape[0] == windows + 1 &&
           view[OFFSET].shape[0] == windows + 1 && view[GROUP].shape[0] == windows + 1 &&
           view[LENGTH].shape[0] == windows && view[REACH].shape[0] == windows && view[GAIN].shape[0] == windows &&
           view[FIRST].shape[0] == windows && !gapped(&view[FIRST]) &&
           view[DEVIATION].shape[0] == windows && view[DEVIATION].shape[1] == cycles &&
           view[DEVIATION].shape[2] == NODES;
}

/* locate(phase, node, samples, groups, origin, offset, group, edge, sums, length, points, reach,
   first, deviation, gain, (start, cycle, base, tick, group, half, length, centre, carried,
   farthest, steady, hand_over)): everything from `origin` to `gain` is found; gives whether there is
   any gain. */
PyObject *locate(PyObject *module, PyObject *args)
{
    static const Wanted wanted[] = {
        {"phase", "lq", 8, 1, 0},    {"node", "lq", 8, 1, 0},   {"samples", "f", 4, 2, 0},
        {"groups", "d", 8, 2, 0},    {"origin", "lq", 8, 1, 1}, {"offset", "d", 8, 1, 1},
        {"group", "lq", 8, 1, 1},    {"edge", "d", 8, 2, 1},    {"sums", "d", 8, 2, 1},
        {"length", "d", 8, 1, 1},    {"points", "lq", 8, 1, 1},   {"reach", "lq", 8, 1, 1},  {"first", "lq", 8, 2, 1},
        {"deviation", "d", 8, 3, 1}, {"gain", "d", 8, 1, 1},
    };
    PyObject *given[ARRAYS];
    Py_buffer view[ARRAYS];
    Numbers of;
    (void)module;
    if (!PyArg_ParseTuple(
            args, "OOOOOOOOOOOOOOO(LLLLLLLddddd)", &given[PHASE], &given[NODE], &given[SAMPLES],
            &given[GROUPS], &given[ORIGIN], &given[OFFSET], &given[GROUP], &given[EDGE],
            &given[SUMS], &given[LENGTH], &given[POINTS], &given[REACH], &given[FIRST], &given[DEVIATION],
            &given[GAIN], &of.start, &of.cycle, &of.base, &of.tick, &of.group, &of.half, &of.length,
            &of.centre, &of.carried, &of.farthest, &of.steady, &of.hand_over))
        return NULL;
    int count = take(given, view, wanted, ARRAYS);
    if (count < ARRAYS)
        return count < 0 ? NULL : mismatch(count, view, "locate: an array is missing");
    if (!shapes(view) || of.cycle < 1 || of.length < 1 || !(of.hand_over >= 1.0))
        return mismatch(count, view, "locate: shapes that do not go together");
    int64_t width = of.length + (int64_t)of.hand_over + 1;
    double *weight = malloc((size_t)(width * (1 + 2 * CHANNELS)) * sizeof *weight);
    if (!weight) {
        release(count, view);
        return PyErr_NoMemory();
    }
    Course course = {view[PHASE].buf, view[PHASE].shape[0], 0, -1, {0}};
    Py_ssize_t windows = view[POINTS].shape[0], cycles = view[FIRST].shape[1];
    const char *wrong = border(view, &of, &course, of.start, 0, weight);
    for (Py_ssize_t n = 0; n < windows && !wrong; n++) {
        int64_t end = of.start + (n + 1) * cycles * of.cycle;
        wrong = border(view, &of, &course, end, n + 1, weight);
        wrong = wrong ? wrong : add_groups(view, &of, n);
        wrong = wrong ? wrong : place(view, &of, &course, n);
    }
    free(weight);
    if (wrong)
        return mismatch(count, view, wrong);
    int moving = 0;
    for (Py_ssize_t n = 0; n < windows; n++)
        moving |= ((const double *)view[GAIN].buf)[n] != 0.0;
    release(count, view);
    return PyBool_FromLong(moving);
}
