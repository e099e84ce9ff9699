// The notes' network in C, by hand: 1-16-32-2, relu, relu, softmax, sparse cross-entropy, Adam, batch 10.
//
//   gcc -O3 -march=native -ffast-math -o notes_net notes_net.c -lm
//   ./notes_net DATA EPOCHS SHUFFLE SEED
//
// DATA is a file of little-endian numbers: ROWS float32 inputs, ROWS int64 labels, then the start weights
// as float32 in Keras' order. It does what an epoch of `fit` does, and nothing else: shuffle, gather,
// forward pass, loss on probabilities (normalised, clipped at 1e-7, with the gradient of the clip),
// accuracy, gradients, Adam. All shapes are constants, so that the compiler can unroll and vectorise.
// It prints one line of JSON: microseconds a step, and loss and accuracy of the last epoch.

#define _POSIX_C_SOURCE 199309L
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROWS = 2100, BATCH = 10, STEPS = ROWS / BATCH, IN = 1, A = 16, B = 32, OUT = 2 };

// Weights, and with the same layout gradients and Adam's moments.
typedef struct {
    float w1[IN][A], b1[A], w2[A][B], b2[B], w3[B][OUT], b3[OUT];
} Weights __attribute__((aligned(64)));

enum { COUNT = sizeof(Weights) / sizeof(float) };

static Weights weights, gradient, first, second;
static float inputs[ROWS];
static int64_t labels[ROWS];
static int order[ROWS];

static uint64_t state;

