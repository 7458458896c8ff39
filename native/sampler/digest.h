// SipHash-2-4 with 128 bits (Aumasson and Bernstein 2012), over 64-bit words. Under a random key nobody can write two texts
// of one digest.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <random>

namespace earsight::sampler {

struct Digest {
  uint64_t low, high;
  bool operator==(const Digest&) const = default;
};

struct DigestHash {
  size_t operator()(const Digest& digest) const { return digest.low; }
};

class Hasher {
 public:
  using Key = std::array<uint64_t, 2>;

  static Key randomKey() {
    std::random_device source;
    const auto word = [&] { return uint64_t{source()} << 32 | source(); };
    return {word(), word()};
  }

  explicit Hasher(const Key& key)
      : v_{key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du ^ 0xee, key[0] ^ 0x6c7967656e657261u,
           key[1] ^ 0x7465646279746573u} {}

  void add(uint64_t word) {
    v_[3] ^= word;
    rounds(2);
    v_[0] ^= word;
  }
  void add(float first, float second) {
    add(uint64_t{std::bit_cast<uint32_t>(first)} << 32 | std::bit_cast<uint32_t>(second));
  }

  // Of the words so far; more may follow.
  Digest digest() const {
    Hasher end = *this;
    end.v_[2] ^= 0xee;
    end.rounds(4);
    const uint64_t low = end.folded();
    end.v_[1] ^= 0xdd;
    end.rounds(4);
    return {low, end.folded()};
  }

 private:
  void rounds(int count) {
    auto& [a, b, c, d] = v_;
    while (count-- > 0) {
      a += b, b = std::rotl(b, 13) ^ a, a = std::rotl(a, 32);
      c += d, d = std::rotl(d, 16) ^ c;
      a += d, d = std::rotl(d, 21) ^ a;
      c += b, b = std::rotl(b, 17) ^ c, c = std::rotl(c, 32);
    }
  }
  uint64_t folded() const { return v_[0] ^ v_[1] ^ v_[2] ^ v_[3]; }

  std::array<uint64_t, 4> v_;
};

}  // namespace earsight::sampler
