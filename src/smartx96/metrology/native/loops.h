/* Inner loops of the engine: what its modules define in NumPy.

   Every sum runs in an order that depends on nothing but its own length, and contraction is off:
   the same samples give the same bits with whatever vector instructions. */

#ifndef SMARTX96_LOOPS_H
#define SMARTX96_LOOPS_H

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Names of one's own: what the C library calls alike stays apart. */
#if defined(__GNUC__) && !defined(_WIN32)
#pragma GCC visibility push(hidden)
#endif

/* Compiled for several processors at once; the loader takes the best that there is. */
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__)
#define VECTORISED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VECTORISED
#endif
#define INLINED static inline __attribute__((always_inline))
#define PREFETCH(place) __builtin_prefetch(place)

#define NODES 8             /* as `spectrum._NODES` */
#define ORDERS 63           /* as `quantities.HARMONIC_ORDERS` */
#define CHANNELS 7
#define LANES 8
#define TURN 6.283185307179586

/* Arrays that come from Python. */

typedef struct {
    const char *name, *format; /* the letters of `format` are types that mean the same */
    int size, dimensions, written;
} Wanted;

/* Takes arrays, or says which is not as wanted; None ends them. Gives how many, or -1. */
int take(PyObject *const *given, Py_buffer *view, const Wanted *wanted, int count);
void release(int count, Py_buffer *views);
PyObject *mismatch(int count, Py_buffer *views, const char *text);

/* Whether the rows of an array of two dimensions have gaps between them. */
static inline int gapped(const Py_buffer *view)
{
    return view->shape[0] > 1 && view->strides[0] != view->shape[1] * view->itemsize;
}

static inline Py_ssize_t row_of(const Py_buffer *view)
{
    return view->shape[0] > 1 ? view->strides[0] / view->itemsize : 0;
}

/* Sums that run side by side. */
typedef double Lanes __attribute__((vector_size(LANES * sizeof(double))));
typedef double Half __attribute__((vector_size(LANES / 2 * sizeof(double))));
typedef double Pair __attribute__((vector_size(LANES / 4 * sizeof(double))));

INLINED Lanes lanes_at(const double *place)
{
    Lanes found;
    memcpy(&found, place, sizeof found);
    return found;
}

/* Some values, and nothing behind them. */
INLINED Lanes lanes_of(const double *place, Py_ssize_t count)
{
    double padded[LANES] = {0};
    memcpy(padded, place, (size_t)count * sizeof(double));
    return lanes_at(padded);
}

INLINED double added(Lanes lanes)
{
    Half low, high;
    memcpy(&low, &lanes, sizeof low);
    memcpy(&high, (const char *)&lanes + sizeof low, sizeof high);
    low += high;
    Pair first, second;
    memcpy(&first, &low, sizeof first);
    memcpy(&second, (const char *)&low + sizeof first, sizeof second);
    first += second;
    return first[0] + first[1];
}

/* Kept samples in double precision. */
INLINED void widen(const float *restrict kept, Py_ssize_t count, double *restrict wide)
{
    for (Py_ssize_t n = 0; n < count; n++)
        wide[n] = kept[n];
}

/* Products of a stretch of samples, as `sums.products` defines them, into a column of `total`. */
#define PRODUCTS 21
void multiply(const double *samples, Py_ssize_t channel, Py_ssize_t channels, const double *weight,
              Py_ssize_t length, double *total, Py_ssize_t row);

/* A kernel as `kernels.ResamplingKernel` has it. */
typedef struct {
    const double *table, *gain;
    Py_ssize_t entries, gains;
    double steps, carried, beyond;
} Kernel;

/* One cycle of all channels, resampled and added to `total`, as `spectrum._folded` defines it. */
#define MOST_TAPS 128
void fold_cycle(const Kernel *kernel, const double *deviation, const float *polynomials,
                Py_ssize_t points, Py_ssize_t taps, Py_ssize_t channels, const float *samples,
                Py_ssize_t row, const float *turn, float *total);

PyObject *fold(PyObject *module, PyObject *args);
PyObject *products(PyObject *module, PyObject *args);
PyObject *advance(PyObject *module, PyObject *args);
PyObject *extend(PyObject *module, PyObject *args);
PyObject *locate(PyObject *module, PyObject *args);
PyObject *spectra(PyObject *module, PyObject *args);
PyObject *read_windows(PyObject *module, PyObject *args);
PyObject *derive(PyObject *module, PyObject *args);

#endif
