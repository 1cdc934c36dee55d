/* Inner loops of the engine: what its modules define in NumPy.

   Every sum runs in an order that depends on nothing but its own length: the same samples give the
   same bits however they are cut, and with whatever instructions that multiply and add at once. */

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

#define INLINED static inline __attribute__((always_inline))
#define PREFETCH(place) __builtin_prefetch(place)

/* Where loops are compiled for several processors, of which one is found when they are loaded. */
#if (defined(__x86_64__) || defined(__i386__)) && defined(__GNUC__)
#define CHOOSES
#endif

#define NODES 8             /* as `spectrum._NODES` */
#define ORDERS 63           /* as `quantities.HARMONIC_ORDERS` */
#define CHANNELS 7
#define MOST_LIVE 3         /* channels that are followed */
#define PRODUCTS 21         /* as `sums.PRODUCTS` */
#define LANES 8             /* sums that run side by side */
#define LINES 64            /* of a spectrum, in blocks */
#define BLOCK 16
#define MOST_POINTS 1024    /* as `spectrum._MOST_POINTS` */
#define MOST_TAPS 128       /* as `loops.MOST_TAPS` */
#define SLID 64             /* places of an average that are found at once */
#define ALIGNED(place) (((uintptr_t)(place) + 63) / 64 * 64)
#define EIGHTS(length) (((length) + LANES - 1) / LANES * LANES)
#define TURN 6.283185307179586

/* Arrays that come from Python. */

typedef struct {
    const char *name, *format; /* the letters of `format` are types that mean the same */
    int size, dimensions, written; /* any size of those types, where none is said */
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

/* A kernel as `kernels.ResamplingKernel` has it. */
typedef struct {
    const float *rows; /* steps + 1 of them, of `width` */
    const double *gain;
    Py_ssize_t width, steps, gains;
    double carried, beyond;
} Kernel;

/* The loops proper, which are compiled for several processors. */
typedef struct {
    const char *name;

    /* Products of a stretch of samples, as `sums.products` defines them, into a column of `total`;
       `a` are the samples `x`, or those by their weights. */
    void (*multiply)(const double *a, const double *x, Py_ssize_t channel, Py_ssize_t channels,
                     Py_ssize_t length, double *total, Py_ssize_t row);

    /* Of the samples alone, which are put where they are kept. */
    void (*multiply_and_keep)(const double *x, Py_ssize_t channel, Py_ssize_t channels,
                              Py_ssize_t length, double *total, Py_ssize_t row, float *kept,
                              Py_ssize_t kept_row);

    /* Kept samples in double precision. */
    void (*widen)(const float *kept, Py_ssize_t count, double *samples);

    /* Sums of kept samples under a shape that is moved along in steps. The shape is followed by
       nothing up to a whole eight; `wide` has room for `SLID` steps and the shape. */
    void (*slide)(const float *kept, const double *shape, Py_ssize_t length, Py_ssize_t step,
                  Py_ssize_t count, double *wide, double *found);

    /* Sums of channels under the two parts of a kernel, and where there is a window also their
       power and mean under it: four of each channel, for `MOST_LIVE` and one. */
    void (*under)(const double *x, Py_ssize_t row, int channels, const double *kernel,
                  const double *window, Py_ssize_t width, double *found);

    /* Bytes of room that `fold_cycle` needs. */
    size_t (*fold_room)(Py_ssize_t points, Py_ssize_t taps);

    /* One cycle of all channels, resampled and added to `total`, as `spectrum._folded` defines it;
       a row of `polynomials` has `half` of them. */
    void (*fold_cycle)(const Kernel *kernel, const double *deviation, const float *polynomials,
                       Py_ssize_t half, Py_ssize_t points, Py_ssize_t taps, Py_ssize_t channels,
                       const float *samples, Py_ssize_t row, const float *turn, float *total,
                       void *room);

    /* Real and imaginary lines of six channels' cycles, not scaled. */
    void (*lines_of)(const float *folded, Py_ssize_t points, const float *table, float *real,
                     float *imag);

    /* Sizes of the orders of a channel, or of what lies between two. */
    void (*sizes)(const double *one, const double *other, double *size);

    /* Orders in % of the fundamental; gives THD (as `readings._spectra`). */
    double (*percents)(const double *size, double *percent);
} Loops;

extern const Loops loops_baseline, loops_avx2, loops_avx512;

/* Those that were chosen. */
extern const Loops *loops;

/* Whether a kernel and what goes with it may be given to `fold_cycle`. */
static inline int resamples(const Py_buffer *rows, const Py_buffer *polynomials, Py_ssize_t points,
                            Py_ssize_t taps)
{
    return taps >= 1 && taps <= MOST_TAPS && taps % 2 == 1 && !gapped(rows) &&
           rows->shape[0] >= 2 && rows->shape[1] >= 2 && rows->shape[1] % 2 == 0 &&
           rows->shape[1] < taps && points >= 3 && !gapped(polynomials) &&
           polynomials->shape[0] == NODES && polynomials->shape[1] % BLOCK == 0 &&
           polynomials->shape[1] > points / 2;
}

PyObject *fold(PyObject *module, PyObject *args);
PyObject *products(PyObject *module, PyObject *args);
PyObject *advance(PyObject *module, PyObject *args);
PyObject *extend(PyObject *module, PyObject *args);
PyObject *locate(PyObject *module, PyObject *args);
PyObject *spectra(PyObject *module, PyObject *args);
PyObject *read_windows(PyObject *module, PyObject *args);
PyObject *derive(PyObject *module, PyObject *args);

#endif
