/* Sums over samples: products, and what lies under the kernels of the tracking. */

#ifndef SMARTX96_VECTORS_SUMS_H
#define SMARTX96_VECTORS_SUMS_H

/* Doubles by which samples are fetched ahead: they come from memory, in many streams. */
#define AHEAD 256

/* Rows of six channels, to be added up. */
#define SIX_ROWS 24

INLINED void keep(float *place, Doubles x)
{
    Narrow narrow = __builtin_convertvector(x, Narrow);
    memcpy(place, &narrow, sizeof narrow);
}

/* What was added up before, or nothing. */
INLINED Doubles so_far(const double *lanes, int goes_on)
{
    return goes_on ? doubles_at(lanes) : (Doubles){0};
}

/* Means and squares of whole eights of six channels; `a` are the samples `x`, or those by their
   weights. Where `kept` is given it takes the samples. */
INLINED void add_squares(const double *a, const double *x, Py_ssize_t channel, Py_ssize_t length,
                         double (*lanes)[LANES], int goes_on, float *kept, Py_ssize_t kept_row)
{
    Doubles mean[6], square[6];
    for (int c = 0; c < 6; c++) {
        mean[c] = so_far(lanes[c], goes_on);
        square[c] = so_far(lanes[6 + c], goes_on);
    }
    for (Py_ssize_t n = 0; n < length; n += LANES)
        for (int c = 0; c < 6; c++) {
            Doubles sample = doubles_at(x + c * channel + n);
            Doubles weighted = a == x ? sample : doubles_at(a + c * channel + n);
            mean[c] += weighted;
            square[c] += weighted * sample;
            if (kept) {
                keep(kept + c * kept_row + n, sample);
                PREFETCH(x + c * channel + n + AHEAD);
            }
        }
    for (int c = 0; c < 6; c++) {
        put_doubles(lanes[c], mean[c]);
        put_doubles(lanes[6 + c], square[c]);
    }
}

/* Products of voltages and currents, and of neighbours. */
INLINED void add_crossed(const double *a, const double *x, Py_ssize_t channel, Py_ssize_t length,
                         double (*lanes)[LANES], int goes_on)
{
    Doubles power[3], line[3], current[3];
    for (int c = 0; c < 3; c++) {
        power[c] = so_far(lanes[12 + c], goes_on);
        line[c] = so_far(lanes[15 + c], goes_on);
        current[c] = so_far(lanes[18 + c], goes_on);
    }
    for (Py_ssize_t n = 0; n < length; n += LANES) {
        Doubles sample[6];
        for (int c = 0; c < 6; c++)
            sample[c] = doubles_at(x + c * channel + n);
        for (int c = 0; c < 3; c++) {
            Doubles u = a == x ? sample[c] : doubles_at(a + c * channel + n);
            Doubles i = a == x ? sample[3 + c] : doubles_at(a + (3 + c) * channel + n);
            power[c] += u * sample[3 + c];
            line[c] += u * sample[(c + 1) % 3];
            current[c] += i * sample[3 + (c + 1) % 3];
        }
    }
    for (int c = 0; c < 3; c++) {
        put_doubles(lanes[12 + c], power[c]);
        put_doubles(lanes[15 + c], line[c]);
        put_doubles(lanes[18 + c], current[c]);
    }
}

INLINED void add_products(const double *a, const double *x, Py_ssize_t channel, Py_ssize_t length,
                          double (*lanes)[LANES], int goes_on, float *kept, Py_ssize_t kept_row)
{
    for (int part = 0; part < LANES; part += DOUBLES) {
        double(*into)[LANES] = (double(*)[LANES])(*lanes + part);
        float *narrow = kept ? kept + part : NULL;
        add_squares(a + part, x + part, channel, length, into, goes_on, narrow, kept_row);
        add_crossed(a + part, x + part, channel, length, into, goes_on);
    }
}

/* Some samples of each channel, and nothing behind them. */
INLINED void last_eight(const double *x, Py_ssize_t channel, Py_ssize_t count, int channels,
                        double *found)
{
    memset(found, 0, (size_t)(channels * LANES) * sizeof *found);
    for (int c = 0; c < channels; c++)
        memcpy(found + c * LANES, x + c * channel, (size_t)count * sizeof *found);
}

