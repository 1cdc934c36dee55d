/* Readings: the measured values of windows, from their sums and phasors. */

#include "readings.h"

static const int NEXT[MOST] = {1, 2, 0}; /* as `powers.NEXT` */

enum { ARITHMETIC, VECTOR, EFFECTIVE }; /* as `conditions.ApparentPower` */

typedef struct {
    const char *present;
    int harmonics, keep_dc, phases, has_neutral, method, netted;
    double turns, starting, least_measured, live, rounding, larger;
} Conditions;

typedef struct {
    double square[6], power[MOST], line[MOST], neutral;
} Products;

/* As np.maximum with 0: what is no number stays none. */
static double not_below_zero(double x)
{
    return x < 0.0 ? 0.0 : x;
}

/* As `powers._beyond_rounding`. */
static double beyond_rounding(const Conditions *of, double difference, double sides)
{
    return difference < of->rounding * sides ? 0.0 : difference;
}

/* As `powers.mean_products`. */
static Products mean_products(const Conditions *of, const double *sums, Py_ssize_t row,
                              double measured, double length)
{
    double mean[PRODUCTS], level[6];
    int levelled = measured > length * (1 - 1e-9) && !of->keep_dc;
    Products p;
    for (int r = 0; r < PRODUCTS; r++)
        mean[r] = sums[r * row] / measured;
    for (int c = 0; c < 6; c++) {
        level[c] = levelled ? mean[c] : 0.0;
        p.square[c] = not_below_zero(mean[6 + c] - level[c] * level[c]);
        p.square[c] = of->present[c] ? p.square[c] : NAN;
    }
    const double *u = level, *i = level + 3;
    double across = 0.0;
    for (int n = 0; n < MOST; n++) {
        p.power[n] = mean[12 + n] - u[n] * i[n];
        p.power[n] = of->present[n] && of->present[3 + n] ? p.power[n] : NAN;
        double lines = mean[15 + n] - u[n] * u[NEXT[n]];
        double sides = p.square[n] + p.square[NEXT[n]];
        p.line[n] = beyond_rounding(of, sides - 2 * lines, sides);
        across += mean[18 + n] - i[n] * i[NEXT[n]];
    }
    double together = p.square[3] + p.square[4] + p.square[5];
    p.neutral = beyond_rounding(of, together + 2 * across, together);
    if (!(measured > of->least_measured * length)) {
        for (int n = 0; n < MOST; n++)
            p.square[n] = p.square[3 + n] = p.power[n] = p.line[n] = NAN;
        p.neutral = NAN;
    }
    return p;
}

static void no_numbers(double *values, int count)
{
    for (int n = 0; n < count; n++)
        values[n] = NAN;
}

/* Of three channels or lines: what is dead has no spectrum. */
static void spectrum(const Conditions *of, const double size[][ORDERS], const int *dead,
                     double *percent, double *thd)
{
    for (int n = 0; n < MOST; n++) {
        double beside[ORDERS], *into = percent ? percent + n * ORDERS : beside;
        thd[n] = loops->percents(size[n], into);
        int first = dead[n] ? 0 : of->harmonics ? ORDERS : 1;
        no_numbers(into + first, ORDERS - first);
        thd[n] = first < ORDERS ? NAN : thd[n];
    }
}

/* As `readings._dead`. */
static void find_dead(double live, const double size[][ORDERS], int *dead)
{
    double largest = NAN;
    for (int n = 0; n < MOST; n++)
        largest = isnan(largest) || size[n][0] > largest ? size[n][0] : largest;
    for (int n = 0; n < MOST; n++)
        dead[n] = size[n][0] <= live * largest;
}

/* As `symmetry.least_share`. */
static double least_share(const double size[][ORDERS], int count)
{
    double least = size[0][0], most = size[0][0];
    for (int n = 1; n < count; n++) {
        least = isnan(least) || least <= size[n][0] ? least : size[n][0];
        most = isnan(most) || most >= size[n][0] ? most : size[n][0];
    }
    return least / most;
}

/* As `symmetry.sequences`: real and imaginary parts of the three components. */
static void sequences(const double *fundamental, double component[MOST][2])
{
    const double half = 0.5, root = 0.86602540378443864676;
    const double *a = fundamental, *b = a + 2, *c = b + 2;
    double real = b[0] + c[0], imag = b[1] + c[1];
    double across = root * (b[0] - c[0]), over = root * (b[1] - c[1]);
    component[0][0] = (a[0] - half * real - over) / 3;
    component[0][1] = (a[1] - half * imag + across) / 3;
    component[1][0] = (a[0] - half * real + over) / 3;
    component[1][1] = (a[1] - half * imag - across) / 3;
    component[2][0] = (a[0] + real) / 3;
    component[2][1] = (a[1] + imag) / 3;
}

