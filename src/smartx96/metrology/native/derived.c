/* Derived: every instantaneous quantity from the readings of windows. */

#include "readings.h"

typedef struct {
    int phases, has_neutral;
    double clear, least_positive, resistive, live;
} Rules;

/* Where the next quantities go: rows in the order of `derived.quantities`. */
typedef struct {
    double *place;
    Py_ssize_t row;
} Column;

static void put(Column *column, double value)
{
    *column->place = value;
    column->place += column->row;
}

static double sum_of(const double *values, int phases)
{
    double sum = 0.0;
    for (int n = 0; n < phases; n++)
        sum += values[n];
    return sum;
}

static void each(Column *column, const double *values)
{
    for (int n = 0; n < MOST; n++)
        put(column, values[n]);
}

static void levels(const Rules *rules, const double *row, Column *column)
{
    int own = rules->phases;
    put(column, row[FREQUENCY]);
    each(column, row + VOLTAGE);
    each(column, row + CURRENT);
    each(column, row + LINE_VOLTAGE);
    double currents = sum_of(row + CURRENT, own);
    put(column, sum_of(row + VOLTAGE, own) / own);
    put(column, sum_of(row + LINE_VOLTAGE, MOST) / MOST);
    put(column, currents / own);
    put(column, currents);
    put(column, row[NEUTRAL_CURRENT]);
}

static int idle(const double *row, int phase)
{
    return isnan(row[CURRENT_HARMONICS + phase * ORDERS]);
}

static int at_rest(const Rules *rules, const double *row)
{
    int rest = 1;
    for (int n = 0; n < rules->phases; n++)
        rest &= idle(row, n);
    return rest;
}

static void powers(const Rules *rules, const double *row, Column *column)
{
    double reactive = 0.0;
    for (int n = 0; n < MOST; n++)
        put(column, rules->has_neutral ? row[ACTIVE_POWER + n] : NAN);
    each(column, row + APPARENT_POWER);
    for (int n = 0; n < MOST; n++) {
        double part = row[FUNDAMENTAL_POWER + 2 * n + 1];
        put(column, rules->has_neutral ? part : NAN);
        reactive += n < rules->phases ? part : 0.0;
    }
    for (int n = 0; n < MOST; n++)
        put(column, idle(row, n) ? NAN
                                     : row[ACTIVE_POWER + n] /
                                           row[APPARENT_POWER + n]);
    double total = sum_of(row + ACTIVE_POWER, rules->phases);
    double apparent = row[TOTAL_APPARENT_POWER];
    double factor = at_rest(rules, row) ? NAN : total / apparent;
    put(column, total);
    put(column, apparent);
    put(column, reactive);
    put(column, factor);
    put(column, -factor);
    put(column, row[EXCHANGED_POWER]);
    put(column, row[EXCHANGED_POWER + 1]);
}

static void distortion(const Rules *rules, const double *row, Column *column)
{
    int own = rules->phases;
    each(column, row + VOLTAGE_THD);
    each(column, row + CURRENT_THD);
    each(column, row + LINE_THD);
    put(column, sum_of(row + VOLTAGE_THD, own) / own);
    put(column, sum_of(row + CURRENT_THD, own) / own);
    put(column, sum_of(row + LINE_THD, MOST) / MOST);
}

static double degrees(double real, double imag)
{
    if (real == 0.0 && imag == 0.0)
        return NAN;
    double angle = atan2(imag, real) * (360.0 / TURN);
    return angle == -180.0 ? 180.0 : angle;
}

static double displacement(double angle)
{
    return cos(angle * (TURN / 360.0));
}

static double nature(const Rules *rules, double angle)
{
    double size = fabs(angle), off_axis = size < 180.0 - size ? size : 180.0 - size;
    if (isnan(angle))
        return NAN;
    return off_axis <= rules->resistive ? 1.0 : angle > 0 ? 2.0 : 3.0;
}

