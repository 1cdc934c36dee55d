/* Folding: the cycles of a window, resampled and added. */

#include "loops.h"

/* fold(samples, first, deviation, rows, taps, polynomials, total, turn) */
PyObject *fold(PyObject *module, PyObject *args)
{
    enum { SAMPLES, FIRST, DEVIATION, ROWS, POLYNOMIALS, TOTAL, TURNS, ARRAYS };
    static const Wanted wanted[] = {
        {"samples", "f", 4, 2, 0},     {"first", "lq", 8, 2, 0}, {"deviation", "d", 8, 3, 0},
        {"rows", "f", 4, 2, 0},        {"polynomials", "f", 4, 2, 0},
        {"total", "f", 4, 3, 1},       {"turn", "f", 4, 2, 0},
    };
    PyObject *given[ARRAYS];
    Py_buffer view[ARRAYS];
    Kernel kernel = {0};
    Py_ssize_t taps;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOOOnOOO", &given[SAMPLES], &given[FIRST], &given[DEVIATION],
                          &given[ROWS], &taps, &given[POLYNOMIALS], &given[TOTAL],
                          &given[TURNS]))
        return NULL;
    int count = take(given, view, wanted, ARRAYS);
    if (count < TURNS)
        return count < 0 ? NULL : mismatch(count, view, "fold: an array is missing");
    Py_ssize_t channels = view[SAMPLES].shape[0], length = view[SAMPLES].shape[1];
    Py_ssize_t windows = view[FIRST].shape[0], cycles = view[FIRST].shape[1];
    Py_ssize_t points = view[TOTAL].shape[2];
    const Py_ssize_t *deviation = view[DEVIATION].shape, *total = view[TOTAL].shape;
    kernel.rows = view[ROWS].buf;
    kernel.steps = view[ROWS].shape[0] - 1, kernel.width = view[ROWS].shape[1];
    if (channels > CHANNELS || !resamples(&view[ROWS], &view[POLYNOMIALS], points, taps) ||
        gapped(&view[FIRST]) || deviation[0] != windows || deviation[1] != cycles ||
        deviation[2] != NODES || total[0] != windows || total[1] != channels ||
        (count > TURNS && (gapped(&view[TURNS]) || view[TURNS].shape[0] != cycles ||
                           view[TURNS].shape[1] != points)))
        return mismatch(count, view, "fold: shapes that do not go together");
    const int64_t *first = view[FIRST].buf;
    for (Py_ssize_t n = 0; n < windows * cycles; n++)
        if (first[n] < 0 || first[n] > length - (points + taps - 1))
            return mismatch(count, view, "fold: a cycle reaches beyond the samples");
    void *room = malloc(loops->fold_room(points, taps));
    if (!room) {
        release(count, view);
        return PyErr_NoMemory();
    }
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t n = 0; n < windows * cycles; n++)
        loops->fold_cycle(
            &kernel, (const double *)view[DEVIATION].buf + n * NODES, view[POLYNOMIALS].buf,
            view[POLYNOMIALS].shape[1], points, taps, channels,
            (const float *)view[SAMPLES].buf + first[n], row_of(&view[SAMPLES]),
            count > TURNS ? (const float *)view[TURNS].buf + n % cycles * points : NULL,
            (float *)view[TOTAL].buf + n / cycles * channels * points, room);
    Py_END_ALLOW_THREADS
    free(room);
    release(count, view);
    Py_RETURN_NONE;
}