/* The largest component, and its size. */
static const double *leading(const Conditions *of, double component[MOST][2], double *most)
{
    const double *found = component[0];
    *most = hypot(found[0], found[1]);
    for (int n = 1; n < MOST; n++) {
        double size = hypot(component[n][0], component[n][1]);
        if (size > *most * of->larger)
            found = component[n], *most = size;
    }
    return found;
}

/* As `symmetry.common_turn`: the conjugate of the leading component's direction. */
static void common_turn(const Conditions *of, const double *fundamental, double turn[2])
{
    double known[12], voltages[MOST][2], currents[MOST][2], most, other;
    for (int n = 0; n < 6; n++) {
        int unknown = isnan(fundamental[2 * n]) || isnan(fundamental[2 * n + 1]);
        known[2 * n] = unknown ? 0.0 : fundamental[2 * n];
        known[2 * n + 1] = unknown ? 0.0 : fundamental[2 * n + 1];
    }
    sequences(known, voltages);
    sequences(known + 6, currents);
    const double *of_voltages = leading(of, voltages, &most);
    const double *of_currents = leading(of, currents, &other);
    const double *found = most > 0 ? of_voltages : of_currents;
    double size = most > 0 ? most : other;
    turn[0] = size > 0 ? found[0] / size : 1.0;
    turn[1] = size > 0 ? -found[1] / size : 0.0;
}

/* Fundamentals, their power and their components. */
static void fundamentals(const Conditions *of, const double *fundamental, double *row)
{
    double turn[2], component[MOST][2];
    common_turn(of, fundamental, turn);
    for (int n = 0; n < 6; n++) {
        double real = fundamental[2 * n], imag = fundamental[2 * n + 1];
        row[VOLTAGE_PHASOR + 2 * n] = real * turn[0] - imag * turn[1];
        row[VOLTAGE_PHASOR + 2 * n + 1] = real * turn[1] + imag * turn[0];
    }
    for (int n = 0; n < MOST; n++) {
        const double *u = fundamental + 2 * n, *i = fundamental + 6 + 2 * n;
        row[FUNDAMENTAL_POWER + 2 * n] = u[0] * i[0] + u[1] * i[1];
        row[FUNDAMENTAL_POWER + 2 * n + 1] = u[1] * i[0] - u[0] * i[1];
    }
    for (int part = 0; part < 2; part++) {
        sequences(fundamental + 6 * part, component);
        for (int n = 0; n < MOST; n++)
            row[VOLTAGE_SEQUENCE + 3 * part + n] = hypot(component[n][0], component[n][1]);
    }
}

/* As `powers.total_apparent`. */
static double total_apparent(const Conditions *of, const Products *p, const double *row)
{
    int effective = of->method == EFFECTIVE && of->phases > 1;
    if (effective || !of->has_neutral) {
        double squares = p->square[0] + p->square[1] + p->square[2];
        double lines = p->line[0] + p->line[1] + p->line[2];
        double currents = p->square[3] + p->square[4] + p->square[5];
        return 3 * sqrt((3 * squares + lines) / 18 * ((currents + p->neutral) / 3));
    }
    double active = 0.0, reactive = 0.0, apparent = 0.0;
    for (int n = 0; n < of->phases; n++) {
        active += p->power[n];
        reactive += row[FUNDAMENTAL_POWER + 2 * n + 1];
        apparent += row[APPARENT_POWER + n];
    }
    return of->method == VECTOR ? hypot(active, reactive) : apparent;
}

/* As `powers.exchanged_power`. */
static void exchanged(const Conditions *of, const double *power, double *found)
{
    double sum = 0.0;
    found[0] = found[1] = 0.0;
    for (int n = 0; n < of->phases; n++) {
        sum += power[n];
        found[0] += not_below_zero(power[n]);
        found[1] += not_below_zero(-power[n]);
    }
    if (of->netted) {
        found[0] = not_below_zero(sum);
        found[1] = not_below_zero(-sum);
    }
}

