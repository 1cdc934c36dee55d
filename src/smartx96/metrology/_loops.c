/* Inner loops of the engine: what `sums`, `spectrum` and `synchronisation` define in NumPy.

   Every sum runs in an order that depends on nothing but its own length, and contraction is off:
   the same samples give the same bits with whatever vector instructions. */

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* Compiled for several processors at once; the loader takes the best that there is. */
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__)
#define VECTORISED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VECTORISED
#endif

#define NODES 8
#define TILE 64
#define CHANNELS 7
#define TAPS 128
#define AHEAD (4 * TILE)
#define LANES 8

/* Arrays that come from Python. */

enum { INPUT, OUTPUT };

static int take(PyObject *object, Py_buffer *view, const char *name, const char *format, int size,
                int dimensions, int direction)
{
    int flags = PyBUF_STRIDES | PyBUF_FORMAT | (direction == OUTPUT ? PyBUF_WRITABLE : 0);
    if (PyObject_GetBuffer(object, view, flags) < 0)
        return -1;
    /* Samples may be some columns of a larger array; the rest is whole. */
    int whole = view->ndim == dimensions && view->itemsize == size && view->format != NULL &&
                strchr(format, view->format[0]) != NULL && view->format[1] == 0;
    Py_ssize_t stride = size;
    for (int n = dimensions - 1; whole && n >= 0; n--) {
        int free = n == 0 && dimensions == 2 && direction == INPUT && view->strides[0] > 0;
        whole = view->strides[n] == stride || view->shape[n] == 1 || (free && view->strides[0] % size == 0);
        stride *= view->shape[n];
    }
    if (whole)
        return 0;
    PyErr_Format(PyExc_ValueError, "%s: must be %d dimensions of '%s' without gaps", name,
                 dimensions, format);
    PyBuffer_Release(view);
    return -1;
}

static void release(int count, Py_buffer *views)
{
    for (int n = 0; n < count; n++)
        PyBuffer_Release(&views[n]);
}

static PyObject *mismatch(int count, Py_buffer *views, const char *text)
{
    release(count, views);
    PyErr_SetString(PyExc_ValueError, text);
    return NULL;
}

/* Whether the rows of an array of two dimensions have gaps between them. */
static int gapped(const Py_buffer *view)
{
    return view->shape[0] > 1 && view->strides[0] != view->shape[1] * view->itemsize;
}

static Py_ssize_t row_of(const Py_buffer *view)
{
    return view->shape[0] > 1 ? view->strides[0] / view->itemsize : 0;
}

/* Folding: the cycles of a window, resampled and added. */

#define REGISTER 16
#define REGISTERS (TILE / REGISTER)
typedef float vector __attribute__((vector_size(REGISTER * sizeof(float))));

/* The kernel at the nodes of a cycle: linear between the entries of its table. */
static void at_nodes(const double *restrict deviation, const double *restrict table,
                     Py_ssize_t entries, double steps, Py_ssize_t taps, float *restrict nodes)
{
    for (Py_ssize_t tap = 0; tap < taps; tap++)
        for (int node = 0; node < NODES; node++) {
            double x = fabs(deviation[node] - (double)(tap - taps / 2)) * steps;
            double last = (double)(entries - 2);
            Py_ssize_t index = (Py_ssize_t)(x < last ? x : last);
            double part = x < last ? x - (double)index : 0.0;
            nodes[tap * NODES + node] =
                (float)(table[index] + (table[index + 1] - table[index]) * part);
        }
}

/* Weights of some points by Lagrange polynomials, tap by tap. */
VECTORISED static void weigh(const float *restrict nodes, const float *restrict polynomials,
                             Py_ssize_t points, Py_ssize_t size, Py_ssize_t taps,
                             const float *restrict turn, float *restrict weights)
{
    float part[NODES][TILE];
    for (int node = 0; node < NODES; node++)
        for (Py_ssize_t k = 0; k < TILE; k++)
            part[node][k] = k < size ? polynomials[node * points + k] : 0.0f;
    for (Py_ssize_t k = 0; turn && k < size; k++)
        for (int node = 0; node < NODES; node++)
            part[node][k] *= turn[k];
    for (Py_ssize_t tap = 0; tap < taps; tap++) {
        float *weight = weights + tap * TILE;
        const float *at = nodes + tap * NODES;
        for (int k = 0; k < TILE; k++)
            weight[k] = ((at[0] * part[0][k] + at[1] * part[1][k]) +
                         (at[2] * part[2][k] + at[3] * part[3][k])) +
                        ((at[4] * part[4][k] + at[5] * part[5][k]) +
                         (at[6] * part[6][k] + at[7] * part[7][k]));
    }
}

