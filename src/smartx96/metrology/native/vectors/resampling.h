/* A cycle of all channels, resampled. */

#ifndef SMARTX96_VECTORS_RESAMPLING_H
#define SMARTX96_VECTORS_RESAMPLING_H

#define TILE (2 * FLOATS)

/* Kernel at the nodes of a cycle, from the first tap to before the last at which it is not nothing:
   halves of the sums and of the differences of opposite nodes. */
typedef struct {
    float half[NODES][MOST_TAPS];
    Py_ssize_t first, last;
} Nodes;

/* Where a node lies in the kernel's table, and the first tap that it reaches. */
typedef struct {
    const float *row;
    float part;
    Py_ssize_t begin;
} Place;

INLINED Place place_of(const Kernel *kernel, double deviation, Py_ssize_t reach)
{
    Py_ssize_t half = kernel->width / 2;
    double least = (double)(half - 1 - reach), most = (double)(reach - half);
    double whole = floor(deviation);
    whole = whole > least ? whole : least;
    whole = whole < most ? whole : most;
    double place = (deviation - whole) * (double)kernel->steps;
    place = place > 0.0 ? place : 0.0;
    place = place < (double)kernel->steps ? place : (double)kernel->steps;
    Py_ssize_t step = (Py_ssize_t)place;
    step = step < kernel->steps ? step : kernel->steps - 1;
    return (Place){kernel->rows + step * kernel->width, (float)(place - (double)step),
                   (Py_ssize_t)whole + reach + 1 - half};
}

/* Linear between a row of the table and the next. */
INLINED void between(const float *row, Py_ssize_t width, float part, float *found)
{
    for (Py_ssize_t n = 0; n < width; n++)
        found[n] = row[n] + (row[width + n] - row[n]) * part;
}

#define USUAL_WIDTH 8

static void at_nodes(const Kernel *kernel, const double *deviation, Py_ssize_t taps, Nodes *nodes)
{
    float at[NODES][MOST_TAPS];
    Place place[NODES];
    Py_ssize_t first = taps, last = 0, width = kernel->width;
    for (int node = 0; node < NODES; node++) {
        place[node] = place_of(kernel, deviation[node], taps / 2);
        first = place[node].begin < first ? place[node].begin : first;
        last = place[node].begin > last ? place[node].begin : last;
    }
    for (int node = 0; node < NODES; node++) {
        Py_ssize_t before = place[node].begin - first, behind = last - place[node].begin;
        for (Py_ssize_t n = 0; n < before; n++)
            at[node][n] = 0.0f;
        for (Py_ssize_t n = 0; n < behind; n++)
            at[node][before + width + n] = 0.0f;
        if (width == USUAL_WIDTH)
            between(place[node].row, USUAL_WIDTH, place[node].part, at[node] + before);
        else
            between(place[node].row, width, place[node].part, at[node] + before);
    }
    nodes->first = first, nodes->last = last + width;
    for (int node = 0; node < NODES / 2; node++)
        for (Py_ssize_t n = 0; n < last + width - first; n++) {
            float one = at[node][n], other = at[NODES - 1 - node][n];
            nodes->half[node][n] = 0.5f * (one + other);
            nodes->half[NODES / 2 + node][n] = 0.5f * (one - other);
        }
}

/* Floats from the weights of a tap to those of the next; some lie before them and behind. */
#define WEIGHTS_ROW(points) ((points + 4 * FLOATS - 1) / FLOATS * FLOATS)

/* Weights of all points, tap by tap, of two points as far from either end of the cycle at once: one
   has the sum, the other the difference of what is even and what is odd. */
static void weigh(const Nodes *nodes, const float *polynomials, Py_ssize_t row, Py_ssize_t points,
                  const float *turn, float *weights)
{
    Py_ssize_t stride = WEIGHTS_ROW(points);
    for (Py_ssize_t k = 0; k <= points / 2; k += FLOATS) {
        Floats part[NODES];
        for (int node = 0; node < NODES; node++)
            part[node] = floats_at(polynomials + node * row + k);
        for (Py_ssize_t n = 0; n < nodes->last - nodes->first; n++) {
            Floats even = part[0] * nodes->half[0][n];
            Floats odd = part[NODES / 2] * nodes->half[NODES / 2][n];
            for (int node = 1; node < NODES / 2; node++) {
                even += part[node] * nodes->half[node][n];
                odd += part[NODES / 2 + node] * nodes->half[NODES / 2 + node][n];
            }
            float *into = weights + n * stride + FLOATS;
            put_floats(into + k, even + odd);
            put_floats(into + points - k - (FLOATS - 1), turned(even - odd));
        }
    }
    for (Py_ssize_t n = 0; turn && n < nodes->last - nodes->first; n++)
        for (Py_ssize_t k = 0; k < points; k++)
            weights[n * stride + FLOATS + k] *= turn[k];
}

