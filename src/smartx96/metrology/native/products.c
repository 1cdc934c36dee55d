/* Sums of products over groups of samples. */

#include "loops.h"

INLINED void accumulate(Lanes s[PRODUCTS], const Lanes x[6], Lanes w)
{
    Lanes a = w * x[0], b = w * x[1], c = w * x[2], d = w * x[3], e = w * x[4], f = w * x[5];
    s[0] += a, s[1] += b, s[2] += c, s[3] += d, s[4] += e, s[5] += f;
    s[6] += a * x[0], s[7] += b * x[1], s[8] += c * x[2];
    s[9] += d * x[3], s[10] += e * x[4], s[11] += f * x[5];
    s[12] += a * x[3], s[13] += b * x[4], s[14] += c * x[5];
    s[15] += a * x[1], s[16] += b * x[2], s[17] += c * x[0];
    s[18] += d * x[4], s[19] += e * x[5], s[20] += f * x[3];
}

/* Of six channels; every product counts by its weight, where there are weights. */
VECTORISED static void of_six(const double *samples, Py_ssize_t channel, const double *weight,
                              Py_ssize_t length, double *restrict total, Py_ssize_t row)
{
    Lanes s[PRODUCTS] = {{0}}, x[6], w = {1, 1, 1, 1, 1, 1, 1, 1};
    Py_ssize_t n = 0;
    for (; n + LANES <= length; n += LANES) {
        for (int c = 0; c < 6; c++)
            x[c] = lanes_at(samples + c * channel + n);
        if (weight)
            w = lanes_at(weight + n);
        accumulate(s, x, w);
    }
    if (n < length) {
        for (int c = 0; c < 6; c++)
            x[c] = lanes_of(samples + c * channel + n, length - n);
        if (weight)
            w = lanes_of(weight + n, length - n);
        accumulate(s, x, w);
    }
    for (int r = 0; r < PRODUCTS; r++)
        total[r * row] = added(s[r]);
}

/* Of a seventh channel. */
VECTORISED static void of_seventh(const double *x, const double *weight, Py_ssize_t length,
                                  double *restrict total, Py_ssize_t row)
{
    Lanes mean = {0}, power = {0}, w = {1, 1, 1, 1, 1, 1, 1, 1};
    for (Py_ssize_t n = 0; n < length; n += LANES) {
        Py_ssize_t left = length - n;
        Lanes sample = left >= LANES ? lanes_at(x + n) : lanes_of(x + n, left);
        if (weight)
            w = left >= LANES ? lanes_at(weight + n) : lanes_of(weight + n, left);
        Lanes part = w * sample;
        mean += part;
        power += part * sample;
    }
    total[0] = added(mean);
    total[row] = added(power);
}

void multiply(const double *samples, Py_ssize_t channel, Py_ssize_t channels, const double *weight,
              Py_ssize_t length, double *total, Py_ssize_t row)
{
    of_six(samples, channel, weight, length, total, row);
    if (channels > 6)
        of_seventh(samples + 6 * channel, weight, length, total + PRODUCTS * row, row);
}

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

/* Samples in single precision, as they are kept. */
VECTORISED static void narrow(const double *restrict samples, Py_ssize_t count,
                              float *restrict kept)
{
    for (Py_ssize_t n = 0; n < count; n++)
        kept[n] = (float)samples[n];
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
    for (Py_ssize_t n = 0; n <= groups; n++) {
        Py_ssize_t begin = n * length, some = n < groups ? length : samples - begin;
        /* Samples come from memory, in more streams than processors foresee. */
        Py_ssize_t next = begin + 2 * length;
        for (Py_ssize_t c = 0; next + length <= samples && c < channels; c++)
            for (Py_ssize_t k = 0; k < length; k += LANES)
                PREFETCH(x + c * row + next + k);
        for (Py_ssize_t c = 0; count > KEPT && c < channels; c++)
            narrow(x + c * row + begin, some,
                   (float *)view[KEPT].buf + c * row_of(&view[KEPT]) + begin);
        if (n < groups)
            multiply(x + begin, row, channels, NULL, length, total + n, sum);
    }
    /* A sum of squares below the limit's square holds no sample above the limit. */
    sound = below(&view[SAMPLES], groups * length, largest);
    for (Py_ssize_t r = 6; r < PRODUCTS + 2 * (channels - 6); r = r == 11 ? PRODUCTS + 1 : r + 1)
        for (Py_ssize_t n = 0; n < groups; n++)
            sound &= total[r * sum + n] < largest * largest;
    Py_END_ALLOW_THREADS
    release(count, view);
    return PyBool_FromLong(sound);
}
