/* Tracking: the phase of the fundamental from tick to tick. */

#include "loops.h"

#define MOST_LIVE 3
#define AT_ONCE 64

typedef struct {
    double real, imag;
} Complex;

/* What a plan tells, and where it comes from Python. */
typedef struct {
    const double *averaging, *coarse, *window, *fine, *grid;
    Py_ssize_t weights, decimation, width, tick, frequencies;
    double seconds, centre, live, sinusoidal, noise, steady, nothing, fading;
} Plan;

/* Sum of samples under a shape. */
INLINED double under(const double *x, const double *shape, Py_ssize_t length)
{
    Lanes one = {0}, other = {0};
    double rest = 0.0;
    Py_ssize_t n = 0;
    for (; n + 2 * LANES <= length; n += 2 * LANES) {
        one += lanes_at(x + n) * lanes_at(shape + n);
        other += lanes_at(x + n + LANES) * lanes_at(shape + n + LANES);
    }
    for (; n + LANES <= length; n += LANES)
        one += lanes_at(x + n) * lanes_at(shape + n);
    for (; n < length; n++)
        rest += x[n] * shape[n];
    return added(one + other) + rest;
}

/* Sums of kept samples under a shape that is moved along in steps; `wide` has room for some. */
VECTORISED static void slide(const float *kept, const double *shape, Py_ssize_t length,
                             Py_ssize_t step, Py_ssize_t count, double *wide, double *found)
{
    for (Py_ssize_t begin = 0; begin < count; begin += AT_ONCE) {
        Py_ssize_t some = count - begin < AT_ONCE ? count - begin : AT_ONCE;
        widen(kept + begin * step, (some - 1) * step + length, wide);
        for (Py_ssize_t n = 0; n < some; n++)
            found[begin + n] = under(wide + n * step, shape, length);
    }
}

/* Sums of samples under the two parts of a kernel, and their power and mean under its window. */
VECTORISED static void under_kernel(const double *x, const double *kernel, const double *window,
                                    Py_ssize_t length, double *found)
{
    Lanes real = {0}, imag = {0}, power = {0}, mean = {0};
    const double *turned = kernel + length;
    double rest[4] = {0};
    Py_ssize_t n = 0;
    for (; n + LANES <= length; n += LANES) {
        Lanes sample = lanes_at(x + n), part = sample * lanes_at(window + n);
        real += sample * lanes_at(kernel + n);
        imag += sample * lanes_at(turned + n);
        power += part * sample;
        mean += part;
    }
    for (; n < length; n++) {
        double part = x[n] * window[n];
        rest[0] += x[n] * kernel[n], rest[1] += x[n] * turned[n];
        rest[2] += part * x[n], rest[3] += part;
    }
    found[0] = added(real) + rest[0], found[1] = added(imag) + rest[1];
    found[2] = added(power) + rest[2], found[3] = added(mean) + rest[3];
}

/* a conj(b), turned back by an angle. */
static Complex against(Complex a, Complex b)
{
    return (Complex){a.real * b.real + a.imag * b.imag, a.imag * b.real - a.real * b.imag};
}

static double angle_less(Complex a, double angle)
{
    double c = cos(angle), s = sin(angle);
    return atan2(a.imag * c - a.real * s, a.real * c + a.imag * s);
}

/* The grid frequency nearest to what the first pass finds, for every tick but the first. */
VECTORISED static void first_pass(const Plan *plan, const double *averaged, Py_ssize_t row,
                                  int channels, Py_ssize_t ticks, Py_ssize_t *nearest)
{
    const double *grid = plan->grid;
    double lowest = grid[0], highest = grid[plan->frequencies - 1], step = grid[1] - grid[0];
    Complex before[MOST_LIVE];
    for (Py_ssize_t m = 0; m < ticks; m++) {
        Complex cross = {0, 0};
        for (int c = 0; c < channels; c++) {
            const double *x = averaged + c * row + m * plan->tick;
            Complex now = {under(x, plan->coarse, plan->width),
                           under(x, plan->coarse + plan->width, plan->width)};
            Complex turn = m ? against(now, before[c]) : (Complex){0, 0};
            cross.real += turn.real, cross.imag += turn.imag;
            before[c] = now;
        }
        if (m == 0)
            continue;
        double turned = angle_less(cross, TURN * plan->centre * plan->seconds);
        double frequency = plan->centre + turned / (TURN * plan->seconds);
        frequency = fmin(fmax(frequency, lowest), highest);
        double place = rint((frequency - lowest) / step), last = (double)(plan->frequencies - 1);
        nearest[m - 1] = place >= 0.0 && place <= last ? (Py_ssize_t)place : 0;
    }
}

/* What a channel shows at a tick. */
typedef struct {
    Complex fundamental;
    double size;
    int sinusoidal;
} Seen;

static Seen look(const Plan *plan, const double *x, Py_ssize_t frequency)
{
    double sum[4];
    under_kernel(x, plan->fine + frequency * 2 * plan->width, plan->window, plan->width, sum);
    double size = sum[0] * sum[0] + sum[1] * sum[1], varying = sum[2] - sum[3] * sum[3];
    int sinusoidal = 2 * size > plan->sinusoidal * varying && varying > plan->noise * sum[2];
    return (Seen){{sum[0], sum[1]}, size, sinusoidal};
}

static double second_pass(const Plan *plan, const double *averaged, Py_ssize_t row, int channels,
                          Py_ssize_t ticks, const Py_ssize_t *nearest, const char *counts,
                          double largest, double *steps, char *live)
{
    Seen before[MOST_LIVE], now[MOST_LIVE];
    for (Py_ssize_t m = 0; m < ticks; m++, memcpy(before, now, sizeof before)) {
        double loudest = 0.0, tallest = 0.0;
        for (int c = 0; c < channels; c++) {
            now[c] = look(plan, averaged + c * row + m * plan->tick, nearest[m]);
            loudest = now[c].sinusoidal ? fmax(loudest, now[c].size) : loudest;
            tallest = fmax(tallest, sqrt(now[c].size));
        }
        if (m == 0)
            continue;
        if (!counts || counts[m - 1])
            largest = fmax(loudest, largest * plan->fading);
        double floor = plan->live * plan->live * largest;
        double over = tallest > plan->nothing ? tallest : 1.0;
        Complex cross = {0, 0};
        live[m - 1] = 0;
        for (int c = 0; c < channels; c++) {
            if (!(now[c].sinusoidal && before[c].sinusoidal && now[c].size > floor &&
                  before[c].size > floor))
                continue;
            double change = (sqrt(now[c].size) - sqrt(before[c].size)) / over / plan->steady;
            double weight = 1.0 / (1.0 + change * change);
            Complex turn = against(now[c].fundamental, before[c].fundamental);
            cross.real += turn.real * weight, cross.imag += turn.imag * weight;
            live[m - 1] = 1;
        }
        double expected = plan->grid[nearest[m]] * plan->seconds;
        steps[m - 1] = expected + angle_less(cross, TURN * expected) / TURN;
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
    double *wide = malloc((size_t)(AT_ONCE * plan.decimation + plan.weights) * sizeof *wide);
    if (!averaged || !nearest || !wide) {
        free(averaged), free(nearest), free(wide), release(count, view);
        return PyErr_NoMemory();
    }
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t c = 0; c < channels; c++)
        slide((const float *)view[SAMPLES].buf + c * row, plan.averaging, plan.weights,
              plan.decimation, size, wide, averaged + c * size);
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
