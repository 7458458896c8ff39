// The decision of native/node/spin_policy.h without threads and without waiting. Reads lines
// "interval cores threads run wait" (times in milliseconds), answers 1 for each after which waiting threads sleep, else 0.
#include <iostream>

#include "../../../native/node/spin_policy.h"

int main() {
  earsight::SpinPolicy policy;
  earsight::LoadSample sample;
  while (std::cin >> sample.interval >> sample.cores >> sample.threads >> sample.run >> sample.wait) {
    for (int64_t* time : {&sample.interval, &sample.run, &sample.wait}) *time *= earsight::SpinPolicy::kMillisecond;
    std::cout << policy.next(sample) << '\n';
  }
}
