/* Tracking: the phase of the fundamental from tick to tick. */

#include "loops.h"

/* Tangent up to which its series gives the angle to the last bit. */
#define SMALL 0.03

typedef struct {
    double real, imag;
} Complex;

/* What a plan tells, and where it comes from Python. */
typedef struct {
    const double *averaging, *coarse, *window, *fine, *grid;
    Py_ssize_t weights, decimation, width, tick, frequencies;
    double seconds, centre, live, sinusoidal, noise, steady, nothing, fading;
} Plan;

/* How far a frequency of the grid, or another, turns in a tick. */
typedef struct {
    Py_ssize_t of;
    double cosine, sine;
} Turn;

static Turn turn_in(double cycles, Py_ssize_t of)
{
    return (Turn){of, cos(TURN * cycles), sin(TURN * cycles)};
}

/* a conj(b). */
static Complex against(Complex a, Complex b)
{
    return (Complex){a.real * b.real + a.imag * b.imag, a.imag * b.real - a.real * b.imag};
}

static Complex turned_back(Complex a, Turn by)
{
    return against(a, (Complex){by.cosine, by.sine});
}

static double angle(Complex a)
{
    double t = a.imag / a.real, q = t * t;
    if (!(fabs(a.imag) < SMALL * a.real))
        return atan2(a.imag, a.real);
    return t * (1 - q * (1. / 3 - q * (1. / 5 - q * (1. / 7 - q * (1. / 9 - q / 11)))));
}

/* The grid frequency nearest to what the first pass finds, for every tick but the first. */
static void first_pass(const Plan *plan, const double *averaged, Py_ssize_t row, int channels,
                       Py_ssize_t ticks, Py_ssize_t *nearest)
{
    const double *grid = plan->grid;
    double lowest = grid[0], highest = grid[plan->frequencies - 1], step = grid[1] - grid[0];
    Turn centre = turn_in(plan->centre * plan->seconds, -1), last = centre;
    double sums[4 * (MOST_LIVE + 1)];
    Complex before[MOST_LIVE];
    for (Py_ssize_t m = 0; m < ticks; m++) {
        Complex cross = {0, 0};
        loops->under(averaged + m * plan->tick, row, channels, plan->coarse, NULL, plan->width,
                     sums);
        for (int c = 0; c < channels; c++) {
            Complex now = {sums[4 * c], sums[4 * c + 1]};
            Complex turn = m ? against(now, before[c]) : (Complex){0, 0};
            cross.real += turn.real, cross.imag += turn.imag;
            before[c] = now;
        }
        if (m == 0)
            continue;
        /* Near the last one the angle is small; from the centre it may be up to half a turn. */
        Complex left = turned_back(cross, last);
        int near = last.of >= 0 && fabs(left.imag) < SMALL * left.real;
        double from = near ? grid[last.of] : plan->centre;
        double turned = angle(near ? left : turned_back(cross, centre));
        double frequency = from + turned / (TURN * plan->seconds);
        frequency = fmin(fmax(frequency, lowest), highest);
        double place = rint((frequency - lowest) / step), end = (double)(plan->frequencies - 1);
        nearest[m - 1] = place >= 0.0 && place <= end ? (Py_ssize_t)place : 0;
        if (nearest[m - 1] != last.of)
            last = turn_in(grid[nearest[m - 1]] * plan->seconds, nearest[m - 1]);
    }
}

/* What a channel shows at a tick. */
typedef struct {
    Complex fundamental;
    double size, amplitude;
    int sinusoidal;
} Seen;

static Seen seen(const Plan *plan, const double *sum)
{
    double size = sum[0] * sum[0] + sum[1] * sum[1], varying = sum[2] - sum[3] * sum[3];
    int sinusoidal = 2 * size > plan->sinusoidal * varying && varying > plan->noise * sum[2];
    return (Seen){{sum[0], sum[1]}, size, sqrt(size), sinusoidal};
}

static double larger(double one, double other)
{
    return one > other ? one : other;
}

