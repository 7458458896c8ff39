// Packs rows of q, k, v and dOut into the words that matrix products read.
//
//   staged      [rows][rowWords]: a row's elements, rotated by the rotary tables, padded with zeros
//   transposed  [steps of the width][rows]: staged rows as the right factor of a product over the width
//   row panels  [panel][steps of the rows][columns]: staged rows as the right factor of a product over the rows
//
// Panels have at most 64 columns and follow each other in memory, so that a register tile reads contiguous memory that
// fits the first-level cache (rows at a power-of-two distance would share its sets).
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

namespace earsight::attention {
namespace {

constexpr int64_t kPanelColumns = 64;

constexpr int64_t roundUp(int64_t x, int64_t to) { return (x + to - 1) / to * to; }
constexpr int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

// Columns divided evenly into panels of 16 to 64: five vectors are 3 + 2, not 4 + 1.
struct Panels {
  int64_t columns, count;

  explicit Panels(int64_t width) : columns(roundUp(width, 16)), count((columns + kPanelColumns - 1) / kPanelColumns) {}
  int64_t begin(int64_t panel) const { return columns / 16 * panel / count * 16; }
  int64_t width(int64_t panel) const { return begin(panel + 1) - begin(panel); }
};

template <typename Words>
struct Pack {
  using V = typename Words::V;
  using Vec = typename V::Vec;
  using Word = typename Words::Word;
  using Packed = typename Words::Packed;
  static constexpr int64_t kPerWord = Words::kPerWord;

  // A multiple of the 16 words that one transposition takes.
  static int64_t rowWords(int64_t width) { return roundUp((width + kPerWord - 1) / kPerWord, 16); }

  // One staged row. cos and sin: the row's tables of width / 2, or null.
  template <typename Element>
  static void stage(const Element* x, int64_t width, const float* cos, const float* sin, Word* target) {
    auto* out = reinterpret_cast<Packed*>(target);
    // Clears the whole last vector before its elements are written: a constant size needs no call of memset.
    const int64_t words = rowWords(width);
    if (words * kPerWord > width) std::memset(target + words - 16, 0, 16 * sizeof(Word));
    if (cos != nullptr) {
      rotate(x, width / 2, cos, sin, out);
    } else if constexpr (std::is_same_v<Element, Packed>) {
      V::copy(x, width, out);
    } else {
      for (int64_t d = 0; d < width; d += V::kLanes) {
        const int count = static_cast<int>(least(V::kLanes, width - d));
        V::storePart(out + d, V::loadPart(x + d, count), count);
      }
    }
  }

  // Whether no element of staged words is infinite or NaN.
  static bool finite(const Word* staged, int64_t words) {
    using Bits = std::conditional_t<kPerWord == 2, uint16_t, uint32_t>;
    constexpr Bits kMagnitude = static_cast<Bits>(~Bits{0}) >> 1, kInfinity = kPerWord == 2 ? 0x7f80 : 0x7f800000;
    Bits largest = 0;
    for (int64_t i = 0; i < words * kPerWord; ++i) {
      Bits bits;
      std::memcpy(&bits, reinterpret_cast<const Packed*>(staged) + i, sizeof(bits));
      bits &= kMagnitude;
      largest = largest > bits ? largest : bits;
    }
    return largest < kInfinity;
  }

  static void zeroRows(Word* staged, int64_t rowWords, int64_t from, int64_t to) {
    if (from < to) std::memset(staged + from * rowWords, 0, (to - from) * rowWords * sizeof(Word));
  }

  // rows: a multiple of 16.
  static void transpose(const Word* staged, int64_t rowWords, int64_t rows, Word* target, int64_t targetStride) {
    for (int64_t r = 0; r < rows; r += 16) {
      for (int64_t w = 0; w < rowWords; w += 16) {
        V::transpose(staged + r * rowWords + w, rowWords, target + w * targetStride + r, targetStride);
      }
    }
  }

  // rows: a multiple of kPerWord. Panel p begins at capacity * panels.begin(p), capacity in steps.
  static void rowPanels(const Word* staged, int64_t rowWords, int64_t rows, const Panels& panels, Word* target,
                        int64_t capacity) {
    for (int64_t p = 0; p < panels.count; ++p) {
      const int64_t begin = panels.begin(p);
      interleaveRows(staged, rowWords, rows, begin, panels.width(p), target + capacity * begin);
    }
  }

  // Columns [begin, begin + width) of staged rows -> [rows / kPerWord][width]; both a multiple of 16.
  static void interleaveRows(const Word* staged, int64_t rowWords, int64_t rows, int64_t begin, int64_t width,
                             Word* target) {
    for (int64_t r = 0; r < rows; r += kPerWord) {
      const Word* row = staged + r * rowWords + begin / kPerWord;
      for (int64_t c = 0; c < width; c += 16, target += 16) {
        if constexpr (kPerWord == 2) {
          Words::interleave(row + c / 2, row + rowWords + c / 2, target);
        } else {
          std::memcpy(target, row + c, 16 * sizeof(Word));
        }
      }
    }
  }

  // The gradient of a row: x [width floats] times `factor`, rotated by the opposite angle where there are tables.
  template <typename Element>
  static void storeGradient(const float* x, int64_t width, float factor, const float* cos, const float* sin,
                            Element* target) {
    const Vec scale = V::all(factor);
    if (cos == nullptr) {
      int64_t d = 0;
      if constexpr (kPerWord == 2) {
        for (; d + 2 * V::kLanes <= width; d += 2 * V::kLanes) {
          Words::storeElements(target + d, V::mul(V::load(x + d), scale), V::mul(V::load(x + d + V::kLanes), scale));
        }
      }
      for (; d < width; d += V::kLanes) {
        const int count = static_cast<int>(least(V::kLanes, width - d));
        V::storePart(target + d, V::mul(V::loadPart(x + d, count), scale), count);
      }
      return;
    }
    const int64_t half = width / 2;
    for (int64_t d = 0; d < half; d += V::kLanes) {
      const int count = static_cast<int>(least(V::kLanes, half - d));
      const Vec a = V::mul(V::loadPart(x + d, count), scale), b = V::mul(V::loadPart(x + half + d, count), scale);
      const Vec c = V::loadPart(cos + d, count), s = V::loadPart(sin + d, count);
      V::storePart(target + d, V::multiplyAdd(b, s, V::mul(a, c)), count);
      V::storePart(target + half + d, V::multiplySub(b, c, V::mul(a, s)), count);
    }
  }

 private:
  template <typename Element>
  static void rotate(const Element* x, int64_t half, const float* cos, const float* sin, Packed* out) {
    for (int64_t d = 0; d < half; d += V::kLanes) {
      const int count = static_cast<int>(least(V::kLanes, half - d));
      const Vec a = V::loadPart(x + d, count), b = V::loadPart(x + half + d, count);
      const Vec c = V::loadPart(cos + d, count), s = V::loadPart(sin + d, count);
      V::storePart(out + d, V::multiplySub(a, c, V::mul(b, s)), count);
      V::storePart(out + half + d, V::multiplyAdd(b, c, V::mul(a, s)), count);
    }
  }
};

}  // namespace
}  // namespace earsight::attention
