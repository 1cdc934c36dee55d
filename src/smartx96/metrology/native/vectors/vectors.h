/* Vectors of WIDTH bytes, and sums over eight lanes, whatever the width. */

#ifndef SMARTX96_VECTORS_H
#define SMARTX96_VECTORS_H

#define FLOATS (WIDTH / 4)
#define DOUBLES (WIDTH / 8)
#define PARTS (LANES / DOUBLES)

typedef float Floats __attribute__((vector_size(WIDTH)));
typedef double Doubles __attribute__((vector_size(WIDTH)));
typedef float Narrow __attribute__((vector_size(WIDTH / 2)));

#ifdef __clang__
#define CHOSEN(type, a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
typedef int32_t FloatPlaces __attribute__((vector_size(WIDTH)));
typedef int64_t DoublePlaces __attribute__((vector_size(WIDTH)));
#define CHOSEN(type, a, b, ...) __builtin_shuffle(a, b, (type){__VA_ARGS__})
#endif

INLINED Floats floats_at(const float *place)
{
    Floats found;
    memcpy(&found, place, sizeof found);
    return found;
}

INLINED Doubles doubles_at(const double *place)
{
    Doubles found;
    memcpy(&found, place, sizeof found);
    return found;
}

INLINED void put_floats(float *place, Floats x)
{
    memcpy(place, &x, sizeof x);
}

INLINED void put_doubles(double *place, Doubles x)
{
    memcpy(place, &x, sizeof x);
}

/* Back to front. */
INLINED Floats turned(Floats x)
{
#if FLOATS == 16
    return CHOSEN(FloatPlaces, x, x, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
#elif FLOATS == 8
    return CHOSEN(FloatPlaces, x, x, 7, 6, 5, 4, 3, 2, 1, 0);
#else
    return CHOSEN(FloatPlaces, x, x, 3, 2, 1, 0);
#endif
}

/* Each row's lanes added: neighbours first, then pairs, then halves; rows in eights. */
INLINED void add_lanes(const double (*row)[LANES], int rows, double *found)
{
#if DOUBLES == 8
    for (int r = 0; r < rows; r += 8) {
        Doubles two[4], four[2];
        for (int k = 0; k < 4; k++) {
            Doubles a = doubles_at(row[r + 2 * k]), b = doubles_at(row[r + 2 * k + 1]);
            two[k] = CHOSEN(DoublePlaces, a, b, 0, 8, 2, 10, 4, 12, 6, 14) +
                     CHOSEN(DoublePlaces, a, b, 1, 9, 3, 11, 5, 13, 7, 15);
        }
        for (int k = 0; k < 2; k++)
            four[k] = CHOSEN(DoublePlaces, two[2 * k], two[2 * k + 1], 0, 1, 8, 9, 4, 5, 12, 13) +
                      CHOSEN(DoublePlaces, two[2 * k], two[2 * k + 1], 2, 3, 10, 11, 6, 7, 14, 15);
        Doubles all = CHOSEN(DoublePlaces, four[0], four[1], 0, 1, 2, 3, 8, 9, 10, 11) +
                      CHOSEN(DoublePlaces, four[0], four[1], 4, 5, 6, 7, 12, 13, 14, 15);
        put_doubles(found + r, all);
    }
#elif DOUBLES == 4
    for (int r = 0; r < rows; r += 4) {
        Doubles half[2];
        for (int p = 0; p < 2; p++) {
            Doubles two[2];
            for (int k = 0; k < 2; k++) {
                Doubles a = doubles_at(row[r + 2 * k] + 4 * p);
                Doubles b = doubles_at(row[r + 2 * k + 1] + 4 * p);
                two[k] = CHOSEN(DoublePlaces, a, b, 0, 4, 2, 6) +
                         CHOSEN(DoublePlaces, a, b, 1, 5, 3, 7);
            }
            half[p] = CHOSEN(DoublePlaces, two[0], two[1], 0, 1, 4, 5) +
                      CHOSEN(DoublePlaces, two[0], two[1], 2, 3, 6, 7);
        }
        Doubles all = half[0] + half[1];
        put_doubles(found + r, all);
    }
#else
    for (int r = 0; r < rows; r++) {
        const double *x = row[r];
        found[r] = ((x[0] + x[1]) + (x[2] + x[3])) + ((x[4] + x[5]) + (x[6] + x[7]));
    }
#endif
}

#endif
