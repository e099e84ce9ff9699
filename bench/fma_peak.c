// The arithmetic peak of one core: fused multiply-adds on float32 vectors that never leave registers.
//
//   gcc -O3 -march=native -ffast-math -o fma_peak fma_peak.c
//   ./fma_peak
//
// Twelve independent chains hide the latency of the operation (4 cycles at 2 a cycle need 8) and fit
// the 16 registers of AVX2 with room for both constants. The best of ten runs of about 2 ms counts.
// It prints one line of JSON: floating-point operations a second; an addition and a multiplication are two.

#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <time.h>

#if defined(__AVX512F__)
enum { LANES = 16 };
#elif defined(__AVX__)
enum { LANES = 8 };
#else
enum { LANES = 4 };
#endif

enum { CHAINS = 12, ROUNDS = 500000, RUNS = 10 };

#if defined(__aarch64__)
#define IN_REGISTER "+w"
#else
#define IN_REGISTER "+x"
#endif

typedef float Vector __attribute__((vector_size(LANES * sizeof(float))));

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int main(void) {
    volatile float half = 0.5f;  // unknown to the compiler: it cannot compute the chains itself
    Vector a, b, chain[CHAINS];
    for (int i = 0; i < LANES; i++) {
        a[i] = half;
        b[i] = half;
    }
    double best = 0;
    for (int run = 0; run < RUNS; run++) {
        for (int c = 0; c < CHAINS; c++) chain[c] = b * (float)(c + 1);
        double begin = now();
        for (int i = 0; i < ROUNDS; i++) {
#pragma GCC unroll 12
            for (int c = 0; c < CHAINS; c++) {
                chain[c] = chain[c] * a + b;
                __asm__ volatile("" : IN_REGISTER(chain[c]));  // computed each time, kept nowhere else
            }
        }
        double flops = 2.0 * LANES * CHAINS * ROUNDS / (now() - begin);
        if (flops > best) best = flops;
    }
    printf("{\"flops\": %.6g, \"lanes\": %d, \"value\": %g}\n", best, LANES, (double)chain[0][0]);
    return 0;
}