/* Samples as float32, with nothing behind them. */
VECTORISED static void narrow(const double *restrict samples, Py_ssize_t size, Py_ssize_t room,
                              float *restrict narrowed)
{
    for (Py_ssize_t k = 0; k < size; k++)
        narrowed[k] = (float)samples[k];
    for (Py_ssize_t k = size; k < room; k++)
        narrowed[k] = 0.0f;
}

/* Some points of one channel. */
VECTORISED static void resample(const float *restrict samples, Py_ssize_t size, Py_ssize_t taps,
                                const float *restrict weights, float *restrict total)
{
    vector sum[REGISTERS] = {{0}};
    for (Py_ssize_t tap = 0; tap < taps; tap++)
        for (int r = 0; r < REGISTERS; r++) {
            vector weight, sample;
            memcpy(&weight, weights + tap * TILE + r * REGISTER, sizeof weight);
            memcpy(&sample, samples + tap + r * REGISTER, sizeof sample);
            sum[r] += weight * sample;
        }
    if (size == TILE) {
        for (int r = 0; r < REGISTERS; r++) {
            vector before;
            memcpy(&before, total + r * REGISTER, sizeof before);
            before += sum[r];
            memcpy(total + r * REGISTER, &before, sizeof before);
        }
        return;
    }
    float rest[TILE];
    memcpy(rest, sum, sizeof rest);
    for (Py_ssize_t k = 0; k < size; k++)
        total[k] += rest[k];
}

/* One cycle of all channels. Samples are narrowed some way ahead: who loads what was just stored
   waits for it. */
static void fold_cycle(const float *nodes, const float *polynomials, Py_ssize_t points,
                       Py_ssize_t taps, Py_ssize_t channels, const double *samples, Py_ssize_t row,
                       const float *turn, float *total)
{
    float weights[TAPS * TILE], narrowed[CHANNELS][AHEAD + TAPS];
    for (Py_ssize_t begin = 0; begin < points; begin += TILE) {
        Py_ssize_t size = points - begin < TILE ? points - begin : TILE;
        Py_ssize_t along = begin % AHEAD, room = AHEAD + taps - 1, left = points - begin + taps - 1;
        for (Py_ssize_t c = 0; along == 0 && c < channels; c++)
            narrow(samples + c * row + begin, left < room ? left : room, room, narrowed[c]);
        weigh(nodes, polynomials + begin, points, size, taps, turn ? turn + begin : NULL, weights);
        for (Py_ssize_t c = 0; c < channels; c++)
            resample(narrowed[c] + along, size, taps, weights, total + c * points + begin);
    }
}

PyDoc_STRVAR(fold_doc,
             "fold(samples, first, deviation, table, steps, taps, polynomials, turn, total)\n--\n\n"
             "Add resampled cycles to `total`, as `spectrum._folded` defines it.");

