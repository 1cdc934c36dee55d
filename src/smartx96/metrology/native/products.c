/* Sums of products over groups of samples. */

#include "loops.h"

/* Whether samples from `begin` on are below a limit; what is no number is not. */
static int below(const Py_buffer *samples, Py_ssize_t begin, double limit)
{
    int sound = 1;
    for (Py_ssize_t c = 0; c < samples->shape[0]; c++) {
        const double *x = (const double *)samples->buf + c * row_of(samples);
        for (Py_ssize_t n = begin; n < samples->shape[1]; n++)
            sound &= fabs(x[n]) < limit;
    }
    return sound;
}

/* products(samples, length, largest, total, kept): groups of `length` into the columns of `total`,
   and all samples, also those after the last group, into `kept`; gives whether all are below
   `largest`. */
PyObject *products(PyObject *module, PyObject *args)
{
    enum { SAMPLES, TOTAL, KEPT, ARRAYS };
    static const Wanted wanted[] = {
        {"samples", "d", 8, 2, 0}, {"total", "d", 8, 2, 1}, {"kept", "f", 4, 2, 1},
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
    const double *x = view[SAMPLES].buf;
    Py_BEGIN_ALLOW_THREADS
    float *kept = count > KEPT ? view[KEPT].buf : NULL;
    Py_ssize_t kept_row = kept ? row_of(&view[KEPT]) : 0;
    for (Py_ssize_t n = 0; n < groups; n += LANES) {
        /* Rows of the table lie so far apart that a cache holds few of them at once. */
        double some[PRODUCTS + 2][LANES];
        Py_ssize_t left = groups - n < LANES ? groups - n : LANES;
        for (Py_ssize_t k = 0; k < left; k++) {
            const double *group = x + (n + k) * length;
            if (kept)
                loops->multiply_and_keep(group, row, channels, length, some[0] + k, LANES,
                                         kept + (n + k) * length, kept_row);
            else
                loops->multiply(group, group, row, channels, length, some[0] + k, LANES);
        }
        for (Py_ssize_t r = 0; r < PRODUCTS + 2 * (channels - 6); r++)
            memcpy(total + r * sum + n, some[r], (size_t)left * sizeof **some);
    }
    for (Py_ssize_t c = 0; kept && c < channels; c++)
        loops->narrow(x + c * row + groups * length, samples - groups * length,
                      kept + c * kept_row + groups * length);
    /* A sum of squares below the limit's square holds no sample above the limit. */
    sound = below(&view[SAMPLES], groups * length, largest);
    for (Py_ssize_t r = 6; r < PRODUCTS + 2 * (channels - 6); r = r == 11 ? PRODUCTS + 1 : r + 1)
        for (Py_ssize_t n = 0; n < groups; n++)
            sound &= total[r * sum + n] < largest * largest;
    Py_END_ALLOW_THREADS
    release(count, view);
    return PyBool_FromLong(sound);
}
