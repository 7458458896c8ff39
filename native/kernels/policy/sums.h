// What the sequences of a task add up to, and how tasks are joined: in order, in double precision.
#pragma once

#include "policy_loss.h"

namespace earsight::policy {

struct PolicySums {
  double loss = 0, kl = 0, entropy = 0;
  double clipLow = 0, clipHigh = 0, clipCount = 0;  // tokens, or sequences where the ratio is a sequence's
  double clipLowMin = kInfinity, clipHighMax = -kInfinity;
  double difference = 0, differenceMax = 0, differenceCount = 0;
  double correction = 0, correctionMin = kInfinity, correctionMax = -kInfinity, correctionCount = 0;
  double phi = 0, phiCount = 0;

  void add(const PolicySums& other) {
    loss += other.loss;
    kl += other.kl;
    entropy += other.entropy;
    clipLow += other.clipLow;
    clipHigh += other.clipHigh;
    clipCount += other.clipCount;
    clipLowMin = other.clipLowMin < clipLowMin ? other.clipLowMin : clipLowMin;
    clipHighMax = other.clipHighMax > clipHighMax ? other.clipHighMax : clipHighMax;
    difference += other.difference;
    differenceMax = other.differenceMax > differenceMax ? other.differenceMax : differenceMax;
    differenceCount += other.differenceCount;
    correction += other.correction;
    correctionMin = other.correctionMin < correctionMin ? other.correctionMin : correctionMin;
    correctionMax = other.correctionMax > correctionMax ? other.correctionMax : correctionMax;
    correctionCount += other.correctionCount;
    phi += other.phi;
    phiCount += other.phiCount;
  }
};

}  // namespace earsight::policy
