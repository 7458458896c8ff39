// Environment variables that the operators read.
#pragma once

#include <string_view>

namespace earsight {

// Empty where the variable is unset or empty.
std::string_view setting(const char* name);

// EARSIGHT_AV_ATTENTION: kernels (the default) or dense. Throws a ValueError for anything else.
bool denseAttentionWanted();

}  // namespace earsight
