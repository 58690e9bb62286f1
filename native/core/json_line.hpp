#pragma once

#include <optional>
#include <string>

namespace blacksmith {

/** Builds one JSON object on one line. */
class JsonLine {
public:
    JsonLine& text(const char* key, const std::string& value);
    /** `null` when there is no value, or none that JSON knows. */
    JsonLine& number(const char* key, const std::optional<double>& value);
    /** The object and the end of its line. */
    std::string finish() const { return text_ + "}\n"; }

private:
    void begin(const char* key);
    std::string text_ = "{";
};

}  // namespace blacksmith
