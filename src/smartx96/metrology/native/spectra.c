/* Spectra: orders 1..63 of windows, from their cycles added up. */

#include "loops.h"

/* Logarithm of what lies between two values up to which its series is exact to 1e-12. */
#define CLOSE 0.02

/* As `ResamplingKernel.transform`. */
static double gain_at(const Kernel *kernel, double frequency)
{
    double place = frequency * frequency * ((double)(kernel->gains - 1) /
                                            (kernel->carried * kernel->carried));
    Py_ssize_t index = (Py_ssize_t)place;
    index = index > kernel->gains - 2 ? kernel->gains - 2 : index;
    double low = kernel->gain[index], high = kernel->gain[index + 1];
    double x = (high - low) * (place - (double)index);
    if (fabs(x) > CLOSE)
        return exp(low + x);
    return kernel->gain[kernel->gains + index] *
           (1 + x * (1 + x / 2 * (1 + x / 3 * (1 + x / 4 * (1 + x / 5)))));
}

/* Complex rms from the lines of the cycles' sum. */
static void scale(const Kernel *kernel, const float *real, const float *imag, Py_ssize_t points,
                  double cycles, double samples_per_cycle, double *found)
{
    Py_ssize_t reached = (points - 1) / 2 < ORDERS ? (points - 1) / 2 : ORDERS;
    double carried[ORDERS];
    for (int k = 0; k < ORDERS; k++) {
        double frequency = (k + 1) / samples_per_cycle;
        int there = k < reached && frequency <= kernel->beyond;
        frequency = frequency < kernel->carried ? frequency : kernel->carried;
        carried[k] = there ? sqrt(2.0) / (double)points / cycles / gain_at(kernel, frequency) : NAN;
    }
    for (int c = 0; c < 6; c++)
        for (int k = 0; k < ORDERS; k++) {
            int at = c * LINES + k;
            found[2 * (c * ORDERS + k)] = real[at] * carried[k];
            found[2 * (c * ORDERS + k) + 1] = -imag[at] * carried[k];
        }
}

/* spectra(samples, first, deviation, per_cycle, polynomials, lines, rows, gain, folded, found,
   carried, beyond, taps, base): windows of the same points and taps into `found`; their added
   cycles are left in `folded`. Sample 0 is number `base`. */
PyObject *spectra(PyObject *module, PyObject *args)
{
    enum {
        SAMPLES, FIRST, DEVIATION, PER_CYCLE, POLYNOMIALS, TABLE, ROWS, GAINS, FOLDED, FOUND, ARRAYS
    };
    static const Wanted wanted[] = {
        {"samples", "f", 4, 2, 0},     {"first", "lq", 8, 2, 0},  {"deviation", "d", 8, 3, 0},
        {"per_cycle", "d", 8, 1, 0},   {"polynomials", "f", 4, 2, 0}, {"lines", "f", 4, 4, 0},
        {"rows", "f", 4, 2, 0},        {"gain", "d", 8, 2, 0},    {"folded", "f", 4, 3, 1},
        {"found", "Z", 16, 3, 1},
    };
    PyObject *given[ARRAYS];
    Py_buffer view[ARRAYS];
    Kernel kernel = {0};
    Py_ssize_t taps;
    long long base;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOOOOOOOOOddnL", &given[SAMPLES], &given[FIRST], &given[DEVIATION],
                          &given[PER_CYCLE], &given[POLYNOMIALS], &given[TABLE], &given[ROWS],
                          &given[GAINS], &given[FOLDED], &given[FOUND], &kernel.carried,
                          &kernel.beyond, &taps, &base))
        return NULL;
    int count = take(given, view, wanted, ARRAYS);
    if (count < ARRAYS)
        return count < 0 ? NULL : mismatch(count, view, "spectra: an array is missing");
    Py_ssize_t windows = view[FIRST].shape[0], cycles = view[FIRST].shape[1];
    Py_ssize_t points = view[FOLDED].shape[2], rows = points / 2 + 1;
    const Py_ssize_t *deviation = view[DEVIATION].shape, *lines = view[TABLE].shape;
    const Py_ssize_t *folded = view[FOLDED].shape, *found = view[FOUND].shape;
    kernel.rows = view[ROWS].buf;
    kernel.steps = view[ROWS].shape[0] - 1, kernel.width = view[ROWS].shape[1];
    kernel.gain = view[GAINS].buf, kernel.gains = view[GAINS].shape[1];
    if (view[SAMPLES].shape[0] != 6 || points > MOST_POINTS || gapped(&view[GAINS]) ||
        view[GAINS].shape[0] != 2 || kernel.gains < 2 ||
        !resamples(&view[ROWS], &view[POLYNOMIALS], points, taps) || !(kernel.carried > 0.0) ||
        gapped(&view[FIRST]) || cycles < 1 || deviation[0] != windows || deviation[1] != cycles ||
        deviation[2] != NODES || view[PER_CYCLE].shape[0] != windows || lines[0] != 2 ||
        lines[1] != LINES / BLOCK || lines[2] != rows || lines[3] != BLOCK ||
        folded[0] != windows || folded[1] != 6 || found[0] != windows || found[1] != 6 ||
        found[2] != ORDERS)
        return mismatch(count, view, "spectra: shapes that do not go together");
    const int64_t *first = view[FIRST].buf;
    base += taps / 2;
    for (Py_ssize_t n = 0; n < windows * cycles; n++)
        if (first[n] < base || first[n] - base > view[SAMPLES].shape[1] - (points + taps - 1))
            return mismatch(count, view, "spectra: a cycle reaches beyond the samples");
    void *room = malloc(loops->fold_room(points, taps));
    if (!room) {
        release(count, view);
        return PyErr_NoMemory();
    }
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t w = 0; w < windows; w++) {
        float real[6 * LINES], imag[6 * LINES];
        float *total = (float *)view[FOLDED].buf + w * 6 * points;
        memset(total, 0, (size_t)(6 * points) * sizeof *total);
        for (Py_ssize_t n = w * cycles; n < (w + 1) * cycles; n++)
            loops->fold_cycle(&kernel, (const double *)view[DEVIATION].buf + n * NODES,
                              view[POLYNOMIALS].buf, view[POLYNOMIALS].shape[1], points, taps, 6,
                              (const float *)view[SAMPLES].buf + (first[n] - base),
                              row_of(&view[SAMPLES]), NULL, total, room);
        loops->lines_of(total, points, view[TABLE].buf, real, imag);
        scale(&kernel, real, imag, points, (double)cycles,
              ((const double *)view[PER_CYCLE].buf)[w],
              (double *)view[FOUND].buf + w * 6 * ORDERS * 2);
    }
    Py_END_ALLOW_THREADS
    free(room);
    release(count, view);
    Py_RETURN_NONE;
}
