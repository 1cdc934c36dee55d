/* Lines of a cycle. */

#ifndef SMARTX96_VECTORS_LINES_H
#define SMARTX96_VECTORS_LINES_H

#define TOGETHER 12

/* What is even about the middle of a cycle and what is odd. */
static void split(const float *restrict cycle, Py_ssize_t points, float *restrict even,
                  float *restrict odd)
{
    Py_ssize_t half = points / 2;
    even[0] = cycle[0], odd[0] = 0.0f;
    for (Py_ssize_t n = 1; n <= half; n++) {
        even[n] = cycle[n] + cycle[points - n];
        odd[n] = cycle[n] - cycle[points - n];
    }
    if (points % 2 == 0)
        even[half] = cycle[half], odd[half] = 0.0f;
}

/* Sums of the halves of six channels under the rows of a table; few at a time, whose sums are then
   added, so that less is rounded away. */
static void transform(const float *half, Py_ssize_t row, Py_ssize_t rows, const float *table,
                      float *found)
{
    for (int first = 0; first < LINES; first += 2 * FLOATS) {
        const float *lines[2];
        Floats total[6][2];
        for (int k = 0; k < 2; k++) {
            int line = first + k * FLOATS;
            lines[k] = table + line / BLOCK * rows * BLOCK + line % BLOCK;
        }
        for (int c = 0; c < 6; c++)
            total[c][0] = total[c][1] = (Floats){0};
        for (Py_ssize_t begin = 0; begin < rows; begin += TOGETHER) {
            Py_ssize_t end = begin + TOGETHER < rows ? begin + TOGETHER : rows;
            Floats sum[6][2];
            for (int c = 0; c < 6; c++)
                sum[c][0] = sum[c][1] = (Floats){0};
            for (Py_ssize_t n = begin; n < end; n++) {
                Floats one = floats_at(lines[0] + n * BLOCK);
                Floats other = floats_at(lines[1] + n * BLOCK);
                for (int c = 0; c < 6; c++) {
                    sum[c][0] += half[c * row + n] * one;
                    sum[c][1] += half[c * row + n] * other;
                }
            }
            for (int c = 0; c < 6; c++)
                total[c][0] += sum[c][0], total[c][1] += sum[c][1];
        }
        for (int c = 0; c < 6; c++) {
            put_floats(found + c * LINES + first, total[c][0]);
            put_floats(found + c * LINES + first + FLOATS, total[c][1]);
        }
    }
}

static void lines_of(const float *folded, Py_ssize_t points, const float *table, float *real,
                     float *imag)
{
    float even[6][MOST_POINTS / 2 + 1], odd[6][MOST_POINTS / 2 + 1];
    Py_ssize_t rows = points / 2 + 1;
    for (int c = 0; c < 6; c++)
        split(folded + c * points, points, even[c], odd[c]);
    transform(even[0], MOST_POINTS / 2 + 1, rows, table, real);
    transform(odd[0], MOST_POINTS / 2 + 1, rows, table + LINES * rows, imag);
}

#endif
