#include "launch.h"

namespace earsight::attention::cuda {

template void runForward<BFloat16Format>(const ForwardArguments&, void*);
template void runBackward<BFloat16Format>(const DeltaArguments&, const BackwardArguments&, void*);
template void runRotate<BFloat16Format>(const RotateArguments&, void*);

}  // namespace earsight::attention::cuda
