// Attention over a node forest in float64 with an explicit mask, written from the definition, and random cases of it.
// Shares no plans and no blocks with the kernels.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace reference {

using Numbers = std::vector<double>;

struct Case {
  std::vector<std::array<int64_t, 8>> nodes;  // q0, q1, k0, k1, parent, causal, window, gate
  int64_t tq = 0, tk = 0;
  std::vector<uint8_t> modality, queryModality;
  std::vector<int64_t> keyEnd;  // of each query, where there are any
  int64_t heads = 1, keyHeads = 1, width = 32, valueWidth = 32;
  double scale = 1;
  Numbers q, k, v;                   // [rows, heads, width]
  Numbers dOut, dLse, dMass;         // of out, lse [heads, tq] and mass [heads, tq, 8]
};

struct Result {
  Numbers out, lse, mass, dq, dk, dv;
  Numbers delta;  // [heads, tq], see native/kernels/attention/problem.h
};

inline bool visible(const Case& c, int64_t query, int64_t node, int64_t key, int64_t owner) {
  const auto& [q0, q1, k0, k1, parent, causal, window, gate] = c.nodes[node];
  const auto keysAbove = [&](int64_t of) {
    int64_t sum = 0;
    for (int64_t up = c.nodes[of][4]; up >= 0; up = c.nodes[up][4]) sum += c.nodes[up][3] - c.nodes[up][2];
    return sum;
  };
  if (!c.keyEnd.empty() && key >= c.keyEnd[query]) return false;
  // Positions on the path from the root; the last query has the position of the node's last key.
  const int64_t queryPosition = keysAbove(node) + (k1 - k0) - (q1 - query);
  const int64_t keyPosition = keysAbove(owner) + key - c.nodes[owner][2];
  if (owner == node && causal && keyPosition > queryPosition) return false;
  if (window >= 0) {
    if (queryPosition - keyPosition > window) return false;
    if (!causal && keyPosition - queryPosition > window) return false;
  }
  return static_cast<uint64_t>(gate) >> (8 * c.queryModality[query]) >> c.modality[key] & 1;
}

inline Result attend(const Case& c) {
  Result r;
  const auto zeros = [](int64_t count) { return Numbers(count, 0.0); };
  r.out = zeros(c.tq * c.heads * c.valueWidth);
  r.lse = Numbers(c.heads * c.tq, -std::numeric_limits<double>::infinity());
  r.mass = zeros(c.heads * c.tq * 8);
  r.delta = zeros(c.heads * c.tq);
  r.dq = zeros(c.q.size());
  r.dk = zeros(c.k.size());
  r.dv = zeros(c.v.size());
  const int64_t group = c.heads / c.keyHeads;
  for (size_t node = 0; node < c.nodes.size(); ++node) {
    for (int64_t query = c.nodes[node][0]; query < c.nodes[node][1]; ++query) {
      std::vector<int64_t> keys;
      for (int64_t owner = node; owner >= 0; owner = c.nodes[owner][4]) {
        for (int64_t key = c.nodes[owner][2]; key < c.nodes[owner][3]; ++key) {
          if (visible(c, query, node, key, owner)) keys.push_back(key);
        }
      }
      if (keys.empty()) continue;
      for (int64_t head = 0; head < c.heads; ++head) {
        const int64_t keyHead = head / group, offset = head * c.tq + query;
        const double* q = &c.q[(query * c.heads + head) * c.width];
        const double* dOut = &c.dOut[(query * c.heads + head) * c.valueWidth];
        double* out = &r.out[(query * c.heads + head) * c.valueWidth];
        Numbers p;
        double highest = -std::numeric_limits<double>::infinity(), sum = 0;
        for (const int64_t key : keys) {
          double score = 0;
          for (int64_t d = 0; d < c.width; ++d) score += q[d] * c.k[(key * c.keyHeads + keyHead) * c.width + d];
          p.push_back(score * c.scale);
          highest = std::max(highest, p.back());
        }
        for (double& score : p) sum += score = std::exp(score - highest);
        r.lse[offset] = highest + std::log(sum);
        for (size_t i = 0; i < keys.size(); ++i) {
          p[i] /= sum;
          r.mass[offset * 8 + c.modality[keys[i]]] += p[i];
          const double* v = &c.v[(keys[i] * c.keyHeads + keyHead) * c.valueWidth];
          for (int64_t d = 0; d < c.valueWidth; ++d) out[d] += p[i] * v[d];
        }
        double delta = -c.dLse[offset];
        for (int64_t d = 0; d < c.valueWidth; ++d) delta += dOut[d] * out[d];
        for (int m = 0; m < 8; ++m) delta += c.dMass[offset * 8 + m] * r.mass[offset * 8 + m];
        r.delta[offset] = delta;
        for (size_t i = 0; i < keys.size(); ++i) {
          const int64_t key = keys[i] * c.keyHeads + keyHead;
          double dScore = c.dMass[offset * 8 + c.modality[keys[i]]] - delta;
          for (int64_t d = 0; d < c.valueWidth; ++d) {
            dScore += dOut[d] * c.v[key * c.valueWidth + d];
            r.dv[key * c.valueWidth + d] += p[i] * dOut[d];
          }
          for (int64_t d = 0; d < c.width; ++d) {
            r.dq[(query * c.heads + head) * c.width + d] += c.scale * p[i] * dScore * c.k[key * c.width + d];
            r.dk[key * c.width + d] += c.scale * p[i] * dScore * q[d];
          }
        }
      }
    }
  }
  return r;
}

}  // namespace reference
