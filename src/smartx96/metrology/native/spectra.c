/* Spectra: orders 1..63 of windows, from their cycles added up. */

#include "loops.h"

#define BLOCK 16
#define BLOCKS 4
#define TOGETHER 12
#define MOST_POINTS 1024
typedef float vector __attribute__((vector_size(BLOCK * sizeof(float))));

/* What is even about the middle of a cycle and what is odd, of each channel. */
VECTORISED static void split(const float *restrict cycle, Py_ssize_t points, float *restrict even,
                             float *restrict odd)
{
    Py_ssize_t half = points / 2;
    even[0] = cycle[0], odd[0] = 0.0f;
    for (Py_ssize_t n = 1; n <= half; n++) {
        even[n] = cycle[n] + cycle[points - n];
        odd[n] = cycle[n] - cycle[points - n];
    }
    if (points % 2 == 0)
        even[half] = cycle[half], odd[half] = 0.0f;
}

/* Sums of the halves of six channels under the rows of a table; few at a time, whose sums are then
   added, so that less is rounded away. */
VECTORISED static void transform(const float *restrict half, Py_ssize_t row, Py_ssize_t rows,
                                 const float *restrict table, float *restrict found)
{
    for (int block = 0; block < BLOCKS; block++) {
        vector total[6] = {{0}};
        for (Py_ssize_t begin = 0; begin < rows; begin += TOGETHER) {
            Py_ssize_t end = begin + TOGETHER < rows ? begin + TOGETHER : rows;
            vector sum[6] = {{0}};
            for (Py_ssize_t n = begin; n < end; n++, table += BLOCK) {
                vector line;
                memcpy(&line, table, sizeof line);
                for (int c = 0; c < 6; c++)
                    sum[c] += half[c * row + n] * line;
            }
            for (int c = 0; c < 6; c++)
                total[c] += sum[c];
        }
        for (int c = 0; c < 6; c++)
            memcpy(found + (c * BLOCKS + block) * BLOCK, &total[c], sizeof total[c]);
    }
}

/* As `ResamplingKernel.transform`. */
static double gain_at(const Kernel *kernel, double frequency)
{
    double place = frequency * frequency * ((double)(kernel->gains - 1) /
                                            (kernel->carried * kernel->carried));
    Py_ssize_t index = (Py_ssize_t)place;
    index = index > kernel->gains - 2 ? kernel->gains - 2 : index;
    double low = kernel->gain[index], high = kernel->gain[index + 1];
    return exp(low + (high - low) * (place - (double)index));
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
            int at = c * BLOCKS * BLOCK + k;
            found[2 * (c * ORDERS + k)] = real[at] * carried[k];
            found[2 * (c * ORDERS + k) + 1] = -imag[at] * carried[k];
        }
}

/* spectra(samples, first, deviation, per_cycle, polynomials, lines, table, gain, folded, found,
   steps, carried, beyond, taps, base): windows of the same points and taps into `found`; their added cycles
   are left in `folded`. Sample 0 is number `base`. */
