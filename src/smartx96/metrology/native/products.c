/* Sums of products over groups of samples. */

#include "loops.h"

/* Samples of all channels, in single precision or in double. */
typedef struct {
    const void *samples;
    Py_ssize_t row, channels;
    int single;
} Given;

static double sample_of(const Given *given, Py_ssize_t channel, Py_ssize_t n)
{
    Py_ssize_t at = channel * given->row + n;
    return given->single ? ((const float *)given->samples)[at]
                         : ((const double *)given->samples)[at];
}

/* Whether samples are below a limit; what is no number is not. */
static int below(const Given *given, Py_ssize_t begin, Py_ssize_t end, double limit)
{
    int sound = 1;
    for (Py_ssize_t c = 0; c < given->channels; c++)
        for (Py_ssize_t n = begin; n < end; n++)
            sound &= fabs(sample_of(given, c, n)) < limit;
    return sound;
}

/* Where samples are kept; `row` is 0 where they are not. */
typedef struct {
    float *samples;
    Py_ssize_t row;
} Keeping;

/* A group, whose sums go into a column, and its samples to where they are kept. */
static void take_group(const Given *given, Py_ssize_t begin, Py_ssize_t length, double *wide,
                       double *column, const Keeping *kept)
{
    if (given->single) {
        const float *from = (const float *)given->samples + begin;
        for (Py_ssize_t c = 0; c < given->channels; c++) {
            loops->widen(from + c * given->row, length, wide + c * length);
            if (kept->row)
                memcpy(kept->samples + c * kept->row + begin, from + c * given->row,
                       (size_t)length * sizeof *from);
        }
        loops->multiply(wide, wide, length, given->channels, length, column, LANES);
        return;
    }
    const double *from = (const double *)given->samples + begin;
    if (kept->row)
        loops->multiply_and_keep(from, given->row, given->channels, length, column, LANES,
                                 kept->samples + begin, kept->row);
    else
        loops->multiply(from, from, given->row, given->channels, length, column, LANES);
}

/* products(samples, length, largest, total, kept): groups of `length` into the columns of `total`,
   and all samples, also those after the last group, into `kept`; gives whether all are below
   `largest`. */
PyObject *products(PyObject *module, PyObject *args)
{
    enum { SAMPLES, TOTAL, KEPT, ARRAYS };
    static const Wanted wanted[] = {
        {"samples", "fd", 0, 2, 0}, {"total", "d", 8, 2, 1}, {"kept", "f", 4, 2, 1},
    };
    PyObject *given[ARRAYS];
    Py_buffer view[ARRAYS];
    Py_ssize_t length;
    double largest;
    (void)module;
    if (!PyArg_ParseTuple(args, "OndOO", &given[SAMPLES], &length, &largest, &given[TOTAL],
                          &given[KEPT]))
        return NULL;
    int count = take(given, view, wanted, ARRAYS);
    if (count < KEPT)
        return count < 0 ? NULL : mismatch(count, view, "products: an array is missing");
    Py_ssize_t channels = view[SAMPLES].shape[0], row = row_of(&view[SAMPLES]);
    Py_ssize_t samples = view[SAMPLES].shape[1];
    Py_ssize_t groups = view[TOTAL].shape[1], sum = row_of(&view[TOTAL]);
    if (channels < 6 || channels > CHANNELS || length < 1 ||
        view[TOTAL].shape[0] != PRODUCTS + 2 * (channels - 6) || groups > samples / length ||
        (count > KEPT && (view[KEPT].shape[0] != channels || view[KEPT].shape[1] != samples)))
        return mismatch(count, view, "products: shapes that do not go together");
    int sound;
    double *total = view[TOTAL].buf;
    double *room = malloc((size_t)(channels * length + LANES) * sizeof *room);
    Given all = {view[SAMPLES].buf, row, channels, view[SAMPLES].itemsize == sizeof(float)};
    Keeping kept = {NULL, 0};
    if (count > KEPT)
        kept = (Keeping){view[KEPT].buf, row_of(&view[KEPT])};
    double *wide = (double *)ALIGNED(room);
    if (!room) {
        release(count, view);
        return PyErr_NoMemory();
    }
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t n = 0; n < groups; n += LANES) {
        /* Rows of the table lie so far apart that a cache holds few of them at once. */
        double some[PRODUCTS + 2][LANES];
        Py_ssize_t left = groups - n < LANES ? groups - n : LANES;
        for (Py_ssize_t k = 0; k < left; k++)
            take_group(&all, (n + k) * length, length, wide, some[0] + k, &kept);
        for (Py_ssize_t r = 0; r < PRODUCTS + 2 * (channels - 6); r++)
            memcpy(total + r * sum + n, some[r], (size_t)left * sizeof **some);
    }
    for (Py_ssize_t c = 0; kept.row && c < channels; c++)
        for (Py_ssize_t n = groups * length; n < samples; n++)
            kept.samples[c * kept.row + n] = (float)sample_of(&all, c, n);
    /* A sum of squares below the limit's square holds no sample above the limit. */
    sound = below(&all, groups * length, samples, largest);
    for (Py_ssize_t r = 6; r < PRODUCTS + 2 * (channels - 6); r = r == 11 ? PRODUCTS + 1 : r + 1)
        for (Py_ssize_t n = 0; n < groups; n++)
            sound &= total[r * sum + n] < largest * largest;
    Py_END_ALLOW_THREADS
    free(room);
    release(count, view);
    return PyBool_FromLong(sound);
}
