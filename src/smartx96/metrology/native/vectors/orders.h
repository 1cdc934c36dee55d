/* What is made of the orders of a channel. */

#ifndef SMARTX96_VECTORS_ORDERS_H
#define SMARTX96_VECTORS_ORDERS_H

/* Sizes of the orders of a channel, or of what lies between two. */
static void sizes(const double *restrict one, const double *restrict other, double *restrict size)
{
    for (int k = 0; k < ORDERS; k++) {
        double real = one[2 * k] - (other ? other[2 * k] : 0.0);
        double imag = one[2 * k + 1] - (other ? other[2 * k + 1] : 0.0);
        size[k] = sqrt(real * real + imag * imag);
    }
}

/* Orders in % of the fundamental; gives THD (as `readings._spectra`). */
static double percents(const double *restrict size, double *restrict percent)
{
    double padded[ORDERS + 1], lane[LANES] = {0};
    for (int k = 0; k < ORDERS; k++)
        percent[k] = 100 * size[k] / size[0];
    padded[0] = padded[ORDERS] = 0.0;
    for (int k = 1; k < ORDERS; k++)
        padded[k] = percent[k] == percent[k] ? percent[k] : 0.0;
    for (int k = 0; k < ORDERS + 1; k += LANES)
        for (int n = 0; n < LANES; n++)
            lane[n] += padded[k + n] * padded[k + n];
    double total = ((lane[0] + lane[1]) + (lane[2] + lane[3])) +
                   ((lane[4] + lane[5]) + (lane[6] + lane[7]));
    return isnan(percent[0]) || isnan(percent[1]) ? NAN : sqrt(total);
}

#endif
