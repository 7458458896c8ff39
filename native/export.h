// Names that one library takes from another; all others are hidden.
#pragma once

#define EARSIGHT_EXPORT __attribute__((visibility("default")))
