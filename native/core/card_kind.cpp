#include "core/card_kind.hpp"

#include <array>

#include "core/nvidia.hpp"
#include "core/tenstorrent.hpp"

namespace blacksmith {

std::span<const CardKind> card_kinds() {
    static constexpr std::array kinds{CardKind{.name = "tt", .look = look_for_tenstorrent},
                                      CardKind{.name = "gpu", .look = look_for_nvidia}};
    return kinds;
}

bool is_of_kind(const std::string& unit, const CardKind& kind) {
    return unit.starts_with(std::string(kind.name) + "-");
}

}  // namespace blacksmith
