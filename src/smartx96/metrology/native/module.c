#include "loops.h"

const Loops *loops = &loops_baseline;

int take(PyObject *const *given, Py_buffer *view, const Wanted *wanted, int count)
{
    for (int k = 0; k < count; k++) {
        if (given[k] == Py_None)
            return k;
        const Wanted *want = &wanted[k];
        int flags = PyBUF_STRIDES | PyBUF_FORMAT | (want->written ? PyBUF_WRITABLE : 0);
        if (PyObject_GetBuffer(given[k], &view[k], flags) < 0) {
            release(k, view);
            return -1;
        }
        /* A table may be some columns of a larger one; the rest is whole. */
        Py_buffer *got = &view[k];
        Py_ssize_t size = want->size ? want->size : got->itemsize;
        int whole = got->ndim == want->dimensions && got->itemsize == size &&
                    got->format != NULL && strchr(want->format, got->format[0]) != NULL &&
                    got->format[strlen(got->format) > 1 && got->format[0] == 'Z' ? 2 : 1] == 0;
        Py_ssize_t stride = size;
        for (int n = want->dimensions - 1; whole && n >= 0; n--) {
            int free = n == 0 && want->dimensions == 2 && got->strides[0] > 0;
            whole = got->strides[n] == stride || got->shape[n] == 1 ||
                    (free && got->strides[0] % size == 0);
            stride *= got->shape[n];
        }
        if (!whole) {
            PyErr_Format(PyExc_ValueError, "%s: must be %d dimensions of '%s' without gaps",
                         want->name, want->dimensions, want->format);
            release(k + 1, view);
            return -1;
        }
    }
    return count;
}

void release(int count, Py_buffer *views)
{
    for (int n = 0; n < count; n++)
        PyBuffer_Release(&views[n]);
}

PyObject *mismatch(int count, Py_buffer *views, const char *text)
{
    release(count, views);
    PyErr_SetString(PyExc_ValueError, text);
    return NULL;
}

/* What they take and give; `loops.FORM` counts it up with every change. */
#define FORM 8

/* The loops that this processor runs, the best first; gives how many. */
static int running(const Loops **found)
{
    int count = 0;
#ifdef CHOOSES
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
        found[count++] = &loops_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        found[count++] = &loops_avx2;
#endif
    found[count++] = &loops_baseline;
    return count;
}

/* choose(name): from now on the loops of a name, None being the best; gives the name of those, or
   None where this processor does not run them. */
static PyObject *choose(PyObject *module, PyObject *args)
{
    const char *name;
    const Loops *found[3];
    (void)module;
    if (!PyArg_ParseTuple(args, "z", &name))
        return NULL;
    for (int n = 0, count = running(found); n < count; n++)
        if (!name || strcmp(name, found[n]->name) == 0) {
            loops = found[n];
            return PyUnicode_FromString(loops->name);
        }
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"fold", fold, METH_VARARGS, "Add resampled cycles up, as `spectrum._folded` defines it."},
    {"products", products, METH_VARARGS,
     "Sums of the products of groups of samples, as `sums.products` defines them."},
    {"advance", advance, METH_VARARGS,
     "Advance of the phase from tick to tick, as `synchronisation.advance` defines it."},
    {"extend", extend, METH_VARARGS,
     "What `Timeline.extend` keeps of steps that are all measured ones."},
    {"locate", locate, METH_VARARGS,
     "Where windows and their cycles lie, and their sums: `Timeline.positions`, "
     "`sums.boundary_sums`, `sums.window_sums` and `spectrum._grids` define it."},
    {"spectra", spectra, METH_VARARGS,
     "Orders 1..63 of windows, as `spectrum.harmonic_phasors` defines them."},
    {"read", read_windows, METH_VARARGS, "Readings of windows, as `readings.read` defines them."},
    {"derive", derive, METH_VARARGS,
     "Quantities of readings, as `derived.quantities` defines them."},
    {"choose", choose, METH_VARARGS, "Take the loops for one kind of processor, or the best."},
    {NULL, NULL, 0, NULL},
};

static int fill(PyObject *module)
{
    const Loops *found[3];
    running(found);
    loops = found[0];
    return PyModule_AddIntConstant(module, "FORM", FORM);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, fill}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_loops", "Inner loops of the engine.", 0, methods, slots, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__loops(void)
{
    return PyModuleDef_Init(&definition);
}
