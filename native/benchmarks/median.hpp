#pragma once

#include <algorithm>
#include <vector>

namespace blacksmith {

inline double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2), values.end());
    return values[values.size() / 2];
}

}  // namespace blacksmith