static double second_pass(const Plan *plan, const double *averaged, Py_ssize_t row, int channels,
                          Py_ssize_t ticks, const Py_ssize_t *nearest, const char *counts,
                          double largest, double *steps, char *live)
{
    Seen before[MOST_LIVE], now[MOST_LIVE];
    double sums[4 * (MOST_LIVE + 1)];
    Turn expected = {-1, 0, 0};
    for (Py_ssize_t m = 0; m < ticks; m++, memcpy(before, now, sizeof before)) {
        double loudest = 0.0, tallest = 0.0;
        loops->under(averaged + m * plan->tick, row, channels,
                     plan->fine + nearest[m] * 2 * plan->width, plan->window, plan->width, sums);
        for (int c = 0; c < channels; c++) {
            now[c] = seen(plan, sums + 4 * c);
            loudest = now[c].sinusoidal ? larger(loudest, now[c].size) : loudest;
            tallest = larger(tallest, now[c].amplitude);
        }
        if (m == 0)
            continue;
        if (!counts || counts[m - 1])
            largest = larger(loudest, largest * plan->fading);
        double floor = plan->live * plan->live * largest;
        double least = 1.0 / ((tallest > plan->nothing ? tallest : 1.0) * plan->steady);
        Complex cross = {0, 0};
        live[m - 1] = 0;
        for (int c = 0; c < channels; c++) {
            if (!(now[c].sinusoidal && before[c].sinusoidal && now[c].size > floor &&
                  before[c].size > floor))
                continue;
            double change = (now[c].amplitude - before[c].amplitude) * least;
            double weight = 1.0 / (1.0 + change * change);
            Complex turn = against(now[c].fundamental, before[c].fundamental);
            cross.real += turn.real * weight, cross.imag += turn.imag * weight;
            live[m - 1] = 1;
        }
        double cycles = plan->grid[nearest[m]] * plan->seconds;
        if (expected.of != nearest[m])
            expected = turn_in(cycles, nearest[m]);
        steps[m - 1] = cycles + angle(turned_back(cross, expected)) / TURN;
    }
    return largest;
}

/* advance(samples, averaging, coarse, window, fine, grid, steps, live, counts, decimation, tick,
   by_lines, (seconds, centre, live, sinusoidal, noise, steady, nothing, fading), largest): advances
   and what was live into `steps` and `live`; gives the largest by then. */
PyObject *advance(PyObject *module, PyObject *args)
{
    enum { SAMPLES, AVERAGING, COARSE, WINDOW, FINE, GRID, STEPS, LIVE, COUNTS, ARRAYS };
    static const Wanted wanted[] = {
        {"samples", "f", 4, 2, 0}, {"averaging", "d", 8, 1, 0}, {"coarse", "d", 8, 2, 0},
        {"window", "d", 8, 1, 0},  {"fine", "d", 8, 3, 0},      {"grid", "d", 8, 1, 0},
        {"steps", "d", 8, 1, 1},   {"live", "?", 1, 1, 1},      {"counts", "?", 1, 1, 0},
    };
    PyObject *given[ARRAYS];
    Py_buffer view[ARRAYS];
    Plan plan;
    int by_lines;
    double largest;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOOOOOOOOnnp(dddddddd)d", &given[SAMPLES], &given[AVERAGING],
                          &given[COARSE], &given[WINDOW], &given[FINE], &given[GRID], &given[STEPS],
                          &given[LIVE], &given[COUNTS], &plan.decimation, &plan.tick, &by_lines,
                          &plan.seconds, &plan.centre, &plan.live, &plan.sinusoidal, &plan.noise,
                          &plan.steady, &plan.nothing, &plan.fading, &largest))
        return NULL;
    int count = take(given, view, wanted, ARRAYS);
    if (count < COUNTS)
        return count < 0 ? NULL : mismatch(count, view, "advance: an array is missing");
    Py_ssize_t channels = view[SAMPLES].shape[0], row = row_of(&view[SAMPLES]);
    Py_ssize_t new = view[STEPS].shape[0];
    plan.averaging = view[AVERAGING].buf, plan.weights = view[AVERAGING].shape[0];
    plan.coarse = view[COARSE].buf, plan.window = view[WINDOW].buf;
    plan.width = view[WINDOW].shape[0];
    plan.fine = view[FINE].buf, plan.frequencies = view[FINE].shape[0];
    plan.grid = view[GRID].buf;
    if (channels < 1 || channels > MOST_LIVE || (by_lines && channels != 3) || new < 1 ||
        plan.width < 1 || plan.weights < 1 || plan.tick < 1 || plan.tick > view[SAMPLES].shape[1] ||
        plan.decimation < 1 || plan.frequencies < 2 || view[GRID].shape[0] != plan.frequencies ||
        gapped(&view[COARSE]) || view[COARSE].shape[0] != 2 ||
        view[COARSE].shape[1] != plan.width || view[FINE].shape[1] != 2 ||
        view[FINE].shape[2] != plan.width || view[LIVE].shape[0] != new ||
        (count > COUNTS && view[COUNTS].shape[0] != new))
        return mismatch(count, view, "advance: shapes that do not go together");
    Py_ssize_t ticks = new + 2, size = (ticks - 1) * plan.tick + plan.width;
    if (view[SAMPLES].shape[1] < plan.weights ||
        size - 1 > (view[SAMPLES].shape[1] - plan.weights) / plan.decimation)
        return mismatch(count, view, "advance: a kernel reaches beyond the samples");
    double *averaged = malloc((size_t)(channels * size) * sizeof *averaged);
    Py_ssize_t *nearest = malloc((size_t)(ticks - 1) * sizeof *nearest);
    Py_ssize_t padded = EIGHTS(plan.weights);
    double *wide = malloc((size_t)(SLID * plan.decimation + 2 * padded + LANES) * sizeof *wide);
    if (!averaged || !nearest || !wide) {
        free(averaged), free(nearest), free(wide), release(count, view);
        return PyErr_NoMemory();
    }
    double *shape = (double *)ALIGNED(wide), *lined_up = shape + padded;
    for (Py_ssize_t n = 0; n < padded; n++)
        shape[n] = n < plan.weights ? plan.averaging[n] : 0.0;
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t c = 0; c < channels; c++)
        loops->slide((const float *)view[SAMPLES].buf + c * row, shape, plan.weights,
                     plan.decimation, size, lined_up, averaged + c * size);
    for (Py_ssize_t n = 0; by_lines && n < size; n++) {
        double first = averaged[n];
        averaged[n] -= averaged[size + n];
        averaged[size + n] -= averaged[2 * size + n];
        averaged[2 * size + n] -= first;
    }
    first_pass(&plan, averaged, size, (int)channels, ticks, nearest);
    largest = second_pass(&plan, averaged + plan.tick, size, (int)channels, ticks - 1, nearest,
                          count > COUNTS ? view[COUNTS].buf : NULL, largest, view[STEPS].buf,
                          view[LIVE].buf);
    Py_END_ALLOW_THREADS
    free(averaged);
    free(nearest);
    free(wide);
    release(count, view);
    return PyFloat_FromDouble(largest);
}

