#pragma once

#include <stdexcept>
#include <string>

namespace blacksmith {

/** What a person can mend: a message that names the file or device, and what to do about it. */
class Refusal : public std::runtime_error {
public:
    Refusal(const std::string& message, std::string remedy)
        : std::runtime_error(message), remedy_(std::move(remedy)) {}
    const std::string& remedy() const { return remedy_; }

private:
    std::string remedy_;
};

}  // namespace blacksmith
