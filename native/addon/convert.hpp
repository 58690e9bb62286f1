#pragma once

#include <napi.h>

#include <string>
#include <system_error>

namespace blacksmith {

int to_descriptor(const Napi::CallbackInfo& info, std::size_t index);
std::string to_string(const Napi::CallbackInfo& info, std::size_t index, const char* name);

/** A JavaScript error with the `code` (EACCES), `errno` and `syscall` that Node's own errors have. */
Napi::Error to_error(Napi::Env env, const std::system_error& error);

/** Runs `work` and turns C++ exceptions into JavaScript ones. */
template <typename Work>
auto guarded(const Napi::CallbackInfo& info, Work work) {
    try {
        return work();
    } catch (const Napi::Error&) {
        throw;
    } catch (const std::system_error& error) {
        throw to_error(info.Env(), error);
    } catch (const std::exception& error) {
        throw Napi::Error::New(info.Env(), error.what());
    }
}

}  // namespace blacksmith
