/* For x86-64 with AVX2 and FMA. */

#include "../loops.h"

#ifdef CHOOSES
#ifdef __clang__
#define FOR target("avx2,fma")
#pragma clang attribute push(__attribute__((FOR)), apply_to = function)
#else
#pragma GCC target("avx2,fma")
#ifndef __AVX2__
#error the compiler has not understood what it is to compile for
#endif
#endif
#define WIDTH 32
#define VARIANT loops_avx2
#define NAME "avx2"
#include "variant.h"
#ifdef __clang__
#pragma clang attribute pop
#endif
#endif
