#pragma once

#include <chrono>
#include <optional>

#include "core/descriptor.hpp"

namespace blacksmith {

/** The inner supervisor gets this one when the outer has died: everything is to end at once. */
int outer_died_signal();

/** Signals as data: blocked from now on, and read one by one. */
class Signals {
public:
    Signals();

    /** The next signal, or nothing when `timeout` is over; without a time-out it waits. */
    std::optional<int> next(std::optional<std::chrono::milliseconds> timeout);

    int descriptor() const { return descriptor_.get(); }

    /** In a child before exec: signals come again as usual. */
    static void restore_defaults();

private:
    Descriptor descriptor_;
};

}  // namespace blacksmith