PyObject *spectra(PyObject *module, PyObject *args)
{
    enum {
        SAMPLES, FIRST, DEVIATION, PER_CYCLE, POLYNOMIALS, LINES, TABLE, GAINS, FOLDED, FOUND, ARRAYS
    };
    static const Wanted wanted[] = {
        {"samples", "f", 4, 2, 0},     {"first", "lq", 8, 2, 0},  {"deviation", "d", 8, 3, 0},
        {"per_cycle", "d", 8, 1, 0},   {"polynomials", "f", 4, 2, 0}, {"lines", "f", 4, 4, 0},
        {"table", "d", 8, 1, 0},       {"gain", "d", 8, 1, 0},    {"folded", "f", 4, 3, 1},
        {"found", "Z", 16, 3, 1},
    };
    PyObject *given[ARRAYS];
    Py_buffer view[ARRAYS];
    Kernel kernel = {0};
    Py_ssize_t taps;
    long long base;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOOOOOOOOOdddnL", &given[SAMPLES], &given[FIRST], &given[DEVIATION],
                          &given[PER_CYCLE], &given[POLYNOMIALS], &given[LINES], &given[TABLE],
                          &given[GAINS], &given[FOLDED], &given[FOUND], &kernel.steps,
                          &kernel.carried, &kernel.beyond, &taps, &base))
        return NULL;
    int count = take(given, view, wanted, ARRAYS);
    if (count < ARRAYS)
        return count < 0 ? NULL : mismatch(count, view, "spectra: an array is missing");
    Py_ssize_t windows = view[FIRST].shape[0], cycles = view[FIRST].shape[1];
    Py_ssize_t points = view[POLYNOMIALS].shape[1], rows = points / 2 + 1;
    const Py_ssize_t *deviation = view[DEVIATION].shape, *lines = view[LINES].shape;
    const Py_ssize_t *folded = view[FOLDED].shape, *found = view[FOUND].shape;
    kernel.table = view[TABLE].buf, kernel.entries = view[TABLE].shape[0];
    kernel.gain = view[GAINS].buf, kernel.gains = view[GAINS].shape[0];
    if (view[SAMPLES].shape[0] != 6 || points < 3 || points > MOST_POINTS || taps < 1 ||
        taps > MOST_TAPS || taps % 2 == 0 || kernel.entries < 2 || kernel.gains < 2 ||
        !(kernel.steps > 0.0) || !(kernel.carried > 0.0) || gapped(&view[FIRST]) || cycles < 1 ||
        gapped(&view[POLYNOMIALS]) || view[POLYNOMIALS].shape[0] != NODES ||
        deviation[0] != windows || deviation[1] != cycles || deviation[2] != NODES ||
        view[PER_CYCLE].shape[0] != windows || lines[0] != 2 || lines[1] != BLOCKS ||
        lines[2] != rows || lines[3] != BLOCK || folded[0] != windows || folded[1] != 6 ||
        folded[2] != points || found[0] != windows || found[1] != 6 || found[2] != ORDERS)
        return mismatch(count, view, "spectra: shapes that do not go together");
    const int64_t *first = view[FIRST].buf;
    base += taps / 2;
    for (Py_ssize_t n = 0; n < windows * cycles; n++)
        if (first[n] < base || first[n] - base > view[SAMPLES].shape[1] - (points + taps - 1))
            return mismatch(count, view, "spectra: a cycle reaches beyond the samples");
    const float *table = view[LINES].buf;
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t w = 0; w < windows; w++) {
        float even[6][MOST_POINTS / 2 + 1], odd[6][MOST_POINTS / 2 + 1];
        float real[6 * BLOCKS * BLOCK], imag[6 * BLOCKS * BLOCK];
        float *total = (float *)view[FOLDED].buf + w * 6 * points;
        memset(total, 0, (size_t)(6 * points) * sizeof *total);
        for (Py_ssize_t n = w * cycles; n < (w + 1) * cycles; n++)
            fold_cycle(&kernel, (const double *)view[DEVIATION].buf + n * NODES,
                       view[POLYNOMIALS].buf, points, taps, 6,
                       (const float *)view[SAMPLES].buf + (first[n] - base), row_of(&view[SAMPLES]), NULL,
                       total);
        for (int c = 0; c < 6; c++)
            split(total + c * points, points, even[c], odd[c]);
        transform(even[0], MOST_POINTS / 2 + 1, rows, table, real);
        transform(odd[0], MOST_POINTS / 2 + 1, rows, table + BLOCKS * rows * BLOCK, imag);
        scale(&kernel, real, imag, points, (double)cycles,
              ((const double *)view[PER_CYCLE].buf)[w],
              (double *)view[FOUND].buf + w * 6 * ORDERS * 2);
    }
    Py_END_ALLOW_THREADS
    release(count, view);
    Py_RETURN_NONE;
}
