/* Folding: the cycles of a window, resampled and added. */

#include "loops.h"

#define TILE 64
#define REGISTER 16
#define REGISTERS (TILE / REGISTER)
typedef float vector __attribute__((vector_size(REGISTER * sizeof(float))));

/* The kernel at the nodes of a cycle: linear between the entries of its table. */
VECTORISED static void at_nodes(const double *restrict table, double steps, double last,
                                const double *restrict deviation, int taps, float *restrict nodes)
{
    for (int tap = 0; tap < taps; tap++)
        for (int node = 0; node < NODES; node++) {
            double x = fabs(deviation[node] - (tap - taps / 2)) * steps;
            x = x < last ? x : last;
            int index = (int)x;
            double low = table[index], high = table[index + 1];
            nodes[tap * NODES + node] = (float)(low + (high - low) * (x - index));
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

/* Some points of a channel, or of two: each weight is loaded once for both. */
INLINED void resample(const float *const *samples, int channels, Py_ssize_t size, Py_ssize_t taps,
                      const float *weights, float *const *total)
{
    vector sum[2][REGISTERS] = {{{0}}};
    for (Py_ssize_t tap = 0; tap < taps; tap++)
        for (int r = 0; r < REGISTERS; r++) {
            vector weight, sample;
            memcpy(&weight, weights + tap * TILE + r * REGISTER, sizeof weight);
            for (int c = 0; c < channels; c++) {
                memcpy(&sample, samples[c] + tap + r * REGISTER, sizeof sample);
                sum[c][r] += weight * sample;
            }
        }
    for (int c = 0; c < channels; c++) {
        float rest[TILE];
        memcpy(rest, sum[c], sizeof rest);
        for (Py_ssize_t k = 0; k < size; k++)
            total[c][k] += rest[k];
    }
}

VECTORISED static void resample_two(const float *const *samples, Py_ssize_t size, Py_ssize_t taps,
                                    const float *weights, float *const *total)
{
    if (size == TILE)
        resample(samples, 2, TILE, taps, weights, total);
    else
        resample(samples, 2, size, taps, weights, total);
}

VECTORISED static void resample_one(const float *const *samples, Py_ssize_t size, Py_ssize_t taps,
                                    const float *weights, float *const *total)
{
    resample(samples, 1, size, taps, weights, total);
}

/* A last tile may be no whole one: what lies behind it is nobody's, and nothing is read there. */
void fold_cycle(const Kernel *kernel, const double *deviation, const float *polynomials,
                Py_ssize_t points, Py_ssize_t taps, Py_ssize_t channels, const float *samples,
                Py_ssize_t row, const float *turn, float *total)
{
    float nodes[MOST_TAPS * NODES], weights[MOST_TAPS * TILE];
    float last[2][TILE + MOST_TAPS] = {{0}};
    at_nodes(kernel->table, kernel->steps, (double)(kernel->entries - 2), deviation, (int)taps,
             nodes);
    for (Py_ssize_t begin = 0; begin < points; begin += TILE) {
        Py_ssize_t size = points - begin < TILE ? points - begin : TILE;
        weigh(nodes, polynomials + begin, points, size, taps, turn ? turn + begin : NULL, weights);
        for (Py_ssize_t c = 0; c < channels; c += 2) {
            int two = c + 1 < channels;
            const float *from[2];
            float *into[2];
            for (int n = 0; n <= two; n++) {
                from[n] = samples + (c + n) * row + begin;
                into[n] = total + (c + n) * points + begin;
                if (size < TILE)
                    from[n] = memcpy(last[n], from[n], (size_t)(size + taps - 1) * sizeof **last);
            }
            (two ? resample_two : resample_one)(from, size, taps, weights, into);
        }
    }
}

/* fold(samples, first, deviation, table, steps, taps, polynomials, total, turn) */
PyObject *fold(PyObject *module, PyObject *args)
{
    enum { SAMPLES, FIRST, DEVIATION, TABLE, POLYNOMIALS, TOTAL, TURNS, ARRAYS };
    static const Wanted wanted[] = {
        {"samples", "f", 4, 2, 0},     {"first", "lq", 8, 2, 0}, {"deviation", "d", 8, 3, 0},
        {"table", "d", 8, 1, 0},       {"polynomials", "f", 4, 2, 0},
        {"total", "f", 4, 3, 1},       {"turn", "f", 4, 2, 0},
    };
    PyObject *given[ARRAYS];
    Py_buffer view[ARRAYS];
    Kernel kernel = {0};
    Py_ssize_t taps;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOOOdnOOO", &given[SAMPLES], &given[FIRST], &given[DEVIATION],
                          &given[TABLE], &kernel.steps, &taps, &given[POLYNOMIALS], &given[TOTAL],
                          &given[TURNS]))
        return NULL;
    int count = take(given, view, wanted, ARRAYS);
    if (count < TURNS)
        return count < 0 ? NULL : mismatch(count, view, "fold: an array is missing");
    Py_ssize_t channels = view[SAMPLES].shape[0], length = view[SAMPLES].shape[1];
    Py_ssize_t windows = view[FIRST].shape[0], cycles = view[FIRST].shape[1];
    Py_ssize_t points = view[POLYNOMIALS].shape[1];
    const Py_ssize_t *deviation = view[DEVIATION].shape, *total = view[TOTAL].shape;
    kernel.table = view[TABLE].buf, kernel.entries = view[TABLE].shape[0];
    if (channels > CHANNELS || taps < 1 || taps > MOST_TAPS || taps % 2 == 0 ||
        kernel.entries < 2 || !(kernel.steps > 0.0) || gapped(&view[FIRST]) ||
        gapped(&view[POLYNOMIALS]) || view[POLYNOMIALS].shape[0] != NODES ||
        deviation[0] != windows || deviation[1] != cycles || deviation[2] != NODES ||
        total[0] != windows || total[1] != channels || total[2] != points ||
        (count > TURNS && (gapped(&view[TURNS]) || view[TURNS].shape[0] != cycles ||
                           view[TURNS].shape[1] != points)))
        return mismatch(count, view, "fold: shapes that do not go together");
    const int64_t *first = view[FIRST].buf;
    for (Py_ssize_t n = 0; n < windows * cycles; n++)
        if (first[n] < 0 || first[n] > length - (points + taps - 1))
            return mismatch(count, view, "fold: a cycle reaches beyond the samples");
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t n = 0; n < windows * cycles; n++)
        fold_cycle(&kernel, (const double *)view[DEVIATION].buf + n * NODES, view[POLYNOMIALS].buf,
                   points, taps, channels, (const float *)view[SAMPLES].buf + first[n],
                   row_of(&view[SAMPLES]),
                   count > TURNS ? (const float *)view[TURNS].buf + n % cycles * points : NULL,
                   (float *)view[TOTAL].buf + n / cycles * channels * points);
    Py_END_ALLOW_THREADS
    release(count, view);
    Py_RETURN_NONE;
}
