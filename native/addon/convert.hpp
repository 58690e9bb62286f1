#pragma once

#include <napi.h>

#include <string>
#include <system_error>
#include <vector>

#include "core/holder.hpp"
#include "core/inventory.hpp"
#include "core/landlock.hpp"
#include "core/lease.hpp"
#include "core/leftovers.hpp"
#include "core/refusal.hpp"
#include "core/roots.hpp"
#include "core/survey.hpp"

namespace blacksmith {

// From JavaScript: a wrong type is a TypeError that names the argument.
int to_descriptor(const Napi::Value& value);
std::string to_string(const Napi::Value& value, const char* name);
std::vector<std::string> to_strings(const Napi::Value& value, const char* name);
std::vector<int> to_numbers(const Napi::Value& value, const char* name);
std::vector<Need> to_needs(const Napi::Value& value);
Roots to_roots(const Napi::Value& value);

// To JavaScript.
Napi::Value from(Napi::Env env, const std::vector<std::string>& values);
Napi::Value from(Napi::Env env, const std::vector<pid_t>& processes);
Napi::Value from(Napi::Env env, const HolderRecord& record);
Napi::Value from(Napi::Env env, const BusyDevice& device);
Napi::Value from(Napi::Env env, const Waiting& waiting);
Napi::Value from(Napi::Env env, const Waiter& waiter);
Napi::Value from(Napi::Env env, const Survey& survey);
Napi::Value from(Napi::Env env, const std::optional<Fault>& fault);
Napi::Value from(Napi::Env env, const Device& device);
Napi::Value from(Napi::Env env, const Unit& unit);
Napi::Value from(Napi::Env env, const Inventory& inventory);
Napi::Value from(Napi::Env env, const Inspection& inspection);
Napi::Value from(Napi::Env env, const Leftovers& leftovers);
Napi::Value from(Napi::Env env, const LandlockSupport& support);
/** The descriptor becomes JavaScript's to close. */
Napi::Value from(Napi::Env env, HeldDevice device);

template <typename Item>
Napi::Array array_from(Napi::Env env, std::vector<Item> items) {
    Napi::Array array = Napi::Array::New(env, items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
        array.Set(static_cast<std::uint32_t>(i), from(env, std::move(items[i])));
    }
    return array;
}

/** A JavaScript error with the `code` (EACCES) and `errno` that Node's own errors have. */
Napi::Error to_error(Napi::Env env, const std::system_error& error);

/** A JavaScript error with `remedy` and the code `BLACKSMITH_REFUSAL`. */
Napi::Error to_error(Napi::Env env, const Refusal& refusal);

/** Runs `work` and turns C++ exceptions into JavaScript ones. */
template <typename Work>
auto guarded(Napi::Env env, Work work) {
    try {
        return work();
    } catch (const Napi::Error&) {
        throw;
    } catch (const Refusal& refusal) {
        throw to_error(env, refusal);
    } catch (const std::system_error& error) {
        throw to_error(env, error);
    } catch (const std::exception& error) {
        throw Napi::Error::New(env, error.what());
    }
}

}  // namespace blacksmith