static PyObject *fold(PyObject *module, PyObject *args)
{
    enum { SAMPLES, FIRST, DEVIATION, TABLE, POLYNOMIALS, TOTAL, TURN };
    static const struct { const char *name, *format; int size, dimensions; } wanted[] = {
        {"samples", "d", 8, 2},     {"first", "lq", 8, 2}, {"deviation", "d", 8, 3}, {"table", "d", 8, 1},
        {"polynomials", "f", 4, 2}, {"total", "f", 4, 3},  {"turn", "f", 4, 2},
    };
    PyObject *given[7];
    Py_buffer view[7];
    double steps;
    Py_ssize_t taps;
    if (!PyArg_ParseTuple(args, "OOOOdnOOO", &given[SAMPLES], &given[FIRST], &given[DEVIATION],
                          &given[TABLE], &steps, &taps, &given[POLYNOMIALS], &given[TURN],
                          &given[TOTAL]))
        return NULL;
    int count = given[TURN] == Py_None ? 6 : 7;
    for (int n = 0; n < count; n++)
        if (take(given[n], &view[n], wanted[n].name, wanted[n].format, wanted[n].size,
                 wanted[n].dimensions, n == TOTAL ? OUTPUT : INPUT) < 0) {
            release(n, view);
            return NULL;
        }
    Py_ssize_t channels = view[SAMPLES].shape[0], length = view[SAMPLES].shape[1];
    Py_ssize_t windows = view[FIRST].shape[0], cycles = view[FIRST].shape[1];
    Py_ssize_t points = view[POLYNOMIALS].shape[1], entries = view[TABLE].shape[0];
    const Py_ssize_t *deviation = view[DEVIATION].shape, *total = view[TOTAL].shape;
    if (channels > CHANNELS || taps < 1 || taps > TAPS || taps % 2 == 0 || entries < 2 ||
        !(steps > 0.0) || gapped(&view[FIRST]) || gapped(&view[POLYNOMIALS]) ||
        view[POLYNOMIALS].shape[0] != NODES || deviation[0] != windows || deviation[1] != cycles ||
        deviation[2] != NODES || total[0] != windows || total[1] != channels || total[2] != points ||
        (count > TURN && (gapped(&view[TURN]) || view[TURN].shape[0] != cycles ||
                          view[TURN].shape[1] != points)))
        return mismatch(count, view, "fold: shapes that do not go together");
    const int64_t *first = view[FIRST].buf;
    for (Py_ssize_t n = 0; n < windows * cycles; n++)
        if (first[n] < 0 || first[n] > length - (points + taps - 1))
            return mismatch(count, view, "fold: a cycle reaches beyond the samples");
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t n = 0; n < windows * cycles; n++) {
        float nodes[TAPS * NODES];
        at_nodes((const double *)view[DEVIATION].buf + n * NODES, view[TABLE].buf, entries, steps,
                 taps, nodes);
        fold_cycle(nodes, view[POLYNOMIALS].buf, points, taps, channels,
                   (const double *)view[SAMPLES].buf + first[n], row_of(&view[SAMPLES]),
                   count > TURN ? (const float *)view[TURN].buf + n % cycles * points : NULL,
                   (float *)view[TOTAL].buf + n / cycles * channels * points);
    }
    Py_END_ALLOW_THREADS
    release(count, view);
    Py_RETURN_NONE;
}

/* Sums of products over groups of samples. */

