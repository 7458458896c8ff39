// The interface between plain C++ (attention.cpp) and the code that nvcc compiles (one .cu file for each format, so that
// they compile in parallel).
#pragma once

#include "arguments.h"

namespace earsight::attention::cuda {

struct BFloat16Format;
struct HalfFormat;

// Kernels exist for widths of 32, 64, 80, 96 and 128; other widths are padded to the next.
constexpr int kLargestWidth = 128;

// Shared memory of the kernel that needs the most: backward of q at the largest width, with full tiles of 128 rows.
constexpr int kFullTileRows = 128;
constexpr int kFullTileSharedBytes = (2 * kFullTileRows + 128) * (kLargestWidth + 8) * 2;

template <typename Format>
void runForward(const ForwardArguments& arguments, void* stream);

template <typename Format>
void runBackward(const DeltaArguments& delta, const BackwardArguments& arguments, void* stream);

template <typename Format>
void runRotate(const RotateArguments& arguments, void* stream);

}  // namespace earsight::attention::cuda
