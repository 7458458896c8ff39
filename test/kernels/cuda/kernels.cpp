// The kernels as C++: warp.h takes the emulator where nvcc is not the compiler.
#include "../../../native/kernels/attention/cuda/bfloat16.cu"
#include "../../../native/kernels/attention/cuda/half.cu"