static double added(const double *lane)
{
    return ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

static inline __attribute__((always_inline)) void
accumulate(double s[21][LANES], const double part[6][LANES], const double w[LANES])
{
    for (int k = 0; k < LANES; k++) {
        double v1 = part[0][k], v2 = part[1][k], v3 = part[2][k];
        double i1 = part[3][k], i2 = part[4][k], i3 = part[5][k];
        double a = w[k] * v1, b = w[k] * v2, c = w[k] * v3;
        double d = w[k] * i1, e = w[k] * i2, f = w[k] * i3;
        s[0][k] += a, s[1][k] += b, s[2][k] += c, s[3][k] += d, s[4][k] += e, s[5][k] += f;
        s[6][k] += a * v1, s[7][k] += b * v2, s[8][k] += c * v3;
        s[9][k] += d * i1, s[10][k] += e * i2, s[11][k] += f * i3;
        s[12][k] += a * i1, s[13][k] += b * i2, s[14][k] += c * i3;
        s[15][k] += a * v2, s[16][k] += b * v3, s[17][k] += c * v1;
        s[18][k] += d * i2, s[19][k] += e * i3, s[20][k] += f * i1;
    }
}

/* Of six channels; every product counts by its weight, where there are weights. */
VECTORISED static void multiply(const double *samples, Py_ssize_t channel, const double *weight,
                                Py_ssize_t length, double *restrict total, Py_ssize_t row)
{
    double s[21][LANES], part[6][LANES], w[LANES] = {1, 1, 1, 1, 1, 1, 1, 1};
    memset(s, 0, sizeof s);
    Py_ssize_t n = 0;
    for (; n + LANES <= length; n += LANES) {
        for (int c = 0; c < 6; c++)
            memcpy(part[c], samples + c * channel + n, sizeof part[c]);
        if (weight)
            memcpy(w, weight + n, sizeof w);
        accumulate(s, part, w);
    }
    if (n < length) {
        size_t size = (size_t)(length - n) * sizeof(double);
        memset(part, 0, sizeof part);
        for (int c = 0; c < 6; c++)
            memcpy(part[c], samples + c * channel + n, size);
        if (weight)
            memcpy(w, weight + n, size);
        accumulate(s, part, w);
    }
    for (int r = 0; r < 21; r++)
        total[r * row] = added(s[r]);
}

/* Of a seventh channel. */
VECTORISED static void square(const double *restrict x, const double *weight, Py_ssize_t length,
                              double *restrict total, Py_ssize_t row)
{
    double mean[LANES] = {0}, power[LANES] = {0};
    for (Py_ssize_t n = 0; n < length; n++) {
        double part = weight ? weight[n] * x[n] : x[n];
        mean[n % LANES] += part;
        power[n % LANES] += part * x[n];
    }
    total[0] = added(mean);
    total[row] = added(power);
}

PyDoc_STRVAR(products_doc, "products(samples, first, length, weights, total)\n--\n\n"
                           "Sums of the products of stretches of samples into `total`, as "
                           "`sums.products` defines them.");

static PyObject *products(PyObject *module, PyObject *args)
{
    enum { SAMPLES, FIRST, TOTAL, WEIGHTS };
    PyObject *given[4];
    Py_buffer view[4];
    Py_ssize_t length;
    static const struct { const char *name, *format; int dimensions; } wanted[] = {
        {"samples", "d", 2}, {"first", "lq", 1}, {"total", "d", 2}, {"weights", "d", 2},
    };
    if (!PyArg_ParseTuple(args, "OOnOO", &given[SAMPLES], &given[FIRST], &length, &given[WEIGHTS],
                          &given[TOTAL]))
        return NULL;
    int count = given[WEIGHTS] == Py_None ? 3 : 4;
    for (int n = 0; n < count; n++)
        if (take(given[n], &view[n], wanted[n].name, wanted[n].format, 8, wanted[n].dimensions,
                 n == TOTAL ? OUTPUT : INPUT) < 0) {
            release(n, view);
            return NULL;
        }
    Py_ssize_t channels = view[SAMPLES].shape[0], row = row_of(&view[SAMPLES]);
    Py_ssize_t stretches = view[FIRST].shape[0];
    if (channels < 6 || channels > CHANNELS || length < 1 || view[TOTAL].shape[1] != stretches ||
        view[TOTAL].shape[0] != 21 + 2 * (channels - 6) ||
        (count > WEIGHTS && (gapped(&view[WEIGHTS]) || view[WEIGHTS].shape[0] != stretches ||
                             view[WEIGHTS].shape[1] != length)))
        return mismatch(count, view, "products: shapes that do not go together");
    const int64_t *first = view[FIRST].buf;
    for (Py_ssize_t n = 0; n < stretches; n++)
        if (first[n] < 0 || first[n] > view[SAMPLES].shape[1] - length)
            return mismatch(count, view, "products: a stretch reaches beyond the samples");
    const double *weights = count > WEIGHTS ? view[WEIGHTS].buf : NULL;
    double *total = view[TOTAL].buf;
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t n = 0; n < stretches; n++) {
        const double *x = (const double *)view[SAMPLES].buf + first[n];
        const double *weight = weights ? weights + n * length : NULL;
        multiply(x, row, weight, length, total + n, stretches);
        if (channels > 6)
            square(x + 6 * row, weight, length, total + 21 * stretches + n, stretches);
    }
    Py_END_ALLOW_THREADS
    release(count, view);
    Py_RETURN_NONE;
}

/* Correlation: kernels moved over samples in steps. */

#define WIDE 16

VECTORISED static double dot(const double *restrict a, const double *restrict b, Py_ssize_t length)
{
    double lane[WIDE] = {0};
    Py_ssize_t n = 0;
    for (; n + WIDE <= length; n += WIDE)
        for (int k = 0; k < WIDE; k++)
            lane[k] += a[n + k] * b[n + k];
    for (; n + LANES <= length; n += LANES)
        for (int k = 0; k < LANES; k++)
            lane[k] += a[n + k] * b[n + k];
    for (int k = 0; n < length; n++, k++)
        lane[k] += a[n] * b[n];
    return added(lane) + added(lane + LANES);
}

PyDoc_STRVAR(correlate_doc, "correlate(samples, kernels, step, chosen, found)\n--\n\n"
                            "Sums of samples under kernels into `found`, as `kernels.correlated` "
                            "defines it.");

