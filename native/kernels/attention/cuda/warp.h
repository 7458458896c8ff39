// The primitives of the kernels: matrix products of a warp, loads of matrices from shared memory, asynchronous copies,
// votes. The rest of this folder is plain C++ on top of them, so the tests run the same kernels on a CPU, lane by lane,
// with their own primitives (test/kernels/cuda/emulated_warp.h).
//
// Fragments follow PTX (ISA, "Matrix Fragments for mma.m16n8k16"). With g = lane / 4 and t = lane % 4 a lane holds
//   A [16 x 16]  a[0]: row g, columns 2t 2t+1    a[1]: row g+8, the same    a[2], a[3]: the same rows, columns + 8
//   B [16 x 8]   b[0]: column g, rows 2t 2t+1    b[1]: rows + 8
//   C [16 x 8]   c[0], c[1]: row g, columns 2t 2t+1                         c[2], c[3]: row g+8
#pragma once

#include <cstdint>

#if defined(__CUDACC__)

#define EARSIGHT_DEVICE __device__ __forceinline__
#define EARSIGHT_HOST_DEVICE __host__ __device__
// `threads` is the largest block that it may be started with.
#define EARSIGHT_KERNEL(threads) __global__ void __launch_bounds__(threads)

namespace earsight::attention::cuda {

EARSIGHT_DEVICE int threadIndex() { return static_cast<int>(threadIdx.x); }
EARSIGHT_DEVICE int threadCount() { return static_cast<int>(blockDim.x); }
EARSIGHT_DEVICE int64_t blockIndex() { return blockIdx.x; }

EARSIGHT_DEVICE unsigned char* sharedMemory() {
  extern __shared__ __align__(16) unsigned char memory[];
  return memory;
}

EARSIGHT_DEVICE unsigned sharedAddress(const void* pointer) {
  return static_cast<unsigned>(__cvta_generic_to_shared(pointer));
}

// All threads of the block.
EARSIGHT_DEVICE void barrier() { __syncthreads(); }

// Copies kBytes from global to shared memory, complete after waitForCopies and a barrier; zeros where not `valid`.
template <int kBytes>
EARSIGHT_DEVICE void copyAsync(void* shared, const void* global, bool valid) {
  const int bytes = valid ? kBytes : 0;
  if constexpr (kBytes == 16) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(sharedAddress(shared)), "l"(global), "r"(bytes)
                 : "memory");
  } else {
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(sharedAddress(shared)), "l"(global), "n"(kBytes),
                 "r"(bytes)
                 : "memory");
  }
}

// Waits for the copies that this thread began.
EARSIGHT_DEVICE void waitForCopies() { asm volatile("cp.async.wait_all;" ::: "memory"); }

// Four 8 x 8 matrices of 16-bit elements; lane i gives the address of row i % 8 of matrix i / 8.
EARSIGHT_DEVICE void loadMatrices(uint32_t (&m)[4], const uint16_t* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(m[0]), "=r"(m[1]), "=r"(m[2]), "=r"(m[3])
               : "r"(sharedAddress(row))
               : "memory");
}

EARSIGHT_DEVICE void loadMatricesTransposed(uint32_t (&m)[4], const uint16_t* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(m[0]), "=r"(m[1]), "=r"(m[2]), "=r"(m[3])
               : "r"(sharedAddress(row))
               : "memory");
}

EARSIGHT_DEVICE float shuffleXor(float value, int mask) { return __shfl_xor_sync(0xffffffffu, value, mask); }
EARSIGHT_DEVICE bool anyLane(bool value) { return __any_sync(0xffffffffu, value); }

EARSIGHT_DEVICE float exp2Fast(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

struct BFloat16Format {
  static constexpr uint32_t kOne = 0x3f80;

  EARSIGHT_DEVICE static float toFloat(uint32_t bits) { return __uint_as_float(bits << 16); }

  EARSIGHT_DEVICE static uint32_t pack(float low, float high) {
    uint32_t pair;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
    return pair;
  }

  // c += a b
  EARSIGHT_DEVICE static void multiplyAdd(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  }
};

struct HalfFormat {
  static constexpr uint32_t kOne = 0x3c00;

  EARSIGHT_DEVICE static float toFloat(uint32_t bits) {
    float value;
    asm("{ .reg .b16 h; cvt.u16.u32 h, %1; cvt.f32.f16 %0, h; }" : "=f"(value) : "r"(bits));
    return value;
  }

  EARSIGHT_DEVICE static uint32_t pack(float low, float high) {
    uint32_t pair;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
    return pair;
  }

  EARSIGHT_DEVICE static void multiplyAdd(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  }
};

}  // namespace earsight::attention::cuda

#else
#include "emulated_warp.h"
#endif

namespace earsight::attention::cuda {

EARSIGHT_DEVICE int laneIndex() { return threadIndex() % 32; }
EARSIGHT_DEVICE int warpIndex() { return threadIndex() / 32; }

}  // namespace earsight::attention::cuda
