/* For x86-64 with AVX-512. */

#include "../loops.h"

#ifdef CHOOSES
#ifdef __clang__
#define FOR target("avx512f,avx512dq,avx512bw,avx512vl,fma")
#pragma clang attribute push(__attribute__((FOR)), apply_to = function)
#else
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,fma")
#ifndef __AVX512F__
#error the compiler has not understood what it is to compile for
#endif
#endif
#define WIDTH 64
#define VARIANT loops_avx512
#define NAME "avx512"
#include "variant.h"
#ifdef __clang__
#pragma clang attribute pop
#endif
#endif
