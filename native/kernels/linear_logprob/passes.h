// An engine: the passes over the vocabulary for an arithmetic K and the elements T that it takes. Included by one
// translation unit for each instruction set. Everything is in an anonymous namespace, so that units share no code.
//
//   row_passes.h        a task owns a block of hidden rows and goes over the vocabulary in tiles
//   divergence_pass.h   the same for pairs of hidden rows
//   weight_pass.h       a task owns tiles of the vocabulary and goes over the hidden rows in blocks
//
// So every sum belongs to one task and has one order, for any number of workers and any size of blocks.
#pragma once

#include <type_traits>

#include "../bfloat16.h"
#include "../float16.h"
#include "divergence_pass.h"
#include "engine.h"
#include "row_passes.h"
#include "weight_pass.h"

namespace {

using earsight::linear_logprob::Engine;
using earsight::linear_logprob::RowPairs;

template <typename K, typename T>
struct Passes {
  using Rows = RowPasses<K, T>;
  using Weight = WeightPass<K, T>;
  using Divergence = DivergencePass<K, T>;
};

// Choose::passes(element, run) calls run(std::type_identity<Passes<K, T>>{}) for the K and T that the element takes, of
// those that Choose::accepts.
template <typename Choose>
constexpr Engine makeEngine(const char* name, earsight::Isa isa) {
  return {
      name,
      isa,
      Choose::accepts,
      [](const Head& head, const Targets& targets, const Statistics& out, const Parallel& parallel) {
        Choose::passes(head.element, [&]<typename P>(std::type_identity<P>) {
          typename P::Rows(head, targets, parallel).statistics(out);
        });
      },
      [](const Head& head, const Targets& targets, const ScoreGradient& gradient, void* sum, const Parallel& parallel) {
        Choose::passes(head.element, [&]<typename P>(std::type_identity<P>) {
          typename P::Rows(head, targets, parallel).hiddenSum(gradient, sum);
        });
      },
      [](const Head& head, const Targets& targets, const ScoreGradient& gradient, const WeightGradient& out,
         const Parallel& parallel) {
        Choose::passes(head.element, [&]<typename P>(std::type_identity<P>) {
          typename P::Weight(head, targets, gradient, out, parallel).run();
        });
      },
      [](const RowPairs& pairs, double* kl, const Parallel& parallel) {
        Choose::passes(pairs.p.element, [&]<typename P>(std::type_identity<P>) {
          typename P::Divergence(pairs, kl, parallel).run();
        });
      }};
}

}  // namespace