static PyObject *correlate(PyObject *module, PyObject *args)
{
    PyObject *samples, *kernels, *chosen, *found;
    Py_ssize_t step;
    Py_buffer view[4];
    if (!PyArg_ParseTuple(args, "OOnOO", &samples, &kernels, &step, &chosen, &found))
        return NULL;
    if (take(samples, &view[0], "samples", "d", 8, 2, INPUT) < 0)
        return NULL;
    if (take(kernels, &view[1], "kernels", "d", 8, 3, INPUT) < 0) {
        release(1, view);
        return NULL;
    }
    if (take(found, &view[2], "found", "d", 8, 3, OUTPUT) < 0) {
        release(2, view);
        return NULL;
    }
    int count = chosen == Py_None ? 3 : 4;
    if (count == 4 && take(chosen, &view[3], "chosen", "lq", 8, 1, INPUT) < 0) {
        release(3, view);
        return NULL;
    }
    Py_ssize_t channels = view[0].shape[0], length = view[0].shape[1], row = row_of(&view[0]);
    Py_ssize_t sets = view[1].shape[0], each = view[1].shape[1], width = view[1].shape[2];
    Py_ssize_t places = view[2].shape[2];
    if (step < 1 || view[2].shape[0] != each || view[2].shape[1] != channels || width > length ||
        (places > 0 && places - 1 > (length - width) / step) || sets < 1 ||
        (count == 4 && view[3].shape[0] != places))
        return mismatch(count, view, "correlate: shapes that do not go together");
    const int64_t *set = count == 4 ? view[3].buf : NULL;
    for (Py_ssize_t n = 0; set && n < places; n++)
        if (set[n] < 0 || set[n] >= sets)
            return mismatch(count, view, "correlate: no such kernel");
    const double *x = view[0].buf, *kernel = view[1].buf;
    double *total = view[2].buf;
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t k = 0; k < each; k++)
        for (Py_ssize_t c = 0; c < channels; c++)
            for (Py_ssize_t n = 0; n < places; n++)
                *total++ = dot(x + c * row + n * step,
                               kernel + ((set ? set[n] : 0) * each + k) * width, width);
    Py_END_ALLOW_THREADS
    release(count, view);
    Py_RETURN_NONE;
}

/* The largest so far, which fades. */

PyDoc_STRVAR(loudest_doc, "loudest(sizes, counts, fading, largest, found)\n--\n\n"
                          "The course of the largest into `found`, as `synchronisation.Loudest` "
                          "defines it; gives the last.");

static PyObject *loudest(PyObject *module, PyObject *args)
{
    PyObject *sizes, *counts, *found;
    Py_buffer view[3];
    double fading, largest;
    if (!PyArg_ParseTuple(args, "OOddO", &sizes, &counts, &fading, &largest, &found))
        return NULL;
    if (take(sizes, &view[0], "sizes", "d", 8, 1, INPUT) < 0)
        return NULL;
    if (take(found, &view[1], "found", "d", 8, 1, OUTPUT) < 0) {
        release(1, view);
        return NULL;
    }
    int count = counts == Py_None ? 2 : 3;
    if (count == 3 && take(counts, &view[2], "counts", "?", 1, 1, INPUT) < 0) {
        release(2, view);
        return NULL;
    }
    Py_ssize_t ticks = view[0].shape[0];
    if (view[1].shape[0] != ticks || (count == 3 && view[2].shape[0] != ticks))
        return mismatch(count, view, "loudest: shapes that do not go together");
    for (Py_ssize_t n = 0; n < ticks; n++) {
        double size = ((const double *)view[0].buf)[n], faded = largest * fading;
        if (count == 2 || ((const char *)view[2].buf)[n])
            largest = faded > size ? faded : size;
        ((double *)view[1].buf)[n] = largest;
    }
    release(count, view);
    return PyFloat_FromDouble(largest);
}

static PyMethodDef methods[] = {
    {"fold", fold, METH_VARARGS, fold_doc},
    {"products", products, METH_VARARGS, products_doc},
    {"correlate", correlate, METH_VARARGS, correlate_doc},
    {"loudest", loudest, METH_VARARGS, loudest_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_loops", "Inner loops of the engine.", 0, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__loops(void)
{
    return PyModuleDef_Init(&definition);
}
