#include "launch.h"

namespace earsight::attention::cuda {

template void runForward<HalfFormat>(const ForwardArguments&, void*);
template void runBackward<HalfFormat>(const DeltaArguments&, const BackwardArguments&, void*);
template void runRotate<HalfFormat>(const RotateArguments&, void*);

}  // namespace earsight::attention::cuda