static void angles(const Rules *rules, const double *row, Column *column)
{
    double angle[MOST], real = 0.0, imag = 0.0;
    for (int n = 0; n < MOST; n++) {
        const double *power = row + FUNDAMENTAL_POWER + 2 * n;
        int none = idle(row, n) || !rules->has_neutral;
        angle[n] = none ? NAN : degrees(power[0], power[1]);
        real += n < rules->phases ? power[0] : 0.0;
        imag += n < rules->phases ? power[1] : 0.0;
        put(column, angle[n]);
    }
    for (int n = 0; n < MOST; n++)
        put(column, displacement(angle[n]));
    double together = at_rest(rules, row) ? NAN : degrees(real, imag);
    put(column, together);
    put(column, displacement(together));
    put(column, nature(rules, together));
}

static double rotation(const Rules *rules, const double *sequence, double least)
{
    double positive = sequence[0], negative = sequence[1];
    if (!(least > rules->live))
        return 0.0;
    if (negative > rules->clear * positive)
        return 2.0;
    return positive > rules->clear * negative ? 1.0 : 0.0;
}

static double unbalance(const Rules *rules, const double *sequence, int component)
{
    double positive = sequence[0], most = positive;
    for (int n = 1; n < MOST; n++) {
        double size = sequence[n];
        most = isnan(most) || most >= size ? most : size;
    }
    if (!(positive > rules->least_positive * most))
        return NAN;
    return 100 * sequence[component] / positive;
}

static void symmetry(const Rules *rules, const double *row, Column *column)
{
    const double *voltage = row + VOLTAGE_SEQUENCE, *current = row + CURRENT_SEQUENCE;
    int one = rules->phases < MOST;
    put(column, one ? NAN : rotation(rules, voltage, row[VOLTAGE_LEAST]));
    put(column, one ? NAN : rotation(rules, current, row[CURRENT_LEAST]));
    put(column, one ? NAN : unbalance(rules, voltage, 1));
    put(column, one || !rules->has_neutral ? NAN : unbalance(rules, voltage, 2));
}

#define QUANTITIES 59

/* derive(table, found, (phases, has_neutral, clear, least_positive, resistive, live)): quantities
   into the rows of `found`, a column a window. */
PyObject *derive(PyObject *module, PyObject *args)
{
    enum { TABLE, FOUND, ARRAYS };
    static const Wanted wanted[] = {{"table", "d", 8, 2, 0}, {"found", "d", 8, 2, 1}};
    PyObject *given[ARRAYS];
    Py_buffer view[ARRAYS];
    Rules rules;
    (void)module;
    if (!PyArg_ParseTuple(args, "OO(ipdddd)", &given[TABLE], &given[FOUND], &rules.phases,
                          &rules.has_neutral, &rules.clear, &rules.least_positive,
                          &rules.resistive, &rules.live))
        return NULL;
    int count = take(given, view, wanted, ARRAYS);
    if (count < ARRAYS)
        return count < 0 ? NULL : mismatch(count, view, "derive: an array is missing");
    Py_ssize_t windows = view[TABLE].shape[0];
    if (view[TABLE].shape[1] != COLUMNS || gapped(&view[FOUND]) ||
        view[FOUND].shape[0] != QUANTITIES || view[FOUND].shape[1] != windows ||
        rules.phases < 1 || rules.phases > MOST)
        return mismatch(count, view, "derive: shapes that do not go together");
    for (Py_ssize_t w = 0; w < windows; w++) {
        const double *row = (const double *)view[TABLE].buf + w * row_of(&view[TABLE]);
        Column column = {(double *)view[FOUND].buf + w, windows};
        levels(&rules, row, &column);
        powers(&rules, row, &column);
        distortion(&rules, row, &column);
        angles(&rules, row, &column);
        symmetry(&rules, row, &column);
    }
    release(count, view);
    Py_RETURN_NONE;
}
