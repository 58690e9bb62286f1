#pragma once

#include <filesystem>

namespace blacksmith {

/** Prints what it costs to read 40 rules, make a box of them and enter it. */
void benchmark_box(const std::filesystem::path& folder);

}  // namespace blacksmith