/* All of six channels, into a column. */
INLINED void multiply_six(const double *a, const double *x, Py_ssize_t channel, Py_ssize_t length,
                          double *total, Py_ssize_t row, float *kept, Py_ssize_t kept_row)
{
    double lanes[SIX_ROWS][LANES], found[SIX_ROWS];
    Py_ssize_t whole = length / LANES * LANES;
    memset(lanes[PRODUCTS], 0, (SIX_ROWS - PRODUCTS) * sizeof *lanes);
    add_products(a, x, channel, whole, lanes, 0, kept, kept_row);
    if (whole < length) {
        double weighted[6 * LANES], last[6 * LANES];
        last_eight(a + whole, channel, length - whole, 6, weighted);
        last_eight(x + whole, channel, length - whole, 6, last);
        add_products(weighted, last, LANES, LANES, lanes, 1, NULL, 0);
    }
    add_lanes(lanes, SIX_ROWS, found);
    for (int r = 0; r < PRODUCTS; r++)
        total[r * row] = found[r];
}

/* Of a seventh. */
static void multiply_seventh(const double *a, const double *x, Py_ssize_t length, double *total,
                             Py_ssize_t row)
{
    double lanes[8][LANES] = {{0}}, found[8];
    for (Py_ssize_t n = 0; n < length; n++) {
        lanes[0][n % LANES] += a[n];
        lanes[1][n % LANES] += a[n] * x[n];
    }
    add_lanes(lanes, 8, found);
    total[0] = found[0], total[row] = found[1];
}

/* Samples as they are kept. */
static void narrow(const double *restrict samples, Py_ssize_t count, float *restrict kept)
{
    for (Py_ssize_t n = 0; n < count; n++)
        kept[n] = (float)samples[n];
}

static void widen(const float *restrict kept, Py_ssize_t count, double *restrict samples)
{
    for (Py_ssize_t n = 0; n < count; n++)
        samples[n] = kept[n];
}

static void multiply(const double *a, const double *x, Py_ssize_t channel, Py_ssize_t channels,
                     Py_ssize_t length, double *total, Py_ssize_t row)
{
    multiply_six(a, x, channel, length, total, row, NULL, 0);
    if (channels > 6)
        multiply_seventh(a + 6 * channel, x + 6 * channel, length, total + PRODUCTS * row, row);
}

static void multiply_and_keep(const double *x, Py_ssize_t channel, Py_ssize_t channels,
                              Py_ssize_t length, double *total, Py_ssize_t row, float *kept,
                              Py_ssize_t kept_row)
{
    Py_ssize_t whole = length / LANES * LANES;
    multiply_six(x, x, channel, length, total, row, kept, kept_row);
    for (Py_ssize_t c = 0; c < 6; c++)
        narrow(x + c * channel + whole, length - whole, kept + c * kept_row + whole);
    if (channels > 6) {
        const double *seventh = x + 6 * channel;
        multiply_seventh(seventh, seventh, length, total + PRODUCTS * row, row);
        narrow(seventh, length, kept + 6 * kept_row);
    }
}

/* Sums of four stretches under a shape. */
INLINED void add_shaped(const double *const *x, const double *shape, Py_ssize_t length, int part,
                        double (*lanes)[LANES])
{
    Doubles sum[LANES / 2];
    for (int k = 0; k < LANES / 2; k++)
        sum[k] = (Doubles){0};
    for (Py_ssize_t n = part; n < length; n += LANES) {
        Doubles weight = doubles_at(shape + n);
        for (int k = 0; k < LANES / 2; k++)
            sum[k] += doubles_at(x[k] + n) * weight;
    }
    for (int k = 0; k < LANES / 2; k++)
        put_doubles(lanes[k] + part, sum[k]);
}