static uint32_t random_word(void) {  // splitmix64, upper half
    uint64_t z = (state += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return (uint32_t)((z ^ (z >> 31)) >> 32);
}

static void shuffle(void) {  // Fisher and Yates
    for (int i = ROWS - 1; i > 0; i--) {
        int j = (int)(((uint64_t)random_word() * (uint64_t)(i + 1)) >> 32);
        int kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}

static float loss_sum;
static int hits;

// One training step on the rows order[start] ...
static void step(int start, float alpha, float beta1, float beta2, float epsilon) {
    float x[BATCH], h1[BATCH][A], h2[BATCH][B], g3[BATCH][OUT], g2[BATCH][B], g1[BATCH][A];
    int y[BATCH];
    for (int i = 0; i < BATCH; i++) {
        x[i] = inputs[order[start + i]];
        y[i] = (int)labels[order[start + i]];
    }
    for (int i = 0; i < BATCH; i++)
        for (int j = 0; j < A; j++) {
            float z = x[i] * weights.w1[0][j] + weights.b1[j];
            h1[i][j] = z < 0 ? 0 : z;
        }
    for (int i = 0; i < BATCH; i++) {
        float z[B];
        for (int k = 0; k < B; k++) z[k] = weights.b2[k];
        for (int j = 0; j < A; j++)
            for (int k = 0; k < B; k++) z[k] += h1[i][j] * weights.w2[j][k];
        for (int k = 0; k < B; k++) h2[i][k] = z[k] < 0 ? 0 : z[k];
    }
    for (int i = 0; i < BATCH; i++) {
        float z0 = weights.b3[0], z1 = weights.b3[1];
        for (int k = 0; k < B; k++) {
            z0 += h2[i][k] * weights.w3[k][0];
            z1 += h2[i][k] * weights.w3[k][1];
        }
        float top = z0 > z1 ? z0 : z1, e0 = expf(z0 - top), e1 = expf(z1 - top);
        float p0 = e0 / (e0 + e1), p1 = e1 / (e0 + e1), total = p0 + p1;
        float p = (y[i] ? p1 : p0) / total;
        float clipped = p < 1e-7f ? 1e-7f : p > 1 - 1e-7f ? 1 - 1e-7f : p;
        loss_sum += -logf(clipped);
        hits += (p1 > p0) == y[i];
        // Through log, clip, normalisation and softmax.
        float gp = p > 1e-7f && p < 1 - 1e-7f ? -1.0f / (clipped * BATCH) : 0;
        float n0 = y[i] ? 0 : gp, n1 = y[i] ? gp : 0;
        float mean = (n0 * p0 + n1 * p1) / (total * total);
        float q0 = n0 / total - mean, q1 = n1 / total - mean, dot = q0 * p0 + q1 * p1;
        g3[i][0] = p0 * (q0 - dot);
        g3[i][1] = p1 * (q1 - dot);
    }
    memset(&gradient, 0, sizeof gradient);
    for (int i = 0; i < BATCH; i++) {
        for (int k = 0; k < B; k++) {
            gradient.w3[k][0] += h2[i][k] * g3[i][0];
            gradient.w3[k][1] += h2[i][k] * g3[i][1];
            float g = g3[i][0] * weights.w3[k][0] + g3[i][1] * weights.w3[k][1];
            g2[i][k] = h2[i][k] > 0 ? g : 0;
        }
        gradient.b3[0] += g3[i][0];
        gradient.b3[1] += g3[i][1];
    }
    for (int i = 0; i < BATCH; i++) {
        for (int k = 0; k < B; k++) gradient.b2[k] += g2[i][k];
        for (int j = 0; j < A; j++) {
            float g = 0;
            for (int k = 0; k < B; k++) {
                gradient.w2[j][k] += h1[i][j] * g2[i][k];
                g += g2[i][k] * weights.w2[j][k];
            }
            g1[i][j] = h1[i][j] > 0 ? g : 0;
        }
    }
    for (int i = 0; i < BATCH; i++)
        for (int j = 0; j < A; j++) {
            gradient.w1[0][j] += x[i] * g1[i][j];
            gradient.b1[j] += g1[i][j];
        }
    float *w = (float *)&weights, *g = (float *)&gradient, *m = (float *)&first, *v = (float *)&second;
    for (int i = 0; i < COUNT; i++) {
        m[i] += (g[i] - m[i]) * (1 - beta1);
        v[i] += (g[i] * g[i] - v[i]) * (1 - beta2);
        w[i] -= m[i] * alpha / (sqrtf(v[i]) + epsilon);
    }
}

static void load(const char *path) {
    FILE *file = fopen(path, "rb");
    // The struct is padded at its end only.
    size_t numbers = IN * A + A + A * B + B + B * OUT + OUT;
    if (!file || fread(inputs, 4, ROWS, file) != ROWS || fread(labels, 8, ROWS, file) != ROWS ||
        fread(&weights, 4, numbers, file) != numbers) {
        fprintf(stderr, "notes_net: cannot read %s\n", path);
        exit(1);
    }
    fclose(file);
}

int main(int argc, char **argv) {
    if (argc != 5) {
        fprintf(stderr, "usage: notes_net DATA EPOCHS SHUFFLE SEED\n");
        return 1;
    }
    load(argv[1]);
    int epochs = atoi(argv[2]), shuffled = atoi(argv[3]);
    state = strtoull(argv[4], 0, 10);
    for (int i = 0; i < ROWS; i++) order[i] = i;
    const float rate = 1e-4f, beta1 = 0.9f, beta2 = 0.999f;
    float power1 = 1, power2 = 1;
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (int epoch = 0; epoch < epochs; epoch++) {
        if (shuffled) shuffle();
        loss_sum = 0;
        hits = 0;
        for (int i = 0; i < STEPS; i++) {
            power1 *= beta1;
            power2 *= beta2;
            step(i * BATCH, rate * sqrtf(1 - power2) / (1 - power1), beta1, beta2, 1e-7f);
        }
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    double seconds = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) * 1e-9;
    printf("{\"us_per_step\": %.4f, \"loss\": %.9g, \"accuracy\": %.9g}\n",
           seconds * 1e6 / ((double)epochs * STEPS), loss_sum / ROWS, (double)hits / ROWS);
    return 0;
}