/* extend(steps, live, phase, kept, lowest, highest, cycle): phases behind the first of `phase`, and
   what is kept of steps that are all live and within bounds; gives whether they are. */
PyObject *extend(PyObject *module, PyObject *args)
{
    enum { STEPS, LIVE, PHASE, KEPT, ARRAYS };
    static const Wanted wanted[] = {
        {"steps", "d", 8, 1, 0}, {"live", "?", 1, 1, 0}, {"phase", "lq", 8, 1, 1},
        {"kept", "?", 1, 2, 1},
    };
    PyObject *given[ARRAYS];
    Py_buffer view[ARRAYS];
    double lowest, highest, cycle;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOOOddd", &given[STEPS], &given[LIVE], &given[PHASE],
                          &given[KEPT], &lowest, &highest, &cycle))
        return NULL;
    int count = take(given, view, wanted, ARRAYS);
    if (count < ARRAYS)
        return count < 0 ? NULL : mismatch(count, view, "extend: an array is missing");
    Py_ssize_t ticks = view[STEPS].shape[0];
    if (view[LIVE].shape[0] != ticks || view[PHASE].shape[0] != ticks + 1 ||
        view[KEPT].shape[0] != 3 || view[KEPT].shape[1] != ticks)
        return mismatch(count, view, "extend: shapes that do not go together");
    const double *step = view[STEPS].buf;
    const char *live = view[LIVE].buf;
    int64_t *phase = view[PHASE].buf;
    int good = 1;
    for (Py_ssize_t m = 0; m < ticks; m++)
        good &= live[m] && step[m] >= lowest && step[m] <= highest;
    for (Py_ssize_t m = 0; good && m < ticks; m++)
        phase[m + 1] = phase[m] + (int64_t)rint(step[m] * cycle);
    for (int row = 0; good && row < 3; row++)
        memset((char *)view[KEPT].buf + row * row_of(&view[KEPT]), row < 2, (size_t)ticks);
    release(count, view);
    return PyBool_FromLong(good);
}
