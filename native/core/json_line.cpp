#include "core/json_line.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace blacksmith {

void JsonLine::begin(const char* key) {
    if (text_.size() > 1) text_ += ',';
    text_ += '"';
    text_ += key;
    text_ += "\":";
}

JsonLine& JsonLine::text(const char* key, const std::string& value) {
    begin(key);
    text_ += '"';
    for (const char c : value) {
        if (c == '"' || c == '\\') {
            text_ += {'\\', c};
        } else if (static_cast<unsigned char>(c) < 0x20) {
            std::array<char, 8> escaped{};
            std::snprintf(escaped.data(), escaped.size(), "\\u%04x", static_cast<unsigned>(c));
            text_ += escaped.data();
        } else {
            text_ += c;
        }
    }
    text_ += '"';
    return *this;
}

JsonLine& JsonLine::number(const char* key, const std::optional<double>& value) {
    begin(key);
    if (!value || !std::isfinite(*value)) {
        text_ += "null";
        return *this;
    }
    // Rounded to a millionth of the unit: 43.8, not 43.800000000000004 as m°C times 1e-3 comes out.
    std::array<char, 400> digits{};
    const auto written =
        std::to_chars(digits.data(), digits.data() + digits.size(), std::round(*value * 1e6) / 1e6);
    text_.append(digits.data(), written.ptr);
    return *this;
}

}  // namespace blacksmith