static void slide(const float *kept, const double *shape, Py_ssize_t length, Py_ssize_t step,
                  Py_ssize_t count, double *wide, double *found)
{
    Py_ssize_t padded = EIGHTS(length);
    for (Py_ssize_t begin = 0; begin < count; begin += SLID) {
        Py_ssize_t some = count - begin < SLID ? count - begin : SLID;
        const float *from = kept + begin * step;
        Py_ssize_t reached = (some - 1) * step + length;
        widen(from, reached, wide);
        for (Py_ssize_t n = length; n < padded; n++)
            wide[reached + n - length] = 0.0;
        for (Py_ssize_t n = 0; n < some; n += LANES) {
            double lanes[LANES][LANES], sums[LANES];
            const double *x[LANES];
            for (int k = 0; k < LANES; k++)
                x[k] = wide + (n + k < some ? n + k : some - 1) * step;
            for (int part = 0; part < LANES; part += DOUBLES) {
                add_shaped(x, shape, padded, part, lanes);
                add_shaped(x + LANES / 2, shape, padded, part, lanes + LANES / 2);
            }
            add_lanes(lanes, LANES, sums);
            memcpy(found + begin + n, sums,
                   (size_t)(some - n < LANES ? some - n : LANES) * sizeof *sums);
        }
    }
}

/* Sums of channels under the two parts of a kernel, four of each channel; where there is a window,
   also their power and mean under it. */
INLINED void add_under(const double *x, Py_ssize_t row, int channels, const double *kernel,
                       const double *window, Py_ssize_t width, double (*lanes)[LANES], double *rest)
{
    const double *other = kernel + width;
    Py_ssize_t whole = width / LANES * LANES;
    for (int part = 0; part < LANES; part += DOUBLES) {
        Doubles real[MOST_LIVE], imag[MOST_LIVE], power[MOST_LIVE], mean[MOST_LIVE];
        for (int c = 0; c < channels; c++)
            real[c] = imag[c] = power[c] = mean[c] = (Doubles){0};
        for (Py_ssize_t n = part; n < whole; n += LANES) {
            Doubles first = doubles_at(kernel + n), second = doubles_at(other + n);
            for (int c = 0; c < channels; c++) {
                Doubles sample = doubles_at(x + c * row + n);
                real[c] += sample * first;
                imag[c] += sample * second;
                if (window) {
                    Doubles weighted = sample * doubles_at(window + n);
                    power[c] += weighted * sample;
                    mean[c] += weighted;
                }
            }
        }
        for (int c = 0; c < channels; c++) {
            put_doubles(lanes[4 * c] + part, real[c]);
            put_doubles(lanes[4 * c + 1] + part, imag[c]);
            put_doubles(lanes[4 * c + 2] + part, power[c]);
            put_doubles(lanes[4 * c + 3] + part, mean[c]);
        }
    }
    for (int c = 0; c < channels; c++)
        for (Py_ssize_t n = whole; n < width; n++) {
            double sample = x[c * row + n], weighted = window ? sample * window[n] : 0.0;
            rest[4 * c] += sample * kernel[n], rest[4 * c + 1] += sample * other[n];
            rest[4 * c + 2] += weighted * sample, rest[4 * c + 3] += weighted;
        }
}

static void under(const double *x, Py_ssize_t row, int channels, const double *kernel,
                  const double *window, Py_ssize_t width, double *found)
{
    double lanes[4 * (MOST_LIVE + 1)][LANES], rest[4 * (MOST_LIVE + 1)] = {0};
    memset(lanes[4 * channels], 0, (size_t)(4 * (MOST_LIVE + 1 - channels)) * sizeof *lanes);
    if (channels == MOST_LIVE && window)
        add_under(x, row, MOST_LIVE, kernel, window, width, lanes, rest);
    else if (channels == MOST_LIVE)
        add_under(x, row, MOST_LIVE, kernel, NULL, width, lanes, rest);
    else
        for (int c = 0; c < channels; c++)
            add_under(x + c * row, row, 1, kernel, window, width, lanes + 4 * c, rest + 4 * c);
    add_lanes(lanes, 4 * (MOST_LIVE + 1), found);
    for (int r = 0; r < 4 * channels; r++)
        found[r] += rest[r];
}

#endif
