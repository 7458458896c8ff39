#include "attention.h"

#include "arguments.h"
#include "run.h"

namespace earsight::attention::cuda {

namespace {

DevicePlan devicePlan(const Plan& plan, const int64_t* words) {
  const PlanHeader& header = *plan.header;
  const auto list = [&]<typename T>(const T*, const int64_t (&range)[2]) {
    return reinterpret_cast<const T*>(words + range[0]);
  };
  return {list((Tile*)nullptr, header.tiles),
          list((Block*)nullptr, header.blocks),
          list((Pair*)nullptr, header.pairs),
          list((int64_t*)nullptr, header.uses),
          list((int64_t*)nullptr, header.rows),
          list((uint64_t*)nullptr, header.masks),
          header.tiles[1],
          header.blocks[1],
          static_cast<int>(header.tileRows)};
}

Arguments common(const Problem& problem, const int64_t* words) {
  const Shape& shape = problem.shape;
  return {devicePlan(problem.plan, words),
          shape.tq,
          static_cast<int>(shape.heads),
          static_cast<int>(shape.group()),
          static_cast<int>(shape.width),
          static_cast<int>(shape.valueWidth),
          static_cast<float>(problem.scale),
          problem.q,
          problem.k,
          problem.v};
}

}  // namespace

int64_t tileRows(int64_t sharedBytes) { return sharedBytes < kFullTileSharedBytes ? kTileRows : kFullTileRows; }

bool accepts(const Shape& shape) {
  const auto fits = [](int64_t width) { return width % 8 == 0 && width <= kLargestWidth; };
  return (shape.element == Element::kBFloat16 || shape.element == Element::kHalf) && fits(shape.width) &&
         fits(shape.valueWidth);
}

void forward(const Forward& problem, const int64_t* words, const int64_t* keyEnd, void* stream) {
  const ForwardArguments arguments{common(problem, words), problem.out, static_cast<float*>(problem.lse),
                                   static_cast<float*>(problem.mass), keyEnd};
  problem.shape.element == Element::kHalf ? runForward<HalfFormat>(arguments, stream)
                                          : runForward<BFloat16Format>(arguments, stream);
}

void backward(const Backward& problem, const int64_t* words, float* delta, void* stream) {
  const Shape& shape = problem.shape;
  const auto floats = [](const void* data) { return static_cast<const float*>(data); };
  const DeltaArguments before{shape.tq,
                              static_cast<int>(shape.heads),
                              static_cast<int>(shape.valueWidth),
                              problem.out,
                              problem.dOut,
                              floats(problem.mass),
                              floats(problem.dMass),
                              problem.dMassRow,
                              problem.dMassHead,
                              floats(problem.dLse),
                              delta};
  const BackwardArguments arguments{common(problem, words),
                                    problem.dOut,
                                    floats(problem.lse),
                                    delta,
                                    floats(problem.dMass),
                                    problem.dMassRow,
                                    problem.dMassHead,
                                    problem.dq,
                                    problem.dk,
                                    problem.dv};
  shape.element == Element::kHalf ? runBackward<HalfFormat>(before, arguments, stream)
                                  : runBackward<BFloat16Format>(before, arguments, stream);
}

void rotate(const Rotation& rotation, void* stream) {
  const RotateArguments arguments{rotation.from,
                                  rotation.to,
                                  rotation.cos,
                                  rotation.sin,
                                  rotation.inverse ? -1.0f : 1.0f,
                                  rotation.rows,
                                  static_cast<int>(rotation.heads),
                                  static_cast<int>(rotation.width)};
  rotation.element == Element::kHalf ? runRotate<HalfFormat>(arguments, stream)
                                     : runRotate<BFloat16Format>(arguments, stream);
}

}  // namespace earsight::attention::cuda