/* A tile of some channels, whose points are added to `total`. */
INLINED void resample(const float *samples, Py_ssize_t row, int channels, const Nodes *nodes,
                      const float *weights, Py_ssize_t stride, Py_ssize_t size, float *total,
                      Py_ssize_t points)
{
    Floats sum[6][2];
    for (int c = 0; c < channels; c++)
        sum[c][0] = sum[c][1] = (Floats){0};
    samples += nodes->first;
    for (Py_ssize_t n = 0; n < nodes->last - nodes->first; n++) {
        Floats one = floats_at(weights + n * stride);
        Floats other = floats_at(weights + n * stride + FLOATS);
        for (int c = 0; c < channels; c++) {
            sum[c][0] += one * floats_at(samples + c * row + n);
            sum[c][1] += other * floats_at(samples + c * row + n + FLOATS);
        }
    }
    for (int c = 0; c < channels; c++) {
        float *into = total + c * points;
        if (size == TILE) {
            put_floats(into, floats_at(into) + sum[c][0]);
            put_floats(into + FLOATS, floats_at(into + FLOATS) + sum[c][1]);
        } else {
            float rest[TILE];
            put_floats(rest, sum[c][0]);
            put_floats(rest + FLOATS, sum[c][1]);
            for (Py_ssize_t k = 0; k < size; k++)
                into[k] += rest[k];
        }
    }
}

static void resample_six(const float *samples, Py_ssize_t row, const Nodes *nodes,
                         const float *weights, Py_ssize_t stride, Py_ssize_t size, float *total,
                         Py_ssize_t points)
{
    resample(samples, row, 6, nodes, weights, stride, size, total, points);
}

static void resample_one(const float *samples, const Nodes *nodes, const float *weights,
                         Py_ssize_t stride, Py_ssize_t size, float *total)
{
    resample(samples, 0, 1, nodes, weights, stride, size, total, 0);
}

static size_t fold_room(Py_ssize_t points, Py_ssize_t taps)
{
    return (size_t)(taps * WEIGHTS_ROW(points)) * sizeof(float) + 64;
}

/* The last tile may be no whole one: what lies behind it is nobody's, and nothing is read there. */
static void fold_cycle(const Kernel *kernel, const double *deviation, const float *polynomials,
                       Py_ssize_t half, Py_ssize_t points, Py_ssize_t taps, Py_ssize_t channels,
                       const float *samples, Py_ssize_t row, const float *turn, float *total,
                       void *room)
{
    Nodes nodes;
    float *weights = (float *)ALIGNED(room);
    Py_ssize_t stride = WEIGHTS_ROW(points);
    at_nodes(kernel, deviation, taps, &nodes);
    weigh(&nodes, polynomials, half, points, turn, weights);
    for (Py_ssize_t begin = 0; begin < points; begin += TILE) {
        Py_ssize_t size = points - begin < TILE ? points - begin : TILE, of = row;
        float last[CHANNELS * (TILE + MOST_TAPS)];
        const float *from = samples + begin, *weight = weights + FLOATS + begin;
        if (size < TILE) {
            of = TILE + MOST_TAPS;
            memset(last, 0, sizeof last);
            for (Py_ssize_t c = 0; c < channels; c++)
                memcpy(last + c * of, from + c * row, (size_t)(size + taps - 1) * sizeof *last);
            from = last;
        }
        Py_ssize_t c = channels < 6 ? 0 : 6;
        if (c)
            resample_six(from, of, &nodes, weight, stride, size, total + begin, points);
        for (; c < channels; c++)
            resample_one(from + c * of, &nodes, weight, stride, size, total + c * points + begin);
    }
}

#endif
