// The kernels as C++: without nvcc, warp.h includes the emulator.
#include "../../../native/kernels/attention/cuda/bfloat16.cu"
#include "../../../native/kernels/attention/cuda/half.cu"
