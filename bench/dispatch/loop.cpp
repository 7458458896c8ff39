// The C++ contestant of bench/dispatch.mjs: the same operators called from a plain loop, over the same libtorch.
// Reads lines "case warm count", runs the case `warm` times, then `count` times, and answers the nanoseconds of these.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/version.h>

#include <chrono>
#include <iostream>
#include <string>

int main() {
  at::set_num_threads(1);
  const at::Tensor a = at::ones({4});
  const at::Tensor b = at::full({4}, 2.0);
  const at::Tensor m = at::full({64, 64}, 0.5);

  const auto runs = [&](const std::string& name, int64_t count) {
    const auto start = std::chrono::steady_clock::now();
    if (name == "tiny") {
      for (int64_t i = 0; i < count; ++i) a.add(b);
    } else if (name == "chain") {
      for (int64_t i = 0; i < count; ++i) a.add(b).mul(b).sub(a).div(b).relu().neg().exp().tanh().add(a).mul(b);
    } else if (name == "matmul") {
      for (int64_t i = 0; i < count; ++i) m.matmul(m);
    }
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start).count();
  };

  std::cout << TORCH_VERSION << std::endl;
  std::string name;
  int64_t warm = 0;
  int64_t count = 0;
  while (std::cin >> name >> warm >> count) {
    runs(name, warm);
    std::cout << runs(name, count) << std::endl;
  }
}