/* One window. */
static void read_one(const Conditions *of, const double *sums, Py_ssize_t windows, double measured,
                     double length, int unsynchronised, const double *phasors, double *row)
{
    double known[6][2 * ORDERS], size[9][ORDERS], fundamental[12];
    int dead[MOST], idle[MOST];
    int scarce = !(measured > of->least_measured * length);
    for (int c = 0; c < 6; c++)
        if (scarce || !of->present[c])
            no_numbers(known[c], 2 * ORDERS);
        else
            memcpy(known[c], phasors + c * 2 * ORDERS, sizeof known[c]);
    for (int c = 0; c < 6; c++) {
        loops->sizes(known[c], NULL, size[c]);
        memcpy(fundamental + 2 * c, known[c], 2 * sizeof(double));
    }
    for (int n = 0; n < MOST; n++)
        loops->sizes(known[n], known[NEXT[n]], size[6 + n]);
    Products p = mean_products(of, sums, windows, measured, length);
    row[FREQUENCY] = unsynchronised ? NAN : of->turns / length;
    for (int n = 0; n < MOST; n++) {
        double voltage = sqrt(p.square[n]), current = sqrt(p.square[3 + n]);
        row[VOLTAGE + n] = of->has_neutral ? voltage : NAN;
        row[CURRENT + n] = current;
        row[LINE_VOLTAGE + n] = sqrt(p.line[n]);
        row[ACTIVE_POWER + n] = p.power[n];
        row[APPARENT_POWER + n] = voltage * current;
        idle[n] = !(current > of->starting);
    }
    exchanged(of, p.power, row + EXCHANGED_POWER);
    fundamentals(of, fundamental, row);
    row[TOTAL_APPARENT_POWER] = total_apparent(of, &p, row);
    row[NEUTRAL_CURRENT] = of->has_neutral ? sqrt(p.neutral) : NAN;
    if (!of->has_neutral)
        no_numbers(row + APPARENT_POWER, MOST);
    const double (*shown)[ORDERS] = (const double (*)[ORDERS])(of->has_neutral ? size : size + 6);
    row[VOLTAGE_LEAST] = least_share(shown, of->phases);
    row[CURRENT_LEAST] = least_share((const double (*)[ORDERS])size + 3, MOST);
    find_dead(of->live, shown, dead);
    spectrum(of, shown, dead, row + VOLTAGE_HARMONICS, row + VOLTAGE_THD);
    spectrum(of, (const double (*)[ORDERS])size + 3, idle, row + CURRENT_HARMONICS, row + CURRENT_THD);
    find_dead(of->live, (const double (*)[ORDERS])size + 6, dead);
    spectrum(of, (const double (*)[ORDERS])size + 6, dead, NULL, row + LINE_THD);
}

/* read(sums, measured, length, flags, phasors, present, table, (turns, starting, least_measured,
   live, rounding, larger, harmonics, keep_dc, phases, has_neutral, method, netted, unsynchronised)): a row a window. */
PyObject *read_windows(PyObject *module, PyObject *args)
{
    enum { SUMS, MEASURED, LENGTH, FLAGS, PHASORS, PRESENT, TABLE, ARRAYS };
    static const Wanted wanted[] = {
        {"sums", "d", 8, 2, 0},     {"measured", "d", 8, 1, 0}, {"length", "d", 8, 1, 0},
        {"flags", "lq", 8, 1, 0},   {"phasors", "Z", 16, 3, 0}, {"present", "?", 1, 1, 0},
        {"table", "d", 8, 2, 1},
    };
    PyObject *given[ARRAYS];
    Py_buffer view[ARRAYS];
    Conditions of;
    int unsynchronised;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOOOOOO(ddddddppippii)", &given[SUMS], &given[MEASURED],
                          &given[LENGTH], &given[FLAGS], &given[PHASORS], &given[PRESENT],
                          &given[TABLE], &of.turns, &of.starting, &of.least_measured, &of.live,
                          &of.rounding, &of.larger, &of.harmonics, &of.keep_dc, &of.phases, &of.has_neutral, &of.netted, &of.method,
                          &unsynchronised))
        return NULL;
    int count = take(given, view, wanted, ARRAYS);
    if (count < ARRAYS)
        return count < 0 ? NULL : mismatch(count, view, "read: an array is missing");
    Py_ssize_t windows = view[MEASURED].shape[0], row = row_of(&view[SUMS]);
    const Py_ssize_t *phasors = view[PHASORS].shape;
    if (view[SUMS].shape[0] < PRODUCTS || view[SUMS].shape[1] != windows ||
        view[LENGTH].shape[0] != windows || view[FLAGS].shape[0] != windows ||
        phasors[0] != windows || phasors[1] != 6 || phasors[2] != ORDERS ||
        view[PRESENT].shape[0] != 6 || view[TABLE].shape[0] != windows || gapped(&view[TABLE]) ||
        view[TABLE].shape[1] != COLUMNS || of.phases < 1 || of.phases > MOST)
        return mismatch(count, view, "read: shapes that do not go together");
    of.present = view[PRESENT].buf;
    for (Py_ssize_t w = 0; w < windows; w++)
        read_one(&of, (const double *)view[SUMS].buf + w, row,
                 ((const double *)view[MEASURED].buf)[w], ((const double *)view[LENGTH].buf)[w],
                 (((const int64_t *)view[FLAGS].buf)[w] & unsynchronised) != 0,
                 (const double *)view[PHASORS].buf + w * 6 * ORDERS * 2,
                 (double *)view[TABLE].buf + w * COLUMNS);
    release(count, view);
    Py_RETURN_NONE;
}
