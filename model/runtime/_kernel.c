/* One forward pass of a small transformer of the Llama family on a CPU: bfloat16 weights, float32 everything else.

   The weights are packed by kernel_network.py, which also owns every buffer and calls `neuraldbg_forward` by ctypes. The
   vector code is in _kernel.inc, compiled once for each instruction set; which one runs is chosen at run time. */

#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 48 /* tokens that go through all layers together: their activations stay in the second-level cache */
#define ALONE 4  /* blocks of weights that lie side by side, and that one token takes at a time; */
#define SHARED 2 /* several tokens together take so many */
#define AHEAD 1024 /* words between what is read and what is fetched: a page, which processors do not look beyond */
#define GROUP 2  /* query heads that share one read of their keys and values, */
#define ROWS 6   /* and with NEIGHBOURS tokens so many rows */
#define INLINE static inline __attribute__((always_inline))

struct layer {
    const float *norm1, *norm2;
    const uint32_t *qkv, *out, *gate_up, *down; /* packed pairs, see kernel_network.py */
    int32_t window;                             /* 0: full attention */
};

struct model {
    int32_t hidden, heads, kv_heads, head_dim, mlp, vocab, n_layers, context, slots;
    float eps;
    const uint16_t *embedding; /* [vocabulary][hidden] bfloat16 */
    const uint32_t *head;
    const float *norm, *cosine, *sine; /* cosine, sine: [context][head_dim / 2] */
    const struct layer *layers;
    float *keys, *values; /* [layer][slot][kv head][context rounded up to 16][head_dim] floats each */
};

struct scratch {
    float *x, *normed, *wide, *mixed, *scores;
};

static size_t pool_offset(const struct model *m, int layer, int slot, int head) {
    size_t length = (size_t)(m->context + 15) / 16 * 16;
    return (((size_t)layer * m->slots + slot) * m->kv_heads + head) * length * m->head_dim;
}

static float *key_pool(const struct model *m, int layer, int slot, int head) {
    return m->keys + pool_offset(m, layer, slot, head);
}

static float *value_pool(const struct model *m, int layer, int slot, int head) {
    return m->values + pool_offset(m, layer, slot, head);
}

#define TILES_OF_3(n, blocks)                                                                                           \
    switch (n) {                                                                                                       \
        case 3: CALL(3, blocks); break;                                                                                \
        case 2: CALL(2, blocks); break;                                                                                \
        default: CALL(1, blocks);                                                                                      \
    }
#define TILES_OF_6(n, blocks)                                                                                           \
    switch (n) {                                                                                                       \
        case 6: CALL(6, blocks); break;                                                                                \
        case 5: CALL(5, blocks); break;                                                                                \
        case 4: CALL(4, blocks); break;                                                                                \
        case 3: CALL(3, blocks); break;                                                                                \
        case 2: CALL(2, blocks); break;                                                                                \
        default: CALL(1, blocks);                                                                                      \
    }

/* A tile has 2 * TILE * SHARED accumulators: AVX-512 has 32 registers for them, the others 16. */
#if defined(__x86_64__)
#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma")))
#define ISA(name) name##_avx512
#define LANES 16
#define TILE 6
#define NEIGHBOURS 3
#define EACH_TILE TILES_OF_6
#include "_kernel.inc"

#define TARGET __attribute__((target("avx2,fma")))
#define ISA(name) name##_avx2
#define LANES 8
#define TILE 3
#define NEIGHBOURS 2
#define EACH_TILE TILES_OF_3
#include "_kernel.inc"
#endif

#define TARGET
#define ISA(name) name##_any
#define LANES 4
#define TILE 3
#define NEIGHBOURS 2
#define EACH_TILE TILES_OF_3
#include "_kernel.inc"

typedef void (*forward_fn)(const struct model *, struct scratch *, int, const int32_t *, const int32_t *,
                           const int32_t *, const int32_t *, float *);

/* 2: AVX-512, 1: AVX2, 0: whatever the compiler's default has. */
int neuraldbg_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return 2;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return 1;
#endif
    return 0;
}

/* For benchmarks: reads n floats (a multiple of 64) as fast as weights can be read. */
float neuraldbg_total(const float *x, long n, int level) {
#if defined(__x86_64__)
    if (level) return level == 2 ? total_avx512(x, n) : total_avx2(x, n);
#endif
    return total_any(x, n);
}

/* Reads tokens (at most `context` positions a slot); the logits of token t go to row rows[t], unless that is negative.
   Returns 0, or -1 if there was no memory. */
int neuraldbg_forward(const struct model *m, int level, int tokens, const int32_t *ids, const int32_t *slots,
                      const int32_t *positions, const int32_t *rows, float *logits) {
    int qkv = (m->heads + 2 * m->kv_heads) * m->head_dim, wide = qkv > 2 * m->mlp ? qkv : 2 * m->mlp;
    size_t sizes[] = {(size_t)m->hidden * CHUNK, (size_t)m->hidden * CHUNK, (size_t)wide * CHUNK,
                      (size_t)m->heads * m->head_dim * CHUNK, ROWS * ((size_t)m->context + 32)};
    size_t total = 0;
    for (int i = 0; i < 5; i++) total += sizes[i];
    float *memory = malloc(total * sizeof(float));
    if (memory == NULL) return -1;
    struct scratch s = {memory, memory + sizes[0], memory + sizes[0] + sizes[1], memory + sizes[0] + sizes[1] + sizes[2],
                        memory + sizes[0] + sizes[1] + sizes[2] + sizes[3]};
    forward_fn run = forward_any;
#if defined(__x86_64__)
    run = level == 2 ? forward_avx512 : level == 1 ? forward_avx2 : forward_any;
#endif
    run(m, &s, tokens, ids, slots, positions, rows, logits);
    free(memory);
    return 0;
}

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_kernel", "Called by ctypes; see kernel_network.py.", -1,
                                        NULL, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__kernel(void) {
    return PyModule_Create(&definition);
}
