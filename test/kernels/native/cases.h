// Inputs of the stand-alone attention check: a node table, tensors as doubles that the element type holds exactly, and their
// layout in memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "../../../native/kernels/attention/problem.h"

namespace earsight::attention {

// [rows, heads, width], dense.
struct Array {
  int64_t rows = 0, heads = 0, width = 0;
  std::vector<double> values;

  double* row(int64_t r, int64_t h) { return values.data() + (r * heads + h) * width; }
  const double* row(int64_t r, int64_t h) const { return values.data() + (r * heads + h) * width; }
};

enum class MassGradient { kNone, kPerHead, kShared };

struct Case {
  std::string name;
  Shape shape;
  double scale;
  std::vector<int64_t> nodes;                   // [N, 8]
  std::vector<uint8_t> modality, queryModality;  // empty: not given
  Array q, k, v, dOut;
  Array angles, keyAngles;                      // [T, 1, D/2], no rows: no rotation
  std::vector<double> dLse;                     // [Hq, tq], empty: none
  Array dMass;                                  // [tq, Hq or 1, 8]
  MassGradient massGradient = MassGradient::kNone;
  bool headsOutside = false;                    // memory as [heads, rows, width]
  int64_t gap = 0;                              // unused elements between rows, and before the first

  PlanInput planInput() const {
    return {nodes, modality.empty() ? nullptr : modality.data(),
            queryModality.empty() ? nullptr : queryModality.data(), shape.tq, shape.tk};
  }
};

// To the nearest value of the element type.
double rounded(double value, Element element);

// The same case for a seed on every machine.
Case randomCase(uint64_t seed, Element element);

// Cases that random draws rarely contain: lengths around tile edges, many children, extreme scores, infinities.
std::vector<Case> namedCases(Element element);

}  // namespace earsight::attention
